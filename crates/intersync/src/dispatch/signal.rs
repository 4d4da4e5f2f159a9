//! The operations: lock, decide, commit, serve, unlock.

use super::grant::Running;
use super::journal::{Note, Op, Step};
use super::wake::Wakes;
use super::{Ctx, Set, Until, contains, insert};
use crate::arena::layout::{object, thread};
use crate::arena::{Block, Context, Entry, Object, Thread, corrupt};
use crate::host::{Host, Rule};
use crate::limits::{FIRED, WIDENINGS};
use crate::word::claim::{Claim, Phase, Target};
use crate::word::value::{self, ARMED, SIGNALED, Sort};
use crate::{Error, Result};

/// What an operation does to its primary object.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// Event: signaled.
    Set,
    /// Event: unsignaled.
    Reset,
    /// Event: signaled while it serves waiters, then unsignaled.
    Pulse,
    /// Semaphore: this many more permits; the entry, if any, holds so many fewer.
    Release(u32, Option<Entry>),
    /// Semaphore: this many more permits, after the death of a process whose entry held them; it holds none then.
    ReturnHeld(u32, Entry),
    /// Mutex: free. By its owner, who has given back all levels but one.
    ReleaseMutex,
    /// Mutex: free and marked, if this thread owns it.
    Abandon(Thread),
    /// Timer: unsignaled, with this due time and period (see [`object::SECOND`]); armed.
    SetTimer(i64, u64),
    /// Timer: not armed.
    CancelTimer,
    /// Timer: not armed, if this thread, which has ended, set it with a completion routine.
    CancelOf(Thread),
    /// Nothing, but timers are brought to now and waiters served.
    Touch,
    /// These blocks of the thread's own wait are linked into the queues of their objects.
    Enqueue(Context, &'a [Block]),
    /// What the granted claim of a dead thread took comes back.
    GiveBack(Context, Claim),
}

impl<H: Host> Ctx<'_, H> {
    /// Starts the running value of a locked object; a due timer fires if it is the primary.
    fn start(&self, o: Object, primary: Object) -> Result<Sort> {
        let sort = self.sort(o)?;
        let mut running = Running {
            value: self.state(o).value(),
            extra: 0,
        };
        if (o == primary || !self.has(Rule::ExpiriesFirst))
            && sort.is_timer()
            && running.value & ARMED != 0
            && self.has(Rule::CatchUp)
            && let Some((value, clock)) = self.caught_up(running.value, self.clock(o))
        {
            running = Running { value, extra: 1 };
            self.set_new_clock(o, clock);
        }
        self.set_running(o, running);
        Ok(sort)
    }

    /// Decides the running value of the primary object. Nothing else is written.
    fn decide(&self, o: Object, sort: Sort, change: &Change<'_>) -> Result<()> {
        let Running { value, extra } = self.running(o);
        let mut running = Running { value, extra };
        match *change {
            Change::Set | Change::Pulse => running.value = value::set(value),
            Change::Reset => running.value = value::reset(value),
            Change::Release(n, _) | Change::ReturnHeld(n, _) => {
                let maximum = self.arena.get(o, object::FIRST) as u32;
                match value.checked_add(n) {
                    Some(sum) if sum <= maximum => running.value = sum,
                    _ => {
                        return Err(Error::OverMaximum {
                            count: value,
                            released: n,
                            maximum,
                        });
                    }
                }
            }
            Change::ReleaseMutex => {
                if value::owner(value) != self.me.index {
                    return Err(Error::NotOwner);
                }
                running.value = value::freed(value, false);
            }
            Change::Abandon(owner) => {
                if sort == Sort::Mutex && value::owner(value) == owner.index {
                    running.value = value::freed(value, true);
                }
            }
            Change::SetTimer(due, second) => {
                running = Running {
                    value: value::retimed(value::reset(value) | ARMED),
                    extra: 1,
                };
                self.arena.put(o, object::NEW_FIRST, due as u64);
                self.arena.put(o, object::NEW_SECOND, second);
            }
            Change::CancelOf(t) if self.caller(o, running) != t.index => {}
            Change::CancelTimer | Change::CancelOf(_) => {
                running.value &= !ARMED;
                running = self.call_off(o, running);
            }
            Change::Touch | Change::Enqueue(..) | Change::GiveBack(..) => return Ok(()),
        }
        self.set_running(o, running);
        // A due time that has passed expires at once, in the same operation.
        if matches!(*change, Change::SetTimer(..)) {
            self.expire_new(o, running.value);
        }
        Ok(())
    }

    /// Sets the running values of what a dead thread's grant took.
    fn give_back(&self, set: &[Object], context: Context, claim: Claim) -> Result<()> {
        for &o in set {
            let sort = self.sort(o)?;
            let Running { value, extra } = self.running(o);
            let value = match sort {
                Sort::EventManual | Sort::TimerManual | Sort::Process | Sort::Thread => value,
                // A pulse is over. Which event of a wait for all it was is not known: none comes back.
                Sort::EventAuto if claim.pulse() && self.has(Rule::PulseIsNotGivenBack) => value,
                Sort::EventAuto | Sort::TimerAuto => value::set(value),
                // Permits of a give-back semaphore are counted in the handle entry since the grant.
                Sort::Semaphore if self.arena.get(o, object::META) & object::GIVE_BACK != 0 => value,
                Sort::Semaphore => value
                    .saturating_add(1)
                    .min(self.arena.get(o, object::FIRST) as u32),
                // One that it owned before the wait is abandoned with the others. Whether it had listed the
                // mutex already must not matter: it may have listed some of a wait for all and not the rest.
                Sort::Mutex
                    if value::owner(value) == context.thread.index
                        && self.arena.get(o, object::FIRST) <= 1 =>
                {
                    value::freed(value, claim.abandoned())
                }
                Sort::Mutex => value,
            };
            self.set_running(o, Running { value, extra });
        }
        Ok(())
    }

    /// Carries out an operation on `primary` and, as one step with it, on `also` (a wait for all, a
    /// give-back). Returns the value `primary` had before, timers brought to now.
    ///
    /// # Errors
    /// What the change itself refuses, and those of locking; nothing has changed then.
    pub fn operate(&self, primary: Object, also: &[Object], change: Change<'_>, until: Until) -> Result<u32> {
        self.operate_after(FIRED, None, primary, also, change, until)
    }

    /// As [`Ctx::operate`], after at most so many timers of the set whose expiry comes before.
    pub(super) fn operate_after(
        &self,
        mut timers: u32,
        expected: Option<u16>,
        primary: Object,
        also: &[Object],
        change: Change<'_>,
        until: Until,
    ) -> Result<u32> {
        let mut set = Set::new();
        insert(&mut set, primary);
        also.iter().for_each(|&o| insert(&mut set, o));
        let base = set.clone();
        let mut widenings = 0;
        loop {
            let note = self.note_of(primary, &change);
            // Without the rule: what the word said before the lock decides whether the set must be wider.
            let decided = !self.has(Rule::DecideUnderLock) && !self.state(primary).wait_all();
            self.lock_set(&note, &set, until)?;
            if let Err(e) = self.check_generations(primary, expected, &change) {
                self.abort(&set);
                return Err(e);
            }
            if let Change::Enqueue(context, blocks) = change
                && let Some(b) = blocks.first()
                && !self.claim(context).is_open(self.block_seq(*b))
            {
                self.abort(&set);
                return Ok(0);
            }
            if timers > 0 {
                match self.expires_before(primary, &set, &change) {
                    Ok(None) => {}
                    Ok(Some(timer)) => {
                        timers -= 1;
                        self.abort(&set);
                        self.operate_after(0, None, timer, &[], Change::Touch, until)?;
                        continue;
                    }
                    Err(e) => {
                        self.abort(&set);
                        return Err(e);
                    }
                }
            }
            let before = match self.begin(primary, &set, &base, &change) {
                Ok(before) => before,
                Err(e) => {
                    self.abort(&set);
                    return Err(e);
                }
            };
            let wider = if decided {
                Ok(false)
            } else {
                self.widen(&mut set, widenings >= WIDENINGS)
            };
            match wider {
                Ok(true) => {
                    widenings += 1;
                    continue;
                }
                Ok(false) => {}
                Err(e) => {
                    self.abort(&set);
                    return Err(e);
                }
            }
            self.carry_out(&note, &set, &change)?;
            return Ok(before);
        }
    }

    fn note_of(&self, primary: Object, change: &Change<'_>) -> Note {
        let mut note = Note {
            op: Op::Plain,
            primary,
            arguments: [0; 2],
        };
        match *change {
            Change::Pulse => note.op = Op::Pulse,
            Change::SetTimer(..) => note.op = Op::SetTimer,
            Change::GiveBack(context, claim) => {
                note.op = Op::GiveBack;
                let target = Target(0)
                    .with_thread(context.thread.index)
                    .with_context(context.number)
                    .with_present(true)
                    .with_seq(claim.seq());
                note.arguments[0] = target.0;
            }
            Change::Release(_, Some(entry)) | Change::ReturnHeld(_, entry) => {
                note.op = Op::Held;
                note.arguments[0] = u64::from(entry.index) + 1;
            }
            _ => {}
        }
        note
    }

    /// Sets the running values of a locked set; returns the primary's value before the change.
    fn begin(&self, primary: Object, set: &[Object], base: &[Object], change: &Change<'_>) -> Result<u32> {
        let mut sort = None;
        for &o in set {
            let of = self.start(o, primary)?;
            if o == primary {
                sort = Some(of);
            }
        }
        let sort = sort.ok_or(corrupt("an operation lost its object"))?;
        let before = self.running(primary).value;
        self.decide(primary, sort, change)?;
        match *change {
            Change::GiveBack(context, claim) => self.give_back(base, context, claim)?,
            Change::Release(n, Some(entry)) => {
                let held = (self.arena.get(entry, crate::arena::layout::entry::MASK) >> 32) as u32;
                self.arena
                    .put(self.me, thread::ARGUMENT2, u64::from(held.saturating_sub(n)));
            }
            _ => {}
        }
        Ok(before)
    }

    /// Adds to a locked set what its all-waiters need; if that is more than is locked, unlocks all and says so.
    fn widen(&self, set: &mut Set, force: bool) -> Result<bool> {
        let mut wider = set.clone();
        let mut done = 0;
        while done < set.len() {
            let o = set[done];
            done += 1;
            if self.state(o).wait_all() && value::signaled(self.sort(o)?, self.running(o).value) {
                self.needed(set, o, force, &mut wider)?;
            }
        }
        if wider.len() == set.len() {
            return Ok(false);
        }
        self.abort(set);
        *set = wider;
        Ok(true)
    }

    /// Adds the objects of the all-waiters of `o` that might be satisfied.
    fn needed(&self, set: &[Object], o: Object, force: bool, wider: &mut Set) -> Result<()> {
        let mut left = self.longest_queue()?;
        let mut at = self.first(o)?;
        while let (Some(b), 1..) = (at, left) {
            left -= 1;
            at = self.next(o, b)?;
            let info = self.info(b);
            if !info.all() || info.notify() {
                continue;
            }
            let context = self.context_of(info)?;
            let seq = self.block_seq(b);
            if !self.claim(context).is_open(seq) {
                continue;
            }
            let mut objects = Set::new();
            let mut plausible = true;
            for i in 0..self.shape(context).count() as usize {
                let x = self.object_of(self.info(self.block_of(context, i)?))?;
                objects.push(x);
                plausible &= force || self.looks_signaled(set, x, context.thread.index)?;
                if !plausible {
                    break;
                }
            }
            if plausible {
                objects.into_iter().for_each(|x| insert(wider, x));
            }
        }
        Ok(())
    }

    /// Whether an object may be signaled for `who` now: signaled, due, or locked by somebody.
    pub(crate) fn looks_signaled(&self, set: &[Object], x: Object, who: u16) -> Result<bool> {
        let who = if self.has(Rule::SignaledForWaiter) { who } else { 0 };
        let sort = self.sort(x)?;
        if contains(set, x) {
            return Ok(value::signaled_for(sort, self.running(x).value, who));
        }
        let word = self.state(x);
        if word.locker() != 0 && self.has(Rule::LookRespectsLocks) {
            return Ok(true);
        }
        let due = sort.is_timer() && self.has(Rule::DueCountsAsSignaled) && self.is_due(x, word.value());
        Ok(due || value::signaled_for(sort, word.value(), who))
    }

    /// Commits an operation whose set is locked and whose values are decided, and sees it through.
    fn carry_out(&self, note: &Note, set: &[Object], change: &Change<'_>) -> Result<()> {
        let mut linked = Ok(());
        if let Change::Enqueue(_, blocks) = *change {
            for &b in blocks {
                linked = linked.and_then(|()| self.object_of(self.info(b)).and_then(|o| self.link(o, b)));
            }
        }
        let running = self.running(note.primary);
        if let &[o] = set
            && note.op == Op::Plain
            && running.extra == 0
            && (self.queued(o).0 == 0 || !self.might_serve(o, running.value))
        {
            // One object and nobody to serve: the unlocking CAS is the commit.
            self.unlock(self.me, o, Some(running.value));
            self.advance(self.me, Step::None);
            return linked;
        }
        self.advance(self.me, Step::Dispatch);
        let mut wakes = Wakes::new();
        let served = self.serve(self.me, set, note.op, note.primary, &mut wakes);
        self.finish(self.me, set, note.op, Some(note.primary));
        self.wake_all(&wakes);
        linked.and(served)
    }

    /// Whether an object of this value can satisfy anybody in its queue.
    fn might_serve(&self, o: Object, value: u32) -> bool {
        match self.sort(o) {
            Ok(Sort::Mutex) => value::owner(value) == 0 || value::owner(value) == self.me.index,
            Ok(Sort::Semaphore) => value != 0,
            Ok(_) => value & SIGNALED != 0,
            Err(_) => false,
        }
    }

    /// What a committed operation does before it unlocks; recovery does the same again.
    pub(crate) fn serve(
        &self,
        holder: Thread,
        set: &[Object],
        op: Op,
        primary: Object,
        wakes: &mut Wakes,
    ) -> Result<()> {
        match op {
            Op::GiveBack => {
                let target = Target(self.arena.get(holder, thread::ARGUMENT));
                let context = self.arena.thread(target.thread())?.context(target.context());
                let claim = self.claim(context);
                if claim.phase() == Some(Phase::Granted) && claim.seq() == target.seq() {
                    self.change_claim(context, claim, claim.to(Phase::Idle));
                }
            }
            Op::Held => {
                let entry = self.arena.get(holder, thread::ARGUMENT) as u32;
                let entry = self.arena.entry(entry.wrapping_sub(1))?;
                self.set_held(entry, self.arena.get(holder, thread::ARGUMENT2) as u32);
            }
            _ => {}
        }
        let pulse = (op == Op::Pulse).then_some(primary);
        self.dispatch(holder, set, primary, pulse, wakes)?;
        if op == Op::SetTimer && self.has(Rule::SetTimerNudges) {
            self.nudge_all(primary, wakes)?;
        }
        Ok(())
    }
}
