//! Object records: taking, filling, freeing. All under the structure lock.

use crate::Result;
use crate::arena::layout::{Section, header, object};
use crate::arena::{Header, Object};
use crate::dispatch::Ctx;
use crate::host::{Host, Rule};
use crate::word::state::State;
use crate::word::value::Sort;

const fn pair(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

/// A new object as it begins.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    /// Its sort.
    pub sort: Sort,
    /// Its value.
    pub value: u32,
    /// Semaphore: the maximum. Mutex: the recursion count. Else 0.
    pub first: u64,
    /// [`object::PERMANENT`], [`object::GIVE_BACK`] and their kin.
    pub flags: u64,
    /// Who may open it: the permission bits of owner, group and others.
    pub mode: u16,
}

/// Who may open an object if nothing else is said: its owner.
pub const DEFAULT_MODE: u16 = 0o700;

impl<H: Host> Ctx<'_, H> {
    /// Counts up or down in the header; the lock is held.
    pub(super) fn count(&self, word: usize, change: i64) {
        let count = self.arena.get(Header, word);
        self.arena.put(Header, word, count.saturating_add_signed(change));
    }

    /// A free record: the one that has been free for longest.
    pub(super) fn take_object(&self) -> Result<Object> {
        if let Some(o) = self.first_free()? {
            return Ok(o);
        }
        if self.arena.get(Header, header::UNCOLLECTED) != 0 {
            self.collect()?;
            if let Some(o) = self.first_free()? {
                return Ok(o);
            }
        }
        let before = self.arena.high_water(Section::Objects)?;
        match self.arena.grow(Section::Objects, before) {
            Ok(after) => self.add_fresh(before as u32, after as u32)?,
            Err(full) => {
                // Somebody may have died between freeing a record and saying so.
                self.collect()?;
                return self.first_free()?.ok_or(full);
            }
        }
        self.first_free()?.ok_or(crate::arena::corrupt(
            "the free objects are used up although there is room",
        ))
    }

    /// Takes the head of the FIFO.
    fn first_free(&self) -> Result<Option<Object>> {
        let fifo = self.arena.get(Header, header::FREE_OBJECTS);
        let (head, tail) = (fifo as u32, (fifo >> 32) as u32);
        let Some(index) = head.checked_sub(1) else {
            return Ok(None);
        };
        let o = self.arena.object(index)?;
        let next = self.arena.get(o, object::CHAIN) as u32;
        let rest = if next == 0 { 0 } else { pair(next, tail) };
        self.arena.put(Header, header::FREE_OBJECTS, rest);
        Ok(Some(o))
    }

    /// Puts the records from `before` to `after`, never used, into the FIFO.
    fn add_fresh(&self, before: u32, after: u32) -> Result<()> {
        for index in before..after {
            self.give_object(self.arena.object(index)?)?;
        }
        Ok(())
    }

    /// Appends a free record to the FIFO.
    pub(super) fn give_object(&self, o: Object) -> Result<()> {
        self.arena.put(o, object::CHAIN, 0);
        let fifo = self.arena.get(Header, header::FREE_OBJECTS);
        let (head, tail) = (fifo as u32, (fifo >> 32) as u32);
        if head == 0 {
            self.arena
                .put(Header, header::FREE_OBJECTS, pair(o.index + 1, o.index + 1));
            return Ok(());
        }
        let last = self.arena.object(tail.wrapping_sub(1))?;
        self.arena.put(last, object::CHAIN, u64::from(o.index) + 1);
        self.arena
            .put(Header, header::FREE_OBJECTS, pair(head, o.index + 1));
        Ok(())
    }

    /// Whether a record is free in truth: no kind, nobody has it locked, no last step is due.
    pub(super) fn is_free(&self, o: Object) -> bool {
        let word = self.state(o);
        self.arena.get(o, object::META) == 0 && word.locker() == 0 && !word.condemned() && !word.waiters()
    }

    /// Finds the records that were freed by an unlocking CAS and appends them to the FIFO.
    fn collect(&self) -> Result<()> {
        self.arena.put(Header, header::UNCOLLECTED, 0);
        self.relist_objects()
    }

    /// Makes the FIFO of free records anew.
    pub(super) fn relist_objects(&self) -> Result<()> {
        self.arena.put(Header, header::FREE_OBJECTS, 0);
        let mut live = 0;
        for index in 0..self.arena.high_water(Section::Objects)? as u32 {
            let o = self.arena.object(index)?;
            if self.is_free(o) {
                self.give_object(o)?;
            } else {
                live += 1;
            }
        }
        self.arena.put(Header, header::OBJECTS, live);
        Ok(())
    }

    /// Fills a free record; `name` is its `NAME` word. `META` comes last: from then on the record is in use, and
    /// whoever dies before has created nothing.
    pub(super) fn fill_object(&self, o: Object, seed: &Seed, name: u64) {
        for word in [
            object::HANDLES,
            object::QUEUE,
            object::QUEUED,
            object::SECOND,
            object::VERDICT,
            object::HOLDER,
        ] {
            self.arena.put(o, word, 0);
        }
        self.arena.put(o, object::NAME, name);
        self.arena.put(o, object::FIRST, seed.first);
        self.arena.put(o, object::BORN, self.arena.host.now() as u64);
        let generation = self.state(o).generation();
        let word = State(0).with_generation(generation).with_value(seed.value);
        self.arena.put(o, object::STATE, word.0);
        let guarded = object::guarded(self.arena.host.caller().uid(), seed.mode);
        self.arena
            .put(o, object::META, seed.sort as u64 | seed.flags | guarded);
        self.count(header::OBJECTS, 1);
    }

    /// Frees an object that has no handle and no name, or leaves that to whoever empties its queue.
    pub(super) fn retire_object(&self, o: Object) -> Result<()> {
        self.count(header::OBJECTS, -1);
        // The bits that others may set in between are few; more changes than that mean a hostile peer.
        for _ in 0..10_000 {
            let word = self.state(o);
            if word.condemned() {
                return Ok(());
            }
            if word.is_quiet() {
                let freed = if self.has(Rule::GenerationOnFree) {
                    word.freed()
                } else {
                    State(0).with_generation(word.generation())
                };
                if self.arena.replace(o, object::STATE, word.0, freed.0).is_ok() {
                    self.arena.put(o, object::META, 0);
                    return self.give_object(o);
                }
            } else if self
                .arena
                .replace(o, object::STATE, word.0, word.with_condemned(true).0)
                .is_ok()
            {
                return Ok(());
            }
        }
        Err(crate::arena::corrupt("the state of an object never rests"))
    }
}
