//! Starting a process that keeps some descriptors, without a copy of this one in between.
#![allow(unsafe_code)]

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::RawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::ptr::null;

/// Starts a program, looked for as shells do, and returns its process id. The descriptors stay open in it, under their
/// numbers, and in no other process that is started meanwhile.
///
/// # Errors
/// It cannot be started; a NUL character in one of the texts.
pub(crate) fn spawn(
    program: &OsStr,
    arguments: &[&OsStr],
    environment: impl Iterator<Item = (OsString, OsString)>,
    descriptors: &[RawFd],
) -> io::Result<u32> {
    let program = CString::new(program.as_bytes())?;
    let arguments = arguments
        .iter()
        .map(|a| CString::new(a.as_bytes()))
        .collect::<Result<Vec<_>, _>>()?;
    let environment = environment
        .map(|(name, value)| {
            let mut text = name.into_vec();
            // Room for the NUL too: the environment is long, and each text is made once.
            text.reserve_exact(value.len() + 2);
            text.push(b'=');
            text.extend_from_slice(value.as_bytes());
            CString::new(text)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let pointers = |texts: &[CString]| -> Vec<*mut libc::c_char> {
        let texts = texts.iter().map(|t| t.as_ptr().cast_mut());
        texts.chain([std::ptr::null_mut()]).collect()
    };
    let mut argv = pointers(&arguments);
    argv.insert(0, program.as_ptr().cast_mut());
    let envp = pointers(&environment);
    let actions = Actions::keeping(descriptors)?;
    let mut pid = 0;
    // SAFETY: program, arguments and environment are NUL-terminated, their lists end with null, and all of them and the
    // actions live until the call returns; it does not write to them.
    check(unsafe {
        libc::posix_spawnp(
            &raw mut pid,
            program.as_ptr(),
            &actions.0,
            null(),
            argv.as_ptr(),
            envp.as_ptr(),
        )
    })?;
    Ok(pid.unsigned_abs())
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
