//! Times in units of 100 ns.

use std::time::{Duration, SystemTime};

use intersync::Due;

/// Units of a second.
const UNITS: u64 = 10_000_000;
/// From 1601 to 1970.
const EPOCH: Duration = Duration::from_secs(11_644_473_600);

/// So many units.
pub(crate) fn span(units: u64) -> Duration {
    Duration::new(units / UNITS, (units % UNITS) as u32 * 100)
}

/// The time so many units after the beginning of 1601.
pub(crate) fn system_time(units: u64) -> SystemTime {
    let since = span(units);
    match since.checked_sub(EPOCH) {
        Some(after) => SystemTime::UNIX_EPOCH + after,
        None => SystemTime::UNIX_EPOCH - (EPOCH - since),
    }
}

/// How many units there are from the beginning of 1601 to this time.
pub(crate) fn file_time(at: SystemTime) -> u64 {
    let since = EPOCH.saturating_add(at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
    since.as_secs().saturating_mul(UNITS) + u64::from(since.subsec_nanos() / 100)
}

/// The due time of a timer: relative if it is negative.
pub(crate) fn due(units: i64) -> Due {
    match units {
        ..=0 => Due::In(span(units.unsigned_abs())),
        _ => Due::At(system_time(units.unsigned_abs())),
    }
}
