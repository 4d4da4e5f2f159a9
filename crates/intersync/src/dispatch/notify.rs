//! Waits over several arenas: the waiter is only nudged, and takes what it wants itself.
//!
//! In each arena the wait has a context in *notify* mode: whoever would satisfy it nudges it and
//! goes on to the next waiter. The waiter sleeps on one word per arena, is waiting again before it
//! looks, and takes under locks, arenas in the order of their files and objects by index.
//!
//! # Limits
//! Such waits are served after direct ones; a pulse may be spent on a waiter that something else
//! satisfied; what a wait for all takes is one step for the living only: each arena has its own commit.

use smallvec::SmallVec;

use super::call::Operand;
use super::grant::Running;
use super::journal::{Note, Op, Step};
use super::wait::{Item, Wait};
use super::{Ctx, Set, Until, insert};
use crate::Result;
use crate::arena::Context;
use crate::arena::layout::thread;
use crate::host::Host;
use crate::word::claim::Phase;
use crate::word::value::{self, Sort};

/// A wait in one of several arenas.
pub struct Notified<'w>(Wait<'w>);

impl<H: Host> Ctx<'_, H> {
    /// Queues the thread at all of `items`, to be nudged. They are what lies in this arena of a wait over
    /// `arenas`, which is for `all` of its objects or for any.
    ///
    /// # Errors
    /// As [`Ctx::wait`].
    pub fn enter_notified<'w>(
        &self,
        items: &'w [Item],
        all: bool,
        deadline: Option<i64>,
        arenas: usize,
    ) -> Result<Notified<'w>> {
        let wait = self.open(items, all, deadline, Some(arenas))?;
        if let Err(e) = self.enter(&wait) {
            self.leave_notified(Notified(wait))?;
            return Err(e);
        }
        Ok(Notified(wait))
    }

    /// The context and the number of the wait.
    pub fn claimed(&self, wait: &Notified<'_>) -> (Context, u32) {
        (wait.0.context, wait.0.seq)
    }

    /// Withdraws the wait.
    ///
    /// # Errors
    /// As [`Ctx::wait`].
    pub fn leave_notified(&self, wait: Notified<'_>) -> Result<()> {
        self.cancel(&wait.0)?;
        self.leave(&wait.0, self.claim(wait.0.context))
    }

    /// Makes the wait nudgeable again. Before the thread looks at its objects.
    ///
    /// # Errors
    /// [`Error::Fenced`](crate::Error::Fenced) if its reaper has cancelled it.
    pub fn rearm(&self, wait: &Notified<'_>) -> Result<()> {
        loop {
            let claim = self.claim(wait.0.context);
            match claim.phase() {
                Some(Phase::Waiting) if !claim.asleep() => return Ok(()),
                Some(Phase::Waiting | Phase::Nudged)
                    if self.change_claim(wait.0.context, claim, claim.to(Phase::Waiting)) =>
                {
                    return Ok(());
                }
                Some(Phase::Waiting | Phase::Nudged) => {}
                _ => return self.check_fence(),
            }
        }
    }

    /// The word to sleep on and its value, unless the wait has been nudged; and when a timer is due.
    pub fn ready_to_sleep(&self, wait: &Notified<'_>) -> Option<(&std::sync::atomic::AtomicU32, u32, i64)> {
        let claim = self.claim(wait.0.context);
        let asleep = claim.with_asleep(true);
        if claim.phase() != Some(Phase::Waiting) || !self.change_claim(wait.0.context, claim, asleep) {
            return None;
        }
        let (wake, _) = self.earliest(&wait.0, self.arena.host.now());
        Some((
            self.arena.futex(wait.0.context, thread::CLAIM),
            asleep.futex(),
            wake,
        ))
    }

    /// Locks objects of a wait for all if every one is signaled for the thread: then `true`, and they stay
    /// locked. Otherwise nothing is locked.
    ///
    /// # Errors
    /// Those of locking, [`Error::Stalled`](crate::Error::Stalled) among them: this never waits.
    pub fn lock_if_signaled(&self, list: &[Operand<'_>]) -> Result<bool> {
        let Some(first) = list.first() else {
            return Ok(true);
        };
        for x in list
            .iter()
            .filter(|x| self.is_due(x.object, self.state(x.object).value()) && x.sort.is_timer())
        {
            self.operate(x.object, &[], super::signal::Change::Touch, Until::Now)?;
        }
        let set = self.set_of(list);
        self.lock_set(
            &Note {
                op: Op::Plain,
                primary: first.object,
                arguments: [0; 2],
            },
            &set,
            Until::Now,
        )?;
        let signaled =
            |x: &Operand<'_>| value::signaled_for(x.sort, self.state(x.object).value(), self.me.index);
        if list.iter().all(signaled) {
            return Ok(true);
        }
        self.abort(&set);
        Ok(false)
    }

    /// Unlocks what [`Ctx::lock_if_signaled`] has locked; nothing is taken.
    pub fn unlock_untaken(&self, list: &[Operand<'_>]) {
        self.abort(&self.set_of(list));
    }

    /// Takes and unlocks what [`Ctx::lock_if_signaled`] has locked; tells whether a mutex was abandoned.
    pub fn take_locked(&self, list: &[Operand<'_>]) -> bool {
        let mut abandoned = false;
        for x in list {
            let recursion = self.arena.get(x.object, crate::arena::layout::object::FIRST) as u32;
            let taken = value::take(x.sort, self.state(x.object).value(), self.me.index, recursion);
            if x.sort == Sort::Mutex {
                self.note_owned_once(x.object);
            }
            abandoned |= taken.abandoned;
            self.set_running(
                x.object,
                Running {
                    value: taken.value,
                    extra: taken.recursion,
                },
            );
        }
        let set = self.set_of(list);
        self.advance(self.me, Step::Dispatch);
        self.finish(self.me, &set, Op::Plain, None);
        abandoned
    }

    fn set_of(&self, list: &[Operand<'_>]) -> Set {
        let mut set = Set::new();
        list.iter().for_each(|x| insert(&mut set, x.object));
        set
    }
}

/// The items of a list.
pub fn items(list: &[Operand<'_>]) -> SmallVec<[Item; 8]> {
    list.iter().map(Operand::item).collect()
}
