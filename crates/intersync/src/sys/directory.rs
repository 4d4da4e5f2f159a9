//! The directory of a namespace: finding it, making it, saying what is wrong with it.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, Gid, Mode, OFlags, chmodat, chownat, fstat, mkdirat, openat, statat};
use rustix::io::Errno;

use super::arena_file::FILE_NAME;
use super::base::Place;
use super::rules::{self, refuse, space_error, wrong_type};
use super::thread;
use crate::{Error, Result};

/// How long to wait for a directory of the same user whose maker has not set its mode yet.
const MAKER_PATIENCE: Duration = Duration::from_millis(50);

/// The mode of a directory that keeps the name of the global namespace for root.
pub(super) const RESERVED_MODE: u32 = 0o755;

/// The directory of a namespace, open and checked.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) fd: OwnedFd,
    pub(crate) device: u64,
    pub(crate) path: PathBuf,
    pub(crate) rules: rules::Rules,
    /// Group of the directory.
    pub(crate) group: u32,
    /// The name of the namespace's file in it.
    pub(crate) file: String,
}

impl Directory {
    /// Opens the directory of the namespace; `None` if there is none.
    pub(crate) fn open(place: &Place) -> Result<Option<Directory>> {
        let path = place.directory_path();
        // A directory that this user may not list can be opened for lookups.
        let access = match place.rules.directory_mode & 0o040 {
            0 if place.rules.provisioned => OFlags::PATH,
            _ => OFlags::RDONLY,
        };
        let flags = access | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = match openat(&place.base, &place.name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(explain(&place.base, &place.name, &path, place, errno)),
        };
        let found = place.rules.check_directory(&fd, &path)?;
        Ok(Some(Directory {
            fd,
            device: found.st_dev,
            path,
            rules: place.rules,
            group: found.st_gid,
            file: place.file.clone(),
        }))
    }

    /// Opens the directory of the namespace, and makes it if there is none.
    pub(crate) fn open_or_make(place: &Place) -> Result<Directory> {
        let path = place.directory_path();
        let mut made = false;
        let started = Instant::now();
        loop {
            match Directory::open(place) {
                Ok(Some(directory)) => {
                    if made {
                        rules::remove_access_lists(&directory.fd);
                    }
                    return Ok(directory);
                }
                // Another process of this user may be between making it and setting its mode, or this one
                // has made it and it inherited an access list.
                Err(error) => {
                    let retry = if place.rules.provisioned && may_provision() && take_reserved(place) {
                        true
                    } else if made {
                        drop_access_lists(place)
                    } else {
                        is_unfinished(place)
                    };
                    if !retry || started.elapsed() >= MAKER_PATIENCE {
                        return Err(error);
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                Ok(None) if place.rules.provisioned && !may_provision() => {
                    return Err(rules::not_provisioned(&path, None));
                }
                Ok(None) => made = make_directory(place, &path)?,
            }
        }
    }

    /// The path of the namespace's file.
    pub(crate) fn file_path(&self) -> PathBuf {
        self.path.join(&self.file)
    }

    /// Why the file could not be opened.
    pub(crate) fn explain_file(&self, path: &Path, errno: Errno) -> Error {
        let Ok(found) = statat(&self.fd, &self.file, AtFlags::SYMLINK_NOFOLLOW) else {
            return space_error("open", path, errno);
        };
        if found.st_mode & libc::S_IFMT != libc::S_IFREG {
            return wrong_type(path, &found, "a regular file");
        }
        if !matches!(errno, Errno::ACCESS | Errno::PERM) {
            return space_error("open", path, errno);
        }
        if let Err(foreign) = self.rules.check_maker(&found, self.group, path) {
            return foreign;
        }
        if self.file != FILE_NAME {
            let what = format!(
                "the private namespace at {} is not for {} ({})",
                path.display(),
                rules::user(thread::euid()),
                rules::rights(&found)
            );
            return Error::AccessDenied { what };
        }
        let remedy = match self.rules.provisioned {
            true => "join its group",
            false => "have it removed or repaired",
        };
        let problem = format!("this user may not open it ({}): {remedy}", rules::rights(&found));
        refuse(path, problem)
    }
}

/// Makes the directory of the namespace; `false` if somebody else was faster.
fn make_directory(place: &Place, path: &Path) -> Result<bool> {
    let mode = Mode::from_raw_mode(place.rules.directory_mode);
    match mkdirat(&place.base, &place.name, mode) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Ok(false),
        Err(Errno::ACCESS | Errno::PERM) => {
            let problem = "this user may not make the directory; make it for them, or set INTERSYNC_DIR to a \
                           directory on a tmpfs where they may";
            return Err(refuse(path, problem.to_owned()));
        }
        Err(errno) => return Err(space_error("mkdir", path, errno)),
    }
    if place.rules.provisioned {
        // Root for itself alone, whatever group the base hands down.
        chownat(
            &place.base,
            &place.name,
            None,
            Some(Gid::ROOT),
            AtFlags::SYMLINK_NOFOLLOW,
        )
        .map_err(|errno| space_error("chown", path, errno))?;
    }
    // The umask may have taken bits away. Nobody else can replace the directory: its base is checked.
    chmodat(&place.base, &place.name, mode, AtFlags::empty())
        .map_err(|errno| space_error("chmod", path, errno))?;
    Ok(true)
}

/// Whether this process may set up what only an administrator may: then it does so for root alone at the first use.
pub(super) fn may_provision() -> bool {
    thread::euid() == 0
}

/// Takes the directory that `dist/tmpfiles.d/intersync.conf` keeps free for the global namespace: root's, empty of rights
/// for anybody else but to look. `false` if it is not one.
fn take_reserved(place: &Place) -> bool {
    let Ok(found) = statat(&place.base, &place.name, AtFlags::SYMLINK_NOFOLLOW) else {
        return false;
    };
    let reserved = found.st_mode & libc::S_IFMT == libc::S_IFDIR
        && (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (0, 0, RESERVED_MODE);
    let mode = Mode::from_raw_mode(place.rules.directory_mode);
    // Root's own directory, which nobody else can replace: its base is checked.
    reserved && chmodat(&place.base, &place.name, mode, AtFlags::empty()).is_ok()
}

/// Whether the directory looks as one does whose maker is still at it: the right owner, some bits missing.
fn is_unfinished(place: &Place) -> bool {
    let Ok(found) = statat(&place.base, &place.name, AtFlags::SYMLINK_NOFOLLOW) else {
        return false;
    };
    let mode = found.st_mode & 0o7777;
    found.st_mode & libc::S_IFMT == libc::S_IFDIR
        && found.st_uid == place.rules.owner
        && mode != place.rules.directory_mode
        && mode & !place.rules.directory_mode == 0
}

/// Removes what a directory that this process has just made inherited from its base; `false` if it cannot.
fn drop_access_lists(place: &Place) -> bool {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(fd) = openat(&place.base, &place.name, flags, Mode::empty()) else {
        return false;
    };
    if fstat(&fd).map_or(u32::MAX, |found| found.st_uid) != thread::euid() {
        return false;
    }
    rules::remove_access_lists(&fd);
    true
}

/// Why the directory could not be opened.
fn explain(base: &OwnedFd, name: &str, path: &Path, place: &Place, errno: Errno) -> Error {
    let Ok(found) = statat(base, name, AtFlags::SYMLINK_NOFOLLOW) else {
        return space_error("open", path, errno);
    };
    if found.st_mode & libc::S_IFMT != libc::S_IFDIR {
        return wrong_type(path, &found, "a directory");
    }
    match errno {
        Errno::ACCESS | Errno::PERM if place.rules.provisioned && found.st_uid == 0 => {
            rules::not_a_member(path, &found)
        }
        Errno::ACCESS | Errno::PERM if place.rules.provisioned => rules::not_provisioned(path, Some(&found)),
        Errno::ACCESS | Errno::PERM => refuse(
            path,
            format!(
                "this user may not enter it ({}); have it removed or repaired, or use another \
                 base directory with INTERSYNC_DIR",
                rules::rights(&found)
            ),
        ),
        errno => space_error("open", path, errno),
    }
}
