//! The value half of a state word, by kind, and what signaling and taking do to it.
//!
//! | kind            | value                                                    |
//! |-----------------|----------------------------------------------------------|
//! | event           | bit 0 signaled; bits 2.. change counter                  |
//! | mutex           | bits 0..16 owner; bit 16 abandoned; bits 17.. counter    |
//! | semaphore       | the count                                                |
//! | timer           | bit 0 signaled; bit 1 armed; bits 2.. change counter     |
//! | process, thread | as an event: bit 0 ended                                 |
//!
//! The change counter is raised by the same CAS that makes the object signaled: so that a
//! look at several objects can tell that none was signaled between two reads.

/// The kind of an object as the arena stores it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Sort {
    /// Manual-reset event.
    EventManual = 1,
    /// Auto-reset event.
    EventAuto = 2,
    /// Mutex.
    Mutex = 3,
    /// Semaphore.
    Semaphore = 4,
    /// Manual-reset timer.
    TimerManual = 5,
    /// Synchronization timer.
    TimerAuto = 6,
    /// The end of a process: signaled once, for ever.
    Process = 7,
    /// The end of a thread: signaled once, for ever.
    Thread = 8,
}

impl Sort {
    /// The kind stored as `code`, if it is one.
    pub const fn from_code(code: u8) -> Option<Sort> {
        Some(match code {
            1 => Sort::EventManual,
            2 => Sort::EventAuto,
            3 => Sort::Mutex,
            4 => Sort::Semaphore,
            5 => Sort::TimerManual,
            6 => Sort::TimerAuto,
            7 => Sort::Process,
            8 => Sort::Thread,
            _ => return None,
        })
    }

    /// The kind as users know it.
    pub const fn kind(self) -> crate::Kind {
        match self {
            Sort::EventManual | Sort::EventAuto => crate::Kind::Event,
            Sort::Mutex => crate::Kind::Mutex,
            Sort::Semaphore => crate::Kind::Semaphore,
            Sort::TimerManual | Sort::TimerAuto => crate::Kind::Timer,
            Sort::Process => crate::Kind::Process,
            Sort::Thread => crate::Kind::Thread,
        }
    }

    /// Whether it stands for the end of a process or a thread.
    pub const fn is_end(self) -> bool {
        matches!(self, Sort::Process | Sort::Thread)
    }

    /// Whether a satisfied wait changes nothing.
    pub const fn stays_signaled(self) -> bool {
        matches!(
            self,
            Sort::EventManual | Sort::TimerManual | Sort::Process | Sort::Thread
        )
    }

    /// Whether it is a timer of either kind.
    pub const fn is_timer(self) -> bool {
        matches!(self, Sort::TimerManual | Sort::TimerAuto)
    }
}

/// Bit 0 of events and timers.
pub const SIGNALED: u32 = 1;
/// Bit 1 of timers.
pub const ARMED: u32 = 2;
const EVENT_COUNTER: u32 = 4;
const ABANDONED: u32 = 1 << 16;
const MUTEX_COUNTER: u32 = 1 << 17;

/// The owner in a mutex's value.
pub const fn owner(value: u32) -> u16 {
    value as u16
}

/// The abandoned mark in a mutex's value.
pub const fn abandoned(value: u32) -> bool {
    value & ABANDONED != 0
}

/// Whether an object of this kind and value is signaled for the thread `who`: a mutex that it
/// owns counts.
pub const fn signaled_for(sort: Sort, value: u32, who: u16) -> bool {
    match sort {
        Sort::EventManual
        | Sort::EventAuto
        | Sort::TimerManual
        | Sort::TimerAuto
        | Sort::Process
        | Sort::Thread => value & SIGNALED != 0,
        Sort::Semaphore => value != 0,
        Sort::Mutex => owner(value) == 0 || owner(value) == who,
    }
}

/// Whether it is signaled for threads that own nothing.
pub const fn signaled(sort: Sort, value: u32) -> bool {
    signaled_for(sort, value, 0)
}

/// An object after a wait on it is satisfied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// The new value.
    pub value: u32,
    /// The owner's new recursion count (mutexes), else 0.
    pub recursion: u32,
    /// Whether it was an abandoned mutex.
    pub abandoned: bool,
}

/// What satisfying a wait of `who` does. `recursion` is the mutex's present count.
pub const fn take(sort: Sort, value: u32, who: u16, recursion: u32) -> Taken {
    match sort {
        Sort::EventManual | Sort::TimerManual | Sort::Process | Sort::Thread => Taken {
            value,
            recursion: 0,
            abandoned: false,
        },
        Sort::EventAuto | Sort::TimerAuto => Taken {
            value: value & !SIGNALED,
            recursion: 0,
            abandoned: false,
        },
        Sort::Semaphore => Taken {
            value: value.saturating_sub(1),
            recursion: 0,
            abandoned: false,
        },
        Sort::Mutex if owner(value) == 0 => Taken {
            value: (value & !ABANDONED) | who as u32,
            recursion: 1,
            abandoned: abandoned(value),
        },
        Sort::Mutex => Taken {
            value,
            recursion: recursion.saturating_add(1),
            abandoned: false,
        },
    }
}

/// An event or timer made signaled. The counter rises only if it was not.
pub const fn set(value: u32) -> u32 {
    if value & SIGNALED != 0 {
        value
    } else {
        (value | SIGNALED).wrapping_add(EVENT_COUNTER)
    }
}

/// An event or timer made unsignaled.
pub const fn reset(value: u32) -> u32 {
    value & !SIGNALED
}

/// A timer whose due time or period changes: the word changes with them.
pub const fn retimed(value: u32) -> u32 {
    value.wrapping_add(EVENT_COUNTER)
}

/// A mutex made free, with the abandoned mark as given.
pub const fn freed(value: u32, mark: bool) -> u32 {
    let counter = (value & !(MUTEX_COUNTER - 1)).wrapping_add(MUTEX_COUNTER);
    counter | if mark { ABANDONED } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_raises_the_counter_once() {
        let one = set(0);
        assert_eq!(set(one), one);
        assert_ne!(set(reset(one)), one);
        assert_eq!(reset(set(u32::MAX - 1)) & (SIGNALED | ARMED), ARMED);
    }

    #[test]
    fn the_end_of_a_process_or_thread_stays() {
        for sort in [Sort::Process, Sort::Thread] {
            assert_eq!(Sort::from_code(sort as u8), Some(sort));
            let ended = set(0);
            assert!(!signaled(sort, 0) && signaled(sort, ended));
            assert_eq!(take(sort, ended, 5, 0).value, ended);
            assert!(sort.is_end() && sort.stays_signaled());
        }
    }

    #[test]
    fn taking_an_abandoned_mutex_clears_its_mark_and_reports_it() {
        let free = freed(take(Sort::Mutex, 0, 7, 0).value, true);
        assert!(abandoned(free) && owner(free) == 0);
        let taken = take(Sort::Mutex, free, 9, 0);
        assert!(
            taken.abandoned && owner(taken.value) == 9 && !abandoned(taken.value) && taken.recursion == 1
        );
        let again = take(Sort::Mutex, taken.value, 9, 1);
        assert_eq!((again.value, again.recursion), (taken.value, 2));
    }

    #[test]
    fn freeing_a_mutex_changes_the_word_even_after_a_wrap() {
        let mut value = 0;
        for _ in 0..=1 << 15 {
            let next = freed(value | 5, false);
            assert_ne!(next, value);
            value = next;
        }
    }
}
