//! Setting, resetting, releasing, arming.

use std::ffi::c_void;

use super::pointer::there_or_null;
use super::{Bool, Handle, store, succeeds, there};
use crate::calls::{signals, threads};
use crate::code::{Code, INVALID_PARAMETER};

/// A completion routine of a timer.
type Routine = Option<unsafe extern "C" fn(*mut c_void, u32, u32)>;

/// `SetEvent`.
#[unsafe(no_mangle)]
extern "C" fn SetEvent(event: Handle) -> Bool {
    succeeds(|| signals::set_event(event as isize))
}

/// `ResetEvent`.
#[unsafe(no_mangle)]
extern "C" fn ResetEvent(event: Handle) -> Bool {
    succeeds(|| signals::reset_event(event as isize))
}

/// `PulseEvent`.
#[unsafe(no_mangle)]
extern "C" fn PulseEvent(event: Handle) -> Bool {
    succeeds(|| signals::pulse_event(event as isize))
}

/// `ReleaseMutex`.
#[unsafe(no_mangle)]
extern "C" fn ReleaseMutex(mutex: Handle) -> Bool {
    succeeds(|| signals::release_mutex(mutex as isize))
}

/// `ReleaseSemaphore`.
///
/// # Safety
/// `previous` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn ReleaseSemaphore(semaphore: Handle, count: i32, previous: *mut i32) -> Bool {
    succeeds(|| {
        there_or_null(previous)?;
        let before = signals::release_semaphore(semaphore as isize, count)?;
        // SAFETY: by the contract of this function.
        unsafe { store(previous, before) };
        Ok(())
    })
}

/// A completion routine and its argument.
struct Callee(unsafe extern "C" fn(*mut c_void, u32, u32), *mut c_void);

// SAFETY: the argument is only handed to the routine, in the thread that has set the timer with both.
unsafe impl Send for Callee {}
// SAFETY: as above.
unsafe impl Sync for Callee {}

impl Callee {
    fn call(&self, at: u64) {
        let Callee(routine, argument) = *self;
        // SAFETY: whoever set the timer promises that the routine may be called with this argument.
        threads::call(|| unsafe { routine(argument, at as u32, (at >> 32) as u32) });
    }
}

/// Sets a timer.
///
/// # Safety
/// `due` is null or leads to a number; the routine may be called with the argument.
unsafe fn set_timer(
    timer: Handle,
    due: *const i64,
    period: i32,
    routine: Routine,
    argument: *mut c_void,
) -> Bool {
    succeeds(|| {
        if period < 0 {
            return Err(Code(INVALID_PARAMETER));
        }
        // SAFETY: not null, and leads to a number by the contract of this function.
        let due = unsafe { there(due)?.read_unaligned() };
        let callee = routine.map(|routine| Callee(routine, argument));
        let callee = callee.map(|callee| move |at| callee.call(at));
        signals::set_timer(timer as isize, due, period, callee)
    })
}

/// `SetWaitableTimer`.
///
/// # Safety
/// `due` is null or leads to a number; the routine may be called with the argument.
#[unsafe(no_mangle)]
unsafe extern "C" fn SetWaitableTimer(
    timer: Handle,
    due: *const i64,
    period: i32,
    routine: Routine,
    argument: *mut c_void,
    _resume: Bool,
) -> Bool {
    // SAFETY: the contracts are the same.
    unsafe { set_timer(timer, due, period, routine, argument) }
}

/// `SetWaitableTimerEx`. Expiries are as exact as without a tolerable delay.
///
/// # Safety
/// As [`SetWaitableTimer`].
#[unsafe(no_mangle)]
unsafe extern "C" fn SetWaitableTimerEx(
    timer: Handle,
    due: *const i64,
    period: i32,
    routine: Routine,
    argument: *mut c_void,
    _context: *const c_void,
    _delay: u32,
) -> Bool {
    // SAFETY: the contracts are the same.
    unsafe { set_timer(timer, due, period, routine, argument) }
}

/// `CancelWaitableTimer`.
#[unsafe(no_mangle)]
extern "C" fn CancelWaitableTimer(timer: Handle) -> Bool {
    succeeds(|| signals::cancel_timer(timer as isize))
}
