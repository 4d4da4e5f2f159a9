//! A lock for one writer or any number of readers, in a word that is 0 while the lock is free.
//!
//! It is not one of `parking_lot`: those touch their word after they have let go, which a program in Rust cannot notice. In C
//! it is usual that the last thread to hold the lock of an object then frees both.
#![allow(
    unsafe_code,
    reason = "the queues must not be used by their own callbacks, nor one of them for two purposes"
)]

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use parking_lot_core::{DEFAULT_UNPARK_TOKEN, FilterOp, ParkResult, ParkToken, SpinWait};

use super::{Purpose, queue};

/// A writer holds the lock.
const WRITER: u32 = 1;
/// Threads wait, or are about to.
const QUEUED: u32 = 2;
/// One reader that holds the lock.
const READER: u32 = 4;

/// How a lock is held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By one thread.
    Exclusive,
    /// By any number of threads.
    Shared,
}

/// A lock. Threads that wait are woken in their order, yet others may be faster than they are.
#[derive(Default)]
#[repr(transparent)]
pub(crate) struct Lock(AtomicU32);

impl Lock {
    /// A free lock.
    pub(crate) const fn new() -> Lock {
        Lock(AtomicU32::new(0))
    }

    /// Makes it free, in a forked child, which does not have the threads that hold it or wait for it.
    pub(crate) fn forget(&self) {
        self.0.store(0, Relaxed);
    }

    /// Acquires the lock, and waits for that if need be.
    pub(crate) fn acquire(&self, mode: Mode) {
        if !self.try_acquire(mode) {
            self.wait(mode);
        }
    }

    /// Acquires the lock if it can be had at once.
    pub(crate) fn try_acquire(&self, mode: Mode) -> bool {
        self.attempt(mode, false).is_ok()
    }

    fn attempt(&self, mode: Mode, woken: bool) -> Result<u32, u32> {
        self.0
            .try_update(Acquire, Relaxed, |word| acquired(word, mode, woken))
    }

    #[cold]
    fn wait(&self, mode: Mode) {
        let mut spin = SpinWait::new();
        let mut woken = false;
        while let Err(word) = self.attempt(mode, woken) {
            if word & QUEUED == 0 {
                if spin.spin() {
                    continue;
                }
                let queued = self
                    .0
                    .compare_exchange_weak(word, word | QUEUED, Relaxed, Relaxed);
                if queued.is_err() {
                    continue;
                }
            }
            woken |= self.park(mode, woken);
            spin.reset();
        }
    }

    /// Sleeps if somebody holds the lock who will look for sleepers. Whether it has been woken.
    fn park(&self, mode: Mode, woken: bool) -> bool {
        let in_vain = || {
            let word = self.0.load(Relaxed);
            word & QUEUED != 0 && acquired(word, mode, woken).is_none()
        };
        // SAFETY: queues of this purpose are used by this type only. The callbacks read a word or do nothing.
        let slept = unsafe {
            parking_lot_core::park(
                self.queue(),
                in_vain,
                || {},
                |_, _| {},
                ParkToken(mode as usize),
                None,
            )
        };
        matches!(slept, ParkResult::Unparked(_))
    }

    /// Whether anybody holds the lock.
    pub(crate) fn is_held(&self) -> bool {
        self.0.load(Relaxed) & !QUEUED != 0
    }

    /// Lets go of what is held, whichever way; of a free lock, of nothing.
    pub(crate) fn release(&self) {
        let mut word = self.0.load(Relaxed);
        while word & !QUEUED != 0 {
            let left = released(word);
            if left == QUEUED {
                return self.release_to_queue();
            }
            match self.0.compare_exchange_weak(word, left, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    /// Lets go, and wakes the first sleeper; if that is a reader, also those directly behind it.
    #[cold]
    fn release_to_queue(&self) {
        let mut first = None;
        let choose = |token: ParkToken| match first {
            None => {
                first = Some(token);
                FilterOp::Unpark
            }
            Some(ParkToken(mode)) if mode == Mode::Shared as usize && token.0 == mode => FilterOp::Unpark,
            Some(_) => FilterOp::Stop,
        };
        // SAFETY: as in `park`. The callbacks use a word and a variable of their own.
        unsafe {
            parking_lot_core::unpark_filter(self.queue(), choose, |result| {
                let queued = if result.have_more_threads { QUEUED } else { 0 };
                // Not a mere store: readers that have been woken before may have joined.
                let _ = self
                    .0
                    .try_update(Release, Relaxed, |word| Some(released(word) & !QUEUED | queued));
                DEFAULT_UNPARK_TOKEN
            });
        }
    }

    fn queue(&self) -> usize {
        queue(Purpose::Lock, std::ptr::from_ref(self).addr())
    }
}

/// The word after the lock has been acquired, if it can be. Readers do not overtake those who wait for it, unless they have
/// been woken, so that all readers that are woken together get in.
fn acquired(word: u32, mode: Mode, woken: bool) -> Option<u32> {
    let free = word & !QUEUED == 0;
    match mode {
        Mode::Exclusive if free => Some(word | WRITER),
        Mode::Shared if word & WRITER == 0 && (free || woken || word & QUEUED == 0) => {
            word.checked_add(READER)
        }
        _ => None,
    }
}

/// The word after one of the holders has let go.
fn released(word: u32) -> u32 {
    match word & WRITER {
        0 => word.checked_sub(READER).unwrap_or(word),
        _ => word & !WRITER,
    }
}
