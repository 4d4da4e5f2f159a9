//! The completion routine of a timer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::inner::Inner;
use crate::Result;
use crate::calls::{Call, Coming, Counted, Source};
use crate::dispatch::clock::Clock;
use crate::dispatch::query::Reading;
use crate::host::Host;
use crate::limits::REALTIME_SLICE_NS;
use crate::sys::clock;
use crate::word::value::ARMED;

/// What a timer calls, with the time of the expiry.
pub(super) type Callee = Arc<dyn Fn(SystemTime) + Send + Sync>;
/// When to look again at a timer that a stopped process has locked.
const LOCKED_NS: i64 = 10_000_000;
/// Seconds from 1601 to 1970.
pub(super) const EPOCH_S: i64 = 11_644_473_600;

/// A timer that calls the thread which has set it, as long as its [clock](Clock::setter) says so.
pub(super) struct Routine {
    /// A handle of its own: the program may close its.
    timer: Inner,
    /// The record of the thread.
    setter: u16,
    period: i64,
    /// The expiry that is called next: due time in 100 ns, by the system clock or not.
    next: Mutex<(i64, bool)>,
    callee: Callee,
    _counted: Counted,
}

/// An expiry: when it was, and the due time of the next.
struct Expiry {
    /// By the clock of this process, in ns.
    since: i64,
    /// In 100 ns since 1601.
    at: i64,
    next: i64,
}

enum Found {
    Expired(Expiry),
    /// How long until it expires, in ns.
    Waits(i64),
    Gone,
}

impl Routine {
    pub(super) fn new(timer: Inner, clock: Clock, callee: Callee) -> Routine {
        Routine {
            timer,
            setter: clock.setter,
            period: clock.period,
            next: Mutex::new((clock.due, clock.absolute)),
            callee,
            _counted: Counted::new(),
        }
    }

    fn read(&self) -> Result<(Reading, i64, i64)> {
        let ctx = self.timer.process.ctx()?;
        let reading = ctx.query(&self.timer.operand())?;
        let host = &ctx.arena.host;
        Ok((reading, host.now().div_euclid(100), host.realtime()))
    }

    fn find(&self) -> Found {
        let Ok((reading, now, realtime)) = self.read() else {
            return if self.timer.is_there() {
                Found::Waits(LOCKED_NS)
            } else {
                Found::Gone
            };
        };
        if reading.setter != self.setter {
            return Found::Gone;
        }
        let (next, absolute) = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let armed = reading.value & ARMED != 0;
        let coming = now.saturating_add(if armed { reading.remaining } else { 0 });
        // Of the expiries since the last call the first counts. The due time of a periodic timer has moved on since.
        let expired = match (armed, self.period) {
            (false, _) => true,
            (true, 0) => false,
            (true, period) => !reading.absolute && (absolute || coming.saturating_sub(next) > period / 2),
        };
        if !expired {
            let wait = reading.remaining.max(0).saturating_mul(100);
            return Found::Waits(if reading.absolute {
                wait.min(REALTIME_SLICE_NS)
            } else {
                wait
            });
        }
        let late = if absolute {
            realtime.saturating_sub(next)
        } else {
            now.saturating_sub(next)
        };
        let late = late.max(0);
        Found::Expired(Expiry {
            since: clock::monotonic_ns().saturating_sub(late.saturating_mul(100)),
            at: realtime.saturating_sub(late),
            next: coming,
        })
    }
}

impl Source for Routine {
    fn look(&self) -> Coming {
        match self.find() {
            Found::Expired(expiry) => Coming::Since(expiry.since),
            Found::Waits(ns) => Coming::At(clock::monotonic_ns().saturating_add(ns)),
            Found::Gone => Coming::Gone,
        }
    }

    fn take(&self) -> (Option<Call>, bool) {
        match self.find() {
            Found::Expired(expiry) => {
                *self.next.lock().unwrap_or_else(PoisonError::into_inner) = (expiry.next, false);
                let callee = self.callee.clone();
                let at = system_time(expiry.at);
                (Some(Box::new(move || callee(at))), self.period != 0)
            }
            Found::Waits(_) => (None, true),
            Found::Gone => (None, false),
        }
    }

    fn object(&self) -> (usize, u32) {
        key(&self.timer)
    }

    fn cancel(&self) {
        // What cannot be cancelled now is, when the record of the thread is given back.
        let _ = self
            .timer
            .process
            .with(|ctx| ctx.call_off_own(&self.timer.operand()));
    }
}

/// What tells objects apart in a process.
pub(super) fn key(inner: &Inner) -> (usize, u32) {
    (
        std::ptr::from_ref(inner.process).addr(),
        inner.handle.object.index,
    )
}

/// A time in 100 ns since 1601.
fn system_time(file_time: i64) -> SystemTime {
    let since_1970 = file_time.saturating_sub(EPOCH_S * 10_000_000);
    let units = Duration::from_nanos(since_1970.unsigned_abs().saturating_mul(100));
    if since_1970 < 0 {
        SystemTime::UNIX_EPOCH - units
    } else {
        SystemTime::UNIX_EPOCH + units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_times_are_system_times() {
        assert_eq!(system_time(116_444_736_000_000_000), SystemTime::UNIX_EPOCH);
        let second = Duration::from_secs(1);
        assert_eq!(
            system_time(116_444_735_990_000_000),
            SystemTime::UNIX_EPOCH - second
        );
    }
}
