//! The claim word of a wait context: the single point where a waiter is won.

use super::{field, flag};

/// What a wait context is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Phase {
    /// Not in use.
    Idle = 0,
    /// Waiting; may be granted.
    Waiting = 1,
    /// Granted by `granter`; not yet acknowledged by the waiter.
    Granted = 2,
    /// Waiting, and told to look at its objects again; may be granted all the same.
    Nudged = 3,
    /// Ended because its process has something for the thread to run: see [`crate::dispatch::alert`].
    Alerted = 4,
    /// Ended at its deadline, or by the reaper of its process.
    Cancelled = 5,
    /// Granted and acknowledged, but left behind because its granter was stopped half-way.
    Left = 6,
}

/// The claim word of a wait context. Its low half is the futex the waiter sleeps on.
///
/// | bits   | name       | meaning                                              |
/// |--------|------------|------------------------------------------------------|
/// | 0..3   | `phase`    | see [`Phase`]                                        |
/// | 3      | first flag | granted: abandoned                                   |
/// | 4      | second flag| waiting: asleep; granted: by a pulse                 |
/// | 5..16  | `index`    | granted: which object of the wait; waiting: bits 5 and 6, see [`Claim::entering`], [`Claim::eager`] |
/// | 16..32 | `granter`  | granted: the thread that did it                      |
/// | 32..64 | `seq`      | which wait of this context                           |
///
/// All zero is an idle context.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct Claim(pub u64);

impl Claim {
    field!(phase_code, with_phase_code, 0, 3, u8);
    flag!(
        /// Granted: whether a mutex of it was abandoned.
        abandoned, with_abandoned, 3
    );
    flag!(
        /// Waiting: whether the waiter sleeps, or is about to.
        asleep, with_asleep, 4
    );
    flag!(
        /// Granted: whether by a pulse.
        pulse, with_pulse, 4
    );
    flag!(
        /// Waiting: whether the wait is not yet queued at all its objects, or only looks once. A pulse
        /// is not for it: on Windows it either waits at all of them or has not begun.
        entering, with_entering, 5
    );
    flag!(
        /// Waiting: whether the sleeper wants to be woken when it is next, to spin for its turn.
        eager, with_eager, 6
    );
    field!(
        /// Granted: the index of the object.
        index, with_index, 5, 11, u16
    );
    field!(
        /// Granted: the granting thread.
        granter, with_granter, 16, 16, u16
    );
    field!(
        /// The number of the wait.
        seq, with_seq, 32, 32, u32
    );

    /// The phase, or `None` if the word breaks the rules.
    pub const fn phase(self) -> Option<Phase> {
        Some(match self.phase_code() {
            0 => Phase::Idle,
            1 => Phase::Waiting,
            2 => Phase::Granted,
            3 => Phase::Nudged,
            4 => Phase::Alerted,
            5 => Phase::Cancelled,
            6 => Phase::Left,
            _ => return None,
        })
    }

    /// The same wait in another phase, all flags clear.
    pub const fn to(self, phase: Phase) -> Claim {
        Claim(0).with_seq(self.seq()).with_phase_code(phase as u8)
    }

    /// The claim of a new wait.
    pub const fn next_wait(self) -> Claim {
        Claim(0)
            .with_seq(self.seq().wrapping_add(1))
            .with_phase_code(Phase::Waiting as u8)
    }

    /// Whether the wait `seq` may still be granted.
    pub const fn is_open(self, seq: u32) -> bool {
        self.seq() == seq && matches!(self.phase_code(), 1 | 3)
    }

    /// Whether it was granted, acknowledged or not.
    pub const fn is_granted(self) -> bool {
        matches!(self.phase_code(), 2 | 6)
    }

    /// This waiting claim granted.
    pub const fn granted(self, index: u16, abandoned: bool, pulse: bool, granter: u16) -> Claim {
        self.to(Phase::Granted)
            .with_index(index)
            .with_abandoned(abandoned)
            .with_pulse(pulse)
            .with_granter(granter)
    }

    /// The futex half.
    pub const fn futex(self) -> u32 {
        self.0 as u32
    }
}

/// The target of a grant in a journal: which waiter is being won. Zero: none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Target(pub u64);

impl Target {
    field!(
        /// The waiting thread.
        thread, with_thread, 0, 16, u16
    );
    field!(
        /// Its wait context.
        context, with_context, 16, 2, u8
    );
    field!(
        /// The index of the object in the wait.
        index, with_index, 18, 11, u16
    );
    flag!(
        /// Always set: a target is there.
        present, with_present, 29
    );
    flag!(
        /// Whether the whole set of the wait is taken.
        all, with_all, 30
    );
    field!(
        /// The number of the wait.
        seq, with_seq, 32, 32, u32
    );
}
