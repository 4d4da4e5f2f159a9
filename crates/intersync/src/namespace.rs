//! Namespaces: where the names live.

use std::path::{Path, PathBuf};

use crate::Result;

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
pub struct Namespace {}

impl Namespace {
    /// Opens the namespace, and makes it if it is not there ([`Location::Global`]: never makes it).
    ///
    /// # Errors
    /// [`Error::Namespace`](crate::Error::Namespace) and its kin, saying what is wrong and what to do.
    pub fn open(location: &Location) -> Result<Namespace> {
        let _ = location;
        todo!()
    }

    /// The namespace's file.
    pub fn path(&self) -> &Path {
        todo!()
    }

    /// Makes the object called `name` permanent, so that it outlives its handles, or temporary again.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such object.
    pub fn set_permanent(&self, name: &str, permanent: bool) -> Result<()> {
        let _ = (name, permanent);
        todo!()
    }
}
