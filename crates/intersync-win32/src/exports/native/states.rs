//! Queries of states, and changes that tell the state before.

use std::ffi::c_void;

use super::{Handle, aligned, answer, status, store, there, there_or_null};
use crate::calls::native::states;
use crate::calls::threads::call;
use crate::status::{
    INFO_LENGTH_MISMATCH, INVALID_INFO_CLASS, INVALID_PARAMETER_6, Result, SUCCESS, Status,
    TIMER_RESUME_IGNORED,
};

/// `EVENT_BASIC_INFORMATION`, `SEMAPHORE_BASIC_INFORMATION`.
type Pair = [i32; 2];

/// `MUTANT_BASIC_INFORMATION`.
#[repr(C)]
struct Mutant {
    count: i32,
    owned: u8,
    abandoned: u8,
}

/// `TIMER_BASIC_INFORMATION`.
#[repr(C)]
struct Timer {
    remaining: i64,
    signaled: u8,
}

layout!(Mutant: 8, count: 0, owned: 4, abandoned: 5);
layout!(Timer: 16, remaining: 0, signaled: 8);

/// Answers a query: the class and the length are checked before the handle.
///
/// # Safety
/// `to` is null or may be written to for `length` bytes; `returned` is null or may be written to.
unsafe fn query<T>(
    class: i32,
    to: *mut c_void,
    length: u32,
    returned: *mut u32,
    look: impl FnOnce() -> Result<T>,
) -> u32 {
    status(|| {
        if class != 0 {
            return Err(Status(INVALID_INFO_CLASS));
        }
        if length as usize != size_of::<T>() {
            return Err(Status(INFO_LENGTH_MISMATCH));
        }
        aligned(to, 4)?;
        there_or_null(returned)?;
        let found = look()?;
        // SAFETY: not null and long enough, by the checks above and the contract of this function.
        unsafe { to.cast::<T>().write_unaligned(found) };
        // SAFETY: by the contract of this function.
        unsafe { store(returned, length) };
        Ok(())
    })
}

/// Makes a change that tells what was before.
///
/// # Safety
/// `previous` is null or may be written to.
unsafe fn change<T>(previous: *mut T, change: impl FnOnce() -> Result<T>) -> u32 {
    status(|| {
        there_or_null(previous)?;
        let before = change()?;
        // SAFETY: by the contract of this function.
        unsafe { store(previous, before) };
        Ok(())
    })
}

macro_rules! queries {
    ($($name:ident: $look:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// `to` is null or may be written to for `length` bytes; `returned` is null or may be written to.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            handle: Handle,
            class: i32,
            to: *mut c_void,
            length: u32,
            returned: *mut u32,
        ) -> u32 {
            // SAFETY: the contracts are the same.
            unsafe { query(class, to, length, returned, || $look(handle as isize)) }
        }
    )*};
}

queries! {
    NtQueryEvent: |handle| -> Result<Pair> { states::event(handle) };
    NtQuerySemaphore: |handle| -> Result<Pair> { states::semaphore(handle) };
    NtQueryMutant: |handle| {
        let (count, owned, abandoned) = states::mutant(handle)?;
        Ok(Mutant { count, owned: u8::from(owned), abandoned: u8::from(abandoned) })
    };
    NtQueryTimer: |handle| {
        let (remaining, signaled) = states::timer(handle)?;
        Ok(Timer { remaining, signaled: u8::from(signaled) })
    };
}

macro_rules! changes {
    ($($name:ident ($($argument:ident: $type:ty)?), $previous:ty: $change:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// `previous` is null or may be written to.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(handle: Handle, $($argument: $type,)? previous: *mut $previous) -> u32 {
            // SAFETY: the contracts are the same.
            unsafe { change(previous, || $change(handle as isize $(, $argument)?)) }
        }
    )*};
}

changes! {
    NtSetEvent (), i32: states::set_event;
    NtResetEvent (), i32: states::reset_event;
    NtPulseEvent (), i32: states::pulse_event;
    NtReleaseMutant (), i32: states::release_mutant;
    NtReleaseSemaphore (count: i32), i32: states::release_semaphore;
    NtCancelTimer (), u8: |handle| states::cancel_timer(handle).map(u8::from);
}

/// A completion routine of a timer.
type Routine = Option<unsafe extern "C" fn(*mut c_void, u32, i32)>;

/// A completion routine and its context.
struct Callee(unsafe extern "C" fn(*mut c_void, u32, i32), *mut c_void);

// SAFETY: the context is only handed to the routine, in the thread that has set the timer with both.
unsafe impl Send for Callee {}
// SAFETY: as above.
unsafe impl Sync for Callee {}

impl Callee {
    fn call(&self, at: u64) {
        let Callee(routine, context) = *self;
        // SAFETY: whoever set the timer promises that the routine may be called with this context.
        call(|| unsafe { routine(context, at as u32, (at >> 32) as i32) });
    }
}

/// `NtSetTimer`.
///
/// # Safety
/// `due` is null or leads to a number; `previous` is null or may be written to; the routine may be called with the context.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtSetTimer(
    timer: Handle,
    due: *const i64,
    routine: Routine,
    context: *mut c_void,
    resume: u8,
    period: i32,
    previous: *mut u8,
) -> u32 {
    answer(|| {
        if period < 0 {
            return Err(Status(INVALID_PARAMETER_6));
        }
        // SAFETY: not null, and leads to a number by the contract of this function.
        let due = unsafe { there(due)?.read_unaligned() };
        there_or_null(previous)?;
        let callee = routine.map(|routine| Callee(routine, context));
        let callee = callee.map(|callee| move |at| callee.call(at));
        let before = states::set_timer(timer as isize, due, period, callee)?;
        // SAFETY: by the contract of this function.
        unsafe { store(previous, u8::from(before)) };
        // Nothing here wakes a machine.
        Ok(if resume != 0 {
            TIMER_RESUME_IGNORED
        } else {
            SUCCESS
        })
    })
}

/// `NtClearEvent`.
#[unsafe(no_mangle)]
extern "C" fn NtClearEvent(event: Handle) -> u32 {
    status(|| states::reset_event(event as isize).map(drop))
}
