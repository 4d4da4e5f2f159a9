//! Starting programs whose processes can be waited for, ended and asked for their exit codes: as on Windows.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use crate::inherit::Inheritance;
use crate::sys::held::Held;
use crate::sys::spawn::{self, Place, Program};
use crate::{Error, Location, Namespace, Process, Result, Thread};

/// How to start a program.
///
/// Unlike a child of [`Command`](std::process::Command) it is reaped by this library, as soon as it ends: its exit code is
/// kept as long as there is a handle to it. A program that waits for any child whatever (`waitpid(-1)`) may take it
/// away; then the kernel still tells, from Linux 6.15 on.
///
/// ```no_run
/// use intersync::{Inheritance, Launch, Timeout};
/// # fn main() -> intersync::Result<()> {
/// let launched = Launch::new("/usr/bin/make").argument("all").start(&Inheritance::none())?;
/// launched.process.wait(Timeout::INFINITE)?;
/// println!("{:?}", launched.process.exit_code()?);
/// # Ok(()) }
/// ```
///
/// Source: Win32 `CreateProcess`.
#[derive(Debug, Clone)]
pub struct Launch {
    program: PathBuf,
    name: OsString,
    arguments: Vec<OsString>,
    environment: Option<Vec<(OsString, OsString)>>,
    directory: Option<PathBuf>,
    place: Place,
    namespace: Option<Namespace>,
}

/// A program that was started.
#[derive(Debug)]
pub struct Launched {
    /// Its process.
    pub process: Process,
    /// Its first thread, which counts as ended once the process has ended, or, if it uses this library, by itself.
    pub thread: Thread,
}

/// A process that exists and does not run its program yet. If this is dropped, or its process ends, it ends.
#[derive(Debug)]
pub struct Suspended(Held);

impl Launch {
    /// This program, by its path: it is not searched for. It has no arguments but its path.
    pub fn new(program: impl Into<PathBuf>) -> Launch {
        let program = program.into();
        Launch {
            name: program.clone().into_os_string(),
            program,
            arguments: Vec::new(),
            environment: None,
            directory: None,
            place: Place::Shared,
            namespace: None,
        }
    }

    /// The name that the program sees as its own, the argument before the first.
    pub fn name(mut self, name: impl Into<OsString>) -> Self {
        self.name = name.into();
        self
    }

    /// One more argument.
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// The environment, instead of that of the calling process.
    pub fn environment(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        self.environment = Some(variables.into_iter().collect());
        self
    }

    /// The current directory, instead of that of the calling process. The path of the program does not depend on it.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// In a process group of its own: signals of the terminal do not reach it.
    pub fn new_group(mut self) -> Self {
        self.place = Place::Group;
        self
    }

    /// In a session of its own, without a terminal.
    pub fn new_session(mut self) -> Self {
        self.place = Place::Session;
        self
    }

    /// Opens the handles to the process and its thread in this namespace, instead of the user's own.
    pub fn namespace(mut self, namespace: &Namespace) -> Self {
        self.namespace = Some(namespace.clone());
        self
    }

    /// Starts the program; its process inherits these handles. There are handles to it before the program begins, so that no
    /// exit code is lost. For that the calling process is copied, as `fork` does, which takes longer the more memory it has.
    ///
    /// # Errors
    /// [`Error::Os`] if it cannot be started; those of [`Process::open`]. Then there is no process.
    pub fn start(&self, inheritance: &Inheritance) -> Result<Launched> {
        let (launched, Suspended(held)) = self.start_suspended(inheritance)?;
        held.run().map_err(|e| self.refused(&e))?;
        Ok(launched)
    }

    /// As [`Launch::start`], but the program does not begin before it is [resumed](Suspended::resume). Its process
    /// exists already, and holds its handles.
    ///
    /// Whether the program can be executed shows when it is resumed: if it cannot, it ends with the exit code 127.
    ///
    /// # Errors
    /// As [`Launch::start`].
    pub fn start_suspended(&self, inheritance: &Inheritance) -> Result<(Launched, Suspended)> {
        let (namespace, program) = self.prepare(inheritance)?;
        let (pid, held) = Held::start(&program).map_err(|e| self.refused(&e))?;
        Ok((launched(&namespace, pid)?, Suspended(held)))
    }

    fn prepare(&self, inheritance: &Inheritance) -> Result<(Namespace, Program)> {
        // What could keep the process from being watched must fail before there is one.
        let namespace = match &self.namespace {
            Some(given) => given.clone(),
            None => Namespace::open(&Location::Local)?,
        };
        let prepared = || {
            let path = std::path::absolute(&self.program)?;
            spawn::check_executable(&path)?;
            let mut arguments: Vec<&OsStr> = vec![&self.name];
            arguments.extend(self.arguments.iter().map(OsString::as_os_str));
            let environment = match &self.environment {
                Some(given) => given.clone(),
                None => std::env::vars_os().collect(),
            };
            let descriptors = inheritance.descriptors().map(|fd| fd.as_raw_fd()).collect();
            let environment = inheritance.announced_in(environment.into_iter());
            let mut program = Program::new(path.as_os_str(), &arguments, environment, descriptors)?;
            if let Some(directory) = &self.directory {
                std::fs::read_dir(directory)?;
                program.directory(directory.as_os_str())?;
            }
            program.place(self.place);
            Ok((namespace, program))
        };
        prepared().map_err(|e| self.refused(&e))
    }

    fn refused(&self, e: &io::Error) -> Error {
        Error::Os {
            operation: format!("start of {}", self.program.display()),
            errno: e.raw_os_error().unwrap_or_default(),
        }
    }
}

/// Handles to a child that was started just now.
fn launched(namespace: &Namespace, pid: u32) -> Result<Launched> {
    let process = match Process::of_started(namespace, pid) {
        Ok(process) => process,
        Err(e) => {
            spawn::undo(pid);
            return Err(e);
        }
    };
    match Thread::main_of(&process) {
        Ok(thread) => Ok(Launched { process, thread }),
        Err(e) => {
            // It is reaped as every child is.
            let _ = process.terminate(0);
            Err(e)
        }
    }
}

impl Suspended {
    /// Lets the program begin.
    ///
    /// # Errors
    /// [`Error::Os`] if somebody has closed the descriptor for this: then the process has ended.
    pub fn resume(self) -> Result<()> {
        self.0.release().map_err(|e| Error::Os {
            operation: "resuming a suspended process".to_owned(),
            errno: e.raw_os_error().unwrap_or_default(),
        })
    }
}
