//! Creating processes, and what there is to do with them.

use std::ffi::OsString;

use intersync::{Access, Error, Handle, Inheritance, Launch, Launched, Process, RawHandle};

use super::threads::{CREATE_SUSPENDED, STILL_ACTIVE};
use super::{command_line, programs, suspended};
use crate::code::{
    ACCESS_DENIED, BAD_EXE_FORMAT, Code, FILE_NOT_FOUND, FILENAME_EXCED_RANGE, INVALID_HANDLE,
    INVALID_PARAMETER, NO_SYSTEM_RESOURCES, NOT_ENOUGH_MEMORY, NOT_SUPPORTED, PATH_NOT_FOUND, Result,
};
use crate::handle;

/// `DETACHED_PROCESS`.
const DETACHED_PROCESS: u32 = 0x8;
/// `CREATE_NEW_PROCESS_GROUP`.
const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
/// `CREATE_UNICODE_ENVIRONMENT`.
pub(crate) const CREATE_UNICODE_ENVIRONMENT: u32 = 0x400;
/// `EXTENDED_STARTUPINFO_PRESENT`.
pub(crate) const EXTENDED_STARTUPINFO_PRESENT: u32 = 0x8_0000;
/// Those that change nothing here: the priority classes, `CREATE_BREAKAWAY_FROM_JOB`, `CREATE_DEFAULT_ERROR_MODE`,
/// `CREATE_NO_WINDOW`.
const WITHOUT_EFFECT: u32 =
    0x40 | 0x4000 | 0x20 | 0x8000 | 0x80 | 0x100 | 0x0100_0000 | 0x0400_0000 | 0x0800_0000;
/// Those that nothing here can do: `DEBUG_PROCESS`, `DEBUG_ONLY_THIS_PROCESS`, `CREATE_NEW_CONSOLE`.
const IMPOSSIBLE: u32 = 0x1 | 0x2 | 0x10;
const KNOWN: u32 = CREATE_SUSPENDED
    | DETACHED_PROCESS
    | CREATE_NEW_PROCESS_GROUP
    | CREATE_UNICODE_ENVIRONMENT
    | EXTENDED_STARTUPINFO_PRESENT
    | WITHOUT_EFFECT
    | IMPOSSIBLE;

/// `STARTF_USESTDHANDLES`.
const USE_STREAMS: u32 = 0x100;
/// The longest command line, in characters with the zero at its end.
pub(crate) const LONGEST_COMMAND_LINE: usize = 32_767;
/// Where the objects of a process are, whatever its environment is on Windows.
const NAMESPACE: &str = "INTERSYNC_DIR";

/// What `CreateProcess` is given.
#[derive(Debug, Default)]
pub(crate) struct Creation {
    pub(crate) application: Option<OsString>,
    pub(crate) command_line: Option<OsString>,
    /// Whether the handle to the process can be inherited, and that to its thread.
    pub(crate) inheritable: [bool; 2],
    /// Whether the process inherits handles.
    pub(crate) inherits: bool,
    /// The only handles that it inherits.
    pub(crate) only: Option<Vec<isize>>,
    pub(crate) flags: u32,
    pub(crate) environment: Option<Vec<(OsString, OsString)>>,
    pub(crate) directory: Option<OsString>,
}

/// What it gives.
#[derive(Debug)]
pub(crate) struct Created {
    pub(crate) process: isize,
    pub(crate) thread: isize,
    pub(crate) pid: u32,
    pub(crate) tid: u32,
}

/// Checks the flags, of the creation and of the start-up information, which comes before everything else.
pub(crate) fn check_flags(flags: u32, startup: u32) -> Result<()> {
    let both = DETACHED_PROCESS | 0x10;
    if flags & !KNOWN != 0 || flags & both == both {
        return Err(Code(INVALID_PARAMETER));
    }
    match flags & IMPOSSIBLE | startup & USE_STREAMS {
        0 => Ok(()),
        _ => Err(Code(NOT_SUPPORTED)),
    }
}

/// `CreateProcess`.
pub(crate) fn create(creation: &Creation) -> Result<Created> {
    let inheritance = match (&creation.only, creation.inherits) {
        (None, false) => Inheritance::none(),
        (None, true) => Inheritance::prepare()?,
        (Some(_), false) => return Err(Code(INVALID_PARAMETER)),
        (Some(list), true) => only(list)?,
    };
    let launch = launch(creation)?;
    if creation.flags & CREATE_SUSPENDED == 0 {
        let launched = launch.start(&inheritance).map_err(refused)?;
        return give(launched, creation.inheritable);
    }
    let (launched, held) = launch.start_suspended(&inheritance).map_err(refused)?;
    let process = launched.process.clone();
    let created = give(launched, creation.inheritable)?;
    suspended::remember(process, held);
    Ok(created)
}

/// The handles to a process that was created, for the program. If it cannot have them there is no process.
fn give(launched: Launched, inheritable: [bool; 2]) -> Result<Created> {
    let Launched { process, thread } = launched;
    let (pid, tid) = (process.id(), thread.id());
    let give = || {
        // The library may keep its own.
        let given = process.duplicate(Access::MAXIMUM)?;
        given.set_inheritable(inheritable[0])?;
        thread.set_inheritable(inheritable[1])?;
        let thread = thread.into_raw()?;
        match given.into_raw() {
            Ok(process) => Ok((process, thread)),
            Err(e) => {
                let _ = thread.close();
                Err(e)
            }
        }
    };
    match give() {
        Ok((given, thread)) => Ok(Created {
            process: handle::value(given),
            thread: handle::value(thread),
            pid,
            tid,
        }),
        Err(e) => {
            let _ = process.terminate(0);
            Err(Code::from(e))
        }
    }
}

fn only(list: &[isize]) -> Result<Inheritance> {
    let list: Result<Vec<RawHandle>> = list.iter().map(|&value| handle::raw(value)).collect();
    let prepared = list.and_then(|list| Ok(Inheritance::prepare_only(&list)?));
    prepared.map_err(|Code(code)| match code {
        INVALID_HANDLE => Code(INVALID_PARAMETER),
        other => Code(other),
    })
}

/// What is to be started.
fn launch(creation: &Creation) -> Result<Launch> {
    let line = creation.command_line.as_ref().or(creation.application.as_ref());
    let line = line.ok_or(Code(INVALID_PARAMETER))?;
    let mut parts = command_line::split(line).into_iter();
    let name = parts.next().unwrap_or_default();
    let program = match &creation.application {
        Some(path) => path.into(),
        None => programs::find(line, &name)?,
    };
    programs::check(&program, creation.directory.as_deref())?;
    let mut launch = parts.fold(Launch::new(program).name(name), Launch::argument);
    if let Some(variables) = &creation.environment {
        let named = |(name, _): &(OsString, OsString)| name == NAMESPACE;
        let namespace = std::env::var_os(NAMESPACE).filter(|_| !variables.iter().any(named));
        let namespace = namespace.map(|value| (NAMESPACE.into(), value));
        launch = launch.environment(variables.iter().cloned().chain(namespace));
    }
    if let Some(directory) = &creation.directory {
        launch = launch.directory(directory);
    }
    if creation.flags & DETACHED_PROCESS != 0 {
        launch = launch.new_session();
    } else if creation.flags & CREATE_NEW_PROCESS_GROUP != 0 {
        launch = launch.new_group();
    }
    Ok(launch)
}

/// The code for a program that could not be started.
fn refused(error: Error) -> Code {
    let Error::Os { errno, .. } = error else {
        return Code::from(error);
    };
    Code(match errno {
        libc::ENOENT => FILE_NOT_FOUND,
        libc::ENOTDIR => PATH_NOT_FOUND,
        libc::EACCES | libc::EPERM | libc::EISDIR | libc::ETXTBSY => ACCESS_DENIED,
        libc::ENOEXEC | libc::ELIBBAD => BAD_EXE_FORMAT,
        libc::ENAMETOOLONG | libc::E2BIG => FILENAME_EXCED_RANGE,
        libc::EINVAL => INVALID_PARAMETER,
        libc::ENOMEM => NOT_ENOUGH_MEMORY,
        libc::EAGAIN | libc::EMFILE | libc::ENFILE => NO_SYSTEM_RESOURCES,
        _ => return Code::from(error),
    })
}

fn view(value: isize) -> Result<Process> {
    Ok(Process::view_raw(handle::raw(value)?)?)
}

/// `GetExitCodeProcess`.
pub(crate) fn exit_code(value: isize) -> Result<u32> {
    Ok(view(value)?.exit_code()?.unwrap_or(STILL_ACTIVE))
}

/// `TerminateProcess`.
pub(crate) fn terminate(value: isize, code: u32) -> Result<()> {
    Ok(view(value)?.terminate(code)?)
}
