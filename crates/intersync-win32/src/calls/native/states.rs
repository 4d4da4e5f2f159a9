//! The native functions: states, and the state before a change.

use std::time::Duration;

use intersync::{Event, Mutex, RawHandle, Reset, Semaphore, Timer};

use super::handles;
use crate::calls::times;
use crate::handle;
use crate::status::{INVALID_PARAMETER, INVALID_PARAMETER_6, OBJECT_TYPE_MISMATCH, Result, Status};

/// The handle of an object that has a state.
fn raw(value: isize) -> Result<RawHandle> {
    match handles::find(value)? {
        handle if handle::is_pseudo(handle) => Err(Status(OBJECT_TYPE_MISMATCH)),
        handle => Ok(handle),
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

/// `NtQueryTimer`: the time to its due time in units of 100 ns, negative once that is past, and whether it is signaled.
pub(crate) fn timer(value: isize) -> Result<(i64, bool)> {
    let state = Timer::view_raw(raw(value)?)?.state()?;
    let units = |time: Duration| i64::try_from(time.as_nanos() / 100).unwrap_or(i64::MAX);
    let remaining = match (state.remaining, state.overdue) {
        (Some(remaining), _) => units(remaining),
        (None, overdue) => -units(overdue.unwrap_or_default()),
    };
    Ok((remaining, state.signaled))
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
    // Before the handle is looked at.
    let count = u32::try_from(count)
        .ok()
        .filter(|&n| n > 0)
        .ok_or(Status(INVALID_PARAMETER))?;
    Ok(Semaphore::view_raw(raw(value)?)?.release(count)? as i32)
}

/// `NtSetTimer`: as `SetWaitableTimer`; whether it was signaled.
pub(crate) fn set_timer(
    value: isize,
    due: i64,
    period: i32,
    routine: Option<impl Fn(u64) + Send + Sync + 'static>,
) -> Result<bool> {
    let period = u64::try_from(period).map_err(|_| Status(INVALID_PARAMETER_6))?;
    let timer = Timer::view_raw(raw(value)?)?;
    let (due, period) = (
        times::due(due),
        (period > 0).then(|| Duration::from_millis(period)),
    );
    Ok(match routine {
        None => timer.set_previous(due, period)?,
        Some(routine) => timer.set_calling_previous(due, period, move |at| routine(times::file_time(at)))?,
    })
}

/// `NtCancelTimer`.
pub(crate) fn cancel_timer(value: isize) -> Result<bool> {
    Ok(Timer::view_raw(raw(value)?)?.cancel_previous()?)
}
