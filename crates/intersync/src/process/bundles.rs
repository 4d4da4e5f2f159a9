//! Bundles: handles on their way from a parent to its children.
//!
//! A bundle is a process slot of its own, whose life byte is locked through an open file description instead of a mapping.
//! It holds copies of handles, at their numbers, as long as any process has a descriptor of that description: the kernel
//! counts. Whoever attaches with such a descriptor copies the handles into its own table and closes the descriptor;
//! whoever never attaches holds them exactly as long as it lives. Nothing in it is exclusive, so any number of descendants
//! may copy. A bundle that nobody holds any more is a dead process like any other, and is reaped like one.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::attaching::text;
use super::{Process, lock};
use crate::arena::layout::slot;
use crate::attach::{Introduction, claim_slot};
use crate::directory::raw::{Copies, Opened};
use crate::directory::table::Table;
use crate::dispatch::Ctx;
use crate::linux::{self, Linux};
use crate::recover::reap::Reaped;
use crate::sys::life;
use crate::word::handle::Number;
use crate::word::slot::SlotWord;
use crate::{Error, Result};

/// A bundle, held by this process too until it is dropped.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// Where it was made.
    pub(crate) process: &'static Process,
    /// Its handles.
    pub(crate) table: Table,
    /// What keeps it alive.
    fd: Option<OwnedFd>,
}

impl Bundle {
    /// The descriptor that keeps it alive.
    pub(crate) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().map(AsFd::as_fd)
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        drop(self.fd.take());
        if self.process.is_mine() {
            lock(&self.process.bundles).push(self.table);
            // What cannot be taken back now is with the next bundle, or by anybody who attaches.
            let _ = self.process.quietly(|ctx| self.process.reap_bundles(ctx));
        } else if let Some(mine) = self.process.here_already() {
            // A forked child that was the last to hold it.
            let _ = mine.quietly(|ctx| ctx.reap(self.table.slot));
        }
    }
}

impl Process {
    /// Makes a bundle of the handles that `which` chooses.
    ///
    /// # Errors
    /// [`Error::Exhausted`], [`Error::NoSpace`]: nothing is left behind then.
    pub(crate) fn bundle(
        &'static self,
        copies: Copies,
        which: &dyn Fn(Number, Opened) -> bool,
    ) -> Result<Bundle> {
        let file = &self.arena.host.file;
        let get = |word| self.arena.get(self.slot, word);
        let who = Introduction {
            pid: get(slot::PID) as u32,
            start: get(slot::START),
            pid_namespace: get(slot::PID_NAMESPACE),
            euid: get(slot::EUID) as u32,
            tag: self.tag.with_bundle(true),
            comm: self.comm(),
            version: text(env!("CARGO_PKG_VERSION")),
        };
        let claim = || {
            claim_slot(self.arena, &who, |index| {
                life::hold_open(file, linux::life_byte(index))
                    .map_err(|e| linux::os("lock of a life byte", file.path(), &e))
            })
        };
        let (slot, nonce, fd) = match claim() {
            Err(Error::Exhausted { .. }) => {
                self.quietly(|ctx| ctx.reap_leftovers())?;
                claim()?
            }
            claimed => claimed?,
        };
        let bundle = Bundle {
            process: self,
            table: Table { slot, nonce },
            fd: Some(fd),
        };
        self.quietly(|ctx| ctx.copy_handles(self.table(), bundle.table, copies, which))?;
        Ok(bundle)
    }

    /// The command name it attached under: asking for it anew costs as much as the rest of a bundle.
    fn comm(&self) -> [u8; 16] {
        let mut comm = [0; 16];
        for (i, half) in comm.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            *half = self.arena.get(self.slot, slot::COMM + i).to_le_bytes();
        }
        comm
    }

    /// Takes back what is left of those bundles of this process that nobody holds any more.
    fn reap_bundles(&self, ctx: &Ctx<'_, Linux>) -> Result<()> {
        let mut left = Vec::new();
        for table in std::mem::take(&mut *lock(&self.bundles)) {
            let word = SlotWord(ctx.arena.get(table.slot, slot::WORD));
            if word.is_attached(table.nonce) && ctx.reap(table.slot)? == Reaped::Later {
                left.push(table);
            }
        }
        lock(&self.bundles).append(&mut left);
        Ok(())
    }
}
