//! How long a wait may last.

use std::time::Duration;

/// How long a wait may last: not at all, for a time, or for ever.
///
/// Measured on the monotonic clock: setting the system time changes nothing, and time that
/// the machine sleeps does not count. A wait never ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout(Option<Duration>);

impl Timeout {
    /// Look once and return.
    pub const ZERO: Timeout = Timeout(Some(Duration::ZERO));
    /// Wait for ever.
    pub const INFINITE: Timeout = Timeout(None);

    /// The time-out as Win32 gives it: milliseconds, `0xFFFF_FFFF` meaning for ever.
    pub const fn from_win32(milliseconds: u32) -> Timeout {
        match milliseconds {
            u32::MAX => Timeout(None),
            ms => Timeout(Some(Duration::from_millis(ms as u64))),
        }
    }

    /// The time, or `None` for ever.
    pub const fn duration(self) -> Option<Duration> {
        self.0
    }
}

impl From<Duration> for Timeout {
    fn from(duration: Duration) -> Self {
        Timeout(Some(duration))
    }
}

impl From<Option<Duration>> for Timeout {
    fn from(duration: Option<Duration>) -> Self {
        Timeout(duration)
    }
}
