//! Due times: what a timer says about now.

use super::Ctx;
use super::clock::Clock;
use super::grant::Running;
use super::signal::Change;
use crate::Result;
use crate::arena::Object;
use crate::arena::layout::object;
use crate::host::{Host, Rule};
use crate::word::value::{self, ARMED};

impl<H: Host> Ctx<'_, H> {
    /// The clock of a timer.
    pub(crate) fn clock(&self, o: Object) -> Clock {
        Clock::unpack(
            self.arena.get(o, object::FIRST),
            self.arena.get(o, object::SECOND),
        )
    }

    /// How long until a clock is due, in 100 ns; not positive: it is due.
    pub(crate) fn remaining(&self, clock: Clock) -> i64 {
        let now = if clock.absolute {
            self.arena.host.realtime()
        } else {
            self.arena.host.now().div_euclid(100)
        };
        // Without the least number there is, which has no opposite.
        clock.due.saturating_sub(now).max(-i64::MAX)
    }

    /// Whether an armed timer is due although nobody has fired it yet.
    pub(crate) fn is_due(&self, o: Object, value: u32) -> bool {
        value & ARMED != 0 && self.remaining(self.clock(o)) <= 0
    }

    /// An armed timer brought to now: its value and clock if it is due.
    pub(super) fn caught_up(&self, value: u32, clock: Clock) -> Option<(u32, Clock)> {
        let late = -self.remaining(clock);
        if late < 0 {
            return None;
        }
        let fired = value::retimed(value::set(value));
        if clock.period <= 0 {
            return Some((fired & !ARMED, clock));
        }
        let now = self.arena.host.now().div_euclid(100);
        let due = now.saturating_add(clock.period - late % clock.period);
        Some((
            fired,
            Clock {
                due,
                absolute: false,
                ..clock
            },
        ))
    }

    /// The timer of a locked set that expired before an operation on `primary` happens, the longest overdue first.
    /// Its expiry serves its waiters as an operation of its own: in one with a later signal, a wait for both would
    /// overtake who waits for the timer alone.
    pub(super) fn expires_before(
        &self,
        primary: Object,
        set: &[Object],
        change: &Change<'_>,
    ) -> Result<Option<Object>> {
        let alone = set.len() == 1 || !self.has(Rule::ExpiriesFirst);
        if !self.has(Rule::CatchUp) || (alone && !matches!(change, Change::SetTimer(..))) {
            return Ok(None);
        }
        let (mut due, mut first) = (0, None);
        for &o in set {
            let value = self.state(o).value();
            if !self.sort(o)?.is_timer() || value & ARMED == 0 {
                continue;
            }
            let left = self.remaining(self.clock(o));
            if left <= 0 {
                due += 1;
                if first.is_none_or(|(least, _)| left < least) {
                    first = Some((left, o));
                }
            }
        }
        // The primary fires within the operation if no other has to, unless it is set anew.
        let within = match change {
            Change::Touch => true,
            Change::SetTimer(..) => false,
            _ => due == 1,
        };
        Ok(first.map(|(_, o)| o).filter(|&o| o != primary || !within))
    }

    /// Notes the clock a locked timer is going to have.
    pub(super) fn set_new_clock(&self, o: Object, clock: Clock) {
        self.arena.put(o, object::NEW_FIRST, clock.due as u64);
        self.arena.put(o, object::NEW_SECOND, clock.second());
    }

    /// The thread that a locked timer calls, or 0.
    pub(super) fn caller(&self, o: Object, running: Running) -> u16 {
        self.running_clock(o, running).setter
    }

    fn running_clock(&self, o: Object, running: Running) -> Clock {
        if running.extra == 0 {
            self.clock(o)
        } else {
            self.new_clock(o)
        }
    }

    /// The clock a locked timer is going to have.
    fn new_clock(&self, o: Object) -> Clock {
        Clock::unpack(
            self.arena.get(o, object::NEW_FIRST),
            self.arena.get(o, object::NEW_SECOND),
        )
    }

    /// The running value of a locked timer that calls nobody any more.
    pub(super) fn call_off(&self, o: Object, running: Running) -> Running {
        let clock = self.running_clock(o, running);
        if clock.setter == 0 {
            return running;
        }
        self.set_new_clock(o, Clock { setter: 0, ..clock });
        Running {
            value: value::retimed(running.value),
            extra: 1,
        }
    }

    /// Fires a timer whose new due time has passed already.
    pub(super) fn expire_new(&self, o: Object, value: u32) {
        let clock = self.new_clock(o);
        let late = -self.remaining(clock);
        if late < 0 {
            return;
        }
        let mut fired = value::set(value);
        if clock.period > 0 {
            // The periods count from the expiry, which is now, however old the due time is.
            let due = self.arena.host.now().div_euclid(100).saturating_add(clock.period);
            let next = Clock {
                due,
                absolute: false,
                ..clock
            };
            self.set_new_clock(o, next);
        } else {
            fired &= !ARMED;
        }
        self.set_running(
            o,
            Running {
                value: fired,
                extra: 1,
            },
        );
    }
}
