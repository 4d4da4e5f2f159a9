//! Where namespaces are.

use std::path::PathBuf;

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
    /// The private namespace that this process has open under this alias: see
    /// [`PrivateNamespace`](crate::PrivateNamespace).
    Private(String),
}
