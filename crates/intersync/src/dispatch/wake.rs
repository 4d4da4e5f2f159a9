//! Waking.

use smallvec::SmallVec;

use super::Ctx;
use crate::arena::layout::thread;
use crate::arena::{Context, Place, Thread};
use crate::host::Host;
use crate::limits::GATHERED;
use crate::word::claim::Phase;

/// Waiters to wake once everything is unlocked. Private: a list in shared memory would break as
/// soon as the first one leaves.
pub type Wakes = SmallVec<[Context; 8]>;

impl<H: Host> Ctx<'_, H> {
    /// Wakes the sleeper on the futex of a word.
    pub(crate) fn wake_one<P: Place>(&self, place: P, word: usize) {
        self.arena.host.wake(self.arena.futex(place, word), 1);
    }

    /// Wakes waiters that were granted or nudged. After the unlock: they find everything ready.
    ///
    /// One call wakes many: those that this thread has granted first gather on a futex of its record. Woken one by one, each
    /// would drive this thread from its processor before the next is woken. Their claims name this thread, so whoever
    /// finds it dead or stopped knows where they sleep.
    pub(crate) fn wake_all(&self, wakes: &Wakes) {
        let gate = self.arena.futex(self.me, thread::GATHERED);
        for batch in wakes.chunks(GATHERED) {
            let mut gathered = false;
            for &context in batch {
                let claim = self.claim(context);
                let mine = claim.phase() == Some(Phase::Granted) && claim.granter() == self.me.index;
                if mine && batch.len() > 1 {
                    let word = self.arena.futex(context, thread::CLAIM);
                    self.arena.host.gather(word, claim.futex(), gate);
                    gathered = true;
                } else {
                    self.wake_one(context, thread::CLAIM);
                }
            }
            if gathered {
                self.wake_gathered(self.me);
            }
        }
    }

    /// Wakes all whom a thread has gathered.
    pub(crate) fn wake_gathered(&self, granter: Thread) {
        self.arena
            .host
            .wake(self.arena.futex(granter, thread::GATHERED), i32::MAX as u32);
    }
}
