//! Processes and threads, as far as handles need them.

use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;

use intersync::{Error, Inheritance};

use super::{Bool, Handle, current, guarded, handle, number};
use crate::calls::handles;

/// `GetCurrentProcess`.
#[unsafe(no_mangle)]
extern "C" fn GetCurrentProcess() -> Handle {
    -1isize as Handle
}

/// `GetCurrentThread`.
#[unsafe(no_mangle)]
extern "C" fn GetCurrentThread() -> Handle {
    -2isize as Handle
}

/// `GetCurrentProcessId`.
#[unsafe(no_mangle)]
extern "C" fn GetCurrentProcessId() -> u32 {
    std::process::id()
}

/// `GetCurrentThreadId`.
#[unsafe(no_mangle)]
extern "C" fn GetCurrentThreadId() -> u32 {
    current::thread()
}

/// `OpenProcess`.
#[unsafe(no_mangle)]
extern "C" fn OpenProcess(access: u32, inherit: Bool, pid: u32) -> Handle {
    handle(|| handles::open_process(access, inherit != 0, pid))
}

/// `GetProcessId`.
#[unsafe(no_mangle)]
extern "C" fn GetProcessId(process: Handle) -> u32 {
    number(0, || handles::process_id(process as isize))
}

/// The texts of a list that ends with null.
///
/// # Safety
/// It is such a list, and each of them ends with NUL.
unsafe fn texts<'t>(list: *const *const c_char) -> Vec<&'t OsStr> {
    let mut texts = Vec::new();
    for n in 0.. {
        // SAFETY: no null came before, so the list goes on.
        let text = unsafe { *list.add(n) };
        if text.is_null() {
            break;
        }
        // SAFETY: not null, and ended by NUL.
        let text = unsafe { CStr::from_ptr(text) };
        texts.push(OsStr::from_bytes(text.to_bytes()));
    }
    texts
}

/// Starts a program that inherits the inheritable handles: none, all, or those of a list. 0, or an error number.
///
/// # Safety
/// `pid` may be written to; `path` and the texts of `arguments` end with NUL, and `arguments` with null; `list` is null
/// or leads to `count` handles.
#[unsafe(no_mangle)]
unsafe extern "C" fn intersync_spawn(
    pid: *mut libc::pid_t,
    path: *const c_char,
    arguments: *const *const c_char,
    inherit: i32,
    list: *const Handle,
    count: u32,
) -> i32 {
    if pid.is_null() || path.is_null() || arguments.is_null() {
        return libc::EINVAL;
    }
    let started = guarded(|| {
        // SAFETY: a text that ends with NUL, by the contract of this function.
        let program = unsafe { CStr::from_ptr(path) };
        let program = OsStr::from_bytes(program.to_bytes());
        // SAFETY: such texts, and a null after the last of them, by the contract of this function.
        let all = unsafe { texts(arguments) };
        let rest = all.get(1..).unwrap_or_default();
        let prepared = match (inherit != 0, list.is_null()) {
            (false, _) => Inheritance::prepare_only(&[])?,
            (true, true) => Inheritance::prepare()?,
            (true, false) => {
                // SAFETY: not null, and so many handles by the contract of this function.
                let values = unsafe { std::slice::from_raw_parts(list, count as usize) };
                let values: Vec<isize> = values.iter().map(|&handle| handle as isize).collect();
                Inheritance::prepare_only(&handles::list(&values)?)?
            }
        };
        Ok(prepared.spawn(program, rest))
    });
    match started {
        Ok(Ok(child)) => {
            // SAFETY: not null, and writable by the contract of this function.
            unsafe { pid.write(child as libc::pid_t) };
            0
        }
        Ok(Err(Error::Os { errno, .. })) if errno != 0 => errno,
        Ok(Err(_)) | Err(_) => libc::EINVAL,
    }
}
