//! Waitable timers.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::inner::Inner;
use super::routine::{self, EPOCH_S, Routine};
use super::sealed::{Kinded, Sealed};
use super::{Options, Waitable, sharing};
use crate::access::Access;
use crate::arena::layout::object;
use crate::calls::Calls;
use crate::directory::objects::{DEFAULT_MODE, Seed};
use crate::directory::raw::Rights;
use crate::dispatch::clock::Clock;
use crate::dispatch::signal::Change;
use crate::host::Host;
use crate::word::value::{self, ARMED, Sort};
use crate::{Error, Kind, Outcome, Reset, Result, Timeout};

/// Longest period: 2^31 - 1 milliseconds, as on Windows.
const PERIOD_MAX: Duration = Duration::from_millis(i32::MAX as u64);

/// A waitable timer: becomes signaled at its due time, once or periodically.
///
/// Missed periods are not counted: a timer is signaled or it is not.
///
/// Source: Win32 `CreateWaitableTimer`, `SetWaitableTimer`, `CancelWaitableTimer`.
#[derive(Debug, Clone)]
pub struct Timer(Arc<Inner>);

/// When a timer expires first. Kept in units of 100 ns; rounded up, so that it is never early.
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
    /// Time since its due time, if that is past: since the system began, if it was never set.
    pub overdue: Option<Duration>,
    /// Its period, if it is armed and periodic.
    pub period: Option<Duration>,
}

/// What a new timer begins with.
#[derive(Debug, Clone, Copy)]
pub struct TimerSpec {
    reset: Reset,
    high_resolution: bool,
}

impl Options<Timer> {
    /// Manual reset (the default is auto: a synchronization timer) for a new timer.
    pub fn reset(mut self, reset: Reset) -> Self {
        self.spec.reset = reset;
        self
    }

    /// Whether sleeps on a new timer are exact to the clock, for everybody who waits for it. By default
    /// the kernel may wake a thread up to its timer slack, usually 50 microseconds, late.
    pub fn high_resolution(mut self, high_resolution: bool) -> Self {
        self.spec.high_resolution = high_resolution;
        self
    }
}

/// A duration in 100 ns, rounded up.
fn hundred_ns(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos().div_ceil(100)).unwrap_or(i64::MAX)
}

/// A system time in 100 ns since 1601, rounded up.
fn file_time(at: SystemTime) -> i64 {
    let since_1970 = match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => hundred_ns(after),
        Err(before) => -hundred_ns(before.duration()),
    };
    since_1970.saturating_add(EPOCH_S * 10_000_000)
}

impl Timer {
    /// How to create or open a timer.
    pub fn options() -> Options<Timer> {
        Options::new(TimerSpec {
            reset: Reset::Auto,
            high_resolution: false,
        })
    }

    /// Stops the timer, makes it unsignaled and arms it: for `due`, then every `period` after that.
    /// A due time that has passed expires at once.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`]: a period of zero or above 2^31 - 1 milliseconds.
    pub fn set(&self, due: Due, period: Option<Duration>) -> Result<()> {
        self.set_previous(due, period).map(drop)
    }

    /// As [`Timer::set`], and tells whether it was signaled before, in one step.
    ///
    /// # Errors
    /// As [`Timer::set`].
    pub fn set_previous(&self, due: Due, period: Option<Duration>) -> Result<bool> {
        self.arm(due, period, false).map(|(_, before)| before)
    }

    /// As [`Timer::set`], with a completion routine: each expiry calls `callee` in the calling thread, in an
    /// [alertable wait](crate::alertable), with the time at which the timer expired.
    ///
    /// While a call waits for the thread no other is queued. Setting or cancelling the timer, by whatever process,
    /// withdraws a call that has not run yet, and the end of the calling thread cancels the timer. Whether
    /// the timer is signaled has nothing to do with its calls. The timer lives on, name included, until it has expired or is set or cancelled
    /// otherwise: as long the process keeps a handle of its own to it. A process that has such timers must not set or cancel
    /// timers in signal handlers: that looks for their calls, and allocates.
    ///
    /// # Errors
    /// As [`Timer::set`]; [`Error::Exhausted`] if there is no handle left.
    ///
    /// Source: Win32 `SetWaitableTimer`.
    pub fn set_calling(
        &self,
        due: Due,
        period: Option<Duration>,
        callee: impl Fn(SystemTime) + Send + Sync + 'static,
    ) -> Result<()> {
        self.set_calling_previous(due, period, callee).map(drop)
    }

    /// As [`Timer::set_calling`], and tells whether it was signaled before, in one step.
    ///
    /// # Errors
    /// As [`Timer::set_calling`].
    pub fn set_calling_previous(
        &self,
        due: Due,
        period: Option<Duration>,
        callee: impl Fn(SystemTime) + Send + Sync + 'static,
    ) -> Result<bool> {
        let calls = Calls::current().ok_or(Error::Reentrant)?;
        let inner = self.0.with_right(Access::MODIFY)?;
        let own = sharing::duplicate(inner, Rights::Same, true)?;
        let (clock, before) = self.arm(due, period, true)?;
        calls.add(Arc::new(Routine::new(own, clock, Arc::new(callee))));
        Ok(before)
    }

    /// Sets the timer; its clock, and whether it was signaled before.
    fn arm(&self, due: Due, period: Option<Duration>, calls: bool) -> Result<(Clock, bool)> {
        if let Some(period) = period.filter(|p| p.is_zero() || *p > PERIOD_MAX) {
            return Err(Error::InvalidArgument {
                what: format!("a period of {period:?}; it takes more than zero, up to {PERIOD_MAX:?}"),
            });
        }
        let period = period.map_or(0, hundred_ns);
        let set = self.0.call(Access::MODIFY, |ctx, x| {
            let (due, absolute) = match due {
                Due::In(duration) => {
                    let now = ctx.arena.host.now().div_euclid(100).saturating_add(1);
                    let wait = hundred_ns(duration);
                    // One unit of rounding must not make a timer for "now" late.
                    let due = if wait == 0 {
                        now - 1
                    } else {
                        now.saturating_add(wait)
                    };
                    (due, false)
                }
                Due::At(time) => (file_time(time), true),
            };
            let clock = Clock {
                due,
                period,
                absolute,
                setter: if calls { ctx.me.index } else { 0 },
            };
            let before = ctx.set_timer(x, clock)?;
            Ok((clock, value::signaled(self.0.handle.sort, before)))
        })?;
        self.forget_routines();
        Ok(set)
    }

    /// Forgets at once, if this process calls a routine of the timer; others find out when they look.
    fn forget_routines(&self) {
        if let Ok(inner) = self.0.here() {
            Calls::forget_everywhere(routine::key(inner));
        }
    }

    /// Stops the timer. Whether it is signaled does not change.
    ///
    /// # Errors
    /// As [`Event::set`](crate::Event::set).
    pub fn cancel(&self) -> Result<()> {
        self.0.call(Access::MODIFY, |ctx, x| ctx.cancel_timer(x))?;
        self.forget_routines();
        Ok(())
    }

    /// As [`Timer::cancel`], and tells whether it was signaled.
    ///
    /// # Errors
    /// As [`Timer::cancel`].
    pub fn cancel_previous(&self) -> Result<bool> {
        let before = self
            .0
            .call(Access::MODIFY, |ctx, x| ctx.change(x, Change::CancelTimer))?;
        self.forget_routines();
        Ok(value::signaled(self.0.handle.sort, before))
    }

    /// Waits until the timer is signaled, and takes the signal if it is a synchronization timer.
    ///
    /// # Errors
    /// As [`wait_any`](crate::wait_any).
    #[inline]
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        crate::wait::wait_one(&self.0, self.0.handle.sort, timeout.into())
    }

    /// The state, without changing it.
    ///
    /// # Errors
    /// [`Error::Stalled`] if a stopped process is in the middle of an operation on it.
    pub fn state(&self) -> Result<TimerState> {
        let reading = self.0.read()?;
        let sort = self.0.handle.sort;
        let armed = reading.value & ARMED != 0;
        let duration = |units: i64| Duration::from_nanos((units.max(0) as u64).saturating_mul(100));
        Ok(TimerState {
            reset: if sort == Sort::TimerManual {
                Reset::Manual
            } else {
                Reset::Auto
            },
            signaled: value::signaled(sort, reading.value),
            remaining: armed.then(|| duration(reading.remaining)),
            overdue: (reading.remaining < 0).then(|| duration(reading.remaining.saturating_neg())),
            period: (armed && reading.period > 0).then(|| duration(reading.period)),
        })
    }
}

impl Kinded for Timer {
    type Spec = TimerSpec;
    const KIND: Kind = Kind::Timer;

    fn check(_: &TimerSpec) -> Result<()> {
        Ok(())
    }

    fn seed(spec: &TimerSpec, _: u16) -> Seed {
        let sort = match spec.reset {
            Reset::Manual => Sort::TimerManual,
            Reset::Auto => Sort::TimerAuto,
        };
        Seed {
            sort,
            value: 0,
            first: 0,
            flags: if spec.high_resolution {
                object::HIGH_RESOLUTION
            } else {
                0
            },
            mode: DEFAULT_MODE,
        }
    }

    fn wrap(inner: Arc<Inner>) -> Self {
        Timer(inner)
    }
}

impl Sealed for Timer {
    fn inner(&self) -> &Arc<Inner> {
        &self.0
    }
}

impl Waitable for Timer {
    fn kind(&self) -> Kind {
        Kind::Timer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_time_before_all_others_has_passed() {
        let scratch = crate::sys::tests::Scratch::new();
        let namespace = crate::Namespace::open(&crate::Location::Under(scratch.path().to_owned()));
        let namespace = namespace.expect("a namespace");
        let timer = Timer::options().namespace(&namespace).unnamed();
        let timer = timer.expect("a timer");
        let past = SystemTime::UNIX_EPOCH - Duration::from_secs(1 << 40);
        for period in [None, Some(PERIOD_MAX)] {
            assert_eq!(timer.set(Due::At(past), period), Ok(()));
            assert_eq!(timer.wait(Timeout::ZERO), Ok(Outcome::Signaled { index: 0 }));
        }
    }

    #[test]
    fn times_are_rounded_up_to_100_ns() {
        assert_eq!(hundred_ns(Duration::from_nanos(101)), 2);
        assert_eq!(file_time(SystemTime::UNIX_EPOCH), 116_444_736_000_000_000);
    }
}
