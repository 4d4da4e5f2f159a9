//! The dispatcher: locking objects, serving waiters, waiting.
//!
//! # Protocol
//! An *operation* is the unit of everything, of recovery too. It locks its objects
//! ([`lock`]), decides, commits with one store of its journal's phase ([`journal`]), serves
//! the waiters it can ([`grant`]), and unlocks. [`signal`] builds the operations of the
//! objects from that, [`wait`] the waits.
//!
//! # Invariants
//! 1. A thread never sleeps while it holds the lock of an object.
//! 2. Nothing that others can see changes before phase `Dispatch`, but the lock bits, the
//!    membership of the thread's own blocks, and a value that a single unlocking CAS changes.
//! 3. From phase `Dispatch` on the operation happens, whoever finishes it. All it writes
//!    is absolute (never "one more"), so writing it twice is writing it once.
//! 4. Every unlocked object: not signaled, or no eligible living waiter is queued.
//! 5. A waiter is won by one CAS of its claim; what follows from it is in the journal before.

pub mod alert;
pub mod block;
pub mod call;
pub mod clock;
mod due;
pub mod fast;
pub mod first_look;
pub mod free_mutex;
pub(crate) mod gone;
pub mod grant;
pub mod hint;
pub mod journal;
mod leave;
pub mod lock;
pub mod notify;
mod owned;
mod pool;
pub mod query;
pub mod queue;
pub mod signal;
mod turn;
pub mod wait;
pub mod wake;

use smallvec::SmallVec;

use crate::arena::layout::object;
use crate::arena::{Arena, Object, Slot, Thread, corrupt};
use crate::host::{Host, Rule};
use crate::word::state::State;
use crate::word::value::Sort;
use crate::{Error, Result};

/// A thread at work in an arena.
pub struct Ctx<'a, H: Host> {
    /// The arena.
    pub arena: &'a Arena<H>,
    /// The thread's record.
    pub me: Thread,
    /// The slot of its process.
    pub slot: Slot,
    /// The nonce of its process.
    pub nonce: u32,
}

impl<H: Host> Clone for Ctx<'_, H> {
    fn clone(&self) -> Self {
        Ctx {
            arena: self.arena,
            me: self.me,
            slot: self.slot,
            nonce: self.nonce,
        }
    }
}

/// Objects in index order, each once.
pub type Set = SmallVec<[Object; 4]>;

/// How long to wait for a lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// As long as its holder lives.
    Unlocked,
    /// Until this time (arena time, ns).
    Time(i64),
    /// Not at all, but for a short spin.
    Now,
}

impl<'a, H: Host> Ctx<'a, H> {
    /// Whether a protocol rule holds; always, but in the simulator.
    #[inline(always)]
    pub(crate) fn has(&self, rule: Rule) -> bool {
        self.arena.host.has(rule)
    }

    /// The state word of an object.
    #[inline(always)]
    pub fn state(&self, o: Object) -> State {
        State(self.arena.get(o, object::STATE))
    }

    /// The sort of an object.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if it has none.
    pub fn sort(&self, o: Object) -> Result<Sort> {
        Sort::from_code(self.arena.get(o, object::META) as u8).ok_or(corrupt("an object in use has no kind"))
    }

    /// Whether the process is still attached under its nonce. Its peers may have declared it dead.
    ///
    /// # Errors
    /// [`Error::Fenced`].
    pub fn check_fence(&self) -> Result<()> {
        use crate::word::slot::SlotWord;
        if SlotWord(self.arena.get(self.slot, crate::arena::layout::slot::WORD)).is_attached(self.nonce) {
            Ok(())
        } else {
            Err(Error::Fenced)
        }
    }
}

/// Adds an object to a set.
pub fn insert(set: &mut Set, o: Object) {
    if let Err(at) = set.binary_search_by_key(&o.index, |x| x.index) {
        set.insert(at, o);
    }
}

/// Whether an object is in a set.
pub fn contains(set: &[Object], o: Object) -> bool {
    set.binary_search_by_key(&o.index, |x| x.index).is_ok()
}
