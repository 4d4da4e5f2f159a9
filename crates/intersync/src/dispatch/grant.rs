//! Serving waiters: the part of an operation between its commit and its last unlock.
//!
//! All of it can be run again by whoever recovers a dead thread, *as* that thread: it works on the
//! running values in the locked objects and on the target in the journal, never on private memory.

use super::block::Info;
use super::journal::{Op, Step};
use super::wake::Wakes;
use super::{Ctx, contains};
use crate::Result;
use crate::arena::layout::{block, entry, object, thread};
use crate::arena::{Block, Context, Object, Thread, corrupt};
use crate::host::{Host, Rule};
use crate::word::claim::{Claim, Phase, Target};
use crate::word::slot::Belongs;
use crate::word::value::{self, Sort};

/// Tries to nudge a waiter that keeps going to sleep and getting up: more mean a hostile peer.
const NUDGE_TRIES: u32 = 10_000;

/// A running value: what a locked object is going to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Running {
    /// The value.
    pub value: u32,
    /// Mutex: the new recursion count, 0 = as it is. Timer: 1 = its fields change too.
    pub extra: u32,
}

impl Running {
    const fn pack(self) -> u64 {
        self.value as u64 | (self.extra as u64) << 32
    }
    const fn unpack(word: u64) -> Running {
        Running {
            value: word as u32,
            extra: (word >> 32) as u32,
        }
    }
}

impl<H: Host> Ctx<'_, H> {
    /// The running value of an object locked by the operation at hand.
    pub(super) fn running(&self, o: Object) -> Running {
        Running::unpack(self.arena.get(o, object::RUNNING))
    }

    /// Sets it.
    pub(super) fn set_running(&self, o: Object, running: Running) {
        self.arena.put(o, object::RUNNING, running.pack());
    }

    /// The claim of a context.
    pub(crate) fn claim(&self, context: Context) -> Claim {
        Claim(self.arena.get(context, thread::CLAIM))
    }

    /// Changes a claim; `false` if it is not `old` any more.
    pub(crate) fn change_claim(&self, context: Context, old: Claim, new: Claim) -> bool {
        self.arena.replace(context, thread::CLAIM, old.0, new.0).is_ok()
    }

    /// Whether the process of a thread is marked as dying: signals must not go to it.
    pub(super) fn doomed(&self, t: Thread) -> bool {
        let belongs = Belongs(self.arena.get(t, thread::BELONGS));
        match belongs.slot().map(|s| self.arena.slot(s)) {
            Some(Ok(slot)) => self.marked(slot),
            _ => true,
        }
    }

    /// Serves the waiters in the queues of `set`, which `holder` has locked and whose running
    /// values are set, until no eligible one is left. The queue of `primary`, which the operation signals, comes
    /// first: a wait for all in it must not overtake who waits there longer, through the queue of another object.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt): the rest of the queues could not be read.
    pub(crate) fn dispatch(
        &self,
        holder: Thread,
        set: &[Object],
        primary: Object,
        pulse: Option<Object>,
        wakes: &mut Wakes,
    ) -> Result<()> {
        let comes_first = |o: &&Object| **o == primary && self.has(Rule::SignaledFirst);
        for &o in set
            .iter()
            .filter(comes_first)
            .chain(set.iter().filter(|o| !comes_first(o)))
        {
            let sort = self.sort(o)?;
            let mut left = self.longest_queue()?;
            let mut at = self.first(o)?;
            while let Some(b) = at {
                if left == 0 {
                    return Err(corrupt("a wait queue is a circle"));
                }
                left -= 1;
                at = self.next(o, b)?;
                let running = self.running(o);
                if !value::signaled(sort, running.value)
                    && (sort != Sort::Mutex
                        || (set.len() == 1 && value::owner(running.value) != holder.index))
                {
                    break;
                }
                self.try_grant(holder, set, o, sort, b, pulse, wakes)?;
            }
        }
        Ok(())
    }

    /// Grants the wait of block `b` if it is eligible.
    #[allow(
        clippy::too_many_arguments,
        reason = "one step of dispatch, split off for its length"
    )]
    fn try_grant(
        &self,
        holder: Thread,
        set: &[Object],
        o: Object,
        sort: Sort,
        b: Block,
        pulse: Option<Object>,
        wakes: &mut Wakes,
    ) -> Result<()> {
        let info = self.info(b);
        let context = self.context_of(info)?;
        let seq = self.block_seq(b);
        let pulsed = match pulse {
            Some(p) if info.all() => self.waits_for(context, p)?,
            Some(p) => p == o,
            None => false,
        };
        loop {
            let claim = self.claim(context);
            let open = claim.is_open(seq)
                && (claim.phase() != Some(Phase::Nudged) || self.has(Rule::NudgedIsGrantable));
            let missed = claim.entering() && pulsed && self.has(Rule::PulseSkipsEntering);
            if !open || missed || (self.doomed(context.thread) && self.has(Rule::SkipDoomed)) {
                return Ok(());
            }
            let who = context.thread.index;
            if info.notify() {
                if value::signaled_for(sort, self.running(o).value, who) {
                    self.nudge(context, claim, wakes);
                }
                return Ok(());
            }
            if sort == Sort::Mutex && who != holder.index && !self.has(Rule::HandOver) {
                self.nudge(context, claim, wakes);
                return Ok(());
            }
            let mut abandoned = false;
            if info.all() {
                if !self.prepare_all(set, context, seq, &mut abandoned)? {
                    return Ok(());
                }
            } else {
                if !value::signaled_for(sort, self.running(o).value, who) {
                    return Ok(());
                }
                abandoned = self.prepare(o, b, who)?;
            }
            let target = Target(0)
                .with_thread(who)
                .with_context(context.number)
                .with_index(info.index())
                .with_present(true)
                .with_all(info.all())
                .with_seq(seq);
            self.arena.put(holder, thread::TARGET, target.0);
            let index = if info.all() { 0 } else { info.index() };
            if self.change_claim(
                context,
                claim,
                claim.granted(index, abandoned, pulsed, holder.index),
            ) {
                if claim.asleep() {
                    wakes.push(context);
                }
                return self.apply(holder, target);
            }
            self.arena.put(holder, thread::TARGET, 0);
        }
    }

    /// Whether an object is in the set of a wait for all.
    fn waits_for(&self, context: Context, o: Object) -> Result<bool> {
        for i in 0..self.shape(context).count() as usize {
            if self.object_of(self.info(self.block_of(context, i)?))? == o {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells a waiter to look at its objects itself, unless it has been told or its wait is over.
    pub(crate) fn nudge(&self, context: Context, mut claim: Claim, wakes: &mut Wakes) {
        let seq = claim.seq();
        // The waiter may go to sleep or get up meanwhile: that is no reason to leave it alone.
        for _ in 0..NUDGE_TRIES {
            if claim.phase() != Some(Phase::Waiting) || claim.seq() != seq {
                return;
            }
            let nudged = claim
                .to(Phase::Nudged)
                .with_entering(claim.entering())
                // Whoever grants it next wakes it too: this thread may die before it does.
                .with_asleep(claim.asleep() && self.has(Rule::NudgeKeepsAsleep));
            if self.change_claim(context, claim, nudged) {
                if claim.asleep() {
                    wakes.push(context);
                }
                return;
            }
            if !self.has(Rule::NudgeAgain) {
                return;
            }
            claim = self.claim(context);
        }
    }

    /// Sets the next value of one object of a grant; tells whether it is an abandoned mutex.
    fn prepare(&self, o: Object, b: Block, who: u16) -> Result<bool> {
        let sort = self.sort(o)?;
        let running = self.running(o);
        let recursion = match running.extra {
            0 if sort == Sort::Mutex => self.arena.get(o, object::FIRST) as u32,
            extra => extra,
        };
        let taken = value::take(sort, running.value, who, recursion);
        let extra = match sort {
            Sort::Mutex => taken.recursion,
            Sort::Semaphore => self.held_by(b).map_or(0, |(_, held)| held.saturating_add(1)),
            _ => running.extra,
        };
        self.arena.put(
            o,
            object::NEXT,
            Running {
                value: taken.value,
                extra,
            }
            .pack(),
        );
        Ok(taken.abandoned)
    }

    /// Sets the next values of all objects of a wait for all, if it is eligible: all of them are in
    /// `set` and signaled for it.
    fn prepare_all(&self, set: &[Object], context: Context, seq: u32, abandoned: &mut bool) -> Result<bool> {
        let count = self.shape(context).count() as usize;
        for i in 0..count {
            let b = self.block_of(context, i)?;
            let o = self.object_of(self.info(b))?;
            if self.block_seq(b) != seq || !contains(set, o) {
                return Ok(false);
            }
            let who = if self.has(Rule::SignaledForWaiter) {
                context.thread.index
            } else {
                0
            };
            if !value::signaled_for(self.sort(o)?, self.running(o).value, who) {
                return Ok(false);
            }
        }
        for i in 0..count {
            let b = self.block_of(context, i)?;
            *abandoned |= self.prepare(self.object_of(self.info(b))?, b, context.thread.index)?;
        }
        Ok(true)
    }

    /// The handle entry that counts the permits of a block's waiter, and how many it holds.
    fn held_by(&self, b: Block) -> Option<(crate::arena::Entry, u32)> {
        let entry = (self.arena.get(b, block::WAIT) >> 32) as u32;
        let entry = self.arena.entry(entry.checked_sub(1)?).ok()?;
        Some((entry, (self.arena.get(entry, entry::MASK) >> 32) as u32))
    }

    /// Carries out the grant in the target and clears it. Absolute, so it may be done again.
    pub(crate) fn apply(&self, holder: Thread, target: Target) -> Result<()> {
        let context = self.arena.thread(target.thread())?.context(target.context());
        if target.all() {
            for i in 0..self.shape(context).count() as usize {
                self.apply_block(holder, self.block_of(context, i)?)?;
            }
        } else {
            self.apply_block(holder, self.block_of(context, target.index() as usize)?)?;
        }
        self.arena.put(holder, thread::TARGET, 0);
        Ok(())
    }

    fn apply_block(&self, holder: Thread, b: Block) -> Result<()> {
        let info: Info = self.info(b);
        let o = self.object_of(info)?;
        if self.state(o).locker() != holder.index {
            return Err(corrupt("a grant is on an object that its granter has not locked"));
        }
        let next = Running::unpack(self.arena.get(o, object::NEXT));
        if self.sort(o)? == Sort::Semaphore {
            if let Some((entry, _)) = self.held_by(b) {
                self.set_held(entry, next.extra);
            }
            self.set_running(
                o,
                Running {
                    value: next.value,
                    extra: 0,
                },
            );
        } else {
            self.set_running(o, next);
        }
        self.unlink(o, b)
    }

    /// Sets how many permits a handle entry holds.
    pub(crate) fn set_held(&self, entry: crate::arena::Entry, held: u32) {
        let mask = self.arena.get(entry, entry::MASK) as u32;
        self.arena
            .put(entry, entry::MASK, u64::from(mask) | u64::from(held) << 32);
    }

    /// Nudges everybody in the queue of a timer whose due time changed.
    pub(crate) fn nudge_all(&self, o: Object, wakes: &mut Wakes) -> Result<()> {
        let mut left = self.longest_queue()?;
        let mut at = self.first(o)?;
        while let (Some(b), 1..) = (at, left) {
            left -= 1;
            at = self.next(o, b)?;
            let context = self.context_of(self.info(b))?;
            let claim = self.claim(context);
            if claim.is_open(self.block_seq(b)) {
                self.nudge(context, claim, wakes);
            }
        }
        Ok(())
    }

    /// Stores the final words of the objects of `set` that `holder` still has locked, and ends
    /// its operation.
    pub(crate) fn finish(&self, holder: Thread, set: &[Object], op: Op, primary: Option<Object>) {
        self.advance(holder, Step::Unlock);
        for &o in set {
            if self.state(o).locker() != holder.index {
                continue;
            }
            let running = self.running(o);
            let mut value = running.value;
            if op == Op::Pulse && primary == Some(o) && self.has(Rule::PulseEndsUnsignaled) {
                value = value::reset(value);
            }
            match self.sort(o) {
                Ok(Sort::Mutex) if running.extra != 0 => {
                    self.arena.put(o, object::FIRST, u64::from(running.extra))
                }
                Ok(sort) if sort.is_timer() && running.extra != 0 => {
                    for (new, field) in [
                        (object::NEW_FIRST, object::FIRST),
                        (object::NEW_SECOND, object::SECOND),
                    ] {
                        let word = self.arena.get(o, new);
                        self.arena.put(o, field, word);
                    }
                }
                _ => {}
            }
            self.unlock(holder, o, Some(value));
        }
        self.advance(holder, Step::None);
    }
}
