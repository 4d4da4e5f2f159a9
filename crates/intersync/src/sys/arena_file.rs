//! The file of a namespace: opening it, replacing it, telling whether it is still the one.
//!
//! No descriptor is relied upon later without being checked: programs close and reuse numbers they did
//! not open. The file is known by device and inode.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, fstatvfs, openat, statat, unlinkat};
use rustix::io::Errno;

pub(crate) use super::base::{Base, PrivateFile};
use super::base::{Place, os_error};
use super::directory::{Directory, may_provision};
use super::kept::{FileId, Kept, file_id};
use super::life;
use super::publish;
pub(crate) use super::publish::Make;
use super::rules::{self, refuse, space_error};
use crate::{Error, Result};

/// The name of the file of a namespace that is not private; the number is the major version of its layout.
pub(crate) const FILE_NAME: &str = "arena-1";

/// How often the file may change hands between two looks before that counts as an error.
const ATTEMPTS: u32 = 16;

/// How long a replacement waits for those who are attaching right now.
const GATE_PATIENCE: Duration = Duration::from_secs(2);

/// Never `O_CREAT`, which sticky directories forbid for others' files; never through a link; never
/// blocking on what turns out to be a FIFO.
fn open_flags() -> OFlags {
    OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC
}

/// The file of a namespace, by its identity.
#[derive(Debug)]
pub(crate) struct ArenaFile {
    directory: Kept,
    directory_path: PathBuf,
    /// Its name in the directory.
    name: String,
    /// An open file description that never holds a lock, to ask for those of others.
    probe: Kept,
    path: PathBuf,
    base: Base,
}

/// Opens the file of a namespace, and makes it if there is none.
///
/// `len` is the apparent size of a new file; 0 chooses by the space there is. `make` is called with a new
/// file of that size, the size and the size of the file system, before anybody else can see the file; it
/// writes the header. Several processes may do this at once: one file wins and all get it.
///
/// # Errors
/// [`Error::Namespace`] and its kin, or what `make` returns.
pub(crate) fn open_or_create(base: &Base, make: Make<'_>, len: u64) -> Result<(ArenaFile, OwnedFd)> {
    let place = Place::find(base)?;
    for _ in 0..ATTEMPTS {
        let directory = Directory::open_or_make(&place)?;
        if let Some(found) = open_file(&directory, base)? {
            return Ok(found);
        }
        if matches!(base, Base::Global) && !may_provision() {
            return Err(rules::not_provisioned(
                &directory.path,
                fstat(&directory.fd).ok().as_ref(),
            ));
        }
        publish::publish(&directory, make, len)?;
    }
    let path = place.directory_path().join(&place.file);
    Err(refuse(
        &path,
        "the file is being replaced over and over; find out by whom".to_owned(),
    ))
}

/// Opens the file of a namespace; `None` if there is none. Never makes anything.
///
/// # Errors
/// [`Error::Namespace`] and its kin.
pub(crate) fn open_existing(base: &Base) -> Result<Option<(ArenaFile, OwnedFd)>> {
    let place = Place::find(base)?;
    for _ in 0..ATTEMPTS {
        let found = match Directory::open(&place)? {
            Some(directory) => match open_file(&directory, base)? {
                Some(found) => return Ok(Some(found)),
                // Gone, or replaced between two opens: only the name tells which.
                None => statat(&directory.fd, &directory.file, AtFlags::SYMLINK_NOFOLLOW).is_ok(),
            },
            None => false,
        };
        if !found {
            break;
        }
    }
    if matches!(base, Base::Global) {
        let found = statat(&place.base, &place.name, AtFlags::SYMLINK_NOFOLLOW);
        Err(rules::not_provisioned(
            &place.directory_path(),
            found.ok().as_ref(),
        ))
    } else {
        Ok(None)
    }
}

/// Opens and checks the file of the directory; `None` if there is none.
fn open_file(directory: &Directory, base: &Base) -> Result<Option<(ArenaFile, OwnedFd)>> {
    let path = directory.file_path();
    let fd = match openat(&directory.fd, &directory.file, open_flags(), Mode::empty()) {
        Ok(fd) => fd,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(directory.explain_file(&path, errno)),
    };
    let found = directory
        .rules
        .check_file(&fd, directory.device, directory.group, &path)?;
    if found.st_nlink == 0 {
        return Ok(None);
    }
    let id = (found.st_dev, found.st_ino);
    // A description of its own: a lock query does not see the locks of the description that asks.
    let probe = openat(&directory.fd, &directory.file, open_flags(), Mode::empty());
    let probe = match probe {
        Ok(probe) if file_id(&probe).ok() == Some(id) => probe,
        Ok(_) | Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(os_error("open", &path, errno)),
    };
    let keep = |fd| Kept::new(fd).map_err(|error| io_error("dup", &path, &error));
    let directory_fd = directory
        .fd
        .try_clone()
        .map_err(|error| io_error("dup", &path, &error))?;
    let arena = ArenaFile {
        directory: keep(directory_fd)?,
        directory_path: directory.path.clone(),
        name: directory.file.clone(),
        probe: keep(probe)?,
        path: path.clone(),
        base: base.clone(),
    };
    Ok(Some((arena, fd)))
}

impl ArenaFile {
    /// Where the file is, or was.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it was looked for.
    pub(crate) fn base(&self) -> &Base {
        &self.base
    }

    /// Whether it is that of a private namespace.
    pub(crate) fn is_private(&self) -> bool {
        matches!(self.base, Base::Private(_))
    }

    /// Device and inode of the file.
    pub(crate) fn id(&self) -> FileId {
        self.probe.id()
    }

    /// Opens the file once more, as a file description of its own.
    ///
    /// # Errors
    /// The file has been removed and no descriptor of it is left, or the kernel refuses.
    pub(crate) fn fresh(&self) -> io::Result<OwnedFd> {
        if let Some(fd) = self.directory.get().and_then(|directory| self.open_in(directory)) {
            return Ok(fd);
        }
        // The program has closed the descriptor, or the name is gone.
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let by_path = openat(CWD, &self.directory_path, flags, Mode::empty());
        if let Some(fd) = by_path.ok().and_then(|directory| self.open_in(directory.as_fd())) {
            return Ok(fd);
        }
        let probe = self
            .probe
            .get()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(reopen(probe, open_flags().difference(OFlags::NOFOLLOW))?)
    }

    fn open_in(&self, directory: BorrowedFd<'_>) -> Option<OwnedFd> {
        let fd = openat(directory, &self.name, open_flags(), Mode::empty()).ok()?;
        (file_id(&fd).ok()? == self.id()).then_some(fd)
    }

    /// Runs `f` with a description of the file that holds no lock.
    pub(crate) fn with_probe<T>(&self, f: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>) -> io::Result<T> {
        match self.probe.get() {
            Some(fd) => f(fd),
            None => f(self.fresh()?.as_fd()),
        }
    }

    /// Whether the file has lost its name: nobody can find it any more.
    pub(crate) fn is_removed(&self) -> bool {
        match self.probe.get().map(fstat) {
            Some(Ok(found)) => found.st_nlink == 0,
            // Without a descriptor the name has to tell; where it cannot be read, nothing is known.
            _ => matches!(self.still_named(), Ok(false)),
        }
    }

    /// Whether the name still leads to this file, and not to another or none.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub(crate) fn still_named(&self) -> io::Result<bool> {
        let found = match self.directory.get() {
            Some(directory) => statat(directory, &self.name, AtFlags::SYMLINK_NOFOLLOW),
            None => statat(CWD, &self.path, AtFlags::SYMLINK_NOFOLLOW),
        };
        match found {
            Ok(found) => Ok((found.st_dev, found.st_ino) == self.id()),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Puts a new file in place of this one, if no process uses it; `None` if one does.
    ///
    /// Those who opened this file but have not attached yet find, under the gate, that it has lost its
    /// name, and start again.
    ///
    /// # Errors
    /// As [`open_or_create`].
    pub(crate) fn replace(&self, make: Make<'_>, len: u64) -> Result<Option<(ArenaFile, OwnedFd)>> {
        let failed = |call: &str, error: io::Error| io_error(call, &self.path, &error);
        let gate = life::gate(self, true, GATE_PATIENCE).map_err(|error| failed("lock", error))?;
        let Some(_gate) = gate else { return Ok(None) };
        if self.still_named().map_err(|error| failed("stat", error))? {
            if life::any_held(self).map_err(|error| failed("lock query", error))? {
                return Ok(None);
            }
            let removed = match self.directory.get() {
                Some(directory) => unlinkat(directory, &self.name, AtFlags::empty()),
                None => unlinkat(CWD, &self.path, AtFlags::empty()),
            };
            match removed {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(space_error("unlink", &self.path, errno)),
            }
        }
        open_or_create(&self.base, make, len).map(Some)
    }

    /// Takes the file's name away, so that nobody finds it any more; its users keep it. `false`: this user may not, or
    /// somebody has held up all others for seconds.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub(crate) fn remove(&self) -> Result<bool> {
        let failed = |call: &str, error: io::Error| io_error(call, &self.path, &error);
        // Those who are attaching right now are let through.
        let gate = life::gate(self, true, GATE_PATIENCE).map_err(|error| failed("lock", error))?;
        if gate.is_none() {
            return Ok(false);
        }
        if !self.still_named().map_err(|error| failed("stat", error))? {
            return Ok(true);
        }
        let removed = match self.directory.get() {
            Some(directory) => unlinkat(directory, &self.name, AtFlags::empty()),
            None => unlinkat(CWD, &self.path, AtFlags::empty()),
        };
        match removed {
            Ok(()) | Err(Errno::NOENT) => Ok(true),
            Err(Errno::PERM | Errno::ACCESS) => Ok(false),
            Err(errno) => Err(space_error("unlink", &self.path, errno)),
        }
    }

    /// Owner, mode and size of the file and the space of its file system, as they are now.
    ///
    /// # Errors
    /// The file cannot be reached any more.
    #[allow(
        clippy::useless_conversion,
        reason = "the width of the count of links depends on the machine"
    )]
    pub(crate) fn facts(&self) -> io::Result<FileFacts> {
        self.with_probe(|fd| {
            let found = fstat(fd)?;
            let system = fstatvfs(fd)?;
            Ok(FileFacts {
                owner: found.st_uid,
                group: found.st_gid,
                mode: found.st_mode & 0o7777,
                links: u64::from(found.st_nlink),
                apparent_bytes: u64::try_from(found.st_size).unwrap_or(0),
                real_bytes: u64::try_from(found.st_blocks).unwrap_or(0).saturating_mul(512),
                total_bytes: system.f_blocks.saturating_mul(system.f_frsize),
                free_bytes: system.f_bavail.saturating_mul(system.f_frsize),
                free_files: system.f_favail,
            })
        })
    }
}

/// What can be said about the file of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileFacts {
    /// Owner of the file.
    pub(crate) owner: u32,
    /// Group of the file.
    pub(crate) group: u32,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Names of the file: one, or none if it was removed.
    pub(crate) links: u64,
    /// Its size, holes included.
    pub(crate) apparent_bytes: u64,
    /// Memory it takes.
    pub(crate) real_bytes: u64,
    /// Size of the file system; 0 if it has no limit.
    pub(crate) total_bytes: u64,
    /// Bytes left on it.
    pub(crate) free_bytes: u64,
    /// Files that can still be made on it.
    pub(crate) free_files: u64,
}

/// Opens a file once more through its descriptor, whether it still has a name or not.
pub(crate) fn reopen(fd: BorrowedFd<'_>, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    openat(CWD, publish::descriptor_path(fd), flags, Mode::empty())
}

fn io_error(call: &str, path: &Path, error: &io::Error) -> Error {
    match error.raw_os_error() {
        Some(errno) => os_error(call, path, Errno::from_raw_os_error(errno)),
        None => refuse(path, format!("{call} failed: {error}")),
    }
}
