//! The state word of an object.

use super::value::{ARMED, SIGNALED, Sort};
use super::{field, flag};

/// The state word of an object: all that its fast path needs, in one compare-and-swap.
///
/// | bits   | name         | meaning                                                       |
/// |--------|--------------|---------------------------------------------------------------|
/// | 0..16  | `locker`     | thread that has the object locked; 0 = nobody                 |
/// | 16     | `contended`  | somebody may sleep on this word until it is unlocked          |
/// | 17     | `waiters`    | somebody may be in the wait queue                             |
/// | 18     | `wait_all`   | somebody in the queue may wait for all of several objects     |
/// | 19     | `condemned`  | the last handle is closed; whoever empties the queue frees it |
/// | 20..32 | `generation` | raised when the slot is freed                                 |
/// | 32..64 | `value`      | what the object is, by kind: see [`super::value`]             |
///
/// The low half is the futex.
///
/// # Invariants
/// - `value` changes only by a CAS that finds `locker` 0, or by the locker's unlocking CAS.
/// - `waiters` and `wait_all` change only by the locker's unlocking CAS. They may be set
///   without cause (a needless slow path), never clear with a waiter linked (a lost wake-up).
/// - `contended` and `condemned` may be set by anybody at any time; the unlock keeps `condemned`.
/// - All zero is a free slot of generation 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct State(pub u64);

impl State {
    field!(
        /// The thread that has the object locked, or 0.
        locker, with_locker, 0, 16, u16
    );
    flag!(
        /// Whether somebody may sleep on the word until it is unlocked.
        contended, with_contended, 16
    );
    flag!(
        /// Whether somebody may be queued.
        waiters, with_waiters, 17
    );
    flag!(
        /// Whether somebody queued may wait for all of several objects.
        wait_all, with_wait_all, 18
    );
    flag!(
        /// Whether the last handle is closed.
        condemned, with_condemned, 19
    );
    field!(
        /// How often this slot has been freed, modulo 4096.
        generation, with_generation, 20, 12, u16
    );
    field!(
        /// The value, by kind.
        value, with_value, 32, 32, u32
    );

    /// Whether neither a lock nor a waiter stands in the way of the fast path.
    pub const fn is_quiet(self) -> bool {
        self.locker() == 0 && !self.waiters()
    }

    /// The bits that tell whether an object of this sort is idle: see [`State::is_idle`].
    pub const fn decisive(sort: Sort) -> u64 {
        const LOCKER: u64 = 0xffff;
        match sort {
            Sort::EventManual | Sort::EventAuto => LOCKER | (SIGNALED as u64) << 32,
            Sort::TimerManual | Sort::TimerAuto => LOCKER | ((SIGNALED | ARMED) as u64) << 32,
            // Who asks for the end of a process must look at the process too.
            Sort::Mutex | Sort::Semaphore | Sort::Process | Sort::Thread => NEVER_IDLE,
        }
    }

    /// Whether an object with these decisive bits is unlocked and, whoever asks and whenever, not signaled. Only
    /// an event or a timer can be: the word of the others does not tell so much at a glance.
    #[inline(always)]
    pub const fn is_idle(self, decisive: u64) -> bool {
        (self.0 | NEVER_IDLE) & decisive == 0
    }

    /// Whether both are words of the same object: of one generation. A handle that is used while another thread
    /// closes it must not act on whatever gets the record next.
    #[inline(always)]
    pub const fn is_of(self, other: State) -> bool {
        self.generation() == other.generation()
    }

    /// A word that an object of this generation never has: as a guess it is never right.
    pub const fn never(generation: u16) -> State {
        State(0).with_generation(generation).with_locker(u16::MAX)
    }

    /// The futex half.
    pub const fn futex(self) -> u32 {
        self.0 as u32
    }

    /// The word of a slot that is free again.
    pub const fn freed(self) -> State {
        State(0).with_generation(self.generation().wrapping_add(1))
    }
}

/// A bit that decides nothing.
const NEVER_IDLE: u64 = State(0).with_contended(true).0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_overlap() {
        let full = State(0)
            .with_locker(u16::MAX)
            .with_contended(true)
            .with_waiters(true)
            .with_wait_all(true)
            .with_condemned(true)
            .with_generation(0xfff)
            .with_value(u32::MAX);
        assert_eq!(full.0, u64::MAX);
        assert_eq!(full.with_locker(0).locker(), 0);
        assert_eq!(full.with_locker(0).value(), u32::MAX);
        assert_eq!(State(0).with_generation(0xfff).freed().generation(), 0);
    }

    #[test]
    fn only_unlocked_unsignaled_events_and_timers_are_idle() {
        let flags = State(0)
            .with_waiters(true)
            .with_contended(true)
            .with_generation(9);
        for sort in [
            Sort::EventManual,
            Sort::EventAuto,
            Sort::TimerManual,
            Sort::TimerAuto,
        ] {
            let bits = State::decisive(sort);
            assert!(flags.with_value(!(SIGNALED | ARMED)).is_idle(bits));
            assert!(!flags.with_value(SIGNALED).is_idle(bits));
            assert!(!flags.with_locker(1 << 15).is_idle(bits));
            assert_eq!(flags.with_value(ARMED).is_idle(bits), !sort.is_timer());
        }
        for sort in [Sort::Mutex, Sort::Semaphore, Sort::Process, Sort::Thread] {
            assert!(!State(0).is_idle(State::decisive(sort)) && !flags.is_idle(State::decisive(sort)));
        }
    }
}
