//! Namespaces: where the names live.

use std::path::Path;

use crate::process::Process;
use crate::{Location, Name, Result, name};

/// An open namespace. Cheap to clone; the process stays attached while it runs.
#[derive(Debug, Clone)]
pub struct Namespace {
    pub(crate) process: &'static Process,
}

impl Namespace {
    /// Opens the namespace, and makes it if it is not there ([`Location::Global`]: never makes it).
    ///
    /// The process takes a place in it, which it keeps until it ends. Opening it again is cheap.
    ///
    /// # Errors
    /// [`Error::Namespace`](crate::Error::Namespace) and its kin, saying what is wrong and what to do; [`Error::Exhausted`](crate::Error::Exhausted) if
    /// too many processes are attached.
    pub fn open(location: &Location) -> Result<Namespace> {
        Process::attach(location).map(|process| Namespace { process })
    }

    /// The namespace's file.
    pub fn path(&self) -> &Path {
        self.process.arena.host.file.path()
    }

    /// Makes the object called `given` permanent, so that it outlives its handles, or temporary
    /// again: then it goes with its last handle, at once if it has none.
    ///
    /// An extension: objects of Windows are temporary, but for drivers.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such object;
    /// [`Error::AccessDenied`](crate::Error::AccessDenied) if its owner and mode do not allow the caller everything; an invalid name.
    pub fn set_permanent<'n>(&self, given: impl Into<Name<'n>>, permanent: bool) -> Result<()> {
        let given = given.into();
        let (_, bytes) = name::parse(&given)?;
        self.process
            .here()?
            .quietly(|ctx| ctx.set_permanent(bytes, permanent))
            .map_err(|e| name::named(e, &given))
    }
}
