//! Namespaces: where the names live.

use std::path::Path;

use crate::process::Process;
use crate::{Location, Name, Result, linux, name};

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

    /// Opens the namespace that a name is in, by its prefix.
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName); as [`Namespace::open`].
    pub fn of<'n>(name: impl Into<Name<'n>>) -> Result<Namespace> {
        let name = name.into();
        let (location, _) = name::parse(&name)?;
        Process::of(&location).map(|process| Namespace { process })
    }

    /// The group whose members the middle three bits of an object's [mode](crate::Options::mode) are for: that of the file.
    ///
    /// # Errors
    /// [`Error::Os`](crate::Error::Os).
    pub fn group(&self) -> Result<u32> {
        let file = &self.process.arena.host.file;
        match file.facts() {
            Ok(facts) => Ok(facts.group),
            Err(e) => Err(linux::os("fstat", file.path(), &e)),
        }
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
