//! The native functions: states, and the state before a change.

use intersync::{Event, Mutex, RawHandle, Reset, Semaphore, Timer};

use crate::handle;
use crate::status::{INVALID_HANDLE, OBJECT_TYPE_MISMATCH, Result, Status};

fn raw(value: isize) -> Result<RawHandle> {
    match handle::raw(value) {
        Ok(handle) if handle::is_pseudo(handle) => Err(Status(OBJECT_TYPE_MISMATCH)),
        Ok(handle) => Ok(handle),
        Err(_) => Err(Status(INVALID_HANDLE)),
    }
}

/// `NtQueryEvent`: type (0 = notification, 1 = synchronization) and state.
pub(crate) fn event(value: isize) -> Result<[i32; 2]> {
    let state = Event::view_raw(raw(value)?)?.state()?;
    Ok([i32::from(state.reset == Reset::Auto), i32::from(state.signaled)])
}

/// `NtQueryMutant`: the count (1 = free), whether the caller owns it, whether it is abandoned.
pub(crate) fn mutant(value: isize) -> Result<(i32, bool, bool)> {
    let state = Mutex::view_raw(raw(value)?)?.state()?;
    Ok((count(state.recursion), state.owned_by_caller, state.abandoned))
}

/// The count of a mutex that was acquired so many times.
fn count(levels: u32) -> i32 {
    1i32.wrapping_sub_unsigned(levels)
}

/// `NtQuerySemaphore`: count and maximum.
pub(crate) fn semaphore(value: isize) -> Result<[i32; 2]> {
    let state = Semaphore::view_raw(raw(value)?)?.state()?;
    Ok([state.count as i32, state.maximum as i32])
}

/// `NtQueryTimer`: the time to its expiry in units of 100 ns, 0 if it is not armed, and whether it is signaled.
pub(crate) fn timer(value: isize) -> Result<(i64, bool)> {
    let state = Timer::view_raw(raw(value)?)?.state()?;
    let remaining = state.remaining.unwrap_or_default().as_nanos() / 100;
    Ok((i64::try_from(remaining).unwrap_or(i64::MAX), state.signaled))
}

/// `NtSetEvent`.
pub(crate) fn set_event(value: isize) -> Result<i32> {
    Ok(i32::from(Event::view_raw(raw(value)?)?.set_previous()?))
}

/// `NtResetEvent`.
pub(crate) fn reset_event(value: isize) -> Result<i32> {
    Ok(i32::from(Event::view_raw(raw(value)?)?.reset_previous()?))
}

/// `NtPulseEvent`.
pub(crate) fn pulse_event(value: isize) -> Result<i32> {
    Ok(i32::from(Event::view_raw(raw(value)?)?.pulse_previous()?))
}

/// `NtReleaseMutant`; the count before.
pub(crate) fn release_mutant(value: isize) -> Result<i32> {
    Ok(count(Mutex::view_raw(raw(value)?)?.release_previous()?))
}

/// `NtReleaseSemaphore`; the count before.
pub(crate) fn release_semaphore(value: isize, count: i32) -> Result<i32> {
    let semaphore = Semaphore::view_raw(raw(value)?)?;
    Ok(semaphore.release(u32::try_from(count).unwrap_or(0))? as i32)
}

/// `NtCancelTimer`.
pub(crate) fn cancel_timer(value: isize) -> Result<bool> {
    Ok(Timer::view_raw(raw(value)?)?.cancel_previous()?)
}
