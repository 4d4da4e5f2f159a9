//! The typed journal of a thread: what it is doing, so that anybody can finish it.

use super::Ctx;
use crate::arena::layout::thread;
use crate::arena::{Object, Thread};
use crate::host::Host;
use crate::limits::JOURNAL_OBJECTS;
use crate::word::{field, flag};

/// How far an operation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Step {
    /// No operation.
    None = 0,
    /// Locks are being taken; nothing has changed.
    Locking = 1,
    /// Committed; waiters are being served.
    Dispatch = 2,
    /// The final words are being stored.
    Unlock = 3,
}

/// What recovery must know of an operation besides its values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Op {
    /// Nothing.
    Plain = 0,
    /// The primary object ends unsignaled.
    Pulse = 1,
    /// The waiters of the primary object are nudged: its due time changed.
    SetTimer = 2,
    /// The claim in `ARGUMENT` (a [`crate::word::claim::Target`]) becomes idle.
    GiveBack = 3,
    /// The handle entry in `ARGUMENT` holds `ARGUMENT2` permits.
    Held = 4,
}

impl Op {
    /// The operation stored as `code`. Unknown codes are refused, never guessed.
    pub const fn from_code(code: u8) -> Option<Op> {
        Some(match code {
            0 => Op::Plain,
            1 => Op::Pulse,
            2 => Op::SetTimer,
            3 => Op::GiveBack,
            4 => Op::Held,
            _ => return None,
        })
    }
}

/// The head of a journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Head(pub u64);

impl Head {
    field!(step_code, with_step_code, 0, 8, u8);
    field!(op_code, with_op_code, 8, 8, u8);
    field!(
        /// Objects listed.
        count, with_count, 16, 16, u16
    );
    flag!(
        /// Whether there are more objects than the list holds: all are looked through.
        overflow, with_overflow, 32
    );

    /// The step, or `None` if the word breaks the rules.
    pub const fn step(self) -> Option<Step> {
        Some(match self.step_code() {
            0 => Step::None,
            1 => Step::Locking,
            2 => Step::Dispatch,
            3 => Step::Unlock,
            _ => return None,
        })
    }

    /// The operation, or `None` if this version does not know it.
    pub const fn op(self) -> Option<Op> {
        Op::from_code(self.op_code())
    }

    /// The same journal at another step.
    pub const fn at(self, step: Step) -> Head {
        self.with_step_code(step as u8)
    }
}

/// An operation and its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Note {
    /// What kind.
    pub op: Op,
    /// The object it is on.
    pub primary: Object,
    /// See [`Op`].
    pub arguments: [u64; 2],
}

impl<H: Host> Ctx<'_, H> {
    /// Notes an operation in the thread's journal, step `Locking`. Before the first lock is taken.
    pub(super) fn note(&self, note: &Note, set: &[Object]) {
        let me = self.me;
        for (i, o) in set.iter().take(JOURNAL_OBJECTS).enumerate() {
            self.arena.put(me, thread::OBJECTS + i, u64::from(o.index) + 1);
        }
        self.arena.put(me, thread::TARGET, 0);
        self.arena
            .put(me, thread::PRIMARY, u64::from(note.primary.index) + 1);
        if note.op != Op::Plain {
            self.arena.put(me, thread::ARGUMENT, note.arguments[0]);
            self.arena.put(me, thread::ARGUMENT2, note.arguments[1]);
        }
        let head = Head(0)
            .with_op_code(note.op as u8)
            .with_count(set.len().min(JOURNAL_OBJECTS) as u16)
            .with_overflow(set.len() > JOURNAL_OBJECTS)
            .at(Step::Locking);
        self.arena.put(me, thread::JOURNAL, head.0);
    }

    /// Notes the lock of one object by an operation that changes no more than its word, in the unlocking exchange:
    /// whoever recovers it has nothing to know but the object.
    #[inline(always)]
    pub(super) fn note_lock(&self, o: Object) {
        const HEAD: Head = Head(0)
            .with_op_code(Op::Plain as u8)
            .with_count(1)
            .at(Step::Locking);
        self.arena.put(self.me, thread::OBJECTS, u64::from(o.index) + 1);
        self.arena.put(self.me, thread::JOURNAL, HEAD.0);
    }

    /// The head of a thread's journal.
    pub(crate) fn journal(&self, of: Thread) -> Head {
        Head(self.arena.get(of, thread::JOURNAL))
    }

    /// Moves a journal on to another step.
    pub(crate) fn advance(&self, of: Thread, step: Step) {
        let head = Head(
            self.arena
                .direct(of, thread::JOURNAL)
                .load(std::sync::atomic::Ordering::Relaxed),
        );
        self.arena.put(of, thread::JOURNAL, head.at(step).0);
    }
}
