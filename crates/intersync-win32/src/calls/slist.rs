//! Interlocked singly linked lists.
//!
//! Windows removes an entry by one exchange, after it has read from an entry that another thread may have removed and freed: it
//! catches the fault. Here a lock in the header makes that read safe, and the depth exact.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU16, AtomicUsize};

use crate::parking::{Lock, Mode};

/// `SLIST_HEADER`: all zero, an empty list.
#[derive(Default)]
#[repr(C, align(16))]
pub(crate) struct ListHeader {
    depth: AtomicU16,
    _reserved: u16,
    lock: Lock,
    first: AtomicUsize,
}

const _: () = assert!(size_of::<ListHeader>() == 16 && std::mem::offset_of!(ListHeader, first) == 8);

/// Entries by their addresses; 0: none.
impl ListHeader {
    /// Puts entries that are linked already, so many, in front of the list; `link` makes the last of them point to another one.
    /// The entry that was the first.
    pub(crate) fn push(&self, entry: usize, count: u16, link: impl FnOnce(usize)) -> usize {
        self.locked(|| {
            let first = self.first.load(Relaxed);
            link(first);
            self.set(entry, self.depth.load(Relaxed).wrapping_add(count));
            first
        })
    }

    /// Takes the first entry; `next` reads where an entry points to.
    pub(crate) fn pop(&self, next: impl FnOnce(usize) -> usize) -> usize {
        // Those who look into an empty list again and again are not to disturb others.
        if self.first() == 0 {
            return 0;
        }
        self.locked(|| {
            let first = self.first.load(Relaxed);
            if first != 0 {
                self.set(next(first), self.depth.load(Relaxed).wrapping_sub(1));
            }
            first
        })
    }

    /// Takes all entries: the first of them.
    pub(crate) fn flush(&self) -> usize {
        if self.first() == 0 {
            return 0;
        }
        self.locked(|| {
            let first = self.first.load(Relaxed);
            self.set(0, 0);
            first
        })
    }

    /// The first entry, which stays.
    pub(crate) fn first(&self) -> usize {
        self.first.load(Acquire)
    }

    /// How many entries there are, as far as 16 bits go.
    pub(crate) fn depth(&self) -> u16 {
        self.depth.load(Relaxed)
    }

    fn set(&self, first: usize, depth: u16) {
        self.depth.store(depth, Relaxed);
        self.first.store(first, Release);
    }

    /// Runs something short that does not panic.
    fn locked<T>(&self, f: impl FnOnce() -> T) -> T {
        self.lock.acquire(Mode::Exclusive);
        let result = f();
        self.lock.release();
        result
    }
}
