//! Descriptors that this process was started with, by their numbers.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::io::FdFlags;

use super::arena_file::ArenaFile;
pub(crate) use super::kept::FileId;
use super::kept::file_id;
use super::life;

/// Runs `f` with the descriptor of this number, whatever it is.
fn with<T>(number: RawFd, f: impl FnOnce(BorrowedFd<'_>) -> T) -> Option<T> {
    if number < 0 {
        return None;
    }
    // SAFETY: the number is not -1. If it is not open, every call answers EBADF; whatever it is open on, it is only asked
    // for its attributes and locks.
    Some(f(unsafe { BorrowedFd::borrow_raw(number) }))
}

/// The file a descriptor is of.
pub(crate) fn file_behind(number: RawFd) -> Option<FileId> {
    with(number, |fd| file_id(fd).ok())?
}

/// The path of that file, as the kernel knows it.
pub(crate) fn path_behind(number: RawFd) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{number}")).ok()
}

/// Whether a descriptor is of the arena's file and of the very description that holds a life byte of it.
///
/// # Errors
/// The file cannot be reached.
pub(crate) fn holds(number: RawFd, arena: &ArenaFile, byte: u64) -> io::Result<bool> {
    if file_behind(number) != Some(arena.id()) {
        return Ok(false);
    }
    // The holder does not see its own lock; everybody else does.
    let seen_by_it = with(number, |fd| life::is_free_for(fd, byte)).unwrap_or(Ok(false))?;
    Ok(seen_by_it && !life::is_free(arena, byte)?)
}

/// Closes an inherited descriptor, if it still is of the arena's file.
pub(crate) fn close(number: RawFd, arena: &ArenaFile) {
    if file_behind(number) == Some(arena.id()) {
        // SAFETY: this process was started with the descriptor for the one purpose that is fulfilled now, and nobody
        // else knows its number.
        drop(unsafe { OwnedFd::from_raw_fd(number) });
    }
}

/// Has the children of `command` keep these descriptors when they start, and no other child: they stay closed on exec here,
/// and each child opens its own copies. A number of -1 means nothing.
pub(crate) fn keep_in_children(command: &mut Command, numbers: Arc<[AtomicI32]>) {
    let keep = move || {
        for number in &*numbers {
            if let Some(kept) = with(number.load(Ordering::Relaxed), |fd| {
                rustix::io::fcntl_setfd(fd, FdFlags::empty())
            }) {
                kept?;
            }
        }
        Ok(())
    };
    // SAFETY: between fork and exec it only reads atomics and makes one system call for each, neither allocates nor locks.
    unsafe { command.pre_exec(keep) };
}
