//! Starting a process that keeps some descriptors, without a copy of this one in between.
#![allow(unsafe_code)]

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::RawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};

/// What a new process is to be.
#[derive(Debug)]
pub(crate) struct Program {
    path: CString,
    arguments: Vec<CString>,
    environment: Vec<CString>,
    directory: Option<CString>,
    /// Open in it, under their numbers, and in no other process that is started meanwhile.
    descriptors: Vec<RawFd>,
    place: Place,
}

/// Among which processes a new one is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Place {
    /// Those of its parent.
    #[default]
    Shared,
    /// A process group of its own.
    Group,
    /// A session of its own, without a terminal.
    Session,
}

impl Program {
    /// A program, looked for in `PATH` if it has no slash; the arguments begin with its name as it is to see it.
    ///
    /// # Errors
    /// A NUL character in one of the texts.
    pub(crate) fn new(
        path: &OsStr,
        arguments: &[&OsStr],
        environment: impl Iterator<Item = (OsString, OsString)>,
        descriptors: Vec<RawFd>,
    ) -> io::Result<Program> {
        let arguments = arguments.iter().map(|a| terminated(a.as_bytes().to_vec()));
        let environment = environment.map(|(name, value)| {
            let mut text = name.into_vec();
            // Room for the NUL too: the environment is long, and each text is made once.
            text.reserve_exact(value.len() + 2);
            text.push(b'=');
            text.extend_from_slice(value.as_bytes());
            terminated(text)
        });
        Ok(Program {
            path: terminated(path.as_bytes().to_vec())?,
            arguments: arguments.collect::<io::Result<_>>()?,
            environment: environment.collect::<io::Result<_>>()?,
            directory: None,
            descriptors,
            place: Place::Shared,
        })
    }

    /// In this directory instead of that of the calling process.
    ///
    /// # Errors
    /// A NUL character.
    pub(crate) fn directory(&mut self, directory: &OsStr) -> io::Result<()> {
        self.directory = Some(terminated(directory.as_bytes().to_vec())?);
        Ok(())
    }

    /// Among these processes.
    pub(crate) fn place(&mut self, place: Place) {
        self.place = place;
    }

    /// Starts it in the directory and among the processes of the caller, and returns its process id.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn spawn(&self) -> io::Result<u32> {
        let (arguments, environment) = (pointers(&self.arguments), pointers(&self.environment));
        let actions = Actions::keeping(&self.descriptors)?;
        let mut pid = 0;
        // SAFETY: path, arguments and environment are NUL-terminated, their lists end with null, and all of them and the
        // actions live until the call returns; it does not write to them.
        check(unsafe {
            libc::posix_spawnp(
                &raw mut pid,
                self.path.as_ptr(),
                &actions.0,
                std::ptr::null(),
                arguments.as_ptr(),
                environment.as_ptr(),
            )
        })?;
        Ok(pid.unsigned_abs())
    }

    /// The parts, for those who start it in another way.
    pub(super) fn parts(&self) -> Parts<'_> {
        Parts {
            path: &self.path,
            arguments: pointers(&self.arguments),
            environment: pointers(&self.environment),
            directory: self.directory.as_ref(),
            descriptors: &self.descriptors,
            place: self.place,
        }
    }
}

/// A program as the system calls take it.
pub(super) struct Parts<'p> {
    pub(super) path: &'p CString,
    pub(super) arguments: Vec<*mut libc::c_char>,
    pub(super) environment: Vec<*mut libc::c_char>,
    pub(super) directory: Option<&'p CString>,
    pub(super) descriptors: &'p [RawFd],
    pub(super) place: Place,
}

fn terminated(text: Vec<u8>) -> io::Result<CString> {
    CString::new(text).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

fn pointers(texts: &[CString]) -> Vec<*mut libc::c_char> {
    let texts = texts.iter().map(|t| t.as_ptr().cast_mut());
    texts.chain([std::ptr::null_mut()]).collect()
}

/// Checks that a file can be executed, as far as can be told without doing it.
///
/// # Errors
/// It cannot.
pub(crate) fn check_executable(path: &Path) -> io::Result<()> {
    if std::fs::metadata(path)?.is_dir() {
        return Err(io::Error::from_raw_os_error(libc::EISDIR));
    }
    Ok(accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS)?)
}

/// Ends a child that has just been started, and waits for it.
pub(crate) fn undo(pid: u32) {
    let pid = pid as libc::pid_t;
    // SAFETY: both take any number. It is that of a child that nobody else knows of yet.
    unsafe {
        libc::kill(pid, libc::SIGKILL);
        while libc::waitpid(pid, std::ptr::null_mut(), 0) < 0 && *libc::__errno_location() == libc::EINTR {}
    }
}

/// What the new process does with descriptors before it becomes the program.
struct Actions(libc::posix_spawn_file_actions_t);

impl Actions {
    fn keeping(descriptors: &[RawFd]) -> io::Result<Actions> {
        let mut raw = std::mem::MaybeUninit::uninit();
        // SAFETY: the call initializes what the pointer leads to.
        check(unsafe { libc::posix_spawn_file_actions_init(raw.as_mut_ptr()) })?;
        // SAFETY: it was initialized by the call above, which succeeded.
        let mut actions = Actions(unsafe { raw.assume_init() });
        for &fd in descriptors {
            // A descriptor that is copied onto itself is no longer closed on exec.
            // SAFETY: the actions are initialized.
            check(unsafe { libc::posix_spawn_file_actions_adddup2(&raw mut actions.0, fd, fd) })?;
        }
        Ok(actions)
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: initialized by `keeping`, and not used after this.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}

fn check(answer: i32) -> io::Result<()> {
    match answer {
        0 => Ok(()),
        errno => Err(io::Error::from_raw_os_error(errno)),
    }
}
