//! Making the file of a namespace: complete before it has a name, or not at all.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Gid, Mode, OFlags, RenameFlags, fchmod, fchown, fstatvfs, ftruncate, linkat, openat,
    renameat_with, unlinkat,
};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use super::directory::Directory;
use super::rules::{refuse, remove_access_lists, space_error};
use super::{space, thread};
use crate::Result;

/// Writes the header of a new file, given the file, its size and the size of the file system.
pub(crate) type Make<'a> = &'a mut dyn FnMut(&OwnedFd, u64, u64) -> Result<()>;

/// Makes a file and gives it its name, unless another process is faster: then that one's file stands.
pub(crate) fn publish(directory: &Directory, make: Make<'_>, len: u64) -> Result<()> {
    let path = directory.file_path();
    match openat(
        &directory.fd,
        ".",
        OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC,
        owner_only(),
    ) {
        Ok(file) => {
            prepare(directory, &file, &path, make, len)?;
            match link(directory, &file) {
                Ok(()) | Err(Errno::EXIST) => Ok(()),
                Err(Errno::NOSPC | Errno::DQUOT) => Err(space_error("link", &path, Errno::NOSPC)),
                // No /proc, or a filter that refuses links to files without a name.
                Err(_) => publish_by_rename(directory, &path, make, len),
            }
        }
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT | Errno::PERM) => {
            publish_by_rename(directory, &path, make, len)
        }
        Err(errno) => Err(space_error("create", &path, errno)),
    }
}

/// The way without nameless files: a name of its own first, which a crash may leave behind.
pub(super) fn publish_by_rename(directory: &Directory, path: &Path, make: Make<'_>, len: u64) -> Result<()> {
    let name = format!(".{}.{}.{:016x}", directory.file, thread::pid(), thread::random());
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&directory.fd, &name, flags, owner_only())
        .map_err(|errno| space_error("create", path, errno))?;
    let renamed = prepare(directory, &file, path, make, len).map(|()| {
        renameat_with(
            &directory.fd,
            &name,
            &directory.fd,
            &directory.file,
            RenameFlags::NOREPLACE,
        )
    });
    if !matches!(renamed, Ok(Ok(()))) {
        // The name is this process's own; if it cannot be removed, nobody uses it.
        let _ = unlinkat(&directory.fd, &name, AtFlags::empty());
    }
    match renamed? {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(space_error("rename", path, errno)),
    }
}

/// Gives the file its mode, size and contents.
fn prepare(directory: &Directory, file: &OwnedFd, path: &Path, make: Make<'_>, len: u64) -> Result<()> {
    let failed = |call: &'static str| move |errno| space_error(call, path, errno);
    if let Some(group) = directory.rules.group_in(directory.group) {
        fchown(file, None, Some(Gid::from_raw(group))).map_err(failed("chown"))?;
    }
    remove_access_lists(file);
    // After the access lists, which would show through the group's bits; and whatever the umask is.
    fchmod(file, Mode::from_raw_mode(directory.rules.new_mode())).map_err(failed("chmod"))?;
    let system = fstatvfs(file).map_err(failed("fstatvfs"))?;
    let total = match system.f_blocks.saturating_mul(system.f_frsize) {
        0 => u64::MAX,
        total => total,
    };
    let len = if len == 0 {
        space::Profile::choose(total).len()
    } else {
        len
    };
    check_size_limit(path, len)?;
    ftruncate(file, len).map_err(failed("truncate"))?;
    make(file, len, total)
}

/// A file beyond the limit would not be an error but a fatal signal to the program.
fn check_size_limit(path: &Path, len: u64) -> Result<()> {
    match getrlimit(Resource::Fsize).current {
        Some(limit) if limit < len => {
            let problem = format!(
                "the namespace takes a sparse file of {len} bytes, and this process may only make files of {limit} \
                 (RLIMIT_FSIZE): raise the limit (ulimit -f), set INTERSYNC_PROFILE=small, or have another process \
                 make the namespace first"
            );
            Err(refuse(path, problem))
        }
        _ => Ok(()),
    }
}

fn link(directory: &Directory, file: &OwnedFd) -> std::result::Result<(), Errno> {
    let linked = linkat(
        CWD,
        descriptor_path(file),
        &directory.fd,
        &directory.file,
        AtFlags::SYMLINK_FOLLOW,
    );
    match linked {
        // Without /proc, recent kernels link the own descriptors of a process by number.
        Err(Errno::NOENT) => linkat(file, c"", &directory.fd, &directory.file, AtFlags::EMPTY_PATH),
        other => other,
    }
}

/// The name under which `/proc` knows an open file.
pub(crate) fn descriptor_path(fd: impl AsFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd()))
}

fn owner_only() -> Mode {
    Mode::RUSR | Mode::WUSR
}
