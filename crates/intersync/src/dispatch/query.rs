//! Queries: the object as it is now.

use super::call::Operand;
use super::signal::Change;
use super::{Ctx, Until};
use crate::Result;
use crate::arena::layout::object;
use crate::host::{Host, Rule};
use crate::limits::{GRACE_NS, LOCK_SPINS};
use crate::word::state::State;
use crate::word::value::{self, ARMED, Sort};

/// What a query finds: the object as it is now, timers brought to now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The value: see [`crate::word::value`].
    pub value: u32,
    /// Mutex with an owner: its recursion count.
    pub recursion: u32,
    /// Timer: how long until its due time, in 100 ns; negative once that is past.
    pub remaining: i64,
    /// Armed timer: its period in 100 ns, or 0.
    pub period: i64,
    /// Armed timer: whether it is due by the system clock.
    pub absolute: bool,
    /// Timer: the thread that calls its completion routine, or 0.
    pub setter: u16,
}

impl<H: Host> Ctx<'_, H> {
    /// The object as it is now. Nothing is written, unless a timer is due that somebody waits for: what
    /// is seen to have happened has happened for its waiters too.
    ///
    /// # Errors
    /// [`Error::Stalled`] if a stopped process is in the middle of an operation that may decide it.
    pub fn query(&self, x: &Operand<'_>) -> Result<Reading> {
        if x.sort == Sort::Mutex {
            self.bury_owners(std::slice::from_ref(x))?;
        }
        loop {
            let word = self.readable(x)?;
            if word.generation() != x.generation {
                return Err(super::gone::gone());
            }
            let mut reading = Reading {
                value: word.value(),
                recursion: 0,
                remaining: 0,
                period: 0,
                absolute: false,
                setter: 0,
            };
            if x.sort == Sort::Mutex && value::owner(word.value()) != 0 {
                reading.recursion = (self.arena.get(x.object, object::FIRST) as u32).max(1);
            }
            if x.sort.is_timer() {
                let armed = word.value() & ARMED != 0;
                let clock = self.clock(x.object);
                if armed && word.waiters() && self.remaining(clock) <= 0 && self.has(Rule::CatchUp) {
                    self.check_fence()?;
                    let until = Until::Time(self.arena.host.now().saturating_add(GRACE_NS));
                    self.operate_on(x, Change::Touch, until)?;
                    continue;
                }
                let caught_up = armed.then(|| self.caught_up(word.value(), clock)).flatten();
                let (value, clock) = caught_up.unwrap_or((word.value(), clock));
                reading.value = value;
                reading.setter = clock.setter;
                reading.remaining = self.remaining(clock);
                if value & ARMED != 0 {
                    reading.period = clock.period;
                    reading.absolute = clock.absolute;
                }
                // The fields change only under the lock, and every change of them changes the word.
                if self.state(x.object).with_contended(false) != word.with_contended(false) {
                    continue;
                }
            }
            return Ok(reading);
        }
    }

    /// The word of an object as a query may use it: unlocked, or not signaled and locked by an
    /// operation that is not committed yet.
    fn readable(&self, x: &Operand<'_>) -> Result<State> {
        let until = Until::Time(self.arena.host.now().saturating_add(GRACE_NS));
        let mut pause = super::lock::Pause::default();
        let mut round = 0;
        loop {
            let word = self.state(x.object);
            let before = !x.sort.is_timer() && !value::signaled(x.sort, word.value());
            if word.locker() == 0 || (before && self.is_current(x.object, word)) {
                return Ok(word);
            }
            if round < LOCK_SPINS && self.arena.host.spin(round) {
                round += 1;
                continue;
            }
            self.sleep_on_lock(x.object, word, &mut pause, until)?;
        }
    }
}
