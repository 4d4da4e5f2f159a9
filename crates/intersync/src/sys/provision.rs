//! Setting up the machine's namespace for a group, as root.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, Stat, Uid, fchmod, fchown, fstat, mkdirat, openat,
    unlinkat,
};
use rustix::io::Errno;

use super::arena_file::FILE_NAME;
use super::base::{self, Base, Choice, FALLBACK, PROVIDED, SHARED_NAME};
use super::directory::Directory;
use super::life;
use super::private::DirectoryLock;
use super::publish::{self, Make};
use super::rules::{self, Rules, refuse, remove_access_lists, space_error, wrong_type};
use crate::{Error, Result};

/// The mode of the base directory: everybody makes a directory in it, nobody replaces another's.
const BASE_MODE: u32 = 0o1777;
/// How long to wait for those who are attaching right now.
const GATE_PATIENCE: Duration = Duration::from_secs(2);
/// The most files of private namespaces that are looked at.
const FILES: usize = 65_536;

/// What has been set up.
#[derive(Debug)]
pub(crate) struct Done {
    /// The directory of the namespace.
    pub(crate) directory: PathBuf,
    /// What was done, in words; nothing if all was as it should be.
    pub(crate) steps: Vec<String>,
}

/// Makes or repairs the machine's namespace for the group, with a file that `make` fills.
///
/// # Errors
/// [`Error::AccessDenied`] for anybody but root; [`Error::Namespace`] if something is in the way or in use.
pub(crate) fn provision(group: u32, make: Make<'_>, len: u64) -> Result<Done> {
    if !super::directory::may_provision() {
        return Err(Error::AccessDenied {
            what: format!(
                "only root may provision the Global namespace, not {}; use sudo",
                rules::user(super::thread::euid())
            ),
        });
    }
    let mut steps = Vec::new();
    let (base, base_path, choice) = base_for_all(&mut steps)?;
    let path = base_path.join(base::global_name(choice));
    let global = open_or_make(&base, base::global_name(choice), &path, &mut steps)?;
    // No private namespace is made meanwhile.
    let again = open_directory(base.as_fd(), Path::new(base::global_name(choice)), &path)?;
    let _lock = DirectoryLock::take(again, &path)?;
    let private_path = path.join(SHARED_NAME);
    let private = open_or_make(&global, SHARED_NAME, &private_path, &mut steps)?;
    let file_path = path.join(FILE_NAME);
    let file = open_file(&global, &file_path)?;
    let old = fstat(&global)
        .map_err(|errno| space_error("fstat", &path, errno))?
        .st_gid;
    let regrouped = |fd: &OwnedFd| fstat(fd).is_ok_and(|found| found.st_gid != group);
    let other_group = regrouped(&global) || regrouped(&private) || file.as_ref().is_some_and(regrouped);
    let _gate = match &file {
        Some(file) if other_group => Some(unused(file, &file_path, old)?),
        _ => None,
    };
    sweep(&private, &private_path, other_group.then_some(old), &mut steps)?;
    // The file last: who cannot enter the directory cannot open it.
    settle(&global, &path, group, 0o750, &mut steps)?;
    settle(&private, &private_path, group, 0o1730, &mut steps)?;
    match &file {
        Some(file) => settle(file, &file_path, group, 0o660, &mut steps)?,
        None => {
            let directory = Directory {
                device: fstat(&global)
                    .map_err(|errno| space_error("fstat", &path, errno))?
                    .st_dev,
                fd: global,
                path: path.clone(),
                rules: Rules::global(),
                group,
                file: FILE_NAME.to_owned(),
            };
            publish::publish(&directory, make, len)?;
            steps.push(format!(
                "made {} for {}",
                file_path.display(),
                rules::group(group)
            ));
        }
    }
    Ok(Done {
        directory: path,
        steps,
    })
}

/// Finds the base directory, or makes the one that everybody prefers.
fn base_for_all(steps: &mut Vec<String>) -> Result<(OwnedFd, PathBuf, Choice)> {
    let (mut path, mut choice) = base::choose(&Base::Auto)?;
    if choice == Choice::Fallback && is_on_tmpfs(Path::new(PROVIDED).parent()) {
        let provided = Path::new(PROVIDED);
        make_base(provided, steps)?;
        for directory in in_use(Path::new(FALLBACK)) {
            steps.push(format!(
                "warning: processes use {}, and those that start now use {PROVIDED}: restart them",
                directory.display()
            ));
        }
        (path, choice) = (provided.to_owned(), Choice::Provided);
    }
    let fd = base::open_base(&path, choice)?;
    Ok((fd, path, choice))
}

fn is_on_tmpfs(path: Option<&Path>) -> bool {
    path.and_then(|path| rustix::fs::statfs(path).ok())
        .is_some_and(|system| rules::is_tmpfs(&system))
}

/// Makes the base directory, or repairs its mode.
fn make_base(path: &Path, steps: &mut Vec<String>) -> Result<()> {
    let fd = match mkdirat(CWD, path, Mode::RWXU) {
        Ok(()) => {
            steps.push(format!("made {}", path.display()));
            open_directory(CWD.as_fd(), path, path)?
        }
        Err(Errno::EXIST) => open_directory(CWD.as_fd(), path, path)?,
        Err(errno) => return Err(space_error("mkdir", path, errno)),
    };
    settle(&fd, path, 0, BASE_MODE, steps)
}

/// The directories of namespaces below `base` that processes are attached to.
fn in_use(base: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(base).into_iter().flatten().flatten();
    let directories = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"intersync-"));
    let is_used = |directory: &PathBuf| {
        let held = open_directory(CWD.as_fd(), directory, directory)
            .and_then(|fd| open_file(&fd, &directory.join(FILE_NAME)));
        held.is_ok_and(|file| file.is_some_and(|file| life::any_held_by(file.as_fd()).unwrap_or(false)))
    };
    directories.map(|entry| entry.path()).filter(is_used).collect()
}

/// Opens a directory of root, and makes it, closed to all others, if there is none.
fn open_or_make(parent: &OwnedFd, name: &str, path: &Path, steps: &mut Vec<String>) -> Result<OwnedFd> {
    match mkdirat(parent, name, Mode::RWXU) {
        Ok(()) => steps.push(format!("made {}", path.display())),
        Err(Errno::EXIST) => {}
        Err(errno) => return Err(space_error("mkdir", path, errno)),
    }
    let fd = open_directory(parent.as_fd(), Path::new(name), path)?;
    belongs_to_root(&fd, path)?;
    Ok(fd)
}

fn open_directory(parent: std::os::fd::BorrowedFd<'_>, name: &Path, path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(parent, name, flags, Mode::empty()).map_err(|errno| {
        let found = rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW);
        match found {
            Ok(found) if FileType::from_raw_mode(found.st_mode) != FileType::Directory => {
                wrong_type(path, &found, "a directory")
            }
            _ => space_error("open", path, errno),
        }
    })
}

/// The namespace's file, if it is there.
fn open_file(directory: &OwnedFd, path: &Path) -> Result<Option<OwnedFd>> {
    let name = path.file_name().unwrap_or_default();
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let looked = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW);
    if let Ok(found) = &looked
        && FileType::from_raw_mode(found.st_mode) != FileType::RegularFile
    {
        return Err(wrong_type(path, found, "a regular file"));
    }
    match openat(directory, name, flags, Mode::empty()) {
        Ok(fd) => Ok(Some(fd)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(space_error("open", path, errno)),
    }
}

fn belongs_to_root(fd: &OwnedFd, path: &Path) -> Result<Stat> {
    let found = fstat(fd).map_err(|errno| space_error("fstat", path, errno))?;
    if found.st_uid == 0 {
        return Ok(found);
    }
    let problem = format!(
        "somebody else has made it ({}): remove it once you know why",
        rules::rights(&found)
    );
    Err(refuse(path, problem))
}

/// Gives something of root's its group and its mode.
fn settle(fd: &OwnedFd, path: &Path, group: u32, mode: u32, steps: &mut Vec<String>) -> Result<()> {
    let failed = |call: &'static str| move |errno| space_error(call, path, errno);
    let found = belongs_to_root(fd, path)?;
    let before = found.st_mode & 0o7777;
    if (found.st_gid, before) != (group, mode) {
        // Closed before it is given to others, and open only then.
        fchmod(fd, Mode::from_raw_mode(before & mode)).map_err(failed("chmod"))?;
        fchown(fd, Some(Uid::ROOT), Some(Gid::from_raw(group))).map_err(failed("chown"))?;
        fchmod(fd, Mode::from_raw_mode(mode)).map_err(failed("chmod"))?;
        steps.push(format!(
            "set {} to owner root, {}, mode {mode:04o} (was {}, mode {before:04o})",
            path.display(),
            rules::group(group),
            rules::group(found.st_gid)
        ));
    }
    remove_access_lists(fd);
    Ok(())
}

/// Makes sure that nobody uses a namespace, and keeps everybody out while the answer lives.
fn unused(file: &OwnedFd, path: &Path, group: u32) -> Result<life::Gate> {
    let failed = |error: std::io::Error| refuse(path, format!("its locks cannot be asked for: {error}"));
    let own = || {
        let again = super::arena_file::reopen(file.as_fd(), OFlags::RDWR | OFlags::CLOEXEC);
        again.map_err(|errno| space_error("open", path, errno))
    };
    let gate = life::gate_of(own()?, true, GATE_PATIENCE).map_err(failed)?;
    match gate {
        Some(gate) if !life::any_held_by(own()?.as_fd()).map_err(failed)? => Ok(gate),
        _ => Err(refuse(
            path,
            format!(
                "processes use it with {}: end them (`intersync ls --global` and `intersync doctor` name them), then \
                 give it to another group",
                rules::group(group)
            ),
        )),
    }
}

/// Removes the private namespaces that nobody uses. If they are about to get another group, none may be in use.
fn sweep(
    directory: &OwnedFd,
    path: &Path,
    regrouped_from: Option<u32>,
    steps: &mut Vec<String>,
) -> Result<()> {
    let entries = Dir::read_from(directory).map_err(|errno| space_error("readdir", path, errno))?;
    let mut removed = 0;
    for entry in entries.flatten().take(FILES) {
        let Ok(name) = entry.file_name().to_str() else {
            continue;
        };
        if !name.starts_with(super::private::PREFIX) {
            continue;
        }
        let file_path = path.join(name);
        let Ok(Some(file)) = open_file(directory, &file_path) else {
            continue;
        };
        match (
            unused(&file, &file_path, regrouped_from.unwrap_or(0)),
            regrouped_from,
        ) {
            (Ok(_gate), _) => {
                if unlinkat(directory, name, AtFlags::empty()).is_ok() {
                    removed += 1;
                }
            }
            (Err(error), Some(_)) => return Err(error),
            (Err(_), None) => {}
        }
    }
    if removed > 0 {
        steps.push(format!("removed {removed} private namespaces that nobody used"));
    }
    Ok(())
}
