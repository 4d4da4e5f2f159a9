//! Setting, resetting, releasing, arming.

use std::time::{Duration, SystemTime};

use intersync::{Due, Event, Kind, Mutex, Object, RawHandle, Semaphore, Timer};

use crate::code::{Code, INVALID_HANDLE, INVALID_PARAMETER, Result};
use crate::handle;

/// Seconds from 1601 to 1970.
const EPOCH: u64 = 11_644_473_600;
/// Units of 100 ns in a second.
const UNITS: u64 = 10_000_000;

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
    Ok(Event::view_raw(raw(value)?)?.set()?)
}

/// `ResetEvent`.
pub(crate) fn reset_event(value: isize) -> Result<()> {
    Ok(Event::view_raw(raw(value)?)?.reset()?)
}

/// `PulseEvent`.
pub(crate) fn pulse_event(value: isize) -> Result<()> {
    Ok(Event::view_raw(raw(value)?)?.pulse()?)
}

/// `ReleaseMutex`.
pub(crate) fn release_mutex(value: isize) -> Result<()> {
    Ok(Mutex::view_raw(raw(value)?)?.release()?)
}

/// `ReleaseSemaphore`; the count before.
pub(crate) fn release_semaphore(value: isize, count: i32) -> Result<i32> {
    // Before the handle is looked at.
    let count = u32::try_from(count)
        .ok()
        .filter(|&n| n > 0)
        .ok_or(Code(INVALID_PARAMETER))?;
    let before = Semaphore::view_raw(raw(value)?)?.release(count)?;
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
    let span = |units: u64| Duration::new(units / UNITS, (units % UNITS) as u32 * 100);
    let due = if due <= 0 {
        Due::In(span(due.unsigned_abs()))
    } else {
        let since = span(due.unsigned_abs());
        let epoch = Duration::from_secs(EPOCH);
        Due::At(match since.checked_sub(epoch) {
            Some(after) => SystemTime::UNIX_EPOCH + after,
            None => SystemTime::UNIX_EPOCH - (epoch - since),
        })
    };
    let period = (period > 0).then(|| Duration::from_millis(period));
    match routine {
        None => timer.set(due, period)?,
        Some(routine) => timer.set_calling(due, period, move |at| routine(file_time(at)))?,
    }
    Ok(())
}

/// A system time in units of 100 ns since 1601.
fn file_time(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs().saturating_add(EPOCH);
    seconds.saturating_mul(UNITS) + u64::from(since.subsec_nanos() / 100)
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
