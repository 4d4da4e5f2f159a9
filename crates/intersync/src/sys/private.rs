//! The files of private namespaces: their names, and the lock that whoever makes one holds.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::base::{Base, Place, PrivateFile};
use super::directory::Directory;
use super::rules::{self, refuse, space_error};
use crate::Result;

/// What the names of their files begin with.
pub(crate) const PREFIX: &str = "ns-";
/// How long to wait for somebody else who makes or removes a private namespace.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many files are looked at for leftovers at once.
const SWEPT: usize = 64;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(1);

/// Takes the lock of the directory in which a private namespace is made or removed. For the shared ones that is the
/// directory of the global namespace, which all of them may open.
///
/// # Errors
/// The directory is not as it must be, or somebody keeps the lock.
pub(crate) fn lock(private: &PrivateFile) -> Result<DirectoryLock> {
    let base = if private.shared { Base::Global } else { Base::Auto };
    let place = Place::find(&base)?;
    let directory = if private.shared {
        Directory::open(&place)?.ok_or_else(|| rules::not_provisioned(&place.directory_path(), None))?
    } else {
        Directory::open_or_make(&place)?
    };
    DirectoryLock::take(directory.fd, &directory.path)
}

/// Whether this user may make private namespaces for several users.
///
/// # Errors
/// Why not.
pub(crate) fn may_share(private: &PrivateFile) -> Result<()> {
    let place = Place::find(&Base::Private(private.clone()))?;
    match Directory::open(&place)? {
        Some(_) => Ok(()),
        None => Err(rules::not_provisioned(&place.directory_path(), None)),
    }
}

/// The directory that a namespace's file is in.
///
/// # Errors
/// The directories above are not as they must be.
pub(crate) fn directory_path(base: &Base) -> Result<PathBuf> {
    Ok(Place::find(base)?.directory_path())
}

/// The names of the files of private namespaces in the user's own directory, some of them if there are many.
pub(crate) fn own_names() -> Vec<String> {
    let Ok(place) = Place::find(&Base::Auto) else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(place.directory_path())
        .into_iter()
        .flatten()
        .flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| name.starts_with(PREFIX))
        .take(SWEPT)
        .collect()
}

/// A directory's lock, held until dropped.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    fd: OwnedFd,
}

impl DirectoryLock {
    /// Takes the lock of the directory behind `fd`, which must be a description that nobody else has.
    ///
    /// # Errors
    /// [`Error::Namespace`](crate::Error::Namespace) if somebody keeps it.
    pub(crate) fn take(fd: OwnedFd, path: &Path) -> Result<DirectoryLock> {
        let started = Instant::now();
        loop {
            match flock(&fd, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(DirectoryLock { fd }),
                Err(Errno::AGAIN) if started.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let problem = "another process has held the lock of the directory for seconds; see who does with lslocks";
                    return Err(refuse(path, problem.to_owned()));
                }
                Err(errno) => return Err(space_error("flock", path, errno)),
            }
        }
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Explicitly, because a child forked meanwhile may still have the descriptor.
        let _ = flock(self.fd.as_fd(), FlockOperation::Unlock);
    }
}
