//! Semaphores.

use super::{Options, Waitable, sealed::Sealed};
use crate::{Kind, Outcome, Result, Timeout};

/// A semaphore: a count of permits up to a maximum. A satisfied wait takes one.
#[derive(Debug, Clone)]
pub struct Semaphore {}

/// The state of a semaphore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SemaphoreState {
    /// Permits there are.
    pub count: u32,
    /// Permits there may be.
    pub maximum: u32,
}

impl Options<Semaphore> {
    /// Permits a new semaphore has at first, and at most (1 to 0x7FFF_FFFF). By default 0 of 1.
    pub fn permits(self, initial: u32, maximum: u32) -> Self {
        let _ = (initial, maximum);
        self
    }

    /// Whether permits held by a process that dies come back to the count. An extension,
    /// off by default: Windows never gives them back.
    pub fn give_back(self, give_back: bool) -> Self {
        let _ = give_back;
        self
    }
}

impl Semaphore {
    /// How to create or open a semaphore.
    pub fn options() -> Options<Semaphore> {
        todo!()
    }

    /// Adds `count` permits and returns how many there were.
    ///
    /// # Errors
    /// [`Error::OverMaximum`](crate::Error::OverMaximum); `count` 0 or above 0x7FFF_FFFF.
    pub fn release(&self, count: u32) -> Result<u32> {
        let _ = count;
        todo!()
    }

    /// Waits until there is a permit and takes it.
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        let _ = timeout.into();
        todo!()
    }

    /// The state, without changing it.
    pub fn state(&self) -> Result<SemaphoreState> {
        todo!()
    }
}

impl Sealed for Semaphore {}
impl Waitable for Semaphore {
    fn kind(&self) -> Kind {
        Kind::Semaphore
    }
}
