//! The semaphore of System V, with SEM_UNDO: the kernel gives back what a dead process held.

#![allow(unsafe_code)]

use std::io::Error;

use anyhow::{Context, Result, ensure};
use nix::libc;

/// A semaphore known by its number.
#[derive(Debug, Clone, Copy)]
pub struct SystemV(libc::c_int);

/// A semaphore that is removed in the end.
#[derive(Debug)]
pub struct Owned(pub SystemV);

impl Owned {
    /// A new one with one permit.
    pub fn new() -> Result<Owned> {
        // SAFETY: the call takes no pointers.
        let id = unsafe { libc::semget(libc::IPC_PRIVATE, 1, 0o600) };
        ensure!(id >= 0, "semget: {}", Error::last_os_error());
        let semaphore = Owned(SystemV(id));
        // SAFETY: SETVAL takes a number as its variable argument.
        let status = unsafe { libc::semctl(id, 0, libc::SETVAL, 1) };
        ensure!(status == 0, "semctl: {}", Error::last_os_error());
        Ok(semaphore)
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: IPC_RMID takes no variable argument. It can only fail if it is removed already.
        unsafe { libc::semctl(self.0.0, 0, libc::IPC_RMID) };
    }
}

impl SystemV {
    /// The one with this number.
    pub fn attach(number: u64) -> Result<Self> {
        Ok(SystemV(i32::try_from(number)?))
    }

    /// Its number.
    pub fn number(self) -> u64 {
        self.0 as u64
    }

    /// Takes the permit.
    pub fn wait(self) -> Result<()> {
        self.change(-1)
    }

    /// Gives it back.
    pub fn post(self) -> Result<()> {
        self.change(1)
    }

    fn change(self, by: i16) -> Result<()> {
        let mut operation = libc::sembuf {
            sem_num: 0,
            sem_op: by,
            sem_flg: libc::SEM_UNDO as i16,
        };
        // SAFETY: `operation` is one operation.
        let status = unsafe { libc::semop(self.0, &mut operation, 1) };
        if status == 0 {
            Ok(())
        } else {
            Err(Error::last_os_error()).context("semop")
        }
    }
}
