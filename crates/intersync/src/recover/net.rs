//! The safety net: a sleeping thread's objects are looked at about once a second, by the keeper of its process,
//! or by itself where there is none.

use crate::Result;
use crate::arena::Context;
use crate::dispatch::Ctx;
use crate::dispatch::wake::Wakes;
use crate::host::Host;
use crate::word::claim::Claim;
use crate::word::value::{self, Sort};

impl<H: Host> Ctx<'_, H> {
    /// Looks after one sleeping wait (the safety net): dead lockers and owners are recovered, and the
    /// waiter is nudged if its objects could satisfy it.
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

    /// Recovers dead lockers and owners of the objects of a wait; tells whether it should look again: one of its
    /// objects is signaled for it, or, if it waits for all, every one looks so. A wait for all with one signaled object
    /// may sleep for hours, and has nothing to look for.
    fn look_at_objects(&self, context: Context, claim: Claim) -> Result<bool> {
        let shape = self.shape(context);
        let who = context.thread.index;
        let (mut one, mut every) = (false, true);
        for i in 0..shape.count() as usize {
            let b = self.block_of(context, i)?;
            let o = self.object_of(self.info(b))?;
            if self.member(b).object_plus_one() != o.index + 1 {
                every = false;
                continue;
            }
            let word = self.state(o);
            let sort = self.sort(o)?;
            if let Some(locker) = self.holder(word.locker()) {
                self.rescue(locker, o)?;
            } else {
                if sort == Sort::Mutex
                    && let Some(owner) = self.holder(value::owner(word.value()))
                {
                    self.reap_if_dead(owner)?;
                }
                one |= value::signaled_for(sort, word.value(), who);
                one |= sort.is_timer() && self.is_due(o, word.value());
            }
            // What has just been recovered counts as it is now.
            every = every && self.looks_signaled(&[], o, who)?;
        }
        let nudge = if shape.all() { every } else { one };
        Ok(nudge && self.claim(context).is_open(claim.seq()))
    }
}
