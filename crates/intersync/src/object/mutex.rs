//! Mutexes.

use std::marker::PhantomData;

use super::{Options, Waitable, sealed::Sealed};
use crate::{Kind, Outcome, Result, Timeout};

/// A mutex: owned by one thread at a time, recursively. If its owner ends without releasing
/// it, the next one is told that it was abandoned.
#[derive(Debug, Clone)]
pub struct Mutex {}

/// The state of a mutex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MutexState {
    /// Whether some thread owns it.
    pub owned: bool,
    /// Whether the calling thread owns it.
    pub owned_by_caller: bool,
    /// How many times its owner has acquired it.
    pub recursion: u32,
    /// Whether the next owner will be told that the last one ended while owning it.
    pub abandoned: bool,
}

/// Ownership of a mutex; dropping it releases one level. It cannot leave its thread.
#[derive(Debug)]
#[must_use = "the mutex is released when the guard is dropped"]
pub struct MutexGuard<'a> {
    mutex: &'a Mutex,
    abandoned: bool,
    not_send: PhantomData<*const ()>,
}

impl MutexGuard<'_> {
    /// Whether the previous owner ended while it owned the mutex.
    pub fn abandoned(&self) -> bool {
        self.abandoned
    }
}

impl Drop for MutexGuard<'_> {
    fn drop(&mut self) {
        let _ = self.mutex.release();
    }
}

impl Options<Mutex> {
    /// Whether the calling thread owns a new mutex at once. An existing one is not acquired.
    pub fn owned(self, owned: bool) -> Self {
        let _ = owned;
        self
    }
}

impl Mutex {
    /// How to create or open a mutex.
    pub fn options() -> Options<Mutex> {
        todo!()
    }

    /// Waits without limit until the calling thread owns the mutex; the guard releases it.
    pub fn lock(&self) -> Result<MutexGuard<'_>> {
        todo!()
    }

    /// As [`Mutex::lock`], but gives up after `timeout` with `None`.
    pub fn lock_timeout(&self, timeout: impl Into<Timeout>) -> Result<Option<MutexGuard<'_>>> {
        let _ = timeout.into();
        todo!()
    }

    /// Waits until the calling thread owns the mutex, one level deeper if it does already.
    /// Each satisfied wait needs one [`Mutex::release`], from the same thread.
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        let _ = timeout.into();
        todo!()
    }

    /// Gives back one level. The last one frees the mutex or hands it to its first waiter.
    ///
    /// # Errors
    /// [`Error::NotOwner`](crate::Error::NotOwner).
    pub fn release(&self) -> Result<()> {
        todo!()
    }

    /// The state, without changing it.
    pub fn state(&self) -> Result<MutexState> {
        todo!()
    }
}

impl Sealed for Mutex {}
impl Waitable for Mutex {
    fn kind(&self) -> Kind {
        Kind::Mutex
    }
}
