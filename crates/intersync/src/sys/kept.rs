//! Descriptors kept for later, in a process whose program may close or reuse any number.
#![allow(unsafe_code)]

use std::os::fd::{AsFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use rustix::fs::fstat;

/// Device and inode: which file this is.
pub(crate) type FileId = (u64, u64);

/// Above the numbers that programs treat as their own, as far as the limit on descriptors allows; not far above, because
/// a fork copies the table of descriptors up to the highest.
pub(super) const FIRST_NUMBER: RawFd = 100;

/// A descriptor that is checked before each use, and closed only if it still is what it was.
#[derive(Debug)]
pub(crate) struct Kept {
    number: RawFd,
    id: FileId,
}

impl Kept {
    /// Keeps `fd`, moved out of the way.
    pub(crate) fn new(fd: OwnedFd) -> std::io::Result<Kept> {
        let id = file_id(&fd)?;
        let moved = rustix::io::fcntl_dupfd_cloexec(&fd, FIRST_NUMBER).unwrap_or(fd);
        Ok(Kept {
            number: moved.into_raw_fd(),
            id,
        })
    }

    /// Device and inode of the file.
    pub(crate) fn id(&self) -> FileId {
        self.id
    }

    /// The descriptor, if it is still open on the same file.
    pub(crate) fn get(&self) -> Option<BorrowedFd<'_>> {
        // SAFETY: the number is not -1. The program may have closed it or may do so now: the kernel then
        // answers EBADF, or acts on another file, which is why it is compared here and why it is used only
        // to open by name, to query a lock and to read attributes, which change no file, and to send to a socket or shut it down.
        let fd = unsafe { BorrowedFd::borrow_raw(self.number) };
        (file_id(fd).ok()? == self.id).then_some(fd)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.get().is_some() {
            // SAFETY: still the descriptor of `new`, as far as can be told, and never used again.
            drop(unsafe { OwnedFd::from_raw_fd(self.number) });
        }
    }
}

/// Device and inode of an open file.
pub(crate) fn file_id(fd: impl AsFd) -> rustix::io::Result<FileId> {
    let found = fstat(fd)?;
    Ok((found.st_dev, found.st_ino))
}

#[cfg(test)]
mod unit_tests {
    use super::*;
    use rustix::fs::{MemfdFlags, memfd_create};
    use std::os::fd::AsRawFd;

    fn memfd() -> OwnedFd {
        memfd_create("kept", MemfdFlags::CLOEXEC).expect("memfd")
    }

    #[test]
    fn a_number_reused_for_another_file_is_neither_used_nor_closed() {
        let kept = Kept::new(memfd()).expect("keep");
        assert!(kept.number >= FIRST_NUMBER && kept.get().is_some());
        let other = memfd();
        // SAFETY: what a careless program does: another file under the number of the first.
        assert_eq!(unsafe { libc::dup2(other.as_raw_fd(), kept.number) }, kept.number);
        assert!(kept.get().is_none());
        let number = kept.number;
        drop(kept);
        // SAFETY: opened by the `dup2` above, and not closed by the drop, as is checked here.
        let reused = unsafe { OwnedFd::from_raw_fd(number) };
        assert_eq!(file_id(&reused), file_id(&other));
    }

    #[test]
    fn a_closed_number_is_not_used() {
        let kept = Kept::new(memfd()).expect("keep");
        // SAFETY: what a program does that closes all it did not open; nothing else uses the number.
        assert_eq!(unsafe { libc::close(kept.number) }, 0);
        assert!(kept.get().is_none());
    }
}
