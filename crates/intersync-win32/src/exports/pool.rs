//! The thread pool: registered waits, work items, timer queues.

use std::ffi::c_void;
use std::sync::Arc;

use super::{Bool, Handle, forks, handle, store, succeeds, there};
use crate::calls::pool::{Callback, NewTimer, Pool, Registering, forked};
use crate::calls::threads;
use crate::code::{Code, INVALID_PARAMETER, Result};

/// `WAITORTIMERCALLBACK`.
pub(super) type WaitOrTimer = Option<unsafe extern "C" fn(*mut c_void, u8)>;
/// `LPTHREAD_START_ROUTINE`.
type Work = Option<unsafe extern "C" fn(*mut c_void) -> u32>;

/// The pool of the calling process.
pub(super) fn pool() -> Arc<Pool> {
    forks::prepare();
    forked::pool()
}

/// What is called for a wait or a timer.
fn callback(function: WaitOrTimer, context: *mut c_void) -> Result<Callback> {
    let function = function.ok_or(Code(INVALID_PARAMETER))?;
    let context = context.expose_provenance();
    Ok(Arc::new(move |elapsed| {
        let context = std::ptr::with_exposed_provenance_mut(context);
        // SAFETY: whoever registered it promised that it can be called with this from any thread.
        threads::call(|| unsafe { function(context, u8::from(elapsed)) });
    }))
}

/// What to register.
pub(super) fn registering(
    object: Handle,
    function: WaitOrTimer,
    context: *mut c_void,
    milliseconds: u32,
    flags: u32,
) -> Result<Registering> {
    Ok(Registering {
        object: object as isize,
        callback: callback(function, context)?,
        milliseconds,
        flags,
    })
}

/// `RegisterWaitForSingleObject`.
///
/// # Safety
/// `wait` is null or may be written to; the callback may be called with this context from any thread until the wait is
/// unregistered.
#[unsafe(no_mangle)]
unsafe extern "C" fn RegisterWaitForSingleObject(
    wait: *mut Handle,
    object: Handle,
    function: WaitOrTimer,
    context: *mut c_void,
    milliseconds: u32,
    flags: u32,
) -> Bool {
    succeeds(|| {
        there(wait)?;
        let given = registering(object, function, context, milliseconds, flags)?;
        pool().register(given, |value| {
            // SAFETY: by the contract of this function.
            unsafe { store(wait, value as Handle) };
        })
    })
}

/// `RegisterWaitForSingleObjectEx`.
///
/// # Safety
/// As [`RegisterWaitForSingleObject`].
#[unsafe(no_mangle)]
unsafe extern "C" fn RegisterWaitForSingleObjectEx(
    object: Handle,
    function: WaitOrTimer,
    context: *mut c_void,
    milliseconds: u32,
    flags: u32,
) -> Handle {
    handle(|| {
        let given = registering(object, function, context, milliseconds, flags)?;
        let mut wait = 0;
        pool().register(given, |value| wait = value)?;
        Ok(wait)
    })
}

/// `UnregisterWait`.
#[unsafe(no_mangle)]
extern "C" fn UnregisterWait(wait: Handle) -> Bool {
    UnregisterWaitEx(wait, std::ptr::null_mut())
}

/// `UnregisterWaitEx`.
#[unsafe(no_mangle)]
extern "C" fn UnregisterWaitEx(wait: Handle, completion: Handle) -> Bool {
    succeeds(|| pool().unregister(wait as isize, completion as isize))
}

/// `QueueUserWorkItem`.
///
/// # Safety
/// The function may be called with this context from any thread.
#[unsafe(no_mangle)]
unsafe extern "C" fn QueueUserWorkItem(function: Work, context: *mut c_void, flags: u32) -> Bool {
    succeeds(|| {
        let function = function.ok_or(Code(INVALID_PARAMETER))?;
        let context = context.expose_provenance();
        let run = move || {
            let context = std::ptr::with_exposed_provenance_mut(context);
            // SAFETY: by the contract of this function.
            threads::call(|| unsafe { function(context) });
        };
        pool().queue(Box::new(run), flags)
    })
}

/// `CreateTimerQueue`.
#[unsafe(no_mangle)]
extern "C" fn CreateTimerQueue() -> Handle {
    handle(|| Ok(pool().create_queue()))
}

/// `CreateTimerQueueTimer`.
///
/// # Safety
/// `timer` is null or may be written to; the callback may be called with this context from any thread until the timer is
/// deleted.
#[unsafe(no_mangle)]
unsafe extern "C" fn CreateTimerQueueTimer(
    timer: *mut Handle,
    queue: Handle,
    function: WaitOrTimer,
    context: *mut c_void,
    due: u32,
    period: u32,
    flags: u32,
) -> Bool {
    succeeds(|| {
        there(timer)?;
        let given = NewTimer {
            queue: queue as isize,
            callback: callback(function, context)?,
            due,
            period,
            flags,
        };
        pool().create_timer(given, |value| {
            // SAFETY: by the contract of this function.
            unsafe { store(timer, value as Handle) };
        })
    })
}

/// `ChangeTimerQueueTimer`. The queue is not looked at, as on Windows.
#[unsafe(no_mangle)]
extern "C" fn ChangeTimerQueueTimer(_queue: Handle, timer: Handle, due: u32, period: u32) -> Bool {
    succeeds(|| pool().change_timer(timer as isize, due, period))
}

/// `DeleteTimerQueueTimer`. The queue is not looked at, as on Windows.
#[unsafe(no_mangle)]
extern "C" fn DeleteTimerQueueTimer(_queue: Handle, timer: Handle, completion: Handle) -> Bool {
    succeeds(|| pool().delete_timer(timer as isize, completion as isize))
}

/// `DeleteTimerQueue`.
#[unsafe(no_mangle)]
extern "C" fn DeleteTimerQueue(queue: Handle) -> Bool {
    DeleteTimerQueueEx(queue, std::ptr::null_mut())
}

/// `DeleteTimerQueueEx`.
#[unsafe(no_mangle)]
extern "C" fn DeleteTimerQueueEx(queue: Handle, completion: Handle) -> Bool {
    succeeds(|| pool().delete_queue(queue as isize, completion as isize))
}
