//! The files of private namespaces: their names, and the lock that whoever makes one holds.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::rules::{refuse, space_error};
use crate::Result;

/// What the names of their files begin with.
pub(crate) const PREFIX: &str = "ns-";
/// How long to wait for somebody else who makes or removes a private namespace.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(1);

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
