//! Reaping a dead process: everything it leaves is given to the living.
//!
//! Each step can be repeated, so a reaper may die anywhere. A reaper never waits: what a living
//! process has locked is left for the next try.

use smallvec::SmallVec;

use crate::arena::layout::{Section, entry, slot, thread};
use crate::arena::{Context, Object, Slot, Thread};
use crate::dispatch::signal::Change;
use crate::dispatch::{Ctx, Until};
use crate::host::{Host, Rule};
use crate::limits::SEGMENTS;
use crate::word::claim::{Claim, Phase};
use crate::word::end::End;
use crate::word::handle::Tag;
use crate::word::slot::{Belongs, Life, SlotWord};
use crate::word::value::{self, Sort};
use crate::{Error, Result};

/// How far a reaping got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reaped {
    /// Nothing of the process is left.
    Done,
    /// It is not dead, or somebody living stands in the way: try again.
    Later,
}

impl Reaped {
    pub(crate) fn and(self, other: Reaped) -> Reaped {
        if self == Reaped::Done { other } else { self }
    }
}

impl<H: Host> Ctx<'_, H> {
    /// Takes back everything that the process in `s` had, if it is dead.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn reap(&self, s: Slot) -> Result<Reaped> {
        let word = SlotWord(self.arena.get(s, slot::WORD));
        match word.life() {
            Some(Life::Attached) if self.is_dead(s, word) => {}
            Some(Life::Attached) => return Ok(Reaped::Later),
            _ => return Ok(Reaped::Done),
        }
        if !self.take_right(s, word)? {
            return Ok(Reaped::Later);
        }
        let reaped = self.reap_with_right(s, word.nonce());
        if !matches!(reaped, Ok(Reaped::Done)) {
            self.drop_right(s, word.nonce());
        }
        reaped
    }

    fn reap_with_right(&self, s: Slot, nonce: u32) -> Result<Reaped> {
        let threads = self.threads_of(s, nonce)?;
        for &t in &threads {
            self.recover_operation(t)?;
        }
        self.wake_granted_by(&threads)?;
        if self.has(Rule::CancelBeforeAbandon) {
            threads.iter().for_each(|&t| self.cancel_claims(t));
        }
        let mut state = Reaped::Done;
        for &t in &threads {
            state = state.and(self.settle_claims(t)?);
        }
        if !self.has(Rule::EndsLast) {
            for &t in &threads {
                self.end_thread(t)?;
            }
        }
        for &t in &threads {
            state = state.and(self.abandon_all(t)?);
        }
        if !self.has(Rule::CancelBeforeAbandon) {
            threads.iter().for_each(|&t| self.cancel_claims(t));
        }
        // A bundle holds no permits: it has no threads.
        if state == Reaped::Done && !Tag(self.arena.get(s, slot::TAG)).bundle() {
            state = self.return_held(s, nonce)?;
        }
        if state == Reaped::Done {
            for &t in &threads {
                state = state.and(self.end_thread(t)?);
            }
        }
        if state == Reaped::Later || !self.close_all(s, nonce, Until::Now)? {
            return Ok(Reaped::Later);
        }
        for &t in &threads {
            self.drop_rights_of(t)?;
            self.free_thread(t)?;
        }
        let word = SlotWord(self.arena.get(s, slot::WORD));
        if word.nonce() == nonce && word.life() == Some(Life::Attached) {
            // The lifeline stays marked until then: whoever goes on after a death in between must see it.
            let _ = self.arena.replace(s, slot::WORD, word.0, word.zombie().0);
        }
        Ok(Reaped::Done)
    }

    /// The thread records of a process.
    pub(crate) fn threads_of(&self, s: Slot, nonce: u32) -> Result<SmallVec<[Thread; 8]>> {
        let belongs = Belongs::to(s.index, nonce).0;
        let mut threads = SmallVec::new();
        for index in 1..self.arena.high_water(Section::Threads)? as u16 {
            let t = self.arena.thread(index)?;
            if self.arena.get(t, thread::BELONGS) == belongs {
                threads.push(t);
            }
        }
        Ok(threads)
    }

    /// Takes away the rights to reap that a dead thread had taken: whoever gets its record next must not
    /// seem to have them.
    pub(crate) fn drop_rights_of(&self, t: Thread) -> Result<()> {
        for index in 0..self.arena.high_water(Section::Slots)? as u16 {
            let s = self.arena.slot(index)?;
            let word = SlotWord(self.arena.get(s, slot::WORD));
            if word.reaper() == t.index && self.has(Rule::DropDeadRights) {
                let _ = self.arena.replace(s, slot::WORD, word.0, word.with_reaper(0).0);
            }
        }
        Ok(())
    }

    /// Withdraws the open waits of a dead thread: no signal goes to them from here on.
    fn cancel_claims(&self, t: Thread) {
        for context in t.contexts() {
            loop {
                let claim = self.claim(context);
                if !claim.is_open(claim.seq())
                    || self.change_claim(context, claim, claim.to(Phase::Cancelled))
                {
                    break;
                }
            }
        }
    }

    /// Ends the waits of a dead thread: gives back what was granted and never acknowledged, unlinks its blocks.
    fn settle_claims(&self, t: Thread) -> Result<Reaped> {
        let mut state = Reaped::Done;
        for context in t.contexts() {
            let claim = self.claim(context);
            if !matches!(
                claim.phase(),
                Some(Phase::Granted | Phase::Cancelled | Phase::Left | Phase::Alerted)
            ) {
                continue;
            }
            let drained = self.drain(context, claim, Until::Now)?;
            if !drained && self.has(Rule::ReaperKeepsLeaveRule) {
                state = Reaped::Later;
                continue;
            }
            if claim.phase() == Some(Phase::Granted) && self.has(Rule::GiveBack) {
                match self.give_claim_back(context, claim) {
                    Ok(()) => {}
                    Err(Error::Stalled { .. }) => {
                        state = Reaped::Later;
                        continue;
                    }
                    Err(e) => return Err(e),
                }
            }
            let now = self.claim(context);
            self.change_claim(context, now, now.to(Phase::Idle));
        }
        Ok(state)
    }

    fn give_claim_back(&self, context: Context, claim: Claim) -> Result<()> {
        let shape = self.shape(context);
        let mut objects: SmallVec<[Object; 8]> = SmallVec::new();
        // The one whose waiters are served first: a manual-reset object lost nothing and has nothing to give.
        let mut first = None;
        for i in 0..shape.count() as usize {
            if !shape.all() && i != claim.index() as usize {
                continue;
            }
            let info = self.info(self.block_of(context, i)?);
            let o = self.object_of(info)?;
            let same = self.state(o).generation() == info.generation() || !self.has(Rule::CompareGeneration);
            if same && let Ok(sort) = self.sort(o) {
                objects.push(o);
                if !sort.stays_signaled() {
                    first = first.or(Some(o));
                }
            }
        }
        if let Some(first) = first.or(objects.first().copied()) {
            self.operate(first, &objects, Change::GiveBack(context, claim), Until::Now)?;
        }
        Ok(())
    }

    /// Whether an unacknowledged grant of a dead thread, which is still to come back as a whole, has taken
    /// the object.
    fn is_unsettled(&self, t: Thread, o: Object) -> Result<bool> {
        if t == self.me || !self.has(Rule::GiveBackWhole) {
            return Ok(false);
        }
        for context in t.contexts() {
            let claim = self.claim(context);
            if claim.phase() != Some(Phase::Granted) {
                continue;
            }
            let shape = self.shape(context);
            for i in 0..shape.count() as usize {
                let covers = shape.all() || i == claim.index() as usize;
                if covers && self.object_of(self.info(self.block_of(context, i)?))? == o {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Ends what hangs on a thread that has ended: abandons its mutexes, then cancels the timers whose completion
    /// routines it would have called.
    pub(crate) fn abandon_all(&self, t: Thread) -> Result<Reaped> {
        Ok(self.abandon_mutexes(t)?.and(self.cancel_timers(t)?))
    }

    /// Abandons the mutexes of a thread that has ended.
    fn abandon_mutexes(&self, t: Thread) -> Result<Reaped> {
        let mut state = Reaped::Done;
        let all = self.arena.get(t, thread::OWNED_OVERFLOW) != 0;
        let candidates: Vec<u32> = if all {
            (0..self.arena.high_water(Section::Objects)? as u32).collect()
        } else {
            self.owned_list(t).into_iter().map(|o| o - 1).collect()
        };
        for index in candidates {
            let o = self.arena.object(index)?;
            let owned = self.sort(o).is_ok_and(|s| s == Sort::Mutex)
                && value::owner(self.state(o).value()) == t.index;
            if !owned {
                continue;
            }
            if self.is_unsettled(t, o)? {
                state = Reaped::Later;
                continue;
            }
            match self.operate(o, &[], Change::Abandon(t), Until::Now) {
                Ok(_) => {}
                Err(Error::Stalled { .. }) => state = Reaped::Later,
                Err(e) => return Err(e),
            }
        }
        Ok(state)
    }

    /// Cancels the timers that a thread which has ended set with a completion routine. Their handles are its process's: the
    /// routine keeps one.
    fn cancel_timers(&self, t: Thread) -> Result<Reaped> {
        if self.arena.get(t, thread::SETTER) == 0 {
            return Ok(Reaped::Done);
        }
        let Some((s, word)) = self.process_of(t)? else {
            return Ok(Reaped::Done);
        };
        let mut state = Reaped::Done;
        self.for_handles(s, word.nonce(), &mut |_, o| {
            let set = self.sort(o).is_ok_and(Sort::is_timer) && self.clock(o).setter == t.index;
            if set {
                match self.operate(o, &[], Change::CancelOf(t), Until::Now) {
                    Ok(_) => {}
                    Err(Error::Stalled { .. }) => state = Reaped::Later,
                    Err(e) => return Err(e),
                }
            }
            Ok(())
        })?;
        Ok(state)
    }

    /// Returns the permits that a dead process held of give-back semaphores.
    fn return_held(&self, s: Slot, nonce: u32) -> Result<Reaped> {
        let mut state = Reaped::Done;
        self.for_handles(s, nonce, &mut |e, o| {
            let held = (self.arena.get(e, entry::MASK) >> 32) as u32;
            if held == 0 {
                return Ok(());
            }
            let maximum = self.arena.get(o, crate::arena::layout::object::FIRST) as u32;
            loop {
                let room = maximum.saturating_sub(self.state(o).value()).min(held);
                if room == 0 {
                    self.set_held(e, 0);
                    return Ok(());
                }
                // The entry holds none in the same operation, whatever there was no room for.
                match self.operate(o, &[], Change::ReturnHeld(room, e), Until::Now) {
                    Ok(_) => return Ok(()),
                    Err(Error::OverMaximum { .. }) => {}
                    Err(Error::Stalled { .. }) => {
                        state = Reaped::Later;
                        return Ok(());
                    }
                    Err(e) => return Err(e),
                }
            }
        })?;
        Ok(state)
    }

    /// Frees the record of a thread that has ended, its segments first.
    pub(crate) fn free_thread(&self, t: Thread) -> Result<()> {
        for context in t.contexts() {
            for ordinal in 0..SEGMENTS {
                self.arena.put(context, thread::SEGMENT + ordinal, 0);
            }
        }
        // All that name it, not those it lists: it may have died before it listed one.
        for index in 0..self.arena.high_water(Section::SegmentOwners)? as u32 {
            let owner = self.arena.segment_owner(index)?;
            if self.arena.get(owner, 0) == u64::from(t.index) {
                self.arena.put(owner, 0, 0);
            }
        }
        for i in 0..crate::limits::OWNED {
            self.arena.put(t, thread::OWNED_LIST + i, 0);
        }
        self.arena.put(t, thread::OWNED_OVERFLOW, 0);
        self.arena.put(t, thread::SETTER, 0);
        let end = End(self.arena.get(t, thread::END));
        self.arena.put(t, thread::END, end.over().0);
        self.arena.put(t, thread::BELONGS, 0);
        Ok(())
    }
}
