//! What this machine offers, where the namespace is, and what could go wrong with it: plain
//! facts for `intersync doctor` and for programs that check their own environment.

use std::path::PathBuf;

use crate::opening::base_of;
use crate::sys::base::Choice;
use crate::sys::{arena_file, logind, probe, space, thread};
use crate::{Location, Result};

/// What the kernel provides to this process. What is missing costs speed or promptness, not correctness,
/// but for [`Kernel::file_locks`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kernel {
    /// Its release.
    pub release: String,
    /// Whether it marks the lifeline of a process that ends: else deaths are noticed late.
    pub lifelines: bool,
    /// Whether it has locks of open file descriptions, which the life of a process is judged by.
    pub file_locks: bool,
    /// Whether a thread can sleep on several words (Linux 5.16): else waits across namespaces sleep in slices.
    pub futex_waitv: bool,
    /// Whether it forces memory barriers on other processes: else a death is believed when its memory is gone.
    pub membarrier: bool,
    /// Whether it allocates pages of a mapping without touching them (Linux 5.14).
    pub populate: bool,
}

/// How the base directory was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaseChoice {
    /// The caller named it.
    Given,
    /// `INTERSYNC_DIR` names it.
    Environment,
    /// `/run/intersync` is there as it should be.
    Provided,
    /// `/dev/shm`, for want of a better one.
    Fallback,
}

/// Where a namespace is, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The base directory.
    pub base: PathBuf,
    /// Why this one.
    pub choice: BaseChoice,
    /// Size of its file system in bytes; 0 if it has no limit.
    pub total_bytes: u64,
    /// Bytes left on it.
    pub free_bytes: u64,
    /// The namespace's file, if it is there.
    pub file: Option<File>,
}

/// The file of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its path.
    pub path: PathBuf,
    /// User id of its owner.
    pub owner: u32,
    /// Group id.
    pub group: u32,
    /// Permission bits.
    pub mode: u32,
    /// Size in bytes, holes included.
    pub apparent_bytes: u64,
    /// Bytes of memory it really takes.
    pub real_bytes: u64,
}

/// What logind would do with the calling user's files in `/dev/shm`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logind {
    /// Whether it runs.
    pub running: bool,
    /// Its setting `RemoveIPC`.
    pub remove_ipc: bool,
    /// The configuration file that decides it, if one does.
    pub decided_by: Option<PathBuf>,
    /// Whether the user lingers.
    pub lingers: bool,
    /// Whether files of the user are removed from `/dev/shm` when the last login ends.
    pub removes_files: bool,
}

/// Tries what the kernel provides. Takes well under a millisecond.
pub fn kernel() -> Kernel {
    let found = probe::kernel();
    Kernel {
        release: found.release,
        lifelines: found.robust_mark,
        file_locks: found.ofd_locks,
        futex_waitv: found.futex_waitv,
        membarrier: found.membarrier,
        populate: found.populate,
    }
}

/// Where the namespace is, or would be. Makes nothing.
///
/// # Errors
/// [`Error::Namespace`](crate::Error::Namespace) if its directory cannot be used, saying why.
pub fn place(location: &Location) -> Result<Place> {
    let base = base_of(location)?;
    let facts = probe::base_facts(&base)?;
    let file = match arena_file::open_existing(&base)? {
        None => None,
        Some((file, _)) => file.facts().ok().map(|found| File {
            path: file.path().to_owned(),
            owner: found.owner,
            group: found.group,
            mode: found.mode,
            apparent_bytes: found.apparent_bytes,
            real_bytes: found.real_bytes,
        }),
    };
    Ok(Place {
        base: facts.path,
        choice: match facts.choice {
            Choice::Given => BaseChoice::Given,
            Choice::Environment => BaseChoice::Environment,
            Choice::Provided => BaseChoice::Provided,
            Choice::Fallback => BaseChoice::Fallback,
        },
        total_bytes: facts.total_bytes,
        free_bytes: facts.free_bytes,
        file,
    })
}

/// What logind would do with the calling user's files.
pub fn logind() -> Logind {
    let found = logind::facts(thread::euid());
    Logind {
        removes_files: found.removes_files(),
        running: found.running,
        remove_ipc: found.remove_ipc,
        decided_by: found.decided_by,
        lingers: found.lingers,
    }
}

/// The tightest memory limit, in bytes, of the control groups this process is in. Passing it kills, as with
/// any other allocation; a namespace counts for who touched its memory first.
pub fn memory_limit() -> Option<u64> {
    space::memory_limit()
}
