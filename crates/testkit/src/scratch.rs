//! A namespace of its own for every test, removed at its end.

use std::path::{Path, PathBuf};

use intersync::inspect::{self, Life, ObjectInfo, ProcessInfo, Snapshot, ThreadId};
use intersync::{Error, Location, Namespace};

use crate::patience;

/// Where scratch namespaces live: the one file system every machine has that may hold them.
const TMPFS: &str = "/dev/shm";

/// A base directory that only this test knows.
#[derive(Debug)]
pub struct Scratch {
    directory: tempfile::TempDir,
}

impl Scratch {
    /// Makes the directory. The namespace in it is made by its first user.
    pub fn new() -> Scratch {
        let directory = tempfile::Builder::new()
            .prefix("intersync-test-")
            .tempdir_in(TMPFS)
            .expect("a directory in the shared memory file system");
        Scratch { directory }
    }

    /// The base directory, for `INTERSYNC_DIR`.
    pub fn base(&self) -> &Path {
        self.directory.path()
    }

    /// The namespace as a location, for calls of this process.
    pub fn location(&self) -> Location {
        Location::Under(self.base().to_owned())
    }

    /// Attaches this process.
    pub fn open(&self) -> Namespace {
        Namespace::open(&self.location()).expect("a fresh namespace can be opened")
    }

    /// The file of the namespace, which somebody must have made.
    pub fn file(&self) -> PathBuf {
        self.snapshot().path
    }

    /// The namespace as it is now.
    pub fn snapshot(&self) -> Snapshot {
        inspect::snapshot(&self.location()).expect("the namespace can be looked at")
    }

    /// The object called `name` as it is now, if there is one.
    pub fn object(&self, name: &str) -> Option<ObjectInfo> {
        self.snapshot()
            .objects
            .into_iter()
            .find(|object| object.name.as_deref() == Some(name))
    }

    /// The threads that wait for the object called `name`, in queue order.
    pub fn waiters(&self, name: &str) -> Vec<ThreadId> {
        let waiters = self.object(name).map(|object| object.waiters).unwrap_or_default();
        waiters.iter().map(|waiter| waiter.thread).collect()
    }

    /// The attached processes. The dead count until they are reaped.
    pub fn processes(&self) -> Vec<ProcessInfo> {
        let mut attached = match inspect::snapshot(&self.location()) {
            Ok(snapshot) => snapshot.processes,
            // Nobody has attached yet.
            Err(Error::NotFound { .. }) => Vec::new(),
            Err(error) => panic!("the namespace cannot be looked at: {error}"),
        };
        attached.retain(|process| process.life != Life::Zombie);
        attached
    }

    /// The attached process with this number, if it is attached.
    pub fn process(&self, pid: u32) -> Option<ProcessInfo> {
        self.processes().into_iter().find(|process| process.pid == pid)
    }

    /// Waits until exactly `count` threads wait for the object called `name`.
    ///
    /// # Panics
    /// If they do not within the bound.
    #[track_caller]
    pub fn until_waiting(&self, name: &str, count: usize) {
        patience::until(&format!("{count} waiters of \"{name}\""), || {
            self.waiters(name).len() == count
        });
    }

    /// Waits until the dead process `pid` has been reaped by the living.
    ///
    /// # Panics
    /// If it is not within the bound.
    #[track_caller]
    pub fn until_reaped(&self, pid: u32) {
        patience::until(&format!("process {pid} is reaped"), || {
            self.process(pid).is_none()
        });
    }

    /// Checks every rule of the namespace. Damage that repair is about to undo is waited for.
    ///
    /// # Errors
    /// The rules that stay broken.
    pub fn audit(&self) -> Result<(), String> {
        let mut found = Vec::new();
        patience::await_some("a clean audit", || {
            found = match inspect::audit(&self.location()) {
                Ok(violations) => violations.iter().map(ToString::to_string).collect(),
                Err(error) => vec![error.to_string()],
            };
            found.is_empty().then_some(())
        })
        .map_err(|waited| format!("{waited}; found: {found:#?}"))
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch::new()
    }
}
