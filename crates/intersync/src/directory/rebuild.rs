//! Deriving everything anew from the truth, after the holder of the structure lock died.
//!
//! The truth: which chunks belong to attached processes and what their entries refer to; which
//! object records are in use, permanent, and what their names are. Every step is absolute, so a
//! rebuild that is cut off is simply begun again.

use crate::Result;
use crate::arena::Header;
use crate::arena::layout::{Section, cell, entry, header, object, slot};
use crate::dispatch::Ctx;
use crate::host::Host;
use crate::limits::{CELL_BYTES, CHUNK_ENTRIES, NAME_BYTES};
use crate::word::handle::{Head, Reference};
use crate::word::slot::Belongs;

impl<H: Host> Ctx<'_, H> {
    /// Rebuilds counts, names, free lists and hash chains. The structure lock is held.
    pub(super) fn rebuild(&self) -> Result<()> {
        let objects = self.arena.high_water(Section::Objects)? as u32;
        for index in 0..objects {
            let o = self.arena.object(index)?;
            self.arena.put(o, object::HANDLES, 0);
            self.arena.put(o, object::HOLDER, 0);
        }
        self.recount_handles()?;
        let mut orphans = Vec::new();
        for index in 0..objects {
            let o = self.arena.object(index)?;
            let meta = self.arena.get(o, object::META);
            let used = self.arena.get(o, object::HANDLES) != 0 || meta & object::PERMANENT != 0;
            if meta == 0 || !used {
                // Its cells are found to be unused below; the chain is made anew.
                self.arena.put(o, object::NAME, 0);
            }
            if meta != 0 && !used {
                orphans.push(o);
            }
        }
        self.recount_cells(objects)?;
        self.rehash()?;
        // A record whose creator died with it locked by nobody and named by nobody.
        for o in orphans {
            self.arena.put(o, object::CHAIN, 0);
            self.retire_object(o)?;
        }
        self.relist_objects()
    }

    /// Counts the handles of every object anew, drops those of nobody, and links the chunks.
    fn recount_handles(&self) -> Result<()> {
        let mut total = 0;
        for index in 0..self.arena.high_water(Section::Slots)? as u16 {
            let s = self.arena.slot(index)?;
            self.arena.put(s, slot::CHUNKS, 0);
            self.arena.put(s, slot::LOWEST, 0);
        }
        let mut chunks = Vec::new();
        for chunk in 0..self.arena.high_water(Section::Chunks)? as u32 {
            let first = chunk * CHUNK_ENTRIES as u32;
            let head = self.arena.entry(first)?;
            let owner = Belongs(self.arena.get(head, 0));
            let attached = owner.slot().filter(|&s| self.is_attached(s, owner.nonce()));
            match attached {
                Some(index) => chunks.push((index, Head(self.arena.get(head, 1)).ordinal(), chunk)),
                None => self.arena.put(head, 0, 0),
            }
            for i in 1..CHUNK_ENTRIES as u32 {
                let e = self.arena.entry(first + i)?;
                let reference = Reference(self.arena.get(e, entry::OBJECT));
                let Some(index) = reference.object_plus_one().checked_sub(1) else {
                    continue;
                };
                let o = self.arena.object(index)?;
                let lives = self.arena.get(o, object::META) != 0
                    && self.state(o).generation() == reference.generation();
                if attached.is_none() || !lives {
                    self.arena.put(e, entry::OBJECT, 0);
                    continue;
                }
                let handles = self.arena.get(o, object::HANDLES);
                self.arena.put(o, object::HANDLES, handles + 1);
                total += 1;
            }
        }
        self.arena.put(Header, header::HANDLES, total);
        self.link_chunks(chunks)
    }

    /// Links the chunks of every table in the order of their ordinals; each is a slot, an ordinal and a chunk.
    fn link_chunks(&self, mut chunks: Vec<(u16, u16, u32)>) -> Result<()> {
        chunks.sort_unstable();
        let mut next = None;
        for &(index, ordinal, chunk) in chunks.iter().rev() {
            let follower = next
                .filter(|&(same, _)| same == index)
                .map_or(0, |(_, chunk)| chunk + 1);
            let head = Head(0).with_ordinal(ordinal).with_next_plus_one(follower);
            self.arena
                .put(self.arena.entry(chunk * CHUNK_ENTRIES as u32)?, 1, head.0);
            self.arena
                .put(self.arena.slot(index)?, slot::CHUNKS, u64::from(chunk) + 1);
            next = Some((index, chunk));
        }
        Ok(())
    }

    /// Makes the list of free name cells anew: all that no name uses.
    fn recount_cells(&self, objects: u32) -> Result<()> {
        let cells = self.arena.high_water(Section::Cells)? as u32;
        let mut used = vec![false; cells as usize];
        for index in 0..objects {
            let stored = self.arena.get(self.arena.object(index)?, object::NAME);
            let count = ((stored >> 32) as usize).min(NAME_BYTES).div_ceil(CELL_BYTES);
            let mut at = stored as u32;
            for _ in 0..count {
                let Some(index) = at.checked_sub(1) else { break };
                let c = self.arena.cell(index)?;
                if let Some(mark) = used.get_mut(index as usize) {
                    *mark = true;
                }
                at = self.arena.get(c, cell::NEXT) as u32;
            }
        }
        self.arena.put(Header, header::FREE_CELLS, 0);
        for index in (0..cells).rev() {
            if !used[index as usize] {
                self.give_cell(self.arena.cell(index)?);
            }
        }
        self.arena
            .put(Header, header::CELLS, used.iter().filter(|&&u| u).count() as u64);
        Ok(())
    }
}
