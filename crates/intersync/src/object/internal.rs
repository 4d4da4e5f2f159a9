//! Objects of the library's own: those that stand for processes and threads.

use std::sync::Arc;

use super::inner::Inner;
use crate::access::Access;
use crate::arena::layout::object;
use crate::directory::handles::{Request, Wish};
use crate::directory::objects::Seed;
use crate::peer::Peer;
use crate::process::Process;
use crate::word::handle::Reference;
use crate::{Error, Result};

impl Inner {
    /// Opens or creates an object of the library's own, under a name that users cannot write.
    pub(crate) fn internal(process: &'static Process, name: &[u8], seed: &Seed) -> Result<Arc<Inner>> {
        Inner::own(process, name, Wish::OpenOrCreate, seed)
    }

    /// As [`Inner::internal`], if the object exists.
    pub(crate) fn existing(
        process: &'static Process,
        name: &[u8],
        seed: &Seed,
    ) -> Result<Option<Arc<Inner>>> {
        match Inner::own(process, name, Wish::Open, seed) {
            Ok(inner) => Ok(Some(inner)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn own(process: &'static Process, name: &[u8], wish: Wish, seed: &Seed) -> Result<Arc<Inner>> {
        process.check_place()?;
        process
            .with(|ctx| {
                let handle = ctx.acquire_handle(&Request {
                    name: Some(name),
                    wish,
                    expected: Some(seed.sort.kind()),
                    access: Access::MAXIMUM,
                    flags: Reference(0).with_claimed(true),
                    seed: Some(seed),
                })?;
                Ok(Inner::over(process, handle))
            })
            .map(Arc::new)
    }

    /// Process, thread: which process it is, or is of.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub(crate) fn peer(&self) -> Result<Peer> {
        let name = self.process.quietly(|ctx| Ok(ctx.name_of(self.handle.object)))?;
        name.as_deref()
            .and_then(Peer::parse)
            .ok_or(crate::arena::corrupt("the object of a process has no name"))
    }

    /// Process, thread: the ids of the process (0..32) and of the thread (32..64).
    pub(crate) fn numbers(&self) -> u64 {
        self.process.arena.get(self.handle.object, object::FIRST)
    }
}
