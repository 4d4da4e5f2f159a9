//! Where namespaces live: the base directory, and the directory of this user below it.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, fstat, fstatfs, openat};
use rustix::io::Errno;

use super::arena_file::FILE_NAME;
use super::directory::Directory;
use super::rules::{self, Rules};
use super::thread;
use crate::{Error, Result};

/// The base that an administrator provides (see `dist/tmpfiles.d/intersync.conf`).
pub(super) const PROVIDED: &str = "/run/intersync";
/// The directory of the private namespaces of several users, in that of the global one.
pub(super) const SHARED_NAME: &str = "private";
/// The base that is always there.
pub(super) const FALLBACK: &str = "/dev/shm";
/// The uid map of a user namespace in which every uid is itself.
const IDENTITY_MAP: [&str; 3] = ["0", "0", "4294967295"];

/// Which namespace is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Base {
    /// The user's own: below `$INTERSYNC_DIR`, else `/run/intersync`, else `/dev/shm`.
    Auto,
    /// The user's own below this directory.
    Under(PathBuf),
    /// The machine's, provisioned by an administrator.
    Global,
    /// A private one.
    Private(PrivateFile),
}

/// The file of a private namespace, and who may have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PrivateFile {
    /// Whether it is with those of several users, not in the user's own directory.
    pub(crate) shared: bool,
    /// Its name there.
    pub(crate) name: String,
    /// The alias of the namespace, for messages; empty if it is not known.
    pub(crate) alias: String,
    /// Who must own a shared one, if the boundary names a user.
    pub(crate) owner: Option<u32>,
    /// The group a shared one must have, if the boundary names one; else that of the directory.
    pub(crate) group: Option<u32>,
    /// Whether a new one is for its group too.
    pub(crate) for_group: bool,
}

impl PrivateFile {
    /// What a handle's file at `path` may be, whose sender has opened it by its alias and boundary.
    fn at(path: &Path) -> Option<PrivateFile> {
        let name = path.file_name()?.to_str()?;
        if !name.starts_with(super::private::PREFIX) {
            return None;
        }
        Some(PrivateFile {
            shared: path.parent()?.file_name()? == SHARED_NAME,
            name: name.to_owned(),
            alias: String::new(),
            owner: None,
            group: std::fs::symlink_metadata(path).ok().map(|found| found.gid()),
            for_group: false,
        })
    }

    /// What its directory and the file itself must be like.
    fn rules(&self) -> Rules {
        if !self.shared {
            return Rules::own();
        }
        let shared = Rules::shared(self.for_group);
        Rules {
            file_owner: self.owner,
            file_group: self.group.map_or(shared.file_group, rules::Group::Of),
            ..shared
        }
    }
}

impl Base {
    /// Where a namespace may have been looked for whose file is at `path`.
    pub(crate) fn candidates(path: &Path) -> Vec<Base> {
        let mut bases = vec![Base::Auto, Base::Global];
        bases.extend(PrivateFile::at(path).map(Base::Private));
        bases.extend(
            path.parent()
                .and_then(Path::parent)
                .map(|base| Base::Under(base.to_owned())),
        );
        bases
    }
}

/// How the base directory was chosen, for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The caller named it.
    Given,
    /// `INTERSYNC_DIR` names it.
    Environment,
    /// `/run/intersync` is there as it should be.
    Provided,
    /// Nothing better: `/dev/shm`.
    Fallback,
}

/// A checked base directory and the name of the directory to use below it.
#[derive(Debug)]
pub(crate) struct Place {
    /// The base, open for lookups only.
    pub(crate) base: OwnedFd,
    /// Its path, absolute.
    pub(crate) base_path: PathBuf,
    /// The directory of the namespace below it.
    pub(crate) name: String,
    /// The file of the namespace in that.
    pub(crate) file: String,
    /// What its directory and its file must be like.
    pub(crate) rules: Rules,
}

impl Place {
    /// Finds and checks the base directory.
    ///
    /// # Errors
    /// [`Error::Namespace`]: it is missing, not a tmpfs, or others could swap what is in it.
    pub(crate) fn find(base: &Base) -> Result<Place> {
        let (base_path, choice) = choose(base)?;
        let fd = open_base(&base_path, choice)?;
        let place = |name: String, rules| Place {
            base: fd,
            base_path,
            name,
            file: FILE_NAME.to_owned(),
            rules,
        };
        match base {
            Base::Global => Ok(place(global_name(choice).to_owned(), Rules::global())),
            Base::Auto | Base::Under(_) => Ok(place(own_name(), Rules::own())),
            Base::Private(private) if private.shared => {
                Place::shared(&place(global_name(choice).to_owned(), Rules::global()), private)
            }
            Base::Private(private) => Ok(Place {
                file: private.name.clone(),
                ..place(own_name(), private.rules())
            }),
        }
    }

    /// The place of a private namespace of several users, which is inside the directory of the `global` one.
    fn shared(global: &Place, private: &PrivateFile) -> Result<Place> {
        let path = global.directory_path();
        match Directory::open(global)? {
            Some(directory) => Ok(Place {
                base: directory.fd,
                base_path: path,
                name: SHARED_NAME.to_owned(),
                file: private.name.clone(),
                rules: private.rules(),
            }),
            None => Err(rules::not_provisioned(&path, None)),
        }
    }

    /// The path of the namespace's directory.
    pub(crate) fn directory_path(&self) -> PathBuf {
        self.base_path.join(&self.name)
    }
}

/// Chooses the base directory by the caller's wish, the environment and what the machine provides.
///
/// # Errors
/// [`Error::Namespace`]: `INTERSYNC_DIR` is not an absolute path.
pub(crate) fn choose(base: &Base) -> Result<(PathBuf, Choice)> {
    if let Base::Under(path) = base {
        let path = std::path::absolute(path).map_err(|_| refuse(path, "it is not a path"))?;
        return Ok((path, Choice::Given));
    }
    if let Some(path) = variable("INTERSYNC_DIR") {
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(refuse(&path, "INTERSYNC_DIR must be an absolute path"));
        }
        return Ok((path, Choice::Environment));
    }
    if is_provided(Path::new(PROVIDED)) {
        return Ok((PathBuf::from(PROVIDED), Choice::Provided));
    }
    Ok((PathBuf::from(FALLBACK), Choice::Fallback))
}

/// The base that an administrator is to provide: the one the environment names, or the usual one.
pub(crate) fn provided() -> PathBuf {
    variable("INTERSYNC_DIR").map_or_else(|| PathBuf::from(PROVIDED), PathBuf::from)
}

/// Whether it is the base that is looked for without being named.
pub(crate) fn is_usual(base: &Path) -> bool {
    base == Path::new(PROVIDED)
}

/// A variable of the environment, unless it is empty or this program must not trust it.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    if thread::secure() {
        return None;
    }
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether the user has allowed file systems other than tmpfs.
pub(crate) fn any_file_system_allowed() -> bool {
    variable("INTERSYNC_ALLOW_FS").is_some_and(|value| value.as_bytes() == b"1")
}

/// Whether a directory is what `dist/tmpfiles.d/intersync.conf` makes: anything else there is ignored,
/// in the same way by every user, so that all choose the same base.
fn is_provided(path: &Path) -> bool {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(fd) = openat(CWD, path, flags, Mode::empty()) else {
        return false;
    };
    let (Ok(found), Ok(system)) = (fstat(&fd), fstatfs(&fd)) else {
        return false;
    };
    let owned_by_root = found.st_uid == 0 || Some(found.st_uid) == foreign_root();
    owned_by_root && found.st_mode & libc::S_ISVTX != 0 && rules::is_tmpfs(&system)
}

/// Opens and checks a base directory. Links on the way are followed: `/dev/shm` may be one.
pub(super) fn open_base(path: &Path, choice: Choice) -> Result<OwnedFd> {
    let remedy = match choice {
        Choice::Environment => "set INTERSYNC_DIR to a directory on a tmpfs",
        Choice::Given => "name a directory on a tmpfs",
        Choice::Provided | Choice::Fallback => "set INTERSYNC_DIR to another directory on a tmpfs",
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = openat(CWD, path, flags, Mode::empty()).map_err(|errno| match errno {
        Errno::NOENT => refuse(
            path,
            &format!("the directory does not exist; make it, or {remedy}"),
        ),
        Errno::NOTDIR => refuse(path, &format!("it is not a directory; {remedy}")),
        Errno::ACCESS => refuse(path, &format!("this user may not enter it; {remedy}")),
        errno => os_error("open", path, errno),
    })?;
    let found = fstat(&fd).map_err(|errno| os_error("fstat", path, errno))?;
    let owner = found.st_uid;
    if owner != 0 && owner != thread::euid() && Some(owner) != foreign_root() {
        let problem = format!(
            "the directory belongs to {}, who could replace what is in it: it must belong to root or to this \
             user; {remedy}",
            rules::user(owner)
        );
        return Err(refuse(path, &problem));
    }
    if found.st_mode & libc::S_IWOTH != 0 && found.st_mode & libc::S_ISVTX == 0 {
        let problem = format!(
            "everybody may replace what is in the directory (mode {:04o} without the sticky bit): \
             chmod +t it, or {remedy}",
            found.st_mode & 0o7777
        );
        return Err(refuse(path, &problem));
    }
    rules::check_file_system(&fd, path)?;
    Ok(fd)
}

/// The directory of the global namespace. Where the base is not this library's own its name says whose it is.
pub(super) fn global_name(choice: Choice) -> &'static str {
    match choice {
        Choice::Fallback => "intersync-global",
        Choice::Given | Choice::Environment | Choice::Provided => "global",
    }
}

/// "intersync-<euid>", and the user namespace where uids are not those of the machine: another container's
/// uid 0 is another user.
fn own_name() -> String {
    let euid = thread::euid();
    match foreign_user_namespace() {
        Some(inode) => format!("intersync-{euid}.{inode}"),
        None => format!("intersync-{euid}"),
    }
}

/// The inode of the user namespace, if uids in it are not the machine's.
fn foreign_user_namespace() -> Option<u64> {
    let map = std::fs::read_to_string("/proc/self/uid_map").ok()?;
    (!is_identity(&map)).then(|| thread::inode("/proc/self/ns/user"))
}

fn is_identity(map: &str) -> bool {
    map.split_ascii_whitespace().eq(IDENTITY_MAP)
}

/// How the machine's root shows in a user namespace that has no name for it.
fn foreign_root() -> Option<u32> {
    foreign_user_namespace()?;
    let text = std::fs::read_to_string("/proc/sys/kernel/overflowuid").ok()?;
    text.trim().parse().ok()
}

fn refuse(path: &Path, problem: &str) -> Error {
    Error::Namespace {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}

/// The error of a system call for which there is nothing better to say.
pub(crate) fn os_error(call: &str, path: &Path, errno: Errno) -> Error {
    Error::Os {
        operation: format!("{call} of {}", path.display()),
        errno: errno.raw_os_error(),
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn only_the_full_identity_map_counts_as_the_machines_own() {
        assert!(is_identity("         0          0 4294967295\n"));
        assert!(!is_identity("         0       1000          1\n"));
        assert!(!is_identity("0 0 1000\n1000 100000 65536\n"));
        assert!(!is_identity(""));
    }

    #[test]
    fn a_given_path_is_made_absolute() {
        let (path, choice) = choose(&Base::Under(PathBuf::from("x/y"))).expect("a path");
        assert!(path.is_absolute() && path.ends_with("x/y"));
        assert_eq!(choice, Choice::Given);
    }
}
