//! Semaphores.

use std::sync::Arc;

use super::inner::Inner;
use super::sealed::{Kinded, Sealed};
use super::{Options, Waitable};
use crate::access::Access;
use crate::arena::layout::object;
use crate::directory::objects::{DEFAULT_MODE, Seed};
use crate::dispatch::fast;
use crate::limits::SEMAPHORE_MAXIMUM;
use crate::word::value::Sort;
use crate::{Error, Kind, Outcome, Result, Timeout};

/// A semaphore: a count of permits up to a maximum. A satisfied wait takes one; nobody owns it.
///
/// Source: Win32 `CreateSemaphore`, `ReleaseSemaphore`.
#[derive(Debug, Clone)]
pub struct Semaphore(Arc<Inner>);

/// The state of a semaphore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SemaphoreState {
    /// Permits there are.
    pub count: u32,
    /// Permits there may be.
    pub maximum: u32,
}

/// What a new semaphore begins with.
#[derive(Debug, Clone, Copy)]
pub struct SemaphoreSpec {
    initial: u32,
    maximum: u32,
    give_back: bool,
}

impl Options<Semaphore> {
    /// Permits a new semaphore has at first, and at most (1 to 0x7FFF_FFFF). By default 0 of 1.
    pub fn permits(mut self, initial: u32, maximum: u32) -> Self {
        self.spec.initial = initial;
        self.spec.maximum = maximum;
        self
    }

    /// Whether permits held by a process that dies come back to the count, as far as the maximum
    /// allows. An extension, off by default: Windows never gives them back.
    ///
    /// A permit is held by the handle whose wait took it, until that same handle (or a clone) releases it.
    /// Closing the handle in a living process gives nothing back.
    pub fn give_back(mut self, give_back: bool) -> Self {
        self.spec.give_back = give_back;
        self
    }
}

impl Semaphore {
    /// How to create or open a semaphore.
    pub fn options() -> Options<Semaphore> {
        Options::new(SemaphoreSpec {
            initial: 0,
            maximum: 1,
            give_back: false,
        })
    }

    /// Adds `count` permits and returns how many there were before; lets as many waiters through.
    ///
    /// Blocked waiters do not make room first: with a maximum of 1 and two of them, releasing 2 fails.
    ///
    /// # Errors
    /// [`Error::OverMaximum`]; [`Error::AccessDenied`] if the handle lacks [`Access::MODIFY`]; [`Error::InvalidArgument`] if `count` is 0 or above 0x7FFF_FFFF.
    #[inline]
    pub fn release(&self, count: u32) -> Result<u32> {
        if count == 0 || count > SEMAPHORE_MAXIMUM {
            return Err(Error::InvalidArgument {
                what: format!("{count} permits to release; it takes 1 to {SEMAPHORE_MAXIMUM}"),
            });
        }
        if !self.0.give_back
            && self.0.may_modify()
            && let Some(before) = fast::release(self.0.word, &self.0.hint, count, self.0.maximum)
        {
            return Ok(before);
        }
        self.0.call(Access::MODIFY, |ctx, x| ctx.release(x, count))
    }

    /// Waits until there is a permit and takes it.
    ///
    /// # Errors
    /// As [`wait_any`](crate::wait_any).
    #[inline]
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        crate::wait::wait_one(&self.0, Sort::Semaphore, timeout.into())
    }

    /// The state, without changing it.
    ///
    /// # Errors
    /// [`Error::Stalled`] if a stopped process is in the middle of an operation on it.
    pub fn state(&self) -> Result<SemaphoreState> {
        Ok(SemaphoreState {
            count: self.0.read()?.value,
            maximum: self.0.maximum,
        })
    }
}

impl Kinded for Semaphore {
    type Spec = SemaphoreSpec;
    const KIND: Kind = Kind::Semaphore;

    fn check(spec: &SemaphoreSpec) -> Result<()> {
        let refuse = |what| Err(Error::InvalidArgument { what });
        if spec.maximum == 0 || spec.maximum > SEMAPHORE_MAXIMUM {
            return refuse(format!(
                "a maximum of {} permits; it takes 1 to {SEMAPHORE_MAXIMUM}",
                spec.maximum
            ));
        }
        if spec.initial > spec.maximum {
            return refuse(format!(
                "{} initial permits of at most {}",
                spec.initial, spec.maximum
            ));
        }
        Ok(())
    }

    fn seed(spec: &SemaphoreSpec, _: u16) -> Seed {
        let flags = if spec.give_back { object::GIVE_BACK } else { 0 };
        Seed {
            sort: Sort::Semaphore,
            value: spec.initial,
            first: u64::from(spec.maximum),
            flags,
            mode: DEFAULT_MODE,
        }
    }

    fn wrap(inner: Arc<Inner>) -> Self {
        Semaphore(inner)
    }
}

impl Sealed for Semaphore {
    fn inner(&self) -> &Arc<Inner> {
        &self.0
    }
}

impl Waitable for Semaphore {
    fn kind(&self) -> Kind {
        Kind::Semaphore
    }
}
