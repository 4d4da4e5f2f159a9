//! Private namespaces: known by alias and boundary, reached through the alias as a prefix of names.

use std::os::fd::OwnedFd;

use crate::process::Process;
use crate::sys::arena_file::{self, ArenaFile, Base, PrivateFile};
use crate::sys::{life, private};
use crate::word::slot::Belongs;
use crate::{Boundary, Error, Name, NameProblem, Namespace, Result, alias, creator, linux, opening};

/// Files there may be of one alias and boundary where several users make them: a user cannot remove what is left of
/// another one's.
const SHARED_FILES: usize = 8;

/// A private namespace, open under its alias: names `alias\object` are in it, in this process.
///
/// It is there as long as the process that created it lives and nobody has [destroyed](PrivateNamespace::close) it. Objects
/// that are open stay what they are after that. Dropping this closes it, without destroying it.
///
/// Its file is the user's own; if the boundary names groups or everyone, and the user may use the Global namespace, it
/// lies with those of the other users, who can open it if its [mode](PrivateOptions::mode) lets them.
///
/// Source: Win32 `CreatePrivateNamespace`, `OpenPrivateNamespace`, `ClosePrivateNamespace`.
///
/// ```no_run
/// use intersync::{Boundary, Event, PrivateNamespace};
/// # fn main() -> intersync::Result<()> {
/// let boundary = Boundary::new("com.example.shop").everyone();
/// let namespace = PrivateNamespace::create("shop", &boundary)?;
/// let ready = Event::options().create("shop\\ready")?;
/// namespace.close(true)?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct PrivateNamespace {
    alias: String,
    process: &'static Process,
}

/// How to create a private namespace; made by [`PrivateNamespace::options`].
#[derive(Debug, Clone, Copy, Default)]
pub struct PrivateOptions {
    mode: Option<u32>,
}

impl PrivateOptions {
    /// Who may open it: 0o600, the default, processes of its creator's user; 0o660, also the members of its group. That is the
    /// group the boundary names, else the one that may use the Global namespace.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Creates the namespace, as [`PrivateNamespace::create`].
    ///
    /// # Errors
    /// As [`PrivateNamespace::create`]; [`Error::InvalidArgument`] for another mode; [`Error::Namespace`] if the group is to
    /// open it and there is no Global namespace that this user may use.
    pub fn create<'n>(&self, alias: impl Into<Name<'n>>, boundary: &Boundary) -> Result<PrivateNamespace> {
        let for_group = match self.mode {
            None | Some(0o600) => false,
            Some(0o660) => true,
            Some(mode) => {
                return Err(Error::InvalidArgument {
                    what: format!("the mode of a private namespace is 0600 or 0660, not {mode:04o}"),
                });
            }
        };
        let alias = alias.into();
        check_alias(&alias)?;
        let alias = &*alias.to_string();
        boundary.check()?;
        boundary.check_caller()?;
        let files = candidates(alias, boundary, for_group)?;
        // From here to the return nobody else makes or removes one.
        let _lock = private::lock(&files[0])?;
        if alias::is_open(alias) {
            return Err(exists(alias));
        }
        let base = Base::Private(free_file(alias, &files)?);
        sweep();
        let shown = private::directory_path(&base)?;
        let mut make = |fd: &OwnedFd, length, _| linux::format(fd, length, &shown);
        drop(arena_file::open_or_create(&base, &mut make, 0)?);
        let process = Process::attach_at(&base)?;
        alias::open(alias, &base, process.arena.host.file.id())?;
        // Others ask whether this process lives: with a keeper, one load tells.
        process.ensure_keeper();
        creator::set(process.arena, Belongs::to(process.slot.index, process.nonce));
        Ok(PrivateNamespace {
            alias: alias.to_owned(),
            process,
        })
    }
}

impl PrivateNamespace {
    /// How to create one.
    pub fn options() -> PrivateOptions {
        PrivateOptions::default()
    }

    /// Creates the namespace, for processes of this user.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if it is there, whoever created it, or if this process has another one open under the alias;
    /// [`Error::AccessDenied`] if this process is not every member of the boundary; an invalid alias; a full file system.
    pub fn create<'n>(alias: impl Into<Name<'n>>, boundary: &Boundary) -> Result<PrivateNamespace> {
        PrivateNamespace::options().create(alias, boundary)
    }

    /// Opens the namespace that another process, or this one, has created. The caller need not be a member of the boundary.
    ///
    /// # Errors
    /// [`Error::NoPrivateNamespace`] if there is none; [`Error::AccessDenied`] if its mode keeps this user out;
    /// [`Error::AlreadyExists`] if this process has another one open under the alias; an invalid alias.
    pub fn open<'n>(alias: impl Into<Name<'n>>, boundary: &Boundary) -> Result<PrivateNamespace> {
        let alias = alias.into();
        check_alias(&alias)?;
        let alias = &*alias.to_string();
        boundary.check()?;
        let mut refused = None;
        for file in candidates(alias, boundary, false)? {
            let base = Base::Private(file);
            match examine(&base) {
                Ok(Found::Alive) => {}
                Ok(Found::Absent | Found::Dead(_)) => continue,
                Err(error) => {
                    refused = refused.or(Some(error));
                    continue;
                }
            }
            let process = Process::attach_at(&base)?;
            // It may have ended since, and another one be in the making.
            if !creator::lives(process.arena) {
                continue;
            }
            alias::open(alias, &base, process.arena.host.file.id())?;
            return Ok(PrivateNamespace {
                alias: alias.to_owned(),
                process,
            });
        }
        Err(refused.unwrap_or_else(|| Error::NoPrivateNamespace {
            alias: alias.to_owned(),
        }))
    }

    /// The prefix of the names in it.
    pub fn alias(&self) -> &str {
        &self.alias
    }

    /// The namespace, for calls that take one.
    ///
    /// # Errors
    /// In a forked child: those of attaching.
    pub fn namespace(&self) -> Result<Namespace> {
        let process = self.process.here()?;
        Ok(Namespace { process })
    }

    /// Closes it: its alias is an unknown word in this process from now on. With `destroy`, nobody can open it any more, and a
    /// new one can be created. Objects that are open stay what they are.
    ///
    /// # Errors
    /// The directory of its file cannot be read; it is closed all the same.
    pub fn close(self, destroy: bool) -> Result<()> {
        let file = &self.process.arena.host.file;
        if destroy {
            creator::clear(self.process.arena);
            // The name may be another one's already, who has it under this lock.
            if let Base::Private(private) = file.base()
                && let Ok(_lock) = private::lock(private)
            {
                file.remove()?;
            }
        }
        Ok(())
    }
}

impl Drop for PrivateNamespace {
    fn drop(&mut self) {
        alias::close(&self.alias);
    }
}

/// What is under a file's name.
enum Found {
    /// Nothing.
    Absent,
    /// A namespace.
    Alive,
    /// What is left of one.
    Dead(ArenaFile),
}

/// Looks at a file without attaching.
fn examine(base: &Base) -> Result<Found> {
    let Some((file, fd)) = arena_file::open_existing(base)? else {
        return Ok(Found::Absent);
    };
    match opening::look_into(file, &fd) {
        Ok(arena) if creator::lives(&arena) => Ok(Found::Alive),
        Ok(arena) => Ok(Found::Dead(arena.host.file)),
        Err(error @ Error::Version { .. }) => match arena_file::open_existing(base)? {
            // Of another version: without users it is nobody's.
            Some((file, _)) if !life::any_held(&file).unwrap_or(true) => Ok(Found::Dead(file)),
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// A file name for a new namespace, if there is no such namespace yet.
fn free_file(alias: &str, files: &[PrivateFile]) -> Result<PrivateFile> {
    let mut free = None;
    let mut refused = None;
    for file in files {
        match examine(&Base::Private(file.clone())) {
            Ok(Found::Alive) | Err(Error::AccessDenied { .. }) => return Err(exists(alias)),
            Ok(Found::Absent) => free = free.or(Some(file)),
            Ok(Found::Dead(dead)) => {
                if dead.remove()? {
                    free = free.or(Some(file));
                }
            }
            // Not one of this boundary: somebody is in the way, and the next name will do.
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    match (free, refused) {
        (Some(file), _) => Ok(file.clone()),
        (None, Some(error)) => Err(error),
        (None, None) => Err(Error::Exhausted {
            what: "file names for this private namespace, all taken by what other users left behind; have root run \
                   `intersync provision` once more",
            limit: SHARED_FILES as u64,
        }),
    }
}

/// Removes some of what is left of this user's namespaces.
fn sweep() {
    for name in private::own_names() {
        let leftover = PrivateFile {
            shared: false,
            name,
            alias: String::new(),
            owner: None,
            group: None,
            for_group: false,
        };
        if let Ok(Found::Dead(file)) = examine(&Base::Private(leftover)) {
            // What cannot be removed now is left to the next one.
            let _ = file.remove();
        }
    }
}

/// The files that the namespace may be in, in the order in which they are taken.
fn candidates(alias: &str, boundary: &Boundary, for_group: bool) -> Result<Vec<PrivateFile>> {
    let first = PrivateFile {
        shared: boundary.is_for_several(),
        name: format!("{}{:032x}", private::PREFIX, boundary.hash_with(alias)),
        alias: alias.to_owned(),
        owner: boundary.owner(),
        group: boundary.first_group(),
        for_group,
    };
    let own = PrivateFile {
        shared: false,
        ..first.clone()
    };
    let sharing = match first.shared {
        true => private::may_share(&first),
        false if for_group => Err(Error::InvalidArgument {
            what: "a boundary of users alone cannot be open to a group (mode 0660); add a group to it"
                .to_owned(),
        }),
        false => return Ok(vec![own]),
    };
    match sharing {
        Ok(()) => {
            let more = (1..SHARED_FILES).map(|n| PrivateFile {
                name: format!("{}.{n}", first.name),
                ..first.clone()
            });
            Ok(std::iter::once(first.clone()).chain(more).collect())
        }
        Err(error) if for_group => Err(error),
        Err(_) => Ok(vec![own]),
    }
}

fn exists(alias: &str) -> Error {
    Error::AlreadyExists {
        name: alias.to_owned(),
    }
}

fn check_alias(alias: &Name<'_>) -> Result<()> {
    let problem = match alias.bytes() {
        b"" => NameProblem::Empty,
        b"Local" | b"Global" | b"Session" => NameProblem::PrefixOnly,
        bytes if bytes.contains(&b'\\') => NameProblem::InnerBackslash,
        bytes if bytes.contains(&0) => NameProblem::Nul,
        _ if alias.is_too_long() => NameProblem::TooLong,
        _ => return Ok(()),
    };
    Err(Error::InvalidName {
        name: alias.to_string(),
        problem,
    })
}
