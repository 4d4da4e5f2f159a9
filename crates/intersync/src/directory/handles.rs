//! Handles: creating, opening, closing.
//!
//! A process's handle table lives in the arena, in chunks that name their owner, so that the
//! reaper can close what a dead process held. An object lives until its last handle closes.

use super::names::hash;
use super::objects::Seed;
use super::table::Table;
use crate::access::Access;
use crate::arena::layout::{Section, entry, header, object, slot};
use crate::arena::{Arena, Entry, Object, Slot, corrupt};
use crate::dispatch::{Ctx, Until};
use crate::host::{Host, Rule};
use crate::limits::CHUNK_ENTRIES;
use crate::word::handle::{Number, Reference};
use crate::word::slot::{Belongs, SlotWord};
use crate::word::value::Sort;
use crate::{Error, Kind, Result, wtf8};

/// A handle: where its entry is, and what it refers to.
#[derive(Clone, Copy, Debug)]
pub struct Handle {
    /// The entry.
    pub entry: Entry,
    /// Its number in the table.
    pub number: Number,
    /// The word of the entry.
    pub reference: Reference,
    /// What it may be used for.
    pub access: Access,
    /// The object.
    pub object: Object,
    /// Its generation.
    pub generation: u16,
    /// Its sort.
    pub sort: Sort,
    /// Whether it existed before the call.
    pub existed: bool,
}

impl Handle {
    /// Whether it is open still, for those who remember it. Closing clears its entry, whoever does that, and a handle that gets the
    /// number later has another serial.
    pub fn is_open<H: Host>(&self, arena: &Arena<H>) -> bool {
        arena.get(self.entry, entry::OBJECT) == self.reference.0 || !arena.host.has(Rule::CompareRemembered)
    }
}

/// What a call wants of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// An existing object.
    Open,
    /// An existing object or a new one.
    OpenOrCreate,
    /// A new object.
    CreateNew,
}

/// What a call wants.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The name without prefix; `None`: an unnamed object.
    pub name: Option<&'r [u8]>,
    /// An existing object or a new one.
    pub wish: Wish,
    /// The kind it must be of.
    pub expected: Option<Kind>,
    /// The rights asked for.
    pub access: Access,
    /// The flags of the handle: see [`Reference`].
    pub flags: Reference,
    /// What a new one begins with.
    pub seed: Option<&'r Seed>,
}

impl<'r> Request<'r> {
    /// A handle for all that its opener may do.
    pub fn new(name: Option<&'r [u8]>, wish: Wish) -> Request<'r> {
        Request {
            name,
            wish,
            expected: None,
            access: Access::MAXIMUM,
            flags: Reference(0),
            seed: None,
        }
    }

    fn shown(&self) -> String {
        wtf8::to_text(self.name.unwrap_or_default()).into_owned()
    }
}

impl<H: Host> Ctx<'_, H> {
    /// Opens or creates an object.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::AlreadyExists`], [`Error::WrongKind`] (the name as stored),
    /// [`Error::AccessDenied`], or what is used up.
    pub fn acquire_handle(&self, request: &Request<'_>) -> Result<Handle> {
        self.check_fence()?;
        let mut dead = Vec::new();
        let made = self.with_structure(Until::Unlocked, |ctx| ctx.acquire_locked(request, &mut dead));
        for s in dead {
            self.reap(s)?;
        }
        made
    }

    fn acquire_locked(&self, request: &Request<'_>, dead: &mut Vec<Slot>) -> Result<Handle> {
        if let Some(bytes) = request.name
            && let Some(o) = self.find(bytes)?
        {
            if self.is_held_by_the_living(o, dead)? {
                let sort = self.sort(o)?;
                if let Some(expected) = request.expected.filter(|&k| k != sort.kind()) {
                    return Err(Error::WrongKind {
                        name: request.shown(),
                        expected,
                        found: sort.kind(),
                    });
                }
                if request.wish == Wish::CreateNew {
                    return Err(Error::AlreadyExists {
                        name: request.shown(),
                    });
                }
                let access = self.granted(o, sort, request.access)?;
                let e = self.free_entry(self.table())?;
                return self.put_handle(self.table(), e, o, access, request.flags, true);
            }
            // Only the dead hold it: the name is gone, whether or not they can be reaped at once.
            self.remove_name(o)?;
        }
        let Some(seed) = request.seed.filter(|_| request.wish != Wish::Open) else {
            return Err(Error::NotFound {
                name: request.shown(),
            });
        };
        let access = request.access.of_creator(seed.sort.kind())?;
        self.create_locked(request, seed, access)
    }

    fn create_locked(&self, request: &Request<'_>, seed: &Seed, access: Access) -> Result<Handle> {
        let e = self.free_entry(self.table())?;
        let o = self.take_object()?;
        let first = match request.name.map(|n| self.store_name(n)).transpose() {
            Ok(first) => first,
            Err(e) => {
                self.give_object(o)?;
                return Err(e);
            }
        };
        if seed.sort == Sort::Mutex && seed.value != 0 {
            self.note_owned(o);
        }
        let stored = request
            .name
            .zip(first)
            .map_or(0, |(bytes, first)| u64::from(first) | (bytes.len() as u64) << 32);
        self.fill_object(o, seed, stored);
        if let Some(bytes) = request.name {
            self.enter_name(o, hash(bytes))?;
        }
        let handle = self.put_handle(self.table(), e, o, access, request.flags, false)?;
        if request.name.is_some() {
            // A table that cannot grow is slower, not wrong.
            let _ = self.grow_buckets();
        }
        Ok(handle)
    }

    /// Puts a handle to an object that is in use into a free entry; the structure lock is held.
    pub(super) fn put_handle(
        &self,
        table: Table,
        e: Entry,
        o: Object,
        access: Access,
        flags: Reference,
        existed: bool,
    ) -> Result<Handle> {
        let generation = self.state(o).generation();
        let number = self.number_of(e)?;
        let sort = self.sort(o)?;
        // Raised before it is used: whoever dies in between has left out a number.
        let serial = self.arena.get(table.slot, slot::SERIAL).wrapping_add(1);
        self.arena.put(table.slot, slot::SERIAL, serial);
        let reference = flags
            .with_object_plus_one(o.index + 1)
            .with_generation(generation)
            .with_serial(serial as u32);
        self.arena.put(e, entry::MASK, u64::from(access.bits()));
        self.arena.put(e, entry::OBJECT, reference.0);
        let handles = self.arena.get(o, object::HANDLES);
        self.arena.put(o, object::HANDLES, handles.saturating_add(1));
        if self.arena.get(o, object::HOLDER) == 0 {
            self.arena.put(o, object::HOLDER, u64::from(e.index) + 1);
        }
        self.count(header::HANDLES, 1);
        if table == self.table() {
            self.arena
                .host
                .shadow(number, Some((reference.target(), access.bits())));
        }
        Ok(Handle {
            entry: e,
            number,
            reference,
            access,
            object: o,
            generation,
            sort,
            existed,
        })
    }

    /// Whether a living process holds the object, or it is permanent. Dead holders that were met are listed.
    fn is_held_by_the_living(&self, o: Object, dead: &mut Vec<Slot>) -> Result<bool> {
        if self.arena.get(o, object::META) & object::PERMANENT != 0 || !self.has(Rule::DeadHoldersDoNotCount)
        {
            return Ok(true);
        }
        let hint = self.arena.get(o, object::HOLDER) as u32;
        if let Some(index) = hint.checked_sub(1)
            && self.holds(self.arena.entry(index)?, o, dead)?
        {
            return Ok(true);
        }
        for index in 0..(self.arena.high_water(Section::Chunks)? * CHUNK_ENTRIES) as u32 {
            if (index as usize).is_multiple_of(CHUNK_ENTRIES) {
                continue;
            }
            let e = self.arena.entry(index)?;
            if Reference(self.arena.get(e, entry::OBJECT)).object_plus_one() == o.index + 1
                && self.holds(e, o, dead)?
            {
                self.arena.put(o, object::HOLDER, u64::from(index) + 1);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a handle entry refers to the object and belongs to a living process.
    fn holds(&self, e: Entry, o: Object, dead: &mut Vec<Slot>) -> Result<bool> {
        let reference = Reference(self.arena.get(e, entry::OBJECT));
        if reference.object_plus_one() != o.index + 1 || reference.generation() != self.state(o).generation()
        {
            return Ok(false);
        }
        let head = self.arena.entry(e.index - e.index % CHUNK_ENTRIES as u32)?;
        let owner = Belongs(self.arena.get(head, 0));
        let Some(index) = owner.slot() else {
            return Ok(false);
        };
        let s = self.arena.slot(index)?;
        let word = SlotWord(self.arena.get(s, slot::WORD));
        if !word.is_attached(owner.nonce()) {
            return Ok(false);
        }
        if self.is_dead(s, word) {
            if !dead.contains(&s) {
                dead.push(s);
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// Closes the handle in an entry of a table, if there is one; the structure lock is held. The entry goes first: it is
    /// the truth. With the last handle the object goes.
    pub(super) fn close_entry(&self, table: Table, e: Entry) -> Result<()> {
        let reference = Reference(self.arena.get(e, entry::OBJECT));
        if reference.0 == 0 {
            return Ok(());
        }
        self.arena.put(e, entry::OBJECT, 0);
        self.arena.put(e, entry::MASK, 0);
        self.count(header::HANDLES, -1);
        let number = self.number_of(e)?;
        self.note_free(table, number);
        if table == self.table() {
            self.arena.host.shadow(number, None);
        }
        let Some(index) = reference.object_plus_one().checked_sub(1) else {
            return Err(corrupt("a handle refers to nothing"));
        };
        let o = self.arena.object(index)?;
        if self.state(o).generation() != reference.generation() || self.arena.get(o, object::META) == 0 {
            return Ok(());
        }
        let handles = self.arena.get(o, object::HANDLES).saturating_sub(1);
        self.arena.put(o, object::HANDLES, handles);
        if self.arena.get(o, object::HOLDER) == u64::from(e.index) + 1 {
            self.arena.put(o, object::HOLDER, 0);
        }
        if handles == 0 && self.arena.get(o, object::META) & object::PERMANENT == 0 {
            self.remove_name(o)?;
            self.retire_object(o)?;
        }
        Ok(())
    }

    /// Makes the object called `name` permanent, or temporary again: then it goes if no handle is left.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::AccessDenied`] if owner and mode do not allow [`Access::DELETE`].
    pub fn set_permanent(&self, name: &[u8], permanent: bool) -> Result<()> {
        let mut dead = Vec::new();
        let done = self.with_structure(Until::Unlocked, |ctx| {
            ctx.set_permanent_locked(name, permanent, &mut dead)
        });
        for s in dead {
            self.reap(s)?;
        }
        done
    }

    fn set_permanent_locked(&self, name: &[u8], permanent: bool, dead: &mut Vec<Slot>) -> Result<()> {
        let found = match self.find(name)? {
            Some(o) if self.is_held_by_the_living(o, dead)? => Some(o),
            // Only the dead hold it: the name is gone, whether or not they can be reaped at once.
            Some(o) => {
                self.remove_name(o)?;
                None
            }
            None => None,
        };
        let o = found.ok_or_else(|| Error::NotFound {
            name: wtf8::to_text(name).into_owned(),
        })?;
        if !self.allowed(o, self.sort(o)?).contains(Access::DELETE) {
            return Err(Error::AccessDenied {
                what: "only who may do everything with an object may keep it or let it go".to_owned(),
            });
        }
        let meta = self.arena.get(o, object::META) & !object::PERMANENT;
        let kept = if permanent { object::PERMANENT } else { 0 };
        self.arena.put(o, object::META, meta | kept);
        if !permanent {
            if self.arena.get(o, object::HANDLES) == 0 {
                self.remove_name(o)?;
                self.retire_object(o)?;
            } else if !self.is_held_by_the_living(o, dead)? {
                // The reaper of its holders frees it.
                self.remove_name(o)?;
            }
        }
        Ok(())
    }

    /// Calls `visit` for every handle of a process. Needs no lock, and therefore looks at all chunks there are: while
    /// another process mends the links they lead nowhere.
    pub(crate) fn for_handles(
        &self,
        s: Slot,
        nonce: u32,
        visit: &mut dyn FnMut(Entry, Object) -> Result<()>,
    ) -> Result<()> {
        let owner = Belongs::to(s.index, nonce).0;
        for chunk in 0..self.arena.high_water(Section::Chunks)? as u32 {
            let first = chunk * CHUNK_ENTRIES as u32;
            if self.arena.get(self.arena.entry(first)?, 0) != owner {
                continue;
            }
            for i in 1..CHUNK_ENTRIES as u32 {
                let e = self.arena.entry(first + i)?;
                if let Some(index) = Reference(self.arena.get(e, entry::OBJECT))
                    .object_plus_one()
                    .checked_sub(1)
                {
                    visit(e, self.arena.object(index)?)?;
                }
            }
        }
        Ok(())
    }

    /// Closes all handles of a process that has ended and frees its chunks. `false`: the structure
    /// lock was not to be had.
    pub(crate) fn close_all(&self, s: Slot, nonce: u32, until: Until) -> Result<bool> {
        let table = Table { slot: s, nonce };
        let closed = self.with_structure(until, |ctx| {
            ctx.for_table(table, &mut |e| ctx.close_entry(table, e))?;
            let chunks = ctx.chunks_of(table)?;
            // The last one first: the links of those that are left stay whole, should this one die too.
            for chunk in chunks.into_iter().rev() {
                ctx.arena.put(ctx.head(chunk)?, 0, 0);
            }
            Ok(())
        });
        match closed {
            Ok(()) => Ok(true),
            Err(Error::Stalled { .. }) => Ok(false),
            Err(e) => Err(e),
        }
    }
}
