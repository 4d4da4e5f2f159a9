//! The handle table of a process in an arena: chunks of entries, found by their ordinals.
//!
//! The lowest free number is given out first, whoever asks: the process itself, or another one that puts a handle into its
//! table. All under the structure lock, but for looking a handle up: an entry is one word, and its chunk belongs to the
//! process as long as that lives.

use smallvec::SmallVec;

use crate::arena::layout::{Section, entry, slot};
use crate::arena::{Entry, Slot, corrupt};
use crate::dispatch::Ctx;
use crate::host::{Host, Rule};
use crate::limits::CHUNK_ENTRIES;
use crate::word::handle::{CHUNKS_PER_TABLE, Head, Number, Reference, Tag};
use crate::word::slot::Belongs;
use crate::{Error, Result};

/// Tries to read an entry that changes all the time.
const TRIES: u32 = 64;

/// The handle table of a process, or of a bundle, in one of its lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Table {
    /// Whose.
    pub slot: Slot,
    /// In which life.
    pub nonce: u32,
}

impl Table {
    fn belongs(self) -> u64 {
        Belongs::to(self.slot.index, self.nonce).0
    }
}

impl<H: Host> Ctx<'_, H> {
    /// The table of the own process.
    pub fn table(&self) -> Table {
        Table {
            slot: self.slot,
            nonce: self.nonce,
        }
    }

    /// The value of a handle, as the process of the table knows it.
    pub fn value_of(&self, table: Table, number: Number) -> u32 {
        number.value(Tag(self.arena.get(table.slot, slot::TAG)))
    }

    /// The number of the handle in an entry.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn number_of(&self, e: Entry) -> Result<Number> {
        let place = e.index % CHUNK_ENTRIES as u32;
        let head = Head(self.arena.get(self.arena.entry(e.index - place)?, 1));
        Number::at(head.ordinal(), place as u16).ok_or(corrupt("a handle chunk has an impossible ordinal"))
    }

    /// The entry with this number, whether it is in use or not; `None` if the table does not reach so far.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn entry_at(&self, table: Table, number: Number) -> Result<Option<Entry>> {
        let ordinal = number.ordinal();
        let chunk = match self.chunk_at(table, ordinal)? {
            None => self.unlinked_chunk(table, ordinal)?,
            linked => linked,
        };
        match chunk {
            Some(chunk) => {
                let first = chunk * CHUNK_ENTRIES as u32;
                Ok(Some(self.arena.entry(first + u32::from(number.place()))?))
            }
            None => Ok(None),
        }
    }

    /// The chunk of a table with this ordinal, by the links.
    fn chunk_at(&self, table: Table, ordinal: u16) -> Result<Option<u32>> {
        let own = table == self.table();
        if own
            && let Some(chunk) = self.arena.host.known_chunk(ordinal)
            && self.is_chunk(table, chunk, ordinal)?
        {
            return Ok(Some(chunk));
        }
        let mut at = self.arena.get(table.slot, slot::CHUNKS) as u32;
        for _ in 0..CHUNKS_PER_TABLE {
            let Some(chunk) = at.checked_sub(1) else { break };
            let head = Head(self.arena.get(self.head(chunk)?, 1));
            if head.ordinal() == ordinal && self.is_chunk(table, chunk, ordinal)? {
                if own {
                    self.arena.host.know_chunk(ordinal, chunk);
                }
                return Ok(Some(chunk));
            }
            at = head.next_plus_one();
        }
        Ok(None)
    }

    /// The chunk of a table with this ordinal, by the chunks themselves: handles are looked up without the lock, and the
    /// links may be made anew meanwhile.
    fn unlinked_chunk(&self, table: Table, ordinal: u16) -> Result<Option<u32>> {
        if self.has(Rule::FindUnlinked) {
            for chunk in 0..self.arena.high_water(Section::Chunks)? as u32 {
                if self.is_chunk(table, chunk, ordinal)? {
                    return Ok(Some(chunk));
                }
            }
        }
        Ok(None)
    }

    /// The chunks of a table, in order. The structure lock is held: then the links are right, whoever died before.
    pub(super) fn chunks_of(&self, table: Table) -> Result<SmallVec<[u32; 8]>> {
        let mut chunks = SmallVec::new();
        let mut at = self.arena.get(table.slot, slot::CHUNKS) as u32;
        for _ in 0..CHUNKS_PER_TABLE {
            let Some(chunk) = at.checked_sub(1) else { break };
            let head = self.head(chunk)?;
            if self.arena.get(head, 0) != table.belongs() {
                break;
            }
            chunks.push(chunk);
            at = Head(self.arena.get(head, 1)).next_plus_one();
        }
        Ok(chunks)
    }

    /// Calls `visit` for every handle of a table, chunk by chunk. The structure lock is held.
    pub(super) fn for_table(&self, table: Table, visit: &mut dyn FnMut(Entry) -> Result<()>) -> Result<()> {
        for chunk in self.chunks_of(table)? {
            for place in 1..CHUNK_ENTRIES as u32 {
                let e = self.arena.entry(chunk * CHUNK_ENTRIES as u32 + place)?;
                if Reference(self.arena.get(e, entry::OBJECT)).object_plus_one() != 0 {
                    visit(e)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn head(&self, chunk: u32) -> Result<Entry> {
        self.arena.entry(chunk.saturating_mul(CHUNK_ENTRIES as u32))
    }

    fn is_chunk(&self, table: Table, chunk: u32, ordinal: u16) -> Result<bool> {
        let head = self.head(chunk)?;
        Ok(self.arena.get(head, 0) == table.belongs() && Head(self.arena.get(head, 1)).ordinal() == ordinal)
    }

    /// The lowest free entry of a table, from a new chunk if need be. The structure lock is held.
    pub(super) fn free_entry(&self, table: Table) -> Result<Entry> {
        let lowest = self.arena.get(table.slot, slot::LOWEST) as u16;
        let (mut ordinal, mut place) = (lowest / CHUNK_ENTRIES as u16, lowest % CHUNK_ENTRIES as u16);
        while ordinal < CHUNKS_PER_TABLE {
            let chunk = match self.chunk_at(table, ordinal)? {
                Some(chunk) => chunk,
                None => self.take_chunk(table, ordinal)?,
            };
            for place in place.max(1)..CHUNK_ENTRIES as u16 {
                let e = self
                    .arena
                    .entry(chunk * CHUNK_ENTRIES as u32 + u32::from(place))?;
                if self.arena.get(e, entry::OBJECT) == 0 {
                    let number = ordinal * CHUNK_ENTRIES as u16 + place;
                    self.arena.put(table.slot, slot::LOWEST, u64::from(number));
                    return Ok(e);
                }
            }
            (ordinal, place) = (ordinal + 1, 1);
        }
        Err(Error::Exhausted {
            what: "handles of one process",
            limit: u64::from(CHUNKS_PER_TABLE) * (CHUNK_ENTRIES as u64 - 1),
        })
    }

    /// The entry with this number, from new chunks if need be. The structure lock is held.
    pub(super) fn entry_for(&self, table: Table, number: Number) -> Result<Entry> {
        for ordinal in 0..=number.ordinal() {
            if self.chunk_at(table, ordinal)?.is_none() {
                self.take_chunk(table, ordinal)?;
            }
        }
        self.entry_at(table, number)?
            .ok_or(corrupt("a handle chunk is not where it was put"))
    }

    /// Takes a free chunk as the last one of a table.
    fn take_chunk(&self, table: Table, ordinal: u16) -> Result<u32> {
        let chunks = self.arena.high_water(Section::Chunks)? as u32;
        let mut free = None;
        for chunk in 0..chunks {
            if self.arena.get(self.head(chunk)?, 0) == 0 {
                free = Some(chunk);
                break;
            }
        }
        let chunk = match free {
            Some(chunk) => chunk,
            None => {
                self.arena.grow(Section::Chunks, chunks as usize)?;
                chunks
            }
        };
        let head = self.head(chunk)?;
        self.arena.put(head, 1, Head(0).with_ordinal(ordinal).0);
        self.arena.put(head, 0, table.belongs());
        match ordinal.checked_sub(1) {
            None => self.arena.put(table.slot, slot::CHUNKS, u64::from(chunk) + 1),
            Some(before) => {
                let last = self
                    .chunk_at(table, before)?
                    .ok_or(corrupt("the handle chunks of a process are not in order"))?;
                let last = self.head(last)?;
                let link = Head(self.arena.get(last, 1)).with_next_plus_one(chunk + 1);
                self.arena.put(last, 1, link.0);
            }
        }
        if table == self.table() {
            self.arena.host.know_chunk(ordinal, chunk);
        }
        Ok(chunk)
    }

    /// Notes that a number is free now.
    pub(super) fn note_free(&self, table: Table, number: Number) {
        if u64::from(number.get()) < self.arena.get(table.slot, slot::LOWEST) {
            self.arena.put(table.slot, slot::LOWEST, u64::from(number.get()));
        }
    }

    /// What an entry refers to, and with which mask. Both belong together although other threads may close the handle and
    /// open another one meanwhile: whatever they do, the word is another one then, or the object is the same.
    pub(crate) fn read_entry(&self, e: Entry) -> Option<(Reference, u32)> {
        for _ in 0..TRIES {
            let before = Reference(self.arena.get(e, entry::OBJECT));
            let mask = self.arena.get(e, entry::MASK) as u32;
            let after = Reference(self.arena.get(e, entry::OBJECT));
            if before.object_plus_one() == 0 {
                return None;
            }
            if before == after {
                return Some((before, mask));
            }
        }
        None
    }
}
