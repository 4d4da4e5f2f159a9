//! The process-shared robust mutex of pthreads.

#![allow(unsafe_code)]

use std::io::Error;
use std::mem::MaybeUninit;

use anyhow::{Result, ensure};
use nix::libc;

use crate::board::Board;

/// The robust mutex of a team; its bytes are on the board.
#[derive(Debug)]
pub struct RobustMutex<'a>(&'a Board);

impl<'a> RobustMutex<'a> {
    /// Makes the board's mutex. Once for each board, before anybody uses it.
    pub fn initialize(board: &'a Board) -> Result<Self> {
        const { assert!(size_of::<libc::pthread_mutex_t>() <= 256) };
        let mutex = RobustMutex(board);
        let mut attributes = MaybeUninit::uninit();
        let attributes = attributes.as_mut_ptr();
        // SAFETY: the attributes are made before they are used. The mutex has enough space, which
        // is aligned, shared by the processes that use it, and used by nobody yet.
        unsafe {
            check(libc::pthread_mutexattr_init(attributes))?;
            check(libc::pthread_mutexattr_setpshared(
                attributes,
                libc::PTHREAD_PROCESS_SHARED,
            ))?;
            check(libc::pthread_mutexattr_setrobust(
                attributes,
                libc::PTHREAD_MUTEX_ROBUST,
            ))?;
            check(libc::pthread_mutex_init(mutex.pointer(), attributes))?;
            check(libc::pthread_mutexattr_destroy(attributes))?;
        }
        Ok(mutex)
    }

    /// The board's mutex, which somebody has made.
    pub fn attach(board: &'a Board) -> Self {
        RobustMutex(board)
    }

    /// Locks it.
    #[inline]
    pub fn lock(&self) -> Result<()> {
        // SAFETY: the mutex was made by `initialize` before the workers were started.
        check(unsafe { libc::pthread_mutex_lock(self.pointer()) })
    }

    /// Unlocks it.
    #[inline]
    pub fn unlock(&self) -> Result<()> {
        // SAFETY: as in `lock`; the caller holds it, else the call fails.
        check(unsafe { libc::pthread_mutex_unlock(self.pointer()) })
    }

    fn pointer(&self) -> *mut libc::pthread_mutex_t {
        self.0.opaque.get().cast()
    }
}

#[inline]
fn check(status: libc::c_int) -> Result<()> {
    ensure!(
        status == 0,
        "robust pthread mutex: {}",
        Error::from_raw_os_error(status)
    );
    Ok(())
}
