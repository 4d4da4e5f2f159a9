//! Leaving a wait: step 4 of [`super::wait`].
//!
//! # Invariant
//! A granted context is free again only when its blocks are unlinked and no object of its set, in the same
//! generation, is locked by its granter: until then recovery decides by its claim. What cannot be left within
//! the grace stays as it is, in its context.

use super::lock::Pause;
use super::wait::Wait;
use super::{Ctx, Until};
use crate::arena::{Block, Context, Object};
use crate::host::{Host, Rule};
use crate::word::claim::{Claim, Phase};
use crate::word::value::{self, Sort};
use crate::{Error, Result};

impl<H: Host> Ctx<'_, H> {
    /// Leaves the wait: its blocks unlinked, its granter gone from its objects, its mutexes listed, its
    /// claim idle. What cannot be left within the grace stays as it is, in its context.
    pub(super) fn leave(&self, wait: &Wait<'_>, claim: Claim) -> Result<()> {
        let granted = claim.is_granted() && claim.seq() == wait.seq;
        if granted {
            self.note_grant(wait, claim)?;
        }
        let until = if granted && self.adds_a_level(wait, claim) && self.has(Rule::LevelsInFlight) {
            Until::Unlocked
        } else {
            self.patience(wait.deadline)
        };
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

    /// Whether the granter still has to add a level to a mutex that the thread owned before. The thread must not
    /// change the levels until then, so such a grant is never left behind.
    fn adds_a_level(&self, wait: &Wait<'_>, claim: Claim) -> bool {
        wait.all
            && wait.items.iter().any(|item| {
                let word = self.state(item.object);
                word.locker() == claim.granter()
                    && value::owner(word.value()) == self.me.index
                    && self.sort(item.object).is_ok_and(|sort| sort == Sort::Mutex)
            })
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
}
