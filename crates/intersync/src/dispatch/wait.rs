//! Waiting.
//!
//! 1. A wait takes a context, fills its blocks and opens its claim; nothing is linked yet.
//! 2. Any: object by object, lock; signaled for me: grant to myself and stop; else link. All:
//!    one operation over the whole set.
//! 3. Sleep until the claim changes, the deadline, or the earliest due time. A nudged waiter
//!    is waiting again *before* it looks at *all* its objects again.
//! 4. Leave: unlink what is still linked, one lock at a time; wait until the granter has
//!    unlocked; list the mutexes; close the claim.
//!
//! The result comes from the claim word alone.
//!
//! # If the waiter dies
//! Its reaper cancels the claim, or gives back what an unacknowledged grant took, and unlinks its blocks.

use smallvec::SmallVec;

use super::block::{Info, Shape};
use super::grant::Wakes;
use super::lock::Pause;
use super::signal::Change;
use super::{Ctx, Until};
use crate::arena::layout::{Section, block, slot, thread};
use crate::arena::{Block, Context, Object, Thread, corrupt};
use crate::host::{Host, Rule};
use crate::limits::{CONTEXTS, GRACE_NS, KEEPERLESS_NS, OWNED, REALTIME_SLICE_NS, SEGMENT_BLOCKS};
use crate::word::claim::{Claim, Phase};
use crate::word::value::{self, ARMED, Sort};
use crate::{Error, Result};

/// One object of a wait.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// The object.
    pub object: Object,
    /// Its generation when the handle was opened.
    pub generation: u16,
    /// The handle entry plus one that counts permits, or 0.
    pub entry: u32,
}

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waited {
    /// Satisfied.
    Granted {
        /// Which object; 0 for a wait for all.
        index: usize,
        /// Whether a mutex of it was abandoned.
        abandoned: bool,
    },
    /// Nothing was taken.
    TimedOut,
}

/// A wait under way.
pub(super) struct Wait<'w> {
    pub(super) context: Context,
    seq: u32,
    items: &'w [Item],
    blocks: SmallVec<[Block; 8]>,
    all: bool,
    deadline: Option<i64>,
    timers: bool,
}

impl<H: Host> Ctx<'_, H> {
    /// Waits for any or all of `items` until `deadline` (arena time, ns; `None` = for ever).
    ///
    /// # Errors
    /// [`Error::Exhausted`] if the thread has no context left or the wait needs more blocks than
    /// there are; [`Error::Fenced`]; [`Error::Corrupt`]. Nothing was taken then.
    pub fn wait(&self, items: &[Item], all: bool, deadline: Option<i64>) -> Result<Waited> {
        let wait = self.open(items, all && items.len() > 1, deadline, false)?;
        let entered = self.enter(&wait);
        self.conclude(&wait, entered)
    }

    /// Ends a wait that has been entered: sleeps unless that failed, and leaves.
    fn conclude(&self, wait: &Wait<'_>, entered: Result<()>) -> Result<Waited> {
        let slept = match entered {
            Ok(()) => self.sleep(wait),
            // A lock that could not be had in time: the wait ends as at its deadline.
            Err(Error::Stalled { .. }) if wait.deadline.is_some() => self.cancel(wait),
            Err(e) => self.cancel(wait).and(Err(e)),
        };
        let claim = self.claim(wait.context);
        self.leave(wait, claim)?;
        match claim.phase() {
            Some(Phase::Granted) if claim.seq() == wait.seq => Ok(Waited::Granted {
                index: claim.index() as usize,
                abandoned: claim.abandoned(),
            }),
            Some(Phase::Cancelled) => {
                slept?;
                Ok(Waited::TimedOut)
            }
            _ => {
                slept?;
                Err(corrupt("a claim changed hands"))
            }
        }
    }

    /// Takes a context and opens its claim; nothing is linked yet.
    pub(super) fn open<'w>(
        &self,
        items: &'w [Item],
        all: bool,
        deadline: Option<i64>,
        notify: bool,
    ) -> Result<Wait<'w>> {
        let context = self.free_context()?;
        self.ensure_blocks(context, items.len())?;
        let claim = self.claim(context);
        let once = deadline.is_some_and(|d| d <= self.arena.host.now());
        let next = claim
            .next_wait()
            .with_entering(!notify && (once || (!all && items.len() > 1)));
        let mut wait = Wait {
            context,
            seq: next.seq(),
            items,
            blocks: SmallVec::new(),
            all,
            deadline,
            timers: false,
        };
        let shape = Shape(0)
            .with_count(items.len() as u16)
            .with_all(all)
            .with_notify(notify);
        self.arena.put(context, thread::SHAPE, shape.0);
        for (i, item) in items.iter().enumerate() {
            let b = self.block_of(context, i)?;
            let info = Info(0)
                .with_thread(self.me.index)
                .with_context(context.number)
                .with_index(i as u16)
                .with_all(all)
                .with_notify(notify)
                .with_generation(item.generation)
                .with_object(item.object.index);
            self.arena.put(b, block::INFO, info.0);
            self.arena.put(
                b,
                block::WAIT,
                u64::from(next.seq()) | u64::from(item.entry) << 32,
            );
            wait.blocks.push(b);
            wait.timers |= self.sort(item.object)?.is_timer();
        }
        if !self.change_claim(context, claim, next) {
            return Err(corrupt("an idle claim changed"));
        }
        Ok(wait)
    }

    fn patience(&self, deadline: Option<i64>) -> Until {
        let grace = if self.has(Rule::Grace) { GRACE_NS } else { 0 };
        deadline.map_or(Until::Unlocked, |d| {
            Until::Time(d.max(self.arena.host.now()).saturating_add(grace))
        })
    }

    /// Links the wait into its queues, or satisfies it on the way.
    pub(super) fn enter(&self, wait: &Wait<'_>) -> Result<()> {
        if wait.all {
            let objects: SmallVec<[Object; 8]> = wait.items.iter().map(|i| i.object).collect();
            let change = Change::Enqueue(wait.context, &wait.blocks);
            self.operate(
                wait.items[0].object,
                &objects,
                change,
                self.patience(wait.deadline),
            )?;
            return Ok(());
        }
        for (item, b) in wait.items.iter().zip(&wait.blocks) {
            if !self.claim(wait.context).is_open(wait.seq) {
                break;
            }
            let change = Change::Enqueue(wait.context, std::slice::from_ref(b));
            self.operate(item.object, &[], change, self.patience(wait.deadline))?;
        }
        Ok(())
    }

    /// Looks at all objects again, serving whoever is first; the wait is queued at them all.
    fn rescan(&self, wait: &Wait<'_>) -> Result<()> {
        if wait.all {
            let objects: SmallVec<[Object; 8]> = wait.items.iter().map(|i| i.object).collect();
            self.operate(
                wait.items[0].object,
                &objects,
                Change::Touch,
                self.patience(wait.deadline),
            )?;
            return Ok(());
        }
        for item in wait.items {
            if !self.claim(wait.context).is_open(wait.seq) {
                break;
            }
            self.operate(item.object, &[], Change::Touch, self.patience(wait.deadline))?;
            if !self.has(Rule::RescanAll) {
                break;
            }
        }
        Ok(())
    }

    /// The earliest moment at which a timer of the wait is due, and whether one is due now.
    pub(super) fn earliest(&self, wait: &Wait<'_>, now: i64) -> (i64, bool) {
        let (mut wake, mut due) = (i64::MAX, false);
        if !wait.timers {
            return (wake, due);
        }
        for item in wait.items {
            let value = self.state(item.object).value();
            if !self.sort(item.object).is_ok_and(Sort::is_timer) || value & ARMED == 0 {
                continue;
            }
            let clock = self.clock(item.object);
            let remaining = self.remaining(clock);
            due |= remaining <= 0;
            wake = wake.min(now.saturating_add(remaining.saturating_mul(100)));
            if clock.absolute {
                wake = wake.min(now + REALTIME_SLICE_NS);
            }
        }
        (wake, due)
    }

    /// Sleeps until the claim is not open any more.
    fn sleep(&self, wait: &Wait<'_>) -> Result<()> {
        let mut spun = false;
        let mut last_look = false;
        loop {
            let claim = self.claim(wait.context);
            if !claim.is_open(wait.seq) {
                return Ok(());
            }
            let nudged = claim.phase() == Some(Phase::Nudged);
            // Reading the clock costs as much as a few exchanges: only who has a use for it pays.
            let timed = wait.deadline.is_some() || wait.timers;
            let now = if timed { self.arena.host.now() } else { i64::MIN };
            let over = wait.deadline.is_some_and(|d| now >= d);
            let (wake, due) = self.earliest(wait, now);
            if (nudged || due) && !last_look {
                // At the deadline one more look, then no other.
                last_look = over;
                if nudged
                    && self.has(Rule::RescanAfterClear)
                    && !self.change_claim(
                        wait.context,
                        claim,
                        claim.to(Phase::Waiting).with_entering(claim.entering()),
                    )
                {
                    continue;
                }
                match self.rescan(wait) {
                    Err(Error::Stalled { .. }) if wait.deadline.is_some() => return self.cancel(wait),
                    other => other?,
                }
                if nudged && !self.has(Rule::RescanAfterClear) {
                    let claim = self.claim(wait.context);
                    self.change_claim(wait.context, claim, claim.to(Phase::Waiting));
                }
                continue;
            }
            if over {
                if self.change_claim(wait.context, claim, claim.to(Phase::Cancelled)) {
                    return Ok(());
                }
                continue;
            }
            if !spun {
                spun = true;
                if self.spin_on_claim(wait) {
                    continue;
                }
            }
            self.sleep_once(wait, claim, wake)?;
        }
    }

    /// Spins for about two context switches if the wait is first in its queue and others are few.
    fn spin_on_claim(&self, wait: &Wait<'_>) -> bool {
        if wait.items.len() != 1 || self.queued(wait.items[0].object).0 != 1 {
            return false;
        }
        let mut round = 0;
        while self.arena.host.spin_for_hand_over(round) {
            if !self.claim(wait.context).is_open(wait.seq) {
                return true;
            }
            round += 1;
        }
        false
    }

    fn sleep_once(&self, wait: &Wait<'_>, claim: Claim, wake: i64) -> Result<()> {
        // From here on it blocks: pulses are for it too.
        let waiting = claim.with_entering(false);
        let asleep = waiting.with_asleep(true);
        if claim.phase() != Some(Phase::Waiting) || !self.change_claim(wait.context, claim, asleep) {
            return Ok(());
        }
        let mut until = wake.min(wait.deadline.unwrap_or(i64::MAX));
        let kept = self.arena.get(self.slot, slot::RAISED) != 0;
        if !kept && self.has(Rule::SafetyNet) {
            until = until.min(self.arena.host.now().saturating_add(KEEPERLESS_NS));
        }
        self.arena.add(self.slot, slot::SLEEPERS, 1);
        self.arena.host.about_to_sleep();
        let futex = self.arena.futex(wait.context, thread::CLAIM);
        self.arena
            .host
            .sleep(&[(futex, asleep.futex())], (until != i64::MAX).then_some(until));
        self.arena.add(self.slot, slot::SLEEPERS, u64::MAX);
        let awake = self.claim(wait.context);
        if awake == asleep {
            self.change_claim(wait.context, awake, waiting);
        }
        if !kept && self.has(Rule::SafetyNet) && self.arena.host.now() < wait.deadline.unwrap_or(i64::MAX) {
            self.look_after(wait.context)?;
        }
        self.check_fence()
    }

    /// Cancels the wait unless it was granted first.
    pub(super) fn cancel(&self, wait: &Wait<'_>) -> Result<()> {
        loop {
            let claim = self.claim(wait.context);
            if !claim.is_open(wait.seq) || self.change_claim(wait.context, claim, claim.to(Phase::Cancelled))
            {
                return Ok(());
            }
        }
    }

    /// Leaves the wait: its blocks unlinked, its granter gone from its objects, its mutexes listed, its
    /// claim idle. What cannot be left within the grace stays as it is, in its context.
    pub(super) fn leave(&self, wait: &Wait<'_>, claim: Claim) -> Result<()> {
        let granted = claim.is_granted() && claim.seq() == wait.seq;
        if granted {
            self.note_grant(wait, claim)?;
        }
        let until = self.patience(wait.deadline);
        if self.drain(wait.context, claim, until)? {
            self.change_claim(wait.context, claim, claim.to(Phase::Idle));
        } else if granted {
            let left = Claim(claim.0).with_phase_code(Phase::Left as u8);
            self.change_claim(
                wait.context,
                claim,
                if self.has(Rule::KeepContext) {
                    left
                } else {
                    claim.to(Phase::Idle)
                },
            );
        }
        Ok(())
    }

    /// Lists the mutexes a grant made the thread owner of.
    fn note_grant(&self, wait: &Wait<'_>, claim: Claim) -> Result<()> {
        for (i, item) in wait.items.iter().enumerate() {
            if (wait.all || i == claim.index() as usize)
                && self.sort(item.object).is_ok_and(|s| s == Sort::Mutex)
            {
                self.note_owned_once(item.object);
            }
        }
        Ok(())
    }

    /// Unlinks the blocks of an ended wait and waits until its granter has unlocked its objects.
    /// `false` if that takes longer than `until`.
    pub(crate) fn drain(&self, context: Context, claim: Claim, until: Until) -> Result<bool> {
        let shape = self.shape(context);
        let mut clean = true;
        for i in 0..shape.count() as usize {
            let b = self.block_of(context, i)?;
            let linked = self.member(b).object_plus_one();
            if linked == 0 {
                continue;
            }
            let o = self.arena.object(linked - 1)?;
            clean &= self.unlink_locked(o, b, until)?;
        }
        if claim.is_granted() && self.has(Rule::LeaveRule) {
            for i in 0..shape.count() as usize {
                let covers =
                    (shape.all() && self.has(Rule::LeaveRuleWholeSet)) || i == claim.index() as usize;
                if covers && clean {
                    let info = self.info(self.block_of(context, i)?);
                    clean &=
                        self.await_unlock(self.object_of(info)?, info.generation(), claim.granter(), until)?;
                }
            }
        }
        Ok(clean)
    }

    /// Takes one block out of its queue, under the lock. `false`: the lock was not to be had.
    fn unlink_locked(&self, o: Object, b: Block, until: Until) -> Result<bool> {
        let note = super::journal::Note {
            op: super::journal::Op::Plain,
            primary: o,
            arguments: [0; 2],
        };
        match self.lock_set(&note, &[o], until) {
            Ok(()) => {}
            Err(Error::Stalled { .. }) => return Ok(false),
            Err(e) => return Err(e),
        }
        let unlinked = self.unlink(o, b);
        self.abort(&[o]);
        unlinked.map(|()| true)
    }

    /// Waits until `granter` does not have the object locked any more.
    fn await_unlock(&self, o: Object, generation: u16, granter: u16, until: Until) -> Result<bool> {
        let mut pause = Pause::default();
        let mut round = 0;
        loop {
            let word = self.state(o);
            let other = word.generation() != generation && self.has(Rule::CompareGeneration);
            if word.locker() != granter || other || granter == self.me.index {
                return Ok(true);
            }
            if self.arena.host.spin(round) && round < crate::limits::LOCK_SPINS {
                round += 1;
                continue;
            }
            match self.sleep_on_lock(o, word, &mut pause, until) {
                Ok(()) => {}
                Err(Error::Stalled { .. }) => return Ok(false),
                Err(e) => return Err(e),
            }
        }
    }

    /// A context that no wait uses. Those left behind are used again once they can be left.
    pub(super) fn free_context(&self) -> Result<Context> {
        for context in self.me.contexts() {
            let claim = self.claim(context);
            match claim.phase() {
                Some(Phase::Idle) => return Ok(context),
                Some(Phase::Cancelled | Phase::Left) if self.drain(context, claim, Until::Now)? => {
                    self.change_claim(context, claim, claim.to(Phase::Idle));
                    return Ok(context);
                }
                _ => {}
            }
        }
        self.check_fence()?;
        Err(Error::Exhausted {
            what: "wait contexts of a thread (peers are stopped inside its waits)",
            limit: CONTEXTS as u64,
        })
    }

    /// Makes sure that a context has blocks for `count` objects.
    ///
    /// # Errors
    /// [`Error::Exhausted`], [`Error::NoSpace`](crate::Error::NoSpace); blocks got so far stay.
    pub fn ensure_blocks(&self, context: Context, count: usize) -> Result<()> {
        for ordinal in 0..count.div_ceil(SEGMENT_BLOCKS) {
            if self.arena.get(context, thread::SEGMENT + ordinal) == 0 {
                let segment = self.take_segment()?;
                for i in 0..SEGMENT_BLOCKS as u32 {
                    let b = self.arena.block(segment * SEGMENT_BLOCKS as u32 + i)?;
                    self.arena.put(b, block::MEMBER, 0);
                }
                self.arena
                    .put(context, thread::SEGMENT + ordinal, u64::from(segment) + 1);
            }
        }
        Ok(())
    }

    /// Takes a free segment of wait blocks.
    fn take_segment(&self) -> Result<u32> {
        let mine = u64::from(self.me.index);
        loop {
            let owners = self.arena.high_water(Section::SegmentOwners)?;
            let segments = self.arena.high_water(Section::Segments)?.min(owners);
            for i in 0..segments as u32 {
                let owner = self.arena.segment_owner(i)?;
                if self.arena.get(owner, 0) == 0 && self.arena.replace(owner, 0, 0, mine).is_ok() {
                    return Ok(i);
                }
            }
            if segments == owners {
                self.arena.grow(Section::SegmentOwners, owners)?;
            } else {
                self.arena.grow(Section::Segments, segments)?;
            }
        }
    }

    /// The mutexes a thread owns or may be about to own, each plus one.
    pub(crate) fn owned_list(&self, t: Thread) -> SmallVec<[u32; OWNED]> {
        (0..OWNED)
            .map(|i| self.arena.get(t, thread::OWNED_LIST + i) as u32)
            .filter(|&o| o != 0)
            .collect()
    }

    /// Notes a mutex in the thread's record: before it may become its owner, so that its death is
    /// not missed. The mutex is not noted yet.
    #[inline]
    pub(crate) fn note_owned(&self, o: Object) {
        for i in 0..OWNED {
            if self.arena.get(self.me, thread::OWNED_LIST + i) == 0 {
                self.arena
                    .put(self.me, thread::OWNED_LIST + i, u64::from(o.index) + 1);
                return;
            }
        }
        self.arena.put(self.me, thread::OWNED_OVERFLOW, 1);
    }

    /// As [`Ctx::note_owned`], for a mutex that the thread may own already.
    pub(crate) fn note_owned_once(&self, o: Object) {
        if !self.owned_list(self.me).contains(&(o.index + 1)) {
            self.note_owned(o);
        }
    }

    /// Forgets a mutex that the thread does not own (any more).
    #[inline]
    pub(crate) fn forget_owned(&self, o: Object) {
        for i in 0..OWNED {
            if self.arena.get(self.me, thread::OWNED_LIST + i) == u64::from(o.index) + 1 {
                self.arena.put(self.me, thread::OWNED_LIST + i, 0);
                return;
            }
        }
    }

    /// Looks after one sleeping wait (the safety net): dead lockers and owners are recovered, and the
    /// waiter is nudged if one of its objects is signaled for it.
    pub(crate) fn look_after(&self, context: Context) -> Result<()> {
        let claim = self.claim(context);
        if !claim.is_open(claim.seq()) {
            return Ok(());
        }
        let looked = self.look_at_objects(context, claim);
        // The wait may have ended meanwhile, its thread too: what was read then means nothing.
        if !self.claim(context).is_open(claim.seq()) {
            return Ok(());
        }
        if looked? {
            let mut wakes = Wakes::new();
            self.nudge(context, self.claim(context), &mut wakes);
            self.wake_all(&wakes);
        }
        Ok(())
    }

    /// Recovers dead lockers and owners of the objects of a wait; tells whether it should look again.
    fn look_at_objects(&self, context: Context, claim: Claim) -> Result<bool> {
        let mut nudge = false;
        for i in 0..self.shape(context).count() as usize {
            let b = self.block_of(context, i)?;
            let o = self.object_of(self.info(b))?;
            if self.member(b).object_plus_one() != o.index + 1 {
                continue;
            }
            let word = self.state(o);
            let sort = self.sort(o)?;
            let locker = self.holder(word.locker());
            if let Some(locker) = locker {
                self.rescue(locker)?;
                continue;
            }
            if sort == Sort::Mutex
                && let Some(owner) = self.holder(value::owner(word.value()))
            {
                self.reap_if_dead(owner)?;
            }
            nudge |= value::signaled_for(sort, word.value(), context.thread.index);
            nudge |= sort.is_timer() && self.is_due(o, word.value());
        }
        Ok(nudge && self.claim(context).is_open(claim.seq()))
    }
}
