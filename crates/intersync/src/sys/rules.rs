//! What the directory and the file of a namespace must be like, and what is said when they are not.
//!
//! Who may use a namespace is decided by owner and mode of its file and nothing else, so everything that
//! could let somebody else in is refused: another owner, a wider mode, an access list, a second name.

use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Stat, StatFs, fgetxattr, fremovexattr, fstat, fstatfs};
use rustix::io::Errno;

use super::base::{any_file_system_allowed, os_error};
use super::thread;
use crate::{Error, Result};

/// `TMPFS_MAGIC` of the kernel.
const TMPFS: i64 = 0x0102_1994;

/// The access lists a file system may attach to a file or, for what is made in it, to a directory.
const ACCESS_LISTS: [&CStr; 2] = [c"system.posix_acl_access", c"system.posix_acl_default"];

/// Owner and modes, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Who must own the directory and the file.
    pub(crate) owner: u32,
    /// The mode of the directory.
    pub(crate) directory_mode: u32,
    /// The mode of the file.
    pub(crate) file_mode: u32,
    /// Whether an administrator must have made both.
    pub(crate) provisioned: bool,
}

impl Rules {
    /// A namespace of one user.
    pub(crate) fn own() -> Rules {
        Rules {
            owner: thread::euid(),
            directory_mode: 0o700,
            file_mode: 0o600,
            provisioned: false,
        }
    }

    /// The namespace of the machine: its group may use the file, and cannot replace it.
    pub(crate) fn global() -> Rules {
        Rules {
            owner: 0,
            directory_mode: 0o750,
            file_mode: 0o660,
            provisioned: true,
        }
    }

    /// Checks the directory.
    pub(crate) fn check_directory(&self, fd: &OwnedFd, path: &Path) -> Result<Stat> {
        let found = fstat(fd).map_err(|errno| os_error("fstat", path, errno))?;
        if self.provisioned && !(found.st_uid == 0 && found.st_mode & 0o7777 == self.directory_mode) {
            return Err(not_provisioned(path));
        }
        self.check_owner(&found, path)?;
        check_mode(&found, self.directory_mode, path)?;
        check_access_lists(fd, path)?;
        Ok(found)
    }

    /// Checks the file, which was found in a directory on `device`.
    pub(crate) fn check_file(&self, fd: &OwnedFd, device: u64, path: &Path) -> Result<Stat> {
        let found = fstat(fd).map_err(|errno| os_error("fstat", path, errno))?;
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
            return Err(wrong_type(path, &found, "a regular file"));
        }
        self.check_owner(&found, path)?;
        check_mode(&found, self.file_mode, path)?;
        check_access_lists(fd, path)?;
        if found.st_nlink > 1 {
            let problem = format!(
                "the file has {} names (hard links), so it can be reached past this directory; remove the others",
                found.st_nlink
            );
            return Err(refuse(path, problem));
        }
        if found.st_dev != device {
            return Err(refuse(
                path,
                "something is mounted on the file; unmount it".to_owned(),
            ));
        }
        check_file_system(fd, path)?;
        Ok(found)
    }

    fn check_owner(&self, found: &Stat, path: &Path) -> Result<()> {
        if found.st_uid == self.owner {
            return Ok(());
        }
        let problem = format!(
            "it belongs to {}, not to {}; have it removed, or use another base directory with INTERSYNC_DIR",
            user(found.st_uid),
            user(self.owner)
        );
        Err(refuse(path, problem))
    }
}

/// The mode must be the right one to the bit: narrower hides damage, wider lets others lock it up.
fn check_mode(found: &Stat, expected: u32, path: &Path) -> Result<()> {
    let mode = found.st_mode & 0o7777;
    if mode == expected {
        return Ok(());
    }
    let problem = format!(
        "its mode is {mode:04o} and must be {expected:04o}: chmod {expected:o} {} once you know who changed it",
        path.display()
    );
    Err(refuse(path, problem))
}

fn check_access_lists(fd: &OwnedFd, path: &Path) -> Result<()> {
    for list in ACCESS_LISTS {
        // With an empty buffer the call tells the size and copies nothing.
        if fgetxattr(fd, list, &mut [0u8; 0]).is_ok() {
            let problem = format!(
                "it has an access control list ({}), which could let others in: setfacl -b {}",
                list.to_string_lossy(),
                path.display()
            );
            return Err(refuse(path, problem));
        }
    }
    Ok(())
}

/// Takes away the access lists that a new file or directory inherited from the one it was made in.
pub(crate) fn remove_access_lists(fd: &OwnedFd) {
    for list in ACCESS_LISTS {
        // Mostly there is none; what cannot be removed is found and named by the check.
        let _ = fremovexattr(fd, list);
    }
}

/// Refuses file systems on which mappings are not shared between all processes without delay.
pub(crate) fn check_file_system(fd: impl AsFd, path: &Path) -> Result<()> {
    let system = fstatfs(fd).map_err(|errno| os_error("fstatfs", path, errno))?;
    if is_tmpfs(&system) || any_file_system_allowed() {
        return Ok(());
    }
    let problem = format!(
        "it is not on a tmpfs (file system type {:#x}), where sharing would be slow or broken; set INTERSYNC_DIR \
         to a directory on a tmpfs, or INTERSYNC_ALLOW_FS=1 if you know that this one will do",
        system.f_type
    );
    Err(refuse(path, problem))
}

/// Whether a file system is a tmpfs.
pub(crate) fn is_tmpfs(system: &StatFs) -> bool {
    system.f_type == TMPFS
}

/// The refusal of something that is not of the type it should be.
pub(crate) fn wrong_type(path: &Path, found: &Stat, expected: &str) -> Error {
    let kind = match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => "a regular file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "something unknown",
    };
    let problem = format!(
        "it is {kind} of {}, not {expected}; remove it once you know who put it there, or use another base \
         directory with INTERSYNC_DIR",
        user(found.st_uid)
    );
    refuse(path, problem)
}

/// The refusal of a `Global\` namespace that nobody has set up.
pub(crate) fn not_provisioned(path: &Path) -> Error {
    let problem = "the Global namespace is not provisioned on this machine: an administrator must make a \
                   directory owned by root with mode 0750, and in it the file with mode 0660, for the group that \
                   may use it; use Local names until then"
        .to_owned();
    refuse(path, problem)
}

/// The error for a full file system, or of the call itself.
pub(crate) fn space_error(call: &str, path: &Path, errno: Errno) -> Error {
    match errno {
        Errno::NOSPC | Errno::DQUOT => Error::NoSpace { path: path.to_owned() },
        Errno::ROFS => refuse(
            path,
            "the file system is read-only (in a service: ReadWritePaths=); set INTERSYNC_DIR to a directory on \
             a writable tmpfs"
                .to_owned(),
        ),
        errno => os_error(call, path, errno),
    }
}

/// A user as people know it.
pub(crate) fn user(uid: u32) -> String {
    match thread::user_name(uid) {
        Some(name) => format!("user {name} (uid {uid})"),
        None => format!("uid {uid}"),
    }
}

pub(crate) fn refuse(path: &Path, problem: String) -> Error {
    Error::Namespace {
        path: path.to_owned(),
        problem,
    }
}
