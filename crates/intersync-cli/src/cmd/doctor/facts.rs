//! The facts that `doctor` judges, as plain values.

use std::path::PathBuf;
use std::time::Duration;

use intersync::doctor::{self, BaseChoice};
use intersync::{Error, Location, inspect};

use crate::place::{Place, Scope, is_unprovisioned};

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
    /// Whether it is for others only, and nothing is wrong with it.
    pub(super) for_others: bool,
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
    pub(super) choice: BaseChoice,
    pub(super) total_bytes: u64,
    pub(super) free_bytes: u64,
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
                for_others: false,
            },
        };
        Facts {
            kernel: kernel(),
            namespaces: scopes.into_iter().map(namespace).collect(),
            logind_removes: doctor::logind().removes_files,
            memory_limit: doctor::memory_limit(),
        }
    }
}

fn kernel() -> Kernel {
    let found = doctor::kernel();
    Kernel {
        release: found.release,
        ofd_locks: found.file_locks,
        robust_mark: found.lifelines,
        membarrier: found.membarrier,
        futex_waitv: found.futex_waitv,
        populate: found.populate,
    }
}

fn namespace(scope: Scope, location: &Location) -> Namespace {
    let found = doctor::place(location);
    let base = found.as_ref().ok().map(|place| Base {
        path: place.base.clone(),
        choice: place.choice,
        total_bytes: place.total_bytes,
        free_bytes: place.free_bytes,
    });
    let used = found.and_then(|place| match place.file {
        None => Ok(None),
        Some(file) => Ok(Some(used(
            &file,
            &inspect::snapshot(location)?,
            &inspect::audit(location)?,
        ))),
    });
    let for_others = matches!(used, Err(Error::AccessDenied { .. }));
    let used = match used {
        Err(error) if scope == Scope::Global && !for_others && is_unprovisioned(&error) => Ok(None),
        used => used.map_err(|error| error.to_string()),
    };
    Namespace {
        scope,
        base,
        used,
        for_others,
    }
}

fn used(file: &doctor::File, snapshot: &inspect::Snapshot, violations: &[inspect::Violation]) -> Used {
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
        access: access(file),
        age: snapshot.age,
        apparent_bytes: file.apparent_bytes,
        real_bytes: file.real_bytes,
        tables: snapshot
            .tables
            .iter()
            .map(|table| Table {
                what: table.what.to_string(),
                used: table.used,
                limit: table.limit,
            })
            .collect(),
        // A bundle of handles for children has no threads, and dies with the last of them.
        processes: snapshot
            .processes
            .iter()
            .filter(|process| !process.bundle)
            .map(process)
            .collect(),
        violations: violations.iter().map(ToString::to_string).collect(),
    }
}

/// Who may use a namespace's file.
fn access(file: &doctor::File) -> String {
    match file.mode & 0o060 {
        0 => format!("for uid {} only", file.owner),
        _ => format!("for uid {} and the members of gid {}", file.owner, file.group),
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
            choice: BaseChoice::Provided,
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
                    for_others: false,
                },
                Namespace {
                    scope: Scope::Global,
                    base: None,
                    used: Ok(None),
                    for_others: false,
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
