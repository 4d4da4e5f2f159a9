//! The list of mutexes a thread owns, in its record.
//!
//! # Invariant
//! It is a superset: a mutex is listed before the CAS that may make the thread its owner, and struck off after
//! the CAS that releases it. What it lists and does not own means nothing. When it is full, a flag says that all
//! objects must be looked through.

use smallvec::SmallVec;

use super::Ctx;
use crate::arena::layout::thread;
use crate::arena::{Object, Thread};
use crate::host::Host;
use crate::limits::OWNED;

impl<H: Host> Ctx<'_, H> {
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
}
