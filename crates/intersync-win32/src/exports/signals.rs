//! Setting, resetting, releasing, arming.

use std::ffi::c_void;

use super::{Bool, Handle, store, succeeds, there};
use crate::calls::signals;
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
        let before = signals::release_semaphore(semaphore as isize, count)?;
        // SAFETY: by the contract of this function.
        unsafe { store(previous, before) };
        Ok(())
    })
}

/// `SetWaitableTimer`.
///
/// # Safety
/// `due` is null or leads to a number.
#[unsafe(no_mangle)]
unsafe extern "C" fn SetWaitableTimer(
    timer: Handle,
    due: *const i64,
    period: i32,
    routine: Routine,
    _argument: *mut c_void,
    _resume: Bool,
) -> Bool {
    succeeds(|| {
        if period < 0 {
            return Err(Code(INVALID_PARAMETER));
        }
        // SAFETY: not null, and leads to a number by the contract of this function.
        let due = unsafe { *there(due)? };
        signals::set_timer(timer as isize, due, period, routine.is_some())
    })
}

/// `CancelWaitableTimer`.
#[unsafe(no_mangle)]
extern "C" fn CancelWaitableTimer(timer: Handle) -> Bool {
    succeeds(|| signals::cancel_timer(timer as isize))
}
