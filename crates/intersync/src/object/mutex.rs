//! Mutexes.

use std::marker::PhantomData;
use std::sync::Arc;

use super::inner::Inner;
use super::sealed::{Kinded, Sealed};
use super::{Options, Waitable};
use crate::access::Access;
use crate::directory::objects::{DEFAULT_MODE, Seed};
use crate::dispatch::free_mutex::Freed;
use crate::word::value::{self, Sort};
use crate::{Kind, Outcome, Result, Timeout};

/// A mutex: owned by one thread at a time, recursively.
///
/// If its owner ends without releasing it, in whatever way, the mutex is *abandoned*: the next
/// owner is told so. Releasing it hands it to its first waiter: nobody can overtake.
///
/// Source: Win32 `CreateMutex`, `ReleaseMutex`.
#[derive(Debug, Clone)]
pub struct Mutex(Arc<Inner>);

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

/// What a new mutex begins with.
#[derive(Debug, Clone, Copy)]
pub struct MutexSpec {
    owned: bool,
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
    /// Whether the previous owner ended while it owned the mutex: what it guards may be half-written.
    pub fn abandoned(&self) -> bool {
        self.abandoned
    }
}

impl Drop for MutexGuard<'_> {
    fn drop(&mut self) {
        // It can only fail if the process is fenced or the memory is damaged: then there is nothing to release.
        let _ = self.mutex.release();
    }
}

impl Options<Mutex> {
    /// Whether the calling thread owns a new mutex at once. An existing one is not acquired.
    pub fn owned(mut self, owned: bool) -> Self {
        self.spec.owned = owned;
        self
    }
}

impl Mutex {
    /// How to create or open a mutex.
    pub fn options() -> Options<Mutex> {
        Options::new(MutexSpec { owned: false })
    }

    /// Waits without limit until the calling thread owns the mutex; the guard releases it.
    ///
    /// # Errors
    /// As [`Mutex::wait`].
    pub fn lock(&self) -> Result<MutexGuard<'_>> {
        loop {
            if let Some(guard) = self.lock_timeout(Timeout::INFINITE)? {
                return Ok(guard);
            }
        }
    }

    /// As [`Mutex::lock`], but gives up after `timeout` with `None`.
    ///
    /// # Errors
    /// As [`Mutex::wait`].
    pub fn lock_timeout(&self, timeout: impl Into<Timeout>) -> Result<Option<MutexGuard<'_>>> {
        let abandoned = match self.wait(timeout)? {
            Outcome::TimedOut => return Ok(None),
            Outcome::Signaled { .. } => false,
            Outcome::Abandoned { .. } => true,
        };
        Ok(Some(MutexGuard {
            mutex: self,
            abandoned,
            not_send: PhantomData,
        }))
    }

    /// Waits until the calling thread owns the mutex, one level deeper if it does already.
    /// Each satisfied wait needs one [`Mutex::release`], from the same thread.
    ///
    /// # Errors
    /// [`Error::RecursionLimit`](crate::Error::RecursionLimit), and those of [`wait_any`](crate::wait_any).
    #[inline]
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        crate::wait::wait_one(&self.0, Sort::Mutex, timeout.into())
    }

    /// Gives back one level. The last one frees the mutex or hands it to its first waiter, who owns it
    /// when this returns.
    ///
    /// # Errors
    /// [`Error::NotOwner`](crate::Error::NotOwner), [`Error::Fenced`](crate::Error::Fenced),
    /// [`Error::Forked`](crate::Error::Forked).
    #[inline]
    pub fn release(&self) -> Result<()> {
        if self.0.is_mine()
            && let Some(seat) = self.0.process.seat()
        {
            match self.0.free_mutex().free(seat) {
                Freed::Done => return Ok(()),
                Freed::Noted => return self.forget(),
                Freed::Unusual => {}
            }
        }
        self.0.call(Access::empty(), |ctx, x| ctx.release_mutex(x))
    }

    /// As [`Mutex::release`], and tells how many times the thread had acquired it before.
    ///
    /// # Errors
    /// As [`Mutex::release`].
    pub fn release_previous(&self) -> Result<u32> {
        // Nobody but its owner changes it, and if that is not the caller the release fails.
        let levels = self.0.here()?.levels();
        self.release().map(|()| levels)
    }

    /// The mutex is free, and noted in another place than the first.
    #[inline(never)]
    fn forget(&self) -> Result<()> {
        self.0.process.ctx()?.forget_owned(self.0.handle.object);
        Ok(())
    }

    /// The state, without changing it.
    ///
    /// # Errors
    /// [`Error::Stalled`](crate::Error::Stalled) if a stopped process is in the middle of an operation on it.
    pub fn state(&self) -> Result<MutexState> {
        let inner = self.0.here()?;
        let me = inner.process.ctx()?.me.index;
        let reading = inner.read()?;
        let owner = value::owner(reading.value);
        Ok(MutexState {
            owned: owner != 0,
            owned_by_caller: owner == me,
            recursion: reading.recursion,
            abandoned: value::abandoned(reading.value),
        })
    }
}

impl Kinded for Mutex {
    type Spec = MutexSpec;
    const KIND: Kind = Kind::Mutex;

    fn check(_: &MutexSpec) -> Result<()> {
        Ok(())
    }

    fn seed(spec: &MutexSpec, me: u16) -> Seed {
        let owner = if spec.owned { me } else { 0 };
        Seed {
            sort: Sort::Mutex,
            value: u32::from(owner),
            first: u64::from(spec.owned),
            flags: 0,
            mode: DEFAULT_MODE,
        }
    }

    fn owned(spec: &MutexSpec) -> bool {
        spec.owned
    }

    fn wrap(inner: Arc<Inner>) -> Self {
        Mutex(inner)
    }
}

impl Sealed for Mutex {
    fn inner(&self) -> &Arc<Inner> {
        &self.0
    }
}

impl Waitable for Mutex {
    fn kind(&self) -> Kind {
        Kind::Mutex
    }
}
