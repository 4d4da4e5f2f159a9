//! A mutex that nobody else wants: the part of [`super::fast`] that most acquisitions and releases need.
//!
//! # Protocol
//! The same as [`Ctx::fast_acquire`](super::Ctx::fast_acquire) and [`Ctx::fast_free`](super::Ctx::fast_free): noted before the exchange that
//! acquires, forgotten after the one that releases. What is at hand is told by references, for a store before an
//! exchange holds that up until its address is known. The note and the count are written by their thread alone while it
//! lives, so it reads them relaxed; its reaper reads them after its death. Whatever is not as usual is left to them, as it was.

use std::sync::atomic::{AtomicU64, Ordering};

use super::hint::Hint;
use crate::word::slot::SlotWord;
use crate::word::state::State;
use crate::word::value::{self, Sort};

/// What a thread has at hand to take and free mutexes.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    /// Its index.
    pub thread: u16,
    /// The first entry of its owned list.
    pub owned: &'static AtomicU64,
    /// The word of its process's slot.
    pub slot: &'static AtomicU64,
    /// The nonce of its process.
    pub nonce: u32,
}

/// A mutex as a handle reaches it.
#[derive(Clone, Copy, Debug)]
pub struct Free<'h, G = &'h AtomicU64> {
    /// Its index plus one: how it is noted.
    pub noted: u64,
    /// Its state word.
    pub word: &'h AtomicU64,
    /// Its recursion count.
    pub levels: &'h AtomicU64,
    /// The state word as the handle saw it last.
    pub hint: G,
}

/// What became of a release.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Freed {
    /// It is free.
    Done,
    /// It is free, and still noted: not in the first entry.
    Noted,
    /// Nothing was done.
    Unusual,
}

impl<G: Hint> Free<'_, G> {
    /// Takes the mutex if it is free and the thread owns no other; tells whether it was abandoned.
    #[inline(always)]
    pub fn take(&self, seat: Seat) -> Option<bool> {
        let seen = self.hint.guess();
        let usual = seen.locker() == 0 && value::owner(seen.value()) == 0;
        if !usual || !seat.is_attached() || seat.owned.load(Ordering::Relaxed) != 0 {
            return None;
        }
        seat.owned.store(self.noted, Ordering::Release);
        let taken = value::take(Sort::Mutex, seen.value(), seat.thread, 0);
        if self.exchange(seen, taken.value) {
            // It mostly is already; a store would hold up the next exchange.
            if self.levels.load(Ordering::Relaxed) != 1 {
                self.levels.store(1, Ordering::Release);
            }
            return Some(taken.abandoned);
        }
        seat.owned.store(0, Ordering::Release);
        None
    }

    /// Frees the mutex if the thread owns it once and nobody waits for it.
    #[inline(always)]
    pub fn free(&self, seat: Seat) -> Freed {
        let seen = self.hint.guess();
        let usual = seen.is_quiet() && value::owner(seen.value()) == seat.thread;
        let once = self.levels.load(Ordering::Relaxed) == 1;
        if !usual || !once || !seat.is_attached() || !self.exchange(seen, value::freed(seen.value(), false)) {
            return Freed::Unusual;
        }
        if seat.owned.load(Ordering::Relaxed) != self.noted {
            return Freed::Noted;
        }
        seat.owned.store(0, Ordering::Release);
        Freed::Done
    }

    #[inline(always)]
    fn exchange(&self, seen: State, value: u32) -> bool {
        let new = seen.with_value(value).0;
        let exchanged = self
            .word
            .compare_exchange(seen.0, new, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok();
        if exchanged {
            self.hint.note(State(new));
        }
        exchanged
    }
}

impl Seat {
    /// Whether the process has not been declared dead.
    #[inline(always)]
    fn is_attached(&self) -> bool {
        SlotWord(self.slot.load(Ordering::SeqCst)).is_attached(self.nonce)
    }
}
