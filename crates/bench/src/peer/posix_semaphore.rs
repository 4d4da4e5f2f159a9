//! The named semaphore of POSIX.

#![allow(unsafe_code)]

use std::ffi::CString;
use std::io::Error;
use std::ptr::NonNull;

use anyhow::{Context, Result};
use nix::libc;

/// An open named semaphore.
#[derive(Debug)]
pub struct PosixSemaphore(NonNull<libc::sem_t>);

/// The name of a semaphore.
#[derive(Debug, Clone)]
pub struct Name(CString);

impl Name {
    /// A name that no other run of the benchmarks uses.
    pub fn of_run(run: u32, what: &str) -> Result<Name> {
        Ok(Name(CString::new(format!("/intersync-bench-{run}-{what}"))?))
    }
}

/// A semaphore that has its name until this is dropped.
#[derive(Debug)]
pub struct Named(Name);

impl Named {
    /// Makes one.
    pub fn create(name: Name) -> Result<Named> {
        PosixSemaphore::create(&name)?;
        Ok(Named(name))
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        // It fails only if somebody else has removed the name.
        let _ = unlink(&self.0);
    }
}

impl PosixSemaphore {
    /// Makes a new one with one permit.
    pub fn create(name: &Name) -> Result<Self> {
        let (flags, mode, permits) = (
            libc::O_CREAT | libc::O_EXCL,
            0o600 as libc::c_uint,
            1 as libc::c_uint,
        );
        // SAFETY: the name ends with NUL, and the variable arguments are those that O_CREAT asks for.
        let semaphore = unsafe { libc::sem_open(name.0.as_ptr(), flags, mode, permits) };
        Self::opened(semaphore)
    }

    /// Opens one that exists.
    pub fn open(name: &Name) -> Result<Self> {
        // SAFETY: the name ends with NUL; without O_CREAT there are no further arguments.
        Self::opened(unsafe { libc::sem_open(name.0.as_ptr(), 0) })
    }

    fn opened(semaphore: *mut libc::sem_t) -> Result<Self> {
        let failed = semaphore == libc::SEM_FAILED;
        let semaphore = NonNull::new(semaphore).filter(|_| !failed);
        semaphore
            .map(PosixSemaphore)
            .with_context(|| format!("sem_open: {}", Error::last_os_error()))
    }

    /// Takes a permit.
    pub fn wait(&self) -> Result<()> {
        // SAFETY: the semaphore is open until `self` is dropped.
        check(unsafe { libc::sem_wait(self.0.as_ptr()) }, "sem_wait")
    }

    /// Gives one back.
    pub fn post(&self) -> Result<()> {
        // SAFETY: the semaphore is open until `self` is dropped.
        check(unsafe { libc::sem_post(self.0.as_ptr()) }, "sem_post")
    }
}

impl Drop for PosixSemaphore {
    fn drop(&mut self) {
        // SAFETY: it was opened once and is closed once. It cannot fail then.
        unsafe { libc::sem_close(self.0.as_ptr()) };
    }
}

/// Removes the name.
pub fn unlink(name: &Name) -> Result<()> {
    // SAFETY: the name ends with NUL.
    check(unsafe { libc::sem_unlink(name.0.as_ptr()) }, "sem_unlink")
}

#[inline]
fn check(status: libc::c_int, call: &str) -> Result<()> {
    if status == 0 {
        Ok(())
    } else {
        Err(Error::last_os_error()).with_context(|| call.to_owned())
    }
}
