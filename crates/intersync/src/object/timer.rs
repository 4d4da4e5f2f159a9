//! Waitable timers.

use std::time::{Duration, SystemTime};

use super::{Options, Waitable, sealed::Sealed};
use crate::{Kind, Outcome, Reset, Result, Timeout};

/// A waitable timer: becomes signaled at its due time, once or periodically.
#[derive(Debug, Clone)]
pub struct Timer {}

/// When a timer expires first. Kept in units of 100 ns; rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// After this time, on the monotonic clock.
    In(Duration),
    /// At this time of the system clock; if that is set, the timer follows.
    At(SystemTime),
}

/// The state of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimerState {
    /// Manual reset, or auto: a synchronization timer.
    pub reset: Reset,
    /// Whether it is signaled.
    pub signaled: bool,
    /// Time to its next expiry, if it is armed.
    pub remaining: Option<Duration>,
    /// Its period, if it is armed and periodic.
    pub period: Option<Duration>,
}

impl Options<Timer> {
    /// Manual reset (the default is auto: a synchronization timer) for a new timer.
    pub fn reset(self, reset: Reset) -> Self {
        let _ = reset;
        self
    }
}

impl Timer {
    /// How to create or open a timer.
    pub fn options() -> Options<Timer> {
        todo!()
    }

    /// Stops the timer, makes it unsignaled and arms it: for `due`, then every `period`.
    /// A due time that has passed expires at once.
    ///
    /// # Errors
    /// A period of zero or above 2^31 - 1 milliseconds.
    pub fn set(&self, due: Due, period: Option<Duration>) -> Result<()> {
        let _ = (due, period);
        todo!()
    }

    /// Stops the timer. Whether it is signaled does not change.
    pub fn cancel(&self) -> Result<()> {
        todo!()
    }

    /// Waits until the timer is signaled.
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        let _ = timeout.into();
        todo!()
    }

    /// The state, without changing it.
    pub fn state(&self) -> Result<TimerState> {
        todo!()
    }
}

impl Sealed for Timer {}
impl Waitable for Timer {
    fn kind(&self) -> Kind {
        Kind::Timer
    }
}
