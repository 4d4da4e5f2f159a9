//! Handles, and the processes they are duplicated between.

use intersync::{Access, DuplicateOptions, Error, Handle, HandleFlags, Object, Party, Process, RawHandle};

use super::native::directories;
use crate::code::{ACCESS_DENIED, Code, INVALID_HANDLE, INVALID_PARAMETER, NOT_SAME_OBJECT, Result};
use crate::handle;

/// `DUPLICATE_CLOSE_SOURCE`.
const CLOSE_SOURCE: u32 = 1;
/// `DUPLICATE_SAME_ACCESS`.
const SAME_ACCESS: u32 = 2;

/// `CloseHandle`.
pub(crate) fn close(value: isize) -> Result<()> {
    match directories::close(value) {
        Some(()) => Ok(()),
        None => Ok(handle::raw(value)?.close()?),
    }
}

/// `GetHandleInformation`.
pub(crate) fn flags(value: isize) -> Result<u32> {
    Ok(handle::raw(value)?.flags()?.bits())
}

/// `SetHandleInformation`.
pub(crate) fn set_flags(value: isize, mask: u32, flags: u32) -> Result<()> {
    let flag = HandleFlags::from_bits_truncate;
    Ok(handle::raw(value)?.set_flags(flag(mask), flag(flags))?)
}

/// `CompareObjectHandles`.
pub(crate) fn compare(one: isize, two: isize) -> Result<()> {
    match handle::raw(one)?.is_same_object(handle::raw(two)?)? {
        true => Ok(()),
        false => Err(Code(NOT_SAME_OBJECT)),
    }
}

/// `DuplicateHandle`; 0 if there is no target.
pub(crate) fn duplicate(
    source: isize,
    value: isize,
    target: isize,
    access: u32,
    inherit: bool,
    options: u32,
) -> intersync::Result<isize> {
    let from = Side::of(source)?;
    let close = options & CLOSE_SOURCE != 0;
    if target == 0 && !close {
        return Err(Error::InvalidArgument {
            what: "a duplicate for no process".to_owned(),
        });
    }
    let wanted = DuplicateOptions::new().inheritable(inherit).close_source(close);
    let wanted = match options & SAME_ACCESS {
        0 => wanted.access(Access::from_bits_retain(access)),
        _ => wanted,
    };
    let handle = handle::find(value)?;
    let give = |to: Option<&Side>| -> intersync::Result<isize> {
        let made = intersync::duplicate(from.party(), handle, to.map(Side::party), wanted)?;
        Ok(made.map_or(0, handle::value))
    };
    if target == 0 {
        return give(None);
    }
    match Side::of(target) {
        Ok(to) => give(Some(&to)),
        Err(e) => {
            // The source is closed although there is nobody to duplicate it for.
            if close {
                give(None)?;
            }
            Err(e)
        }
    }
}

/// A process as an argument of a duplication.
enum Side {
    This,
    Other(Process),
}

impl Side {
    fn of(value: isize) -> intersync::Result<Side> {
        match handle::find(value)? {
            RawHandle::CURRENT_PROCESS => Ok(Side::This),
            handle => Process::view_raw(handle).map(Side::Other),
        }
    }

    fn party(&self) -> Party<'_> {
        match self {
            Side::This => Party::This,
            Side::Other(process) => Party::Process(process),
        }
    }
}

/// The process behind a handle.
fn process(value: isize) -> Result<Process> {
    match handle::view(value)? {
        Object::Process(process) => Ok(process),
        _ => Err(Code(INVALID_HANDLE)),
    }
}

/// `OpenProcess`.
pub(crate) fn open_process(access: u32, inherit: bool, pid: u32) -> Result<isize> {
    let process = Process::open(pid).map_err(|e| match e {
        Error::NoSuchProcess { .. } => Code(INVALID_PARAMETER),
        other => Code::from(other),
    })?;
    Ok(handle::give(&Object::Process(process), access, inherit)?)
}

/// `GetProcessId`.
pub(crate) fn process_id(value: isize) -> Result<u32> {
    let process = process(value)?;
    if handle::is_pseudo(handle::raw(value)?) || process.access().contains(Access::QUERY_PROCESS) {
        Ok(process.id())
    } else {
        Err(Code(ACCESS_DENIED))
    }
}

/// Which of these handles may be inherited.
pub(crate) fn list(values: &[isize]) -> Result<Vec<RawHandle>> {
    values.iter().map(|&value| handle::raw(value)).collect()
}
