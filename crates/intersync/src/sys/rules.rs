//! What the directory and the file of a namespace must be like, and what is said when they are not.
//!
//! Who may use a namespace is decided by owner and mode of its file and nothing else, so everything that
//! could let somebody else in is refused: another owner, a wider mode, an access list, a second name.

use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Stat, StatFs, fgetxattr, fremovexattr, fstat, fstatfs, getxattr};
use rustix::io::Errno;

use super::base::{any_file_system_allowed, os_error};
use super::publish::descriptor_path;
use super::{people, thread};
use crate::{Error, Result};

/// `TMPFS_MAGIC` of the kernel.
const TMPFS: i64 = 0x0102_1994;

/// The access lists a file system may attach to a file or, for what is made in it, to a directory.
const ACCESS_LISTS: [&CStr; 2] = [c"system.posix_acl_access", c"system.posix_acl_default"];

/// Owner and modes, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Who must own the directory.
    pub(crate) owner: u32,
    /// The mode of the directory.
    pub(crate) directory_mode: u32,
    /// Who must own the file; `None`: anybody who could make it there.
    pub(crate) file_owner: Option<u32>,
    /// The group the file must have; `None`: that of its maker, which no mode lets in.
    pub(crate) file_group: Group,
    /// The modes the file may have, as its maker chose; a new one gets the last.
    pub(crate) file_modes: &'static [u32],
    /// Whether only an administrator may make what is missing.
    pub(crate) provisioned: bool,
}

/// Which group a file must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Whichever: its mode lets no group in.
    Any,
    /// That of the directory.
    OfDirectory,
    /// This one.
    Of(u32),
}

/// The mode of a file for its owner alone.
const OWNER_ONLY: u32 = 0o600;
/// The mode of a file for its owner and its group.
const WITH_GROUP: u32 = 0o660;

impl Rules {
    /// A namespace of one user.
    pub(crate) fn own() -> Rules {
        Rules {
            owner: thread::euid(),
            directory_mode: 0o700,
            file_owner: Some(thread::euid()),
            file_group: Group::Any,
            file_modes: &[OWNER_ONLY],
            provisioned: false,
        }
    }

    /// The namespace of the machine: its group may use the file, and cannot replace it.
    pub(crate) fn global() -> Rules {
        Rules {
            owner: 0,
            directory_mode: 0o750,
            file_owner: Some(0),
            file_group: Group::OfDirectory,
            file_modes: &[WITH_GROUP],
            provisioned: true,
        }
    }

    /// Private namespaces of several users: each makes files of its own, and cannot list or replace those of others.
    pub(crate) fn shared(for_group: bool) -> Rules {
        Rules {
            owner: 0,
            directory_mode: 0o1730,
            file_owner: None,
            file_group: Group::OfDirectory,
            file_modes: if for_group {
                &[OWNER_ONLY, WITH_GROUP]
            } else {
                &[WITH_GROUP, OWNER_ONLY]
            },
            provisioned: true,
        }
    }

    /// The mode of a new file.
    pub(crate) fn new_mode(&self) -> u32 {
        self.file_modes.last().copied().unwrap_or(OWNER_ONLY)
    }

    /// The group of a file in a directory of `group`, if it must have a certain one.
    pub(crate) fn group_in(&self, group: u32) -> Option<u32> {
        match self.file_group {
            Group::Any => None,
            Group::OfDirectory => Some(group),
            Group::Of(group) => Some(group),
        }
    }

    /// Checks the directory.
    pub(crate) fn check_directory(&self, fd: &OwnedFd, path: &Path) -> Result<Stat> {
        let found = fstat(fd).map_err(|errno| os_error("fstat", path, errno))?;
        if self.provisioned && !(found.st_uid == 0 && found.st_mode & 0o7777 == self.directory_mode) {
            return Err(not_provisioned(path, Some(&found)));
        }
        check_owner(&found, self.owner, path)?;
        check_mode(&found, &[self.directory_mode], path)?;
        check_access_lists(fd, path)?;
        Ok(found)
    }

    /// Checks that the file can be of no other maker than it must be.
    pub(crate) fn check_maker(&self, found: &Stat, group: u32, path: &Path) -> Result<()> {
        if let Some(owner) = self.file_owner {
            check_owner(found, owner, path)?;
        }
        match self.group_in(group) {
            Some(group) => check_group(found, group, path),
            None => Ok(()),
        }
    }

    /// Checks the file, which was found in a directory of `group` on `device`.
    pub(crate) fn check_file(&self, fd: &OwnedFd, device: u64, group: u32, path: &Path) -> Result<Stat> {
        let found = fstat(fd).map_err(|errno| os_error("fstat", path, errno))?;
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
            return Err(wrong_type(path, &found, "a regular file"));
        }
        self.check_maker(&found, group, path)?;
        check_mode(&found, self.file_modes, path)?;
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
}

fn check_owner(found: &Stat, owner: u32, path: &Path) -> Result<()> {
    if found.st_uid == owner {
        return Ok(());
    }
    let problem = format!(
        "it belongs to {}, not to {}; have it removed, or use another base directory with INTERSYNC_DIR",
        user(found.st_uid),
        user(owner)
    );
    Err(refuse(path, problem))
}

fn check_group(found: &Stat, expected: u32, path: &Path) -> Result<()> {
    if found.st_gid == expected {
        return Ok(());
    }
    let problem = format!(
        "it is for {}, not for {} (owner {}, mode {:04o}): chgrp it once you know who changed it",
        group(found.st_gid),
        group(expected),
        user(found.st_uid),
        found.st_mode & 0o7777
    );
    Err(refuse(path, problem))
}

/// The mode must be the right one to the bit: narrower hides damage, wider lets others lock it up.
fn check_mode(found: &Stat, expected: &[u32], path: &Path) -> Result<()> {
    let mode = found.st_mode & 0o7777;
    if expected.contains(&mode) {
        return Ok(());
    }
    let expected = expected.last().copied().unwrap_or(0);
    let problem = format!(
        "its mode is {mode:04o} and must be {expected:04o}: chmod {expected:o} {} once you know who changed it",
        path.display()
    );
    Err(refuse(path, problem))
}

fn check_access_lists(fd: &OwnedFd, path: &Path) -> Result<()> {
    for list in ACCESS_LISTS {
        // With an empty buffer the call tells the size and copies nothing.
        let found = match fgetxattr(fd, list, &mut [0u8; 0]) {
            // Open for lookups only: the kernel answers by name.
            Err(Errno::BADF) => getxattr(descriptor_path(fd), list, &mut [0u8; 0]),
            found => found,
        };
        if found.is_ok() {
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

/// The refusal of a `Global\` namespace that nobody has set up; `found` is what is in its place.
pub(crate) fn not_provisioned(path: &Path, found: Option<&Stat>) -> Error {
    let found = found.map_or_else(
        || "there is no such directory".to_owned(),
        |found| format!("found with {}", rights(found)),
    );
    let problem = format!(
        "the Global namespace is not provisioned on this machine ({found}): an administrator makes it with \
         `intersync provision --group NAME`, for the group that may use it; use Local names until then"
    );
    refuse(path, problem)
}

/// The refusal of somebody whom owner, group and mode of a `Global\` namespace keep out.
pub(crate) fn not_a_member(path: &Path, found: &Stat) -> Error {
    let what = format!(
        "{} may not use the Global namespace at {} ({}): have an administrator add this user to that group, or \
         provision it for another one with `intersync provision --group NAME`",
        user(thread::euid()),
        path.display(),
        rights(found)
    );
    Error::AccessDenied { what }
}

/// Owner, group and mode in words.
pub(crate) fn rights(found: &Stat) -> String {
    format!(
        "owner {}, {}, mode {:04o}",
        user(found.st_uid),
        group(found.st_gid),
        found.st_mode & 0o7777
    )
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
    match people::user_name(uid) {
        Some(name) => format!("user {name} (uid {uid})"),
        None => format!("uid {uid}"),
    }
}

/// A group as people know it.
pub(crate) fn group(gid: u32) -> String {
    match people::group_name(gid) {
        Some(name) => format!("group {name} (gid {gid})"),
        None => format!("gid {gid}"),
    }
}

pub(crate) fn refuse(path: &Path, problem: String) -> Error {
    Error::Namespace {
        path: path.to_owned(),
        problem,
    }
}
