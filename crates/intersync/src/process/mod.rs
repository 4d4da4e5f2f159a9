//! This process in a namespace: attached once, for good.
//!
//! A process attaches when it first opens a namespace; its threads get their records when they first
//! need one and give them back when they end. The keeper starts before the first slow path or mutex, and when the
//! process makes a named object, which others ask it for.
//!
//! A forked child is another process: a page that the kernel wipes in children tells it so. It attaches as itself when it
//! first uses something its parent had open ([`forked`]).

use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::arena::{Arena, Slot};
use crate::directory::table::Table;
use crate::dispatch::Ctx;
use crate::dispatch::free_mutex::Seat;
use crate::linux::Linux;
pub(crate) use crate::sys::identity::NOBODY;
use crate::sys::life::LifeByte;
use crate::sys::{clock, identity, thread};
use crate::watcher::Watching;
use crate::word::handle::{Number, Tag};
use crate::{Error, Result};

mod attaching;
pub(crate) mod bundles;
pub(crate) mod forked;
pub(crate) mod inherited;
mod keeping;
mod known;
mod threads;

use threads::{INSIDE, LAST, THREADS};
pub(crate) use threads::{leave, set_exit_code};

/// How often creating and opening look whether the file is still the one with the name, in ns.
const REMOVAL_LOOK_NS: i64 = 10_000_000;
/// A process attached to a namespace. Never freed: threads may be asleep in it.
pub(crate) struct Process {
    pub(crate) arena: &'static Arena<Linux>,
    pub(crate) slot: Slot,
    pub(crate) nonce: u32,
    /// Where its handles are among those of the others.
    pub(crate) tag: Tag,
    /// The identity it attached under; a forked child has another.
    pub(crate) generation: u32,
    euid: u32,
    /// Held as long as the process lives.
    _life: LifeByte,
    /// In a forked child: what it attached as itself.
    heir: OnceLock<&'static Process>,
    /// The one that was made next, in this process or one forked from it.
    next: OnceLock<&'static Process>,
    /// The bundles it has made that may still be there.
    bundles: Mutex<Vec<Table>>,
    keeper: Mutex<()>,
    keeper_state: AtomicU8,
    looked_at: AtomicI64,
    /// The processes it holds handles to.
    pub(crate) watching: Watching,
}

/// The keeper was not started yet; runs; will not run.
const KEEPER_NONE: u8 = 0;
const KEEPER_SETTLED: u8 = 1;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    /// Whether the calling process is the one that attached.
    #[inline(always)]
    pub(crate) fn is_mine(&self) -> bool {
        identity::generation() == self.generation
    }

    /// The identity of the calling process: a forked child has another.
    #[inline(always)]
    pub(crate) fn identity() -> u32 {
        identity::generation()
    }

    /// The calling thread at work here.
    ///
    /// # Errors
    /// [`Error::Forked`]; no record for the thread.
    #[inline(always)]
    pub(crate) fn ctx(&'static self) -> Result<Ctx<'static, Linux>> {
        if !self.is_mine() {
            return Err(Error::Forked);
        }
        let me = match LAST.get() {
            Some((process, me, _)) if std::ptr::eq(process, self) => me,
            _ => self.find_thread()?,
        };
        Ok(Ctx {
            arena: self.arena,
            me,
            slot: self.slot,
            nonce: self.nonce,
        })
    }

    /// What the calling thread has at hand here, if this is the namespace it used last. A forked child must not use it.
    #[inline(always)]
    pub(crate) fn seat(&'static self) -> Option<Seat> {
        match LAST.get() {
            Some((process, _, seat)) if std::ptr::eq(process, self) => Some(seat),
            _ => None,
        }
    }

    /// Its handle table.
    pub(crate) fn table(&self) -> Table {
        Table {
            slot: self.slot,
            nonce: self.nonce,
        }
    }

    /// Runs a call that may take the slow path: with a keeper, and not inside itself.
    ///
    /// # Errors
    /// [`Error::Reentrant`] from a signal handler that interrupted such a call, and those of `call`.
    pub(crate) fn with<T>(&'static self, call: impl FnOnce(&Ctx<'static, Linux>) -> Result<T>) -> Result<T> {
        self.ensure_keeper();
        self.quietly(call)
    }

    /// As [`Process::with`], but does not start the keeper: for creating, opening and closing, whose
    /// traces the life byte covers.
    ///
    /// # Errors
    /// As [`Process::with`].
    pub(crate) fn quietly<T>(
        &'static self,
        call: impl FnOnce(&Ctx<'static, Linux>) -> Result<T>,
    ) -> Result<T> {
        let (ctx, _inside) = self.enter()?;
        call(&ctx)
    }

    /// The calling thread at work here, inside a call until the mark is dropped.
    ///
    /// # Errors
    /// As [`Process::with`].
    #[inline(always)]
    pub(crate) fn enter(&'static self) -> Result<(Ctx<'static, Linux>, Inside)> {
        if INSIDE.get() {
            return Err(Error::Reentrant);
        }
        let inside = Inside::enter();
        Ok((self.ctx()?, inside))
    }

    /// Closes a handle, also in a thread whose destructors run already: its record was given back, and
    /// one taken for this call would stay behind.
    ///
    /// # Errors
    /// As [`Process::with`].
    pub(crate) fn close(&'static self, number: Number, claimed: bool) -> Result<()> {
        let dying = THREADS.try_with(|_| ()).is_err() && LAST.get().is_none();
        self.quietly(|ctx| {
            let closed = ctx.close_number(number, claimed);
            if dying {
                LAST.set(None);
                ctx.retire_thread()?;
            }
            closed
        })
    }

    /// Checks, now and then, that the file still has its name and the process its user id.
    ///
    /// # Errors
    /// [`Error::Removed`], [`Error::IdentityChanged`].
    pub(crate) fn check_place(&self) -> Result<()> {
        let now = clock::coarse_ns();
        if now.saturating_sub(self.looked_at.load(Ordering::Relaxed)) < REMOVAL_LOOK_NS {
            return Ok(());
        }
        let file = &self.arena.host.file;
        // A private namespace that has ended stays what it is for those who have it open.
        let removed = file.is_removed() || !file.still_named().unwrap_or(true);
        if removed && (!file.is_private() || crate::creator::lives(self.arena)) {
            return Err(Error::Removed {
                path: file.path().to_owned(),
            });
        }
        let euid = thread::euid();
        if euid != self.euid {
            return Err(Error::IdentityChanged {
                attached: self.euid,
                now: euid,
            });
        }
        self.looked_at.store(now, Ordering::Relaxed);
        Ok(())
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process")
            .field("file", &self.arena.host.file.path())
            .field("slot", &self.slot.index)
            .finish()
    }
}

/// The mark of a thread inside a slow path.
pub(crate) struct Inside;

impl Inside {
    #[inline(always)]
    fn enter() -> Inside {
        INSIDE.set(true);
        Inside
    }
}

impl Drop for Inside {
    #[inline(always)]
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}
