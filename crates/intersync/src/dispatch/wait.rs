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

use super::alert::{Alerts, Pending};
use super::block::{Info, Shape};
use super::signal::Change;
use super::{Ctx, Until};
use crate::arena::layout::{block, slot, thread};
use crate::arena::{Block, Context, Object, corrupt};
use crate::host::{Host, Rule};
use crate::limits::{GRACE_NS, KEEPERLESS_NS, REALTIME_SLICE_NS};
use crate::word::claim::{Claim, Phase};
use crate::word::value::{ARMED, Sort};
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
    pub(super) seq: u32,
    pub(super) items: &'w [Item],
    blocks: SmallVec<[Block; 8]>,
    pub(super) all: bool,
    pub(super) deadline: Option<i64>,
    timers: bool,
    /// What may end it besides its objects.
    alerts: Option<&'w dyn Alerts>,
}

impl Wait<'_> {
    /// The index to report for a grant of `index`: of an object listed more than once, the lowest. The
    /// first mention may have been passed over, while the wait was entering, and not the second.
    fn reported(&self, index: usize) -> usize {
        let Some(granted) = self.items.get(index) else {
            return index;
        };
        self.items
            .iter()
            .position(|i| i.object == granted.object)
            .unwrap_or(index)
    }
}

impl<H: Host> Ctx<'_, H> {
    /// Waits for any or all of `items` until `deadline` (arena time, ns; `None` = for ever).
    ///
    /// # Errors
    /// [`Error::Exhausted`] if the thread has no context left or the wait needs more blocks than
    /// there are; [`Error::Fenced`]; [`Error::Corrupt`]. Nothing was taken then.
    pub fn wait(&self, items: &[Item], all: bool, deadline: Option<i64>) -> Result<Waited> {
        self.wait_alertable(items, all, deadline, None)?
            .ok_or(corrupt("a wait was alerted that nobody may alert"))
    }

    /// As [`Ctx::wait`]; `None`: it was ended because there is something to run.
    ///
    /// # Errors
    /// As [`Ctx::wait`].
    pub fn wait_alertable(
        &self,
        items: &[Item],
        all: bool,
        deadline: Option<i64>,
        alerts: Option<&dyn Alerts>,
    ) -> Result<Option<Waited>> {
        let mut wait = self.open(items, all && items.len() > 1, deadline, None)?;
        wait.alerts = alerts;
        let entered = self.enter(&wait);
        self.conclude(&wait, entered)
    }

    /// Ends a wait that has been entered: sleeps unless that failed, and leaves.
    fn conclude(&self, wait: &Wait<'_>, entered: Result<()>) -> Result<Option<Waited>> {
        let slept = match entered {
            Ok(()) => {
                if let Some(alerts) = wait.alerts {
                    alerts.opened(wait.context, wait.seq, false);
                }
                let slept = self.sleep(wait);
                if let Some(alerts) = wait.alerts {
                    alerts.closed();
                }
                slept
            }
            // A lock that could not be had in time: the wait ends as at its deadline.
            Err(Error::Stalled { .. }) if wait.deadline.is_some() => self.cancel(wait),
            Err(e) => self.cancel(wait).and(Err(e)),
        };
        let claim = self.claim(wait.context);
        self.leave(wait, claim)?;
        match claim.phase() {
            Some(Phase::Granted) if claim.seq() == wait.seq => Ok(Some(Waited::Granted {
                index: wait.reported(claim.index() as usize),
                abandoned: claim.abandoned(),
            })),
            Some(Phase::Alerted) if wait.alerts.is_some() => {
                slept?;
                Ok(None)
            }
            Some(Phase::Cancelled) => {
                slept?;
                Ok(Some(Waited::TimedOut))
            }
            _ => {
                slept?;
                Err(corrupt("a claim changed hands"))
            }
        }
    }

    /// Takes a context and opens its claim; nothing is linked yet. `arenas`: the waiter is only nudged, for
    /// its wait is over so many arenas.
    pub(super) fn open<'w>(
        &self,
        items: &'w [Item],
        all: bool,
        deadline: Option<i64>,
        arenas: Option<usize>,
    ) -> Result<Wait<'w>> {
        let notify = arenas.is_some();
        let joint = all && notify;
        let all = all && !notify;
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
            alerts: None,
        };
        let shape = Shape(0)
            .with_count(items.len() as u16)
            .with_all(all)
            .with_notify(notify)
            .with_joint(joint)
            .with_arenas(arenas.unwrap_or(0).min(Shape::MANY.into()) as u8)
            .with_deadline(deadline);
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
            // One that is gone is noticed when the wait is queued.
            wait.timers |= self.sort(item.object).is_ok_and(Sort::is_timer);
        }
        if !self.change_claim(context, claim, next) {
            return Err(corrupt("an idle claim changed"));
        }
        Ok(wait)
    }

    pub(super) fn patience(&self, deadline: Option<i64>) -> Until {
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
            let (mut wake, due) = self.earliest(wait, now);
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
            match wait.alerts.map_or(Pending::Nothing, Alerts::look) {
                Pending::Now => {
                    self.alert(wait.context, wait.seq);
                    continue;
                }
                Pending::At(time) => wake = wake.min(time),
                Pending::Nothing => {}
            }
            if over {
                if self.change_claim(wait.context, claim, claim.to(Phase::Cancelled)) {
                    return Ok(());
                }
                continue;
            }
            if !spun {
                spun = true;
                if self.is_alone(wait) && self.spin_on_claim(wait) {
                    continue;
                }
            }
            let eager = !self.is_alone(wait) && self.is_for_mutex(wait) && self.arena.host.is_eager();
            if self.yield_turn(wait, eager) || self.sleep_once(wait, claim, wake, eager)? {
                self.await_turn(wait);
            }
        }
    }

    /// Whether the wait is the only one in the queue of its only object.
    fn is_alone(&self, wait: &Wait<'_>) -> bool {
        matches!(wait.items, [item] if self.queued(item.object).0 == 1)
    }

    /// Sleeps until the claim changes, or time passes. `true`: `eager`, it was woken ahead of its turn.
    fn sleep_once(&self, wait: &Wait<'_>, claim: Claim, wake: i64, eager: bool) -> Result<bool> {
        // From here on it blocks: pulses are for it too.
        let waiting = claim.with_entering(false);
        let asleep = waiting.with_asleep(true).with_eager(eager);
        if claim.phase() != Some(Phase::Waiting) || !self.change_claim(wait.context, claim, asleep) {
            return Ok(false);
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
        let roused = awake == asleep && eager;
        if awake == asleep {
            self.change_claim(wait.context, awake, waiting);
        }
        if !kept && self.has(Rule::SafetyNet) && self.arena.host.now() < wait.deadline.unwrap_or(i64::MAX) {
            self.look_after(wait.context)?;
        }
        self.check_fence()?;
        Ok(roused)
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
}
