//! Slim reader/writer locks.

use std::sync::atomic::AtomicU32;

use crate::parking::{Lock, Mode};

/// `SRWLOCK`: all zero, a free lock.
#[derive(Default)]
#[repr(C, align(8))]
pub(crate) struct SrwLock {
    lock: Lock,
    _reserved: AtomicU32,
}

const _: () = assert!(size_of::<SrwLock>() == 8);

impl SrwLock {
    /// `AcquireSRWLockExclusive`, `AcquireSRWLockShared`.
    pub(crate) fn acquire(&self, mode: Mode) {
        self.lock.acquire(mode);
    }

    /// `TryAcquireSRWLockExclusive`, `TryAcquireSRWLockShared`.
    pub(crate) fn try_acquire(&self, mode: Mode) -> bool {
        self.lock.try_acquire(mode)
    }

    /// `ReleaseSRWLockExclusive`, `ReleaseSRWLockShared`: the lock knows how it is held.
    pub(crate) fn release(&self) {
        self.lock.release();
    }

    /// The lock inside, for what lets go of it and sleeps without a gap between the two.
    pub(super) fn inner(&self) -> &Lock {
        &self.lock
    }
}
