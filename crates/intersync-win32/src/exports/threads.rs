//! Threads.

use std::ffi::c_void;
use std::ptr::null_mut;

use intersync::Thread;

use super::{
    Bool, Handle, SecurityAttributes, guarded, handle, inherits_plainly, number, store, succeeds, there,
};
use crate::calls::births::{self, Newborn};
use crate::calls::threads::{self, CREATE_SUSPENDED, Termination};
use crate::code::{Code, INVALID_PARAMETER, NOT_ENOUGH_MEMORY, Result};

/// `LPTHREAD_START_ROUTINE`. It may end its thread, which unwinds its stack.
type Start = Option<unsafe extern "C-unwind" fn(*mut c_void) -> u32>;
/// What suspending and resuming give if they fail.
const FAILED: u32 = u32::MAX;

unsafe extern "C-unwind" {
    // Those of the C library, with functions and ends that may unwind the stack of the thread.
    fn pthread_create(
        thread: *mut libc::pthread_t,
        attributes: *const libc::pthread_attr_t,
        function: extern "C-unwind" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> i32;
    fn pthread_exit(value: *mut c_void) -> !;
}

/// What a new thread is to do.
struct Task {
    function: unsafe extern "C-unwind" fn(*mut c_void) -> u32,
    argument: *mut c_void,
    newborn: Newborn,
}

/// The life of a new thread. Nothing is on its stack here that would have to be dropped while the function runs.
extern "C-unwind" fn live(task: *mut c_void) -> *mut c_void {
    // SAFETY: from `create`, which has made it of a box for this thread.
    let begun = unsafe { begin(task.cast()) };
    if let Some((function, argument)) = begun {
        // SAFETY: whoever creates the thread promises that the function may be called with the argument.
        let code = unsafe { function(argument) };
        threads::exit(code);
    }
    null_mut()
}

type Begun = (unsafe extern "C-unwind" fn(*mut c_void) -> u32, *mut c_void);

/// What the thread is to call, once it may.
///
/// # Safety
/// The task was made of a box, which nobody else has.
unsafe fn begin(task: *mut Task) -> Option<Begun> {
    // SAFETY: by the contract of this function.
    let task = unsafe { Box::from_raw(task) };
    let Task {
        function,
        argument,
        newborn,
    } = *task;
    let begins = guarded(|| Ok(newborn.begin()));
    (begins == Ok(true)).then_some((function, argument))
}

/// Starts a thread of the system, which nobody joins.
fn create(task: Task, stack: Option<usize>) -> Result<()> {
    let mut attributes = std::mem::MaybeUninit::uninit();
    // SAFETY: the call initializes what the pointer leads to.
    if unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) } != 0 {
        return Err(Code(NOT_ENOUGH_MEMORY));
    }
    // SAFETY: it has been initialized by the call above.
    let mut attributes = unsafe { attributes.assume_init() };
    let task = Box::into_raw(Box::new(task));
    // SAFETY: the attributes are initialized, and destroyed once; the thread gets the task, unless there is none.
    unsafe {
        let mut refused =
            libc::pthread_attr_setdetachstate(&raw mut attributes, libc::PTHREAD_CREATE_DETACHED);
        if let Some(size) = stack
            && refused == 0
        {
            refused = libc::pthread_attr_setstacksize(&raw mut attributes, size);
        }
        if refused == 0 {
            let mut thread = 0;
            refused = pthread_create(&raw mut thread, &raw const attributes, live, task.cast());
        }
        libc::pthread_attr_destroy(&raw mut attributes);
        if refused != 0 {
            drop(Box::from_raw(task));
            return Err(Code(NOT_ENOUGH_MEMORY));
        }
    }
    Ok(())
}

/// `CreateThread`.
///
/// # Safety
/// `attributes` is null or can be read; the function may be called with the argument, in a new thread; `id` is null or may be
/// written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn CreateThread(
    attributes: *const SecurityAttributes,
    stack: usize,
    function: Start,
    argument: *mut c_void,
    flags: u32,
    id: *mut u32,
) -> Handle {
    handle(|| {
        let stack = threads::stack(stack, flags)?;
        let function = function.ok_or(Code(INVALID_PARAMETER))?;
        // SAFETY: by the contract of this function.
        let inherit = inherits_plainly(unsafe { attributes.as_ref() })?;
        let (newborn, parent) = births::expect();
        let task = Task {
            function,
            argument,
            newborn,
        };
        create(task, stack)?;
        parent.hear(inherit, flags & CREATE_SUSPENDED != 0, |tid| {
            // SAFETY: by the contract of this function.
            unsafe { store(id, tid) };
        })
    })
}

/// Ends the calling thread without a look at its stack.
fn vanish() -> ! {
    loop {
        // SAFETY: nothing of this library is left in the thread, and what the program has left there it has given up.
        unsafe { libc::syscall(libc::SYS_exit, 0) };
    }
}

/// Has the calling thread, the first of its process, leave after its stack is unwound. The C library does not destroy the
/// thread-local data of this one, but what keys lead to.
fn leave_last(code: u32) {
    extern "C" fn leave(code: *mut c_void) {
        let _ = guarded(|| {
            Thread::leave(code as usize as u32);
            Ok(())
        });
    }
    // Null would mean that there is nothing to destroy.
    let value = code as usize | 1 << 32;
    let mut key = 0;
    // SAFETY: the key is made before it is used, and its destructor takes any value.
    unsafe {
        if libc::pthread_key_create(&raw mut key, Some(leave)) == 0 {
            libc::pthread_setspecific(key, value as *const c_void);
        }
    }
}

/// `ExitThread`.
#[unsafe(no_mangle)]
extern "C-unwind" fn ExitThread(code: u32) -> ! {
    if guarded(|| Ok(threads::exit(code))) == Ok(true) {
        vanish();
    }
    // SAFETY: the call has no arguments and cannot fail.
    if unsafe { libc::gettid() }.unsigned_abs() == std::process::id() {
        leave_last(code);
    }
    // SAFETY: no function of this library is on the stack but this one and `live`, which have nothing to drop.
    unsafe { pthread_exit(null_mut()) }
}

/// `TerminateThread`.
#[unsafe(no_mangle)]
extern "C" fn TerminateThread(thread: Handle, code: u32) -> Bool {
    succeeds(|| match threads::terminate(thread as isize, code)? {
        Termination::Done => Ok(()),
        Termination::Own => {
            threads::call(|| threads::exit(code));
            vanish()
        }
    })
}

/// `GetExitCodeThread`.
///
/// # Safety
/// `code` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn GetExitCodeThread(thread: Handle, code: *mut u32) -> Bool {
    succeeds(|| {
        let found = threads::exit_code(thread as isize)?;
        there(code)?;
        // SAFETY: by the contract of this function.
        unsafe { store(code, found) };
        Ok(())
    })
}

/// `SuspendThread`.
#[unsafe(no_mangle)]
extern "C" fn SuspendThread(thread: Handle) -> u32 {
    number(FAILED, || threads::suspend(thread as isize))
}

/// `ResumeThread`.
#[unsafe(no_mangle)]
extern "C" fn ResumeThread(thread: Handle) -> u32 {
    number(FAILED, || threads::resume(thread as isize))
}

/// `OpenThread`.
#[unsafe(no_mangle)]
extern "C" fn OpenThread(access: u32, inherit: Bool, tid: u32) -> Handle {
    handle(|| threads::open(access, inherit != 0, tid))
}

/// `GetThreadId`.
#[unsafe(no_mangle)]
extern "C" fn GetThreadId(thread: Handle) -> u32 {
    number(0, || threads::id(thread as isize))
}

/// `GetProcessIdOfThread`.
#[unsafe(no_mangle)]
extern "C" fn GetProcessIdOfThread(thread: Handle) -> u32 {
    number(0, || threads::process_id(thread as isize))
}
