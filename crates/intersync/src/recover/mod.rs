//! What the living do for the dead.
//!
//! # Protocol
//! - A process is dead when its lifeline is marked and one barrier has run since, or when its
//!   life byte is free. Memory is asked first.
//! - The right to reap a process is one field of its slot's word, taken, or stolen from a dead
//!   holder, by one CAS that also proves that it is still the same life of the slot.
//! - An operation of a dead thread is finished *as that thread*: with its journal and in the
//!   name of its locks; that takes no lock, so it never waits, and if the one who finishes it
//!   dies too, the next one goes on from the same journal.
//!
//! `docs/recovery.md` lists every point of death.

pub mod audit;
pub mod ends;
pub mod keeper;
mod net;
pub mod reap;

use crate::Result;
use crate::arena::layout::{Section, slot, thread};
use crate::arena::{Object, Slot, Thread, corrupt};
use crate::dispatch::journal::{Op, Step};
use crate::dispatch::wake::Wakes;
use crate::dispatch::{Ctx, Set, insert};
use crate::host::{Host, Rule};
use crate::word::claim::{Phase, Target};
use crate::word::slot::{Belongs, SlotWord};

/// The kernel sets this bit in the lifeline of a process that has ended (`FUTEX_OWNER_DIED`).
pub const OWNER_DIED: u64 = 0x4000_0000;

impl<H: Host> Ctx<'_, H> {
    /// Whether the lifeline of a slot is marked. One load; no barrier.
    pub(crate) fn marked(&self, s: Slot) -> bool {
        self.arena.get(s, slot::RAISED) != 0 && self.arena.get(s, slot::LIFELINE) & OWNER_DIED != 0
    }

    /// Whether the process in a slot, in the life that `word` names, is dead.
    pub(crate) fn is_dead(&self, s: Slot, word: SlotWord) -> bool {
        use crate::word::slot::Life;
        if word.life() != Some(Life::Attached) || (s == self.slot && word.nonce() == self.nonce) {
            return false;
        }
        if self.arena.get(s, slot::RAISED) != 0 {
            if self.arena.get(s, slot::LIFELINE) & OWNER_DIED == 0 {
                return false;
            }
            if self.has(Rule::LifelineIsDeath) && self.arena.host.barrier() {
                return true;
            }
        }
        self.arena.host.life_byte_free(s.index)
    }

    /// The slot and slot word of a thread's process, if the record is in use and of this life.
    pub(crate) fn process_of(&self, t: Thread) -> Result<Option<(Slot, SlotWord)>> {
        let belongs = Belongs(self.arena.get(t, thread::BELONGS));
        let Some(index) = belongs.slot() else {
            return Ok(None);
        };
        let s = self.arena.slot(index)?;
        let word = SlotWord(self.arena.get(s, slot::WORD));
        Ok(word.is_attached(belongs.nonce()).then_some((s, word)))
    }

    /// Takes the right to reap the process in `s`, whose `word` was read before it was found dead.
    pub(crate) fn take_right(&self, s: Slot, word: SlotWord) -> Result<bool> {
        if word.reaper() == self.me.index {
            return Ok(true);
        }
        if word.reaper() != 0 && self.has(Rule::RightToReap) {
            let reaper = self.arena.thread(word.reaper())?;
            let gone = match self.process_of(reaper)? {
                None => true,
                Some((other, other_word)) => self.is_dead(other, other_word),
            };
            if !gone {
                return Ok(false);
            }
        }
        let mine = word.taken_by(self.me.index);
        Ok(self.arena.replace(s, slot::WORD, word.0, mine.0).is_ok())
    }

    /// Gives the right to reap back.
    pub(crate) fn drop_right(&self, s: Slot, nonce: u32) {
        let word = SlotWord(self.arena.get(s, slot::WORD));
        if word.reaper() == self.me.index && word.nonce() == nonce {
            let _ = self.arena.replace(s, slot::WORD, word.0, word.with_reaper(0).0);
        }
    }

    /// If the process of `t`, which has `o` locked, is dead, finishes the operation of `t`. `true`: `o` is not
    /// locked by it any more.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt).
    pub(crate) fn rescue(&self, t: Thread, o: Object) -> Result<bool> {
        let Some((s, word)) = self.process_of(t)? else {
            return Ok(false);
        };
        if !self.is_dead(s, word) {
            return Ok(false);
        }
        let had = word.reaper() == self.me.index;
        if !self.take_right(s, word)? {
            return Ok(false);
        }
        let recovered = self.recover_operation(t).and_then(|()| {
            if self.state(o).locker() == t.index {
                // Its journal knows nothing of this lock, so somebody else has written the word: nothing is undone.
                self.rebuild_queue(o)?;
                self.unlock(t, o, None);
            }
            Ok(())
        });
        if !had {
            self.drop_right(s, word.nonce());
        }
        recovered.map(|()| self.state(o).locker() != t.index)
    }

    /// Reaps the process of `t` if it is dead: a mutex that it owns matters to somebody now.
    pub(crate) fn reap_if_dead(&self, t: Thread) -> Result<bool> {
        match self.process_of(t)? {
            Some((s, word)) if self.is_dead(s, word) => Ok(self.reap(s)? == reap::Reaped::Done),
            _ => Ok(false),
        }
    }

    /// The objects that `t` has locked, in index order.
    fn locked_by(&self, t: Thread) -> Result<Set> {
        let head = self.journal(t);
        let mut held = Set::new();
        if head.overflow() {
            for index in 0..self.arena.high_water(Section::Objects)? as u32 {
                self.keep_if_locked(&mut held, index, t)?;
            }
        } else {
            for i in 0..(head.count() as usize).min(crate::limits::JOURNAL_OBJECTS) {
                if let Some(index) = (self.arena.get(t, thread::OBJECTS + i) as u32).checked_sub(1) {
                    self.keep_if_locked(&mut held, index, t)?;
                }
            }
        }
        Ok(held)
    }

    fn keep_if_locked(&self, held: &mut Set, index: u32, t: Thread) -> Result<()> {
        let o = self.arena.object(index)?;
        if self.state(o).locker() == t.index {
            insert(held, o);
        }
        Ok(())
    }

    /// Finishes or undoes the operation of a dead thread, as that thread, and wakes whom it granted.
    /// The caller has the right to reap its process, or is that process.
    pub(crate) fn recover_operation(&self, t: Thread) -> Result<()> {
        let head = self.journal(t);
        let held = match head.step() {
            Some(Step::None) => return Ok(()),
            Some(_) => self.locked_by(t)?,
            None => return Err(corrupt("a journal has an unknown step")),
        };
        let op = head.op().ok_or(corrupt(
            "a journal has an unknown operation: a newer version must recover it",
        ))?;
        if self.has(Rule::RebuildQueue) {
            for &o in &held {
                self.rebuild_queue(o)?;
            }
        }
        let mut wakes = Wakes::new();
        match head.step() {
            Some(Step::Dispatch) => {
                let primary = self.recovered_primary(t)?;
                let served = self.resume(t, &held, op, primary, &mut wakes);
                self.finish(t, &held, op, Some(primary));
                self.wake_all(&wakes);
                self.wake_granted_by(&[t])?;
                served?;
            }
            Some(Step::Unlock) => {
                let primary = self.recovered_primary(t)?;
                self.finish(t, &held, op, Some(primary));
                self.wake_granted_by(&[t])?;
            }
            _ => {
                for &o in &held {
                    self.unlock(t, o, None);
                }
                self.advance(t, Step::None);
            }
        }
        Ok(())
    }

    fn recovered_primary(&self, t: Thread) -> Result<Object> {
        match (self.arena.get(t, thread::PRIMARY) as u32).checked_sub(1) {
            Some(index) => self.arena.object(index),
            None => Err(corrupt("a committed operation has no object")),
        }
    }

    /// Goes on with a committed operation of `t` from where it was.
    fn resume(&self, t: Thread, held: &[Object], op: Op, primary: Object, wakes: &mut Wakes) -> Result<()> {
        let target = Target(self.arena.get(t, thread::TARGET));
        if target.present() {
            let context = self.arena.thread(target.thread())?.context(target.context());
            let claim = self.claim(context);
            let index = if target.all() { 0 } else { target.index() };
            let won = matches!(claim.phase(), Some(Phase::Granted | Phase::Left))
                && claim.seq() == target.seq()
                && claim.granter() == t.index
                && claim.index() == index;
            if won {
                self.apply(t, target)?;
            } else {
                self.arena.put(t, thread::TARGET, 0);
            }
        }
        if self.has(Rule::ResumeOperation) {
            self.serve(t, held, op, primary, wakes)
        } else {
            Ok(())
        }
    }

    /// Wakes everybody whose claim names one of `dead` as granter, and all nudged ones: it may have died
    /// before it did, even after its operation.
    pub(crate) fn wake_granted_by(&self, dead: &[Thread]) -> Result<()> {
        if dead.is_empty() || !self.has(Rule::WakeGranted) {
            return Ok(());
        }
        dead.iter().for_each(|&t| self.wake_gathered(t));
        for index in 1..self.arena.high_water(Section::Threads)? as u16 {
            let other = self.arena.thread(index)?;
            if Belongs(self.arena.get(other, thread::BELONGS)).slot().is_none() {
                continue;
            }
            for context in other.contexts() {
                let claim = self.claim(context);
                let granted = claim.is_granted() && dead.iter().any(|t| t.index == claim.granter());
                if granted || claim.phase() == Some(Phase::Nudged) {
                    self.wake_one(context, thread::CLAIM);
                }
            }
        }
        Ok(())
    }
}
