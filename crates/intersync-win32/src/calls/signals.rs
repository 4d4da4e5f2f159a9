//! Setting, resetting, releasing, arming.

use std::time::Duration;

use intersync::{Event, Kind, Object, RawHandle, Timer};

use super::times;
use crate::code::{Code, INVALID_HANDLE, INVALID_PARAMETER, Result};
use crate::handle;

fn raw(value: isize) -> Result<RawHandle> {
    let handle = handle::raw(value)?;
    if handle::is_pseudo(handle) {
        // The type is wrong, whatever it is for.
        return Err(Code(INVALID_HANDLE));
    }
    Ok(handle)
}

/// `SetEvent`.
pub(crate) fn set_event(value: isize) -> Result<()> {
    Ok(raw(value)?.set_event()?)
}

/// `ResetEvent`.
pub(crate) fn reset_event(value: isize) -> Result<()> {
    Ok(raw(value)?.reset_event()?)
}

/// `PulseEvent`.
pub(crate) fn pulse_event(value: isize) -> Result<()> {
    Ok(Event::view_raw(raw(value)?)?.pulse()?)
}

/// `ReleaseMutex`.
pub(crate) fn release_mutex(value: isize) -> Result<()> {
    Ok(raw(value)?.release_mutex()?)
}

/// `ReleaseSemaphore`; the count before.
pub(crate) fn release_semaphore(value: isize, count: i32) -> Result<i32> {
    // Before the handle is looked at.
    let count = u32::try_from(count)
        .ok()
        .filter(|&n| n > 0)
        .ok_or(Code(INVALID_PARAMETER))?;
    let before = raw(value)?.release_semaphore(count)?;
    // A count is at most the largest `LONG`.
    Ok(i32::try_from(before).unwrap_or(i32::MAX))
}

/// `SetWaitableTimer`: the due time in units of 100 ns, relative if negative; the period in ms. The routine is called with the
/// time of the expiry in units of 100 ns since 1601.
pub(crate) fn set_timer(
    value: isize,
    due: i64,
    period: i32,
    routine: Option<impl Fn(u64) + Send + Sync + 'static>,
) -> Result<()> {
    let period = u64::try_from(period).map_err(|_| Code(INVALID_PARAMETER))?;
    let timer = Timer::view_raw(raw(value)?)?;
    let (due, period) = (
        times::due(due),
        (period > 0).then(|| Duration::from_millis(period)),
    );
    match routine {
        None => timer.set(due, period)?,
        Some(routine) => timer.set_calling(due, period, move |at| routine(times::file_time(at)))?,
    }
    Ok(())
}

/// `CancelWaitableTimer`.
pub(crate) fn cancel_timer(value: isize) -> Result<()> {
    Ok(Timer::view_raw(raw(value)?)?.cancel()?)
}

/// Checks the first half of `SignalObjectAndWait`: what can be signaled.
pub(crate) fn signalable(object: &Object) -> Result<()> {
    use intersync::Waitable;
    match object.kind() {
        Kind::Event | Kind::Mutex | Kind::Semaphore => Ok(()),
        _ => Err(Code(INVALID_HANDLE)),
    }
}
