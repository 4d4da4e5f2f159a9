//! What this kernel and this machine provide, for `doctor` and for the choice of fallbacks.
//!
//! Each probe tries the thing itself: kernels, sandboxes and emulations differ in ways no version tells.

use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use rustix::fs::{MemfdFlags, OFlags, memfd_create, statvfs};

use super::base::{self, Base, Choice};
use super::{arena_file, barrier, futex, life, map, robust};
use crate::Result;

/// What the kernel provides to this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kernel {
    /// Its release, as `uname -r` prints it.
    pub(crate) release: String,
    /// Whether it marks the lifeline of a thread that ends.
    pub(crate) robust_mark: bool,
    /// Whether two open file descriptions of one process exclude each other.
    pub(crate) ofd_locks: bool,
    /// Whether a thread can sleep on several words.
    pub(crate) futex_waitv: bool,
    /// Whether this process can force a memory barrier on all others.
    pub(crate) membarrier: bool,
    /// Whether pages of a mapping can be made real without touching them.
    pub(crate) populate: bool,
}

/// Tries everything once; takes well under a millisecond.
pub(crate) fn kernel() -> Kernel {
    Kernel {
        release: rustix::system::uname().release().to_string_lossy().into_owned(),
        robust_mark: robust_mark().unwrap_or(false),
        ofd_locks: ofd_locks().unwrap_or(false),
        futex_waitv: futex::has_waitv(),
        membarrier: barrier::register() && barrier::barrier(),
        populate: map::has_populate(),
    }
}

/// Raises a lifeline on a throw-away thread, lets the thread end, and looks.
pub(crate) fn robust_mark() -> io::Result<bool> {
    static WORDS: robust::Words = robust::Words::new();
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    WORDS
        .each()
        .iter()
        .for_each(|word| word.store(0, Ordering::SeqCst));
    let thread = std::thread::Builder::new()
        .name("intersync-probe".to_owned())
        .spawn(|| robust::raise(WORDS.each()).map(robust::Lifeline::leave_up))?;
    // The page is dropped with the answer, after the thread has ended.
    let answer = thread.join().map_err(|_| io::Error::from(io::ErrorKind::Other))?;
    let _page = answer?;
    Ok(WORDS
        .each()
        .iter()
        .all(|word| word.load(Ordering::SeqCst) & robust::OWNER_DIED != 0))
}

/// Locks a byte through one description and looks for the lock through another.
fn ofd_locks() -> io::Result<bool> {
    let file = memfd_create("intersync-probe", MemfdFlags::CLOEXEC)?;
    let other = arena_file::reopen(file.as_fd(), OFlags::RDWR | OFlags::CLOEXEC)?;
    life::exclude_each_other(file.as_fd(), other.as_fd())
}

/// Where a namespace is, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseFacts {
    /// The base directory.
    pub(crate) path: PathBuf,
    /// Why this one.
    pub(crate) choice: Choice,
    /// Size of its file system; 0 if it has no limit.
    pub(crate) total_bytes: u64,
    /// Bytes left on it.
    pub(crate) free_bytes: u64,
}

/// Where the namespace is, or would be, and how much room there is.
///
/// # Errors
/// [`Error::Namespace`](crate::Error::Namespace) if there is no such directory.
pub(crate) fn base_facts(base: &Base) -> Result<BaseFacts> {
    let (path, choice) = base::choose(base)?;
    let system = statvfs(&path).map_err(|errno| base::os_error("statvfs", &path, errno))?;
    Ok(BaseFacts {
        path,
        choice,
        total_bytes: system.f_blocks.saturating_mul(system.f_frsize),
        free_bytes: system.f_bavail.saturating_mul(system.f_frsize),
    })
}
