//! Namespaces: where the names live.

use std::path::{Path, PathBuf};

use crate::process::Process;
use crate::{Error, Result};

/// Which namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Location {
    /// The one of the calling user: under `$INTERSYNC_DIR`, else `/run/intersync`, else `/dev/shm`.
    #[default]
    Local,
    /// The one of the machine, which an administrator has provisioned.
    Global,
    /// The one of the calling user under this base directory, which must be on a tmpfs.
    Under(PathBuf),
}

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
    /// [`Error::Namespace`] and its kin, saying what is wrong and what to do; [`Error::Exhausted`] if
    /// too many processes are attached.
    pub fn open(location: &Location) -> Result<Namespace> {
        Process::attach(location).map(|process| Namespace { process })
    }

    /// The namespace's file.
    pub fn path(&self) -> &Path {
        self.process.arena.host.file.path()
    }

    /// Makes the object called `name` permanent, so that it outlives its handles, or temporary
    /// again: then it goes with its last handle, at once if it has none.
    ///
    /// An extension: objects of Windows are temporary, but for drivers.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such object; an invalid name.
    pub fn set_permanent(&self, name: &str, permanent: bool) -> Result<()> {
        let (_, bytes) = crate::name::parse(name)?;
        self.process
            .quietly(|ctx| ctx.set_permanent(bytes, permanent))
            .map_err(|e| named(e, name))
    }
}

/// The error with the name as the caller gave it.
pub(crate) fn named(error: Error, given: &str) -> Error {
    let name = given.to_owned();
    match error {
        Error::NotFound { .. } => Error::NotFound { name },
        Error::AlreadyExists { .. } => Error::AlreadyExists { name },
        Error::WrongKind { expected, found, .. } => Error::WrongKind {
            name,
            expected,
            found,
        },
        other => other,
    }
}
