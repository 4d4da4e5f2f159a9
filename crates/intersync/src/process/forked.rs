//! A forked child: another process, which attaches as itself and takes over its parent's handles.
//!
//! The child finds its parent's [`Process`] in the memory it was forked with. It takes a slot of its own, and copies
//! those of the parent's handles that still are what the parent's [mirror](crate::mirror), frozen by the fork, says they
//! were: object, generation and mask, at the same numbers. That needs the parent to be alive and not to have closed
//! them; a [reservation](reserve) before the fork makes it exact. The child owns no mutex: it has other threads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::bundles::Bundle;
use super::{Process, lock};
use crate::directory::raw::Copies;
use crate::sys::life::ForkHeldUp;
use crate::{Error, Result};

/// The bundles that children forked from now on find their handles in. Used only while forks are held up: a child would
/// find the lock taken for ever.
static RESERVED: Mutex<Vec<Arc<Bundle>>> = Mutex::new(Vec::new());
/// Heirs are made one at a time, while forks are held up.
static MAKING: Mutex<()> = Mutex::new(());

/// Makes children forked from now on find the present handles, whatever becomes of the parent.
///
/// # Errors
/// Those of [`Process::bundle`].
pub(crate) fn reserve() -> Result<Vec<Arc<Bundle>>> {
    let bundles = Process::all()
        .into_iter()
        .map(|p| p.bundle(Copies::Claimed, &|_, _| true).map(Arc::new))
        .collect::<Result<Vec<_>>>()?;
    let _no_fork = ForkHeldUp::new();
    lock(&RESERVED).extend(bundles.iter().cloned());
    Ok(bundles)
}

/// Ends a reservation. In a child, only after it has taken over the handles.
pub(crate) fn release(bundles: &[Arc<Bundle>]) {
    for bundle in bundles {
        // A child that cannot attach has no use for the handles.
        let _ = bundle.process.here();
    }
    let _no_fork = ForkHeldUp::new();
    lock(&RESERVED).retain(|r| !bundles.iter().any(|b| Arc::ptr_eq(r, b)));
}

impl Process {
    /// This namespace as the calling process has it: in a forked child, that is an attachment of its own.
    ///
    /// # Errors
    /// Those of attaching; [`Error::Removed`].
    pub(crate) fn here(&'static self) -> Result<&'static Process> {
        let mut process = self;
        // One step for every fork since.
        while !process.is_mine() {
            process = match process.heir.get() {
                Some(heir) => heir,
                None => process.make_heir()?,
            };
        }
        Ok(process)
    }

    /// As [`Process::here`], if the calling process is attached already.
    pub(crate) fn here_already(&'static self) -> Option<&'static Process> {
        let mut process = self;
        while !process.is_mine() {
            process = process.heir.get()?;
        }
        Some(process)
    }

    #[cold]
    fn make_heir(&'static self) -> Result<&'static Process> {
        let _no_fork = ForkHeldUp::new();
        let _making = lock(&MAKING);
        if let Some(heir) = self.heir.get() {
            return Ok(heir);
        }
        let file = &self.arena.host.file;
        let mine = Process::attach_at(file.base())?;
        if mine.arena.host.file.id() != file.id() {
            return Err(Error::Removed {
                path: file.path().to_owned(),
            });
        }
        let _ = self.heir.set(mine);
        Ok(mine)
    }

    /// Takes over the handles of the process that this one was forked from.
    pub(super) fn adopt(&'static self, parent: &'static Process) -> Result<()> {
        let no_fork = ForkHeldUp::new();
        let mut reserved = lock(&RESERVED);
        let reservation = reserved.iter().find(|b| std::ptr::eq(b.process, parent)).cloned();
        reserved.retain(|b| !std::ptr::eq(b.process, parent));
        drop(reserved);
        drop(no_fork);
        if let Some(bundle) = reservation {
            self.quietly(|ctx| ctx.copy_handles(bundle.table, self.table(), Copies::Claimed, &|_, _| true))?;
            return Ok(());
        }
        let known: HashMap<_, _> = parent
            .arena
            .host
            .known_handles()
            .into_iter()
            .map(|(number, target, mask)| (number, (target, mask)))
            .collect();
        let copied =
            self.quietly(|ctx| ctx.adopt_handles(parent.table(), &|number| known.get(&number).copied()));
        match copied {
            // The parent has ended: there is nothing left to take over.
            Err(Error::NoSuchProcess { .. }) => Ok(()),
            other => other,
        }
    }
}
