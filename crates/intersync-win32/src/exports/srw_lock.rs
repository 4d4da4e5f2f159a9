//! Slim reader/writer locks.

use std::mem::MaybeUninit;

use crate::calls::srw_lock::SrwLock;
use crate::parking::Mode;

/// `InitializeSRWLock`.
#[unsafe(no_mangle)]
extern "C" fn InitializeSRWLock(lock: &mut MaybeUninit<SrwLock>) {
    lock.write(SrwLock::default());
}

/// `AcquireSRWLockExclusive`.
#[unsafe(no_mangle)]
extern "C" fn AcquireSRWLockExclusive(lock: &SrwLock) {
    lock.acquire(Mode::Exclusive);
}

/// `AcquireSRWLockShared`.
#[unsafe(no_mangle)]
extern "C" fn AcquireSRWLockShared(lock: &SrwLock) {
    lock.acquire(Mode::Shared);
}

/// `TryAcquireSRWLockExclusive`.
#[unsafe(no_mangle)]
extern "C" fn TryAcquireSRWLockExclusive(lock: &SrwLock) -> u8 {
    lock.try_acquire(Mode::Exclusive).into()
}

/// `TryAcquireSRWLockShared`.
#[unsafe(no_mangle)]
extern "C" fn TryAcquireSRWLockShared(lock: &SrwLock) -> u8 {
    lock.try_acquire(Mode::Shared).into()
}

/// `ReleaseSRWLockExclusive`.
#[unsafe(no_mangle)]
extern "C" fn ReleaseSRWLockExclusive(lock: &SrwLock) {
    lock.release();
}

/// `ReleaseSRWLockShared`.
#[unsafe(no_mangle)]
extern "C" fn ReleaseSRWLockShared(lock: &SrwLock) {
    lock.release();
}
