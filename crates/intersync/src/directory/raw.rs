//! Handles by their numbers: looking up, closing, flags, duplicating, copying tables.
//!
//! # Protocol
//! All under the structure lock, and without a journal: the entry is the truth. A duplicate exists once its entry is
//! written, which is one store after everything that could fail. If the caller dies before, nothing has happened; after
//! that, whoever takes the lock over counts the handle ([`super::rebuild`]). If the process that gets it dies, its reaper
//! closes the entry: it takes the same lock, and what is put into a table after that finds the slot in another life.

use super::handles::Handle;
use super::table::Table;
use crate::access::Access;
use crate::arena::layout::{Section, entry, slot};
use crate::arena::{Entry, Object, corrupt};
use crate::dispatch::{Ctx, Until};
use crate::host::{Host, Rule};
use crate::word::handle::{Number, Reference, Tag};
use crate::word::slot::SlotWord;
use crate::{Error, Result};

/// An open handle as its entry tells it.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// The entry.
    pub entry: Entry,
    /// What it refers to, and its flags.
    pub reference: Reference,
    /// What it may be used for.
    pub access: Access,
    /// The object.
    pub object: Object,
}

/// The rights a duplicate is to have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rights {
    /// Those of its source.
    Same,
    /// These.
    Exactly(Access),
}

/// What the copies of handles are to the process that gets them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Copies {
    /// Its program knows their values only.
    Raw,
    /// Its program has the values that claimed them: it was forked with them.
    Claimed,
}

/// A duplicate to be made.
#[derive(Clone, Copy, Debug)]
pub struct Duplicate {
    /// Whose handle is duplicated.
    pub source: Table,
    /// Its number.
    pub number: Number,
    /// In whose table the duplicate is put; `None`: in nobody's.
    pub target: Option<Table>,
    /// Its rights.
    pub rights: Rights,
    /// Its flags: see [`Reference`].
    pub flags: Reference,
    /// Whether the source is closed, whatever becomes of the duplicate.
    pub close_source: bool,
}

impl<H: Host> Ctx<'_, H> {
    /// The handle with this number.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] if it is not open.
    pub fn opened(&self, table: Table, number: Number) -> Result<Opened> {
        let invalid = || Error::InvalidHandle {
            value: self.value_of(table, number),
        };
        let entry = self.entry_at(table, number)?.ok_or_else(invalid)?;
        self.opened_in(entry)?.ok_or_else(invalid)
    }

    /// The handle in an entry, if there is one.
    fn opened_in(&self, entry: Entry) -> Result<Option<Opened>> {
        let Some((reference, mask)) = self.read_entry(entry) else {
            return Ok(None);
        };
        let index = reference.object_plus_one() - 1;
        Ok(Some(Opened {
            entry,
            reference,
            access: Access::from_bits_retain(mask),
            object: self.arena.object(index)?,
        }))
    }

    /// Closes a handle of the own process. Only the value that has claimed it may close a claimed one.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`], [`Error::Protected`], [`Error::Claimed`].
    pub fn close_number(&self, number: Number, claimed: bool) -> Result<()> {
        self.with_structure(Until::Unlocked, |ctx| {
            let handle = ctx.opened(ctx.table(), number)?;
            let value = ctx.value_of(ctx.table(), number);
            if handle.reference.claimed() != claimed {
                return Err(if claimed {
                    Error::InvalidHandle { value }
                } else {
                    Error::Claimed { value }
                });
            }
            // The owner of a claimed handle is about to forget it: it must not stay behind.
            if handle.reference.protect() && !claimed {
                return Err(Error::Protected { value });
            }
            ctx.close_entry(ctx.table(), handle.entry)
        })
    }

    /// Changes the flags of a handle of the own process. `change` gets the reference and gives the one to store.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`], and those of `change`.
    pub fn change_flags(
        &self,
        number: Number,
        change: impl FnOnce(Reference) -> Result<Reference>,
    ) -> Result<Opened> {
        self.with_structure(Until::Unlocked, |ctx| {
            let mut handle = ctx.opened(ctx.table(), number)?;
            handle.reference = change(handle.reference)?;
            ctx.arena.put(handle.entry, entry::OBJECT, handle.reference.0);
            Ok(handle)
        })
    }

    /// Makes a duplicate, and closes its source if that is wanted and nothing protects it.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`]: the source is not open; then nothing is closed. [`Error::NotAttached`],
    /// [`Error::AccessDenied`], or what is used up.
    pub fn duplicate(&self, wanted: &Duplicate) -> Result<Option<Handle>> {
        self.check_fence()?;
        self.with_structure(Until::Unlocked, |ctx| {
            ctx.check_table(wanted.source)?;
            let source = ctx.opened(wanted.source, wanted.number)?;
            let made = wanted
                .target
                .map(|target| ctx.put_duplicate(wanted, &source, target))
                .transpose();
            let protected = source.reference.protect() || source.reference.claimed();
            if wanted.close_source && !protected {
                ctx.close_entry(wanted.source, source.entry)?;
            }
            made
        })
    }

    fn put_duplicate(&self, wanted: &Duplicate, source: &Opened, target: Table) -> Result<Handle> {
        if self.has(Rule::TargetLives) {
            self.check_table(target)?;
        }
        let kind = self.sort(source.object)?.kind();
        let access = match wanted.rights {
            Rights::Same => source.access,
            Rights::Exactly(mask) => mask.of_duplicate(
                kind,
                source.access,
                self.allowed(source.object, self.sort(source.object)?),
            )?,
        };
        let e = self.free_entry(target)?;
        self.put_handle(target, e, source.object, access, wanted.flags, true)
    }

    /// Checks that the process of a table lives.
    fn check_table(&self, table: Table) -> Result<()> {
        let word = SlotWord(self.arena.get(table.slot, slot::WORD));
        if word.is_attached(table.nonce) && !self.is_dead(table.slot, word) {
            return Ok(());
        }
        Err(Error::NoSuchProcess {
            pid: self.arena.get(table.slot, slot::PID) as u32,
        })
    }

    /// Puts copies of the handles of one table into another, at the same numbers; `which` says which. What the other
    /// table has open there already stays.
    ///
    /// # Errors
    /// What is used up; the copies made so far stay then.
    pub fn copy_handles(
        &self,
        from: Table,
        to: Table,
        copies: Copies,
        which: &dyn Fn(Number, Opened) -> bool,
    ) -> Result<()> {
        self.with_structure(Until::Unlocked, |ctx| {
            ctx.check_table(from)?;
            let mut found = Vec::new();
            ctx.for_table(from, &mut |e| {
                let number = ctx.number_of(e)?;
                if let Some(handle) = ctx.opened_in(e)?.filter(|handle| which(number, *handle)) {
                    found.push((number, handle));
                }
                Ok(())
            })?;
            // They come chunk by chunk: each is looked for once.
            let mut chunk: Option<(u16, u32)> = None;
            for (number, handle) in found {
                let place = u32::from(number.place());
                let e = match chunk {
                    Some((ordinal, first)) if ordinal == number.ordinal() => {
                        ctx.arena.entry(first + place)?
                    }
                    _ => ctx.entry_for(to, number)?,
                };
                chunk = Some((number.ordinal(), e.index - place));
                if ctx.arena.get(e, entry::OBJECT) == 0 {
                    let claimed = handle.reference.claimed() && copies == Copies::Claimed;
                    let flags = handle.reference.flags().with_claimed(claimed);
                    ctx.put_handle(to, e, handle.object, handle.access, flags, true)?;
                }
            }
            Ok(())
        })
    }

    /// Takes over, in a forked child, those handles of its parent that still are what they were at the fork: `was` says what
    /// that was, target and mask.
    ///
    /// # Errors
    /// [`Error::NoSuchProcess`]: the parent has ended. What is used up; the copies made so far stay then.
    pub fn adopt_handles(&self, parent: Table, was: &dyn Fn(Number) -> Option<(u64, u32)>) -> Result<()> {
        let is_same = |number, handle: Opened| match was(number) {
            Some(then) => {
                then == (handle.reference.target(), handle.access.bits()) || !self.has(Rule::CompareForked)
            }
            None => false,
        };
        self.copy_handles(parent, self.table(), Copies::Claimed, &is_same)
    }

    /// Has others put handles into the own table from now on: all that came with the process are in it.
    pub fn arrived(&self) {
        let tag = Tag(self.arena.get(self.slot, slot::TAG));
        if tag.arriving() {
            self.arena.put(self.slot, slot::TAG, tag.with_arriving(false).0);
        }
    }

    /// Whether a table has a handle of which `which` is true.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn has_handle(&self, table: Table, which: &dyn Fn(Number, Opened) -> bool) -> Result<bool> {
        self.with_structure(Until::Unlocked, |ctx| {
            let mut found = false;
            ctx.for_table(table, &mut |e| {
                if !found {
                    let number = ctx.number_of(e)?;
                    found = ctx.opened_in(e)?.is_some_and(|handle| which(number, handle));
                }
                Ok(())
            })?;
            Ok(found)
        })
    }

    /// The attached process with this process id, start time and PID namespace; the slot `near` is looked at first.
    ///
    /// # Errors
    /// [`Error::NotAttached`] if there is none, or it still takes over the handles that it was started with.
    pub fn table_of(&self, pid: u32, start: u64, pid_namespace: u64, near: u16) -> Result<Table> {
        let slots = self.arena.high_water(Section::Slots)? as u16;
        for index in (near..slots).take(1).chain(0..slots) {
            let s = self.arena.slot(index)?;
            let word = SlotWord(self.arena.get(s, slot::WORD));
            let same = self.arena.get(s, slot::PID) == u64::from(pid)
                && self.arena.get(s, slot::START) == start
                && self.arena.get(s, slot::PID_NAMESPACE) == pid_namespace;
            let tag = Tag(self.arena.get(s, slot::TAG));
            let here = !(tag.bundle() || tag.arriving() && self.has(Rule::ArriveFirst));
            if same && here && word.is_attached(word.nonce()) && !self.is_dead(s, word) {
                return Ok(Table {
                    slot: s,
                    nonce: word.nonce(),
                });
            }
        }
        Err(Error::NotAttached { pid })
    }

    /// The handle with this number as its user keeps it.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`], [`Error::Corrupt`].
    pub fn handle_at(&self, number: Number) -> Result<Handle> {
        let opened = self.opened(self.table(), number)?;
        let generation = opened.reference.generation();
        let sort = self.sort(opened.object);
        // In this order: if the object is still there, it was when its sort was read.
        if sort.is_err() || self.state(opened.object).generation() != generation {
            let now = Reference(self.arena.get(opened.entry, entry::OBJECT));
            if now.is_of(opened.reference) {
                return Err(corrupt("a handle refers to an object that is gone"));
            }
            // Another thread or process has closed it meanwhile.
            return Err(Error::InvalidHandle {
                value: self.value_of(self.table(), number),
            });
        }
        Ok(Handle {
            entry: opened.entry,
            number,
            reference: opened.reference,
            access: opened.access,
            object: opened.object,
            generation,
            sort: sort?,
            existed: true,
        })
    }
}
