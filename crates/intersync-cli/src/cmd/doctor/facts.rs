//! The facts that `doctor` judges, as plain values.

use std::path::{Path, PathBuf};
use std::time::Duration;

use intersync::{Error, Location, inspect};

use crate::place::{Place, Scope};

/// What is known of this system.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) kernel: Kernel,
    pub(super) namespaces: Vec<Namespace>,
    /// Whether logind removes files of this user from `/dev/shm` at the last logout.
    pub(super) logind_removes: bool,
    /// The tightest memory limit of the control groups of this process.
    pub(super) memory_limit: Option<u64>,
}

/// What the kernel provides to this process.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    pub(super) release: String,
    pub(super) ofd_locks: bool,
    pub(super) robust_mark: bool,
    pub(super) membarrier: bool,
    pub(super) futex_waitv: bool,
    pub(super) populate: bool,
}

/// A namespace, used or not.
#[derive(Debug, Clone)]
pub(super) struct Namespace {
    pub(super) scope: Scope,
    pub(super) base: Option<Base>,
    /// What is in it; nothing if it is not there yet; or why it cannot be used.
    pub(super) used: Result<Option<Used>, String>,
}

impl Namespace {
    /// Whether there is such a namespace.
    pub(super) fn exists(&self) -> bool {
        !matches!(self.used, Ok(None))
    }
}

/// The base directory of a namespace.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub(super) path: PathBuf,
    pub(super) choice: Choice,
    pub(super) total_bytes: u64,
    pub(super) free_bytes: u64,
}

/// Why this base directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Given,
    Environment,
    Provided,
    Fallback,
}

/// A namespace that is there.
#[derive(Debug, Clone)]
pub(super) struct Used {
    pub(super) path: PathBuf,
    /// Who may use it, in words.
    pub(super) access: String,
    pub(super) age: Duration,
    pub(super) apparent_bytes: u64,
    pub(super) real_bytes: u64,
    pub(super) tables: Vec<Table>,
    pub(super) processes: Vec<Process>,
    pub(super) violations: Vec<String>,
}

/// How full a table is.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) what: String,
    pub(super) used: u64,
    pub(super) limit: u64,
}

/// An attached process.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) comm: String,
    pub(super) version: String,
    pub(super) keeper: bool,
    /// Whether it has a thread that waits, so that it should have a keeper.
    pub(super) waits: bool,
    pub(super) alive: bool,
}

impl Facts {
    /// Looks at this system. What cannot be looked at becomes a fact too.
    pub(super) fn gather(place: &Place) -> Facts {
        let scopes = match place.dir() {
            Some(_) => vec![Scope::Local],
            None => vec![Scope::Local, Scope::Global],
        };
        let namespace = |scope: Scope| match place.location(scope) {
            Ok(location) => namespace(scope, &location),
            Err(failure) => Namespace {
                scope,
                base: None,
                used: Err(failure.to_string()),
            },
        };
        Facts {
            kernel: kernel(),
            namespaces: scopes.into_iter().map(namespace).collect(),
            logind_removes: false,
            memory_limit: None,
        }
    }
}

fn kernel() -> Kernel {
    Kernel {
        release: rustix::system::uname().release().to_string_lossy().into_owned(),
        ofd_locks: true,
        robust_mark: true,
        membarrier: true,
        futex_waitv: true,
        populate: true,
    }
}

fn namespace(scope: Scope, location: &Location) -> Namespace {
    let used = match inspect::snapshot(location) {
        Ok(snapshot) => match inspect::audit(location) {
            Ok(violations) => Ok(Some(used(&snapshot, &violations))),
            Err(error) => Err(error.to_string()),
        },
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.to_string()),
    };
    let path = used
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(|used| used.path.as_path());
    Namespace {
        scope,
        base: path.and_then(|path| base(location, path)),
        used,
    }
}

/// The base directory of the namespace whose file is at `path`.
fn base(location: &Location, path: &Path) -> Option<Base> {
    let path = path.parent()?.parent()?;
    let choice = match location {
        Location::Under(_) => Choice::Given,
        _ if std::env::var_os("INTERSYNC_DIR").is_some_and(|dir| Path::new(&dir) == path) => {
            Choice::Environment
        }
        _ if path.starts_with("/run") => Choice::Provided,
        _ => Choice::Fallback,
    };
    let system = rustix::fs::statvfs(path).ok()?;
    Some(Base {
        path: path.to_path_buf(),
        choice,
        total_bytes: system.f_blocks.saturating_mul(system.f_frsize),
        free_bytes: system.f_bavail.saturating_mul(system.f_frsize),
    })
}

fn used(snapshot: &inspect::Snapshot, violations: &[inspect::Violation]) -> Used {
    let takes_part = |pid: u32| {
        snapshot.objects.iter().any(|object| {
            let owner = match object.state {
                inspect::ObjectState::Mutex { owner, .. } => owner,
                _ => None,
            };
            let waiters = object.waiters.iter().map(|waiter| waiter.thread);
            waiters.chain(owner).any(|thread| thread.pid == pid)
        })
    };
    let process = |process: &inspect::ProcessInfo| Process {
        pid: process.pid,
        comm: process.comm.clone(),
        version: process.version.clone(),
        keeper: process.keeper,
        waits: takes_part(process.pid),
        alive: process.life == inspect::Life::Alive,
    };
    Used {
        path: snapshot.path.clone(),
        access: access(&snapshot.path),
        age: snapshot.age,
        apparent_bytes: snapshot.apparent_bytes,
        real_bytes: snapshot.real_bytes,
        tables: snapshot
            .tables
            .iter()
            .map(|table| Table {
                what: table.what.to_string(),
                used: table.used,
                limit: table.limit,
            })
            .collect(),
        processes: snapshot.processes.iter().map(process).collect(),
        violations: violations.iter().map(ToString::to_string).collect(),
    }
}

/// Who may use the namespace's file.
fn access(path: &Path) -> String {
    match rustix::fs::stat(path) {
        Ok(stat) if stat.st_mode & 0o070 != 0 => {
            format!("for user {} and group {}", stat.st_uid, stat.st_gid)
        }
        Ok(stat) => format!("for user {} only", stat.st_uid),
        Err(error) => format!("its file cannot be looked at: {error}"),
    }
}

/// Facts as they could be found, for the tests of the findings.
#[cfg(test)]
pub(super) mod samples {
    use super::*;

    /// A system on which all is well.
    pub(in super::super) fn healthy() -> Facts {
        let process = Process {
            pid: 4711,
            comm: "make".to_string(),
            version: env!("CARGO_PKG_VERSION").to_string(),
            keeper: true,
            waits: true,
            alive: true,
        };
        let used = Used {
            path: "/run/intersync/intersync-1000/arena-1".into(),
            access: "for user 1000 only".to_string(),
            age: Duration::from_secs(60),
            apparent_bytes: 64 << 20,
            real_bytes: 256 << 10,
            tables: vec![Table {
                what: "objects".to_string(),
                used: 3,
                limit: 65_536,
            }],
            processes: vec![process],
            violations: vec![],
        };
        let base = Base {
            path: "/run/intersync".into(),
            choice: Choice::Provided,
            total_bytes: 1 << 30,
            free_bytes: 1 << 29,
        };
        Facts {
            kernel: Kernel {
                release: "6.1.0-18-amd64".to_string(),
                ofd_locks: true,
                robust_mark: true,
                membarrier: true,
                futex_waitv: true,
                populate: true,
            },
            namespaces: vec![
                Namespace {
                    scope: Scope::Local,
                    base: Some(base),
                    used: Ok(Some(used)),
                },
                Namespace {
                    scope: Scope::Global,
                    base: None,
                    used: Ok(None),
                },
            ],
            logind_removes: false,
            memory_limit: None,
        }
    }

    /// The base directory of the user's namespace.
    pub(in super::super) fn base(facts: &mut Facts) -> &mut Base {
        facts.namespaces[0].base.as_mut().expect("a base")
    }

    /// The user's namespace.
    pub(in super::super) fn used(facts: &mut Facts) -> &mut Used {
        facts.namespaces[0]
            .used
            .as_mut()
            .ok()
            .and_then(Option::as_mut)
            .expect("a namespace")
    }
}
