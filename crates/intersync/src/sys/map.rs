//! Mappings of an arena.
//!
//! A mapping hands out its base and length and nothing else; the arena turns them into checked atomics.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;

use rustix::fs::{FallocateFlags, fstat};
use rustix::io::Errno;
use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap, mprotect, munlock, munmap};
use rustix::param::page_size;

/// What the memory is, which decides what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backing {
    /// A file, writable: stays mapped for good, because threads may sleep on its words at any time.
    Shared,
    /// A file, for reading: unmapped when dropped.
    ReadOnly,
}

/// The memory of an arena, at an address that does not change.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    len: usize,
    backing: Backing,
}

// SAFETY: a mapping is an address and a length. It gives no access to the memory by itself; who uses the
// address answers for the accesses, from whichever thread.
unsafe impl Send for Mapping {}
// SAFETY: as for `Send`; no method changes the mapping.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the first `len` bytes of `file` for reading and writing, shared with all who map it, for good.
    ///
    /// # Errors
    /// The file is shorter than `len` (an access beyond its end would be fatal), or the kernel refuses.
    pub(crate) fn shared(file: &OwnedFd, len: usize) -> io::Result<Mapping> {
        // In a program that locks all memory it maps, a usable mapping would be made real as a whole; one
        // that allows no access cannot be. It becomes usable once it is unlocked.
        let mapping = map(file, len, ProtFlags::empty(), Backing::Shared)?;
        let start = mapping.base.as_ptr().cast();
        // SAFETY: the range is the mapping just made; unlocking only lets the kernel page it.
        let _ = unsafe { munlock(start, len) };
        // SAFETY: as above; nobody knows the address yet.
        unsafe { mprotect(start, len, MprotectFlags::READ | MprotectFlags::WRITE) }?;
        // SAFETY: as above; the memory only stays out of core dumps.
        let _ = unsafe { madvise(start, len, Advice::LinuxDontDump) };
        // SAFETY: as above; a huge page would make 2 MiB real for each 64 KiB in use.
        let _ = unsafe { madvise(start, len, Advice::LinuxNoHugepage) };
        Ok(mapping)
    }

    /// Maps the first `len` bytes of `file` for reading, until the mapping is dropped.
    ///
    /// # Errors
    /// As [`Mapping::shared`].
    pub(crate) fn read_only(file: &OwnedFd, len: usize) -> io::Result<Mapping> {
        map(file, len, ProtFlags::READ, Backing::ReadOnly)
    }

    /// The first byte.
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Makes the pages of a range real, so that no later access can fail for want of space.
    ///
    /// # Errors
    /// `StorageFull` if the file system is full; `Unsupported` before Linux 5.14, where [`fallocate`] does
    /// the same through the file; `InvalidInput` if the range is not inside the mapping.
    pub(crate) fn populate(&self, offset: usize, len: usize) -> io::Result<()> {
        let end = offset.checked_add(len).filter(|&end| end <= self.len);
        let Some(end) = end else {
            return Err(Errno::INVAL.into());
        };
        if len == 0 {
            return Ok(());
        }
        // Whole pages: the base is page-aligned, and the kernel maps the last page of the file whole.
        let first = offset - offset % page_size();
        let start = self.base.as_ptr().wrapping_add(first).cast();
        loop {
            // SAFETY: the range lies inside the mapping, which stays mapped while `self` lives. The advice
            // makes pages present and keeps their contents.
            match unsafe { madvise(start, end - first, Advice::LinuxPopulateWrite) } {
                Ok(()) => return Ok(()),
                Err(Errno::INTR | Errno::AGAIN) => {}
                // The fault handler found no page to give: what a plain access would get as SIGBUS.
                Err(Errno::FAULT) => return Err(Errno::NOSPC.into()),
                Err(Errno::INVAL | Errno::NOSYS) => return Err(io::ErrorKind::Unsupported.into()),
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        match self.backing {
            Backing::Shared => {}
            // SAFETY: the range was mapped by this value, which hands it to nobody for longer than it lives.
            Backing::ReadOnly => drop(unsafe { munmap(self.base.as_ptr().cast(), self.len) }),
        }
    }
}

/// Whether [`Mapping::populate`] works on this kernel.
pub(crate) fn has_populate() -> bool {
    // SAFETY: an empty range at any aligned address: the kernel only says whether it knows the advice.
    unsafe { madvise(std::ptr::null_mut(), 0, Advice::LinuxPopulateWrite) }.is_ok()
}

/// Makes `len` bytes of the file real from `offset` on, all or nothing. For kernels before 5.14.
///
/// # Errors
/// `StorageFull` if the file system is full, or what the kernel says.
pub(crate) fn fallocate(file: &OwnedFd, offset: u64, len: u64) -> io::Result<()> {
    loop {
        match rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, offset, len) {
            Ok(()) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

fn map(file: &OwnedFd, len: usize, access: ProtFlags, backing: Backing) -> io::Result<Mapping> {
    let size = u64::try_from(fstat(file)?.st_size).unwrap_or(0);
    if size < len as u64 {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("the file has {size} bytes, its header promises {len}"),
        ));
    }
    // SAFETY: a new mapping at an address the kernel chooses replaces nothing.
    let base = unsafe { mmap(std::ptr::null_mut(), len, access, MapFlags::SHARED, file, 0) };
    let base = base.map_err(|errno| match errno {
        Errno::AGAIN => io::Error::new(
            io::ErrorKind::OutOfMemory,
            format!(
                "this program locks its memory (mlockall) and may not lock {len} bytes more: raise RLIMIT_MEMLOCK \
                 (ulimit -l)"
            ),
        ),
        errno => errno.into(),
    })?;
    let Some(base) = NonNull::new(base.cast::<u8>()) else {
        return Err(Errno::NOMEM.into());
    };
    Ok(Mapping { base, len, backing })
}

#[cfg(test)]
mod unit_tests {
    use super::*;
    use rustix::fs::{MemfdFlags, ftruncate, memfd_create};

    fn file(len: u64) -> OwnedFd {
        let file = memfd_create("map", MemfdFlags::CLOEXEC).expect("memfd");
        ftruncate(&file, len).expect("truncate");
        file
    }

    #[test]
    fn two_mappings_show_the_same_bytes_and_writing_stays_when_dropped() {
        let file = file(1 << 20);
        let writer = Mapping::shared(&file, 1 << 20).expect("map");
        let reader = Mapping::read_only(&file, 1 << 20).expect("map");
        // SAFETY: inside a mapping no other thread knows of.
        unsafe { writer.base().add(70_000).write_volatile(42) };
        // SAFETY: as above.
        assert_eq!(unsafe { reader.base().add(70_000).read_volatile() }, 42);
        let base = writer.base();
        drop(writer);
        // SAFETY: a shared mapping is never unmapped.
        assert_eq!(unsafe { base.add(70_000).read_volatile() }, 42);
    }

    #[test]
    fn a_file_shorter_than_promised_is_not_mapped() {
        let file = file(4096);
        for mapped in [Mapping::shared(&file, 8192), Mapping::read_only(&file, 8192)] {
            assert_eq!(
                mapped.expect_err("too short").kind(),
                io::ErrorKind::UnexpectedEof
            );
        }
    }

    #[test]
    fn populate_makes_exactly_the_range_real() {
        let file = file(1 << 20);
        let mapping = Mapping::shared(&file, 1 << 20).expect("map");
        mapping.populate(64 * 1024 + 1, 64 * 1024 - 1).expect("populate");
        assert_eq!(fstat(&file).expect("fstat").st_blocks * 512, 64 * 1024);
        fallocate(&file, 512 * 1024, 64 * 1024).expect("fallocate");
        assert_eq!(fstat(&file).expect("fstat").st_blocks * 512, 128 * 1024);
        for (offset, len) in [(1 << 20, 1), (0, (1 << 20) + 1), (usize::MAX, 2)] {
            let refused = mapping.populate(offset, len).expect_err("outside");
            assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        }
    }
}
