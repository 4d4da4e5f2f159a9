//! Names: the hash table and the cells that hold the bytes. All under the structure lock.

use crate::Result;
use crate::arena::layout::{Section, cell, header, object};
use crate::arena::{Bucket, Cell, Header, Object, corrupt};
use crate::dispatch::Ctx;
use crate::host::Host;
use crate::limits::{CELL_BYTES, NAME_BYTES};

/// The hash of a name; part of the format (FNV-1a, folded).
pub(crate) fn hash(name: &[u8]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for &byte in name {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash ^ (hash >> 32)) as u32
}

const fn pair(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

impl<H: Host> Ctx<'_, H> {
    pub(super) fn buckets(&self) -> Result<u32> {
        let buckets = self.arena.get(Header, header::BUCKETS);
        if !buckets.is_power_of_two() || buckets > self.arena.high_water(Section::Buckets)? as u64 {
            return Err(corrupt("the number of hash buckets is impossible"));
        }
        Ok(buckets as u32)
    }

    fn bucket_of(&self, hash: u32) -> Result<Bucket> {
        self.arena.bucket(hash & (self.buckets()? - 1))
    }

    /// The object called `name`.
    pub(super) fn find(&self, name: &[u8]) -> Result<Option<Object>> {
        let hash = hash(name);
        let mut at = self.arena.get(self.bucket_of(hash)?, 0) as u32;
        for _ in 0..=self.arena.high_water(Section::Objects)? {
            let Some(index) = at.checked_sub(1) else {
                return Ok(None);
            };
            let o = self.arena.object(index)?;
            let chain = self.arena.get(o, object::CHAIN);
            if (chain >> 32) as u32 == hash && self.name_is(o, name)? {
                return Ok(Some(o));
            }
            at = chain as u32;
        }
        Err(corrupt("a hash chain is a circle"))
    }

    fn name_is(&self, o: Object, name: &[u8]) -> Result<bool> {
        let stored = self.arena.get(o, object::NAME);
        if (stored >> 32) as usize != name.len() {
            return Ok(false);
        }
        let mut at = stored as u32;
        for piece in name.chunks(CELL_BYTES) {
            let Some(index) = at.checked_sub(1) else {
                return Err(corrupt("a name is shorter than it says"));
            };
            let c = self.arena.cell(index)?;
            if self.cell_bytes(c)[..piece.len()] != *piece {
                return Ok(false);
            }
            at = self.arena.get(c, cell::NEXT) as u32;
        }
        Ok(true)
    }

    fn cell_bytes(&self, c: Cell) -> [u8; CELL_BYTES] {
        let mut bytes = [0; CELL_BYTES];
        for (i, word) in bytes.chunks_exact_mut(8).enumerate() {
            word.copy_from_slice(&self.arena.get(c, cell::BYTES + i).to_le_bytes());
        }
        bytes
    }

    /// The name of an object, without a lock: it may be torn while it changes, never unbounded.
    pub(crate) fn name_of(&self, o: Object) -> Option<Vec<u8>> {
        read_name(self.arena, o)
    }

    /// Stores a name in free cells and returns the first of them plus one.
    pub(super) fn store_name(&self, name: &[u8]) -> Result<u32> {
        let mut cells = Vec::with_capacity(name.len().div_ceil(CELL_BYTES));
        for _ in name.chunks(CELL_BYTES) {
            match self.take_cell() {
                Ok(c) => cells.push(c),
                Err(e) => {
                    cells.into_iter().for_each(|c| self.give_cell(c));
                    return Err(e);
                }
            }
        }
        let mut next = 0;
        for (piece, &c) in name.chunks(CELL_BYTES).zip(&cells).rev() {
            let mut bytes = [0; CELL_BYTES];
            bytes[..piece.len()].copy_from_slice(piece);
            for (i, word) in bytes.as_chunks::<8>().0.iter().enumerate() {
                self.arena.put(c, cell::BYTES + i, u64::from_le_bytes(*word));
            }
            self.arena.put(c, cell::NEXT, u64::from(next));
            next = c.index + 1;
        }
        self.count(header::CELLS, cells.len() as i64);
        Ok(next)
    }

    fn take_cell(&self) -> Result<Cell> {
        let head = self.arena.get(Header, header::FREE_CELLS) as u32;
        if head != 0 {
            let c = self.arena.cell(head - 1)?;
            let next = self.arena.get(c, cell::NEXT);
            self.arena.put(Header, header::FREE_CELLS, next);
            return Ok(c);
        }
        let before = self.arena.high_water(Section::Cells)? as u32;
        let after = self.arena.grow(Section::Cells, before as usize)? as u32;
        for index in (before + 1..after).rev() {
            self.give_cell(self.arena.cell(index)?);
        }
        self.arena.cell(before)
    }

    pub(super) fn give_cell(&self, c: Cell) {
        for i in 0..CELL_BYTES / 8 {
            self.arena.put(c, cell::BYTES + i, 0);
        }
        let head = self.arena.get(Header, header::FREE_CELLS);
        self.arena.put(c, cell::NEXT, head);
        self.arena.put(Header, header::FREE_CELLS, u64::from(c.index) + 1);
    }

    /// Gives an object, whose `NAME` is set, its place in the hash table.
    pub(super) fn enter_name(&self, o: Object, hash: u32) -> Result<()> {
        let bucket = self.bucket_of(hash)?;
        let head = self.arena.get(bucket, 0) as u32;
        self.arena.put(o, object::CHAIN, pair(head, hash));
        self.arena.put(bucket, 0, u64::from(o.index) + 1);
        self.count(header::NAMED, 1);
        Ok(())
    }

    /// Takes the name of an object away; it goes on without one.
    pub(super) fn remove_name(&self, o: Object) -> Result<()> {
        let stored = self.arena.get(o, object::NAME);
        if stored == 0 {
            return Ok(());
        }
        let chain = self.arena.get(o, object::CHAIN);
        let bucket = self.bucket_of((chain >> 32) as u32)?;
        let first = self.arena.get(bucket, 0) as u32;
        if first == o.index + 1 {
            self.arena.put(bucket, 0, u64::from(chain as u32));
        } else {
            let mut at = first;
            for _ in 0..=self.arena.high_water(Section::Objects)? {
                let Some(index) = at.checked_sub(1) else { break };
                let other = self.arena.object(index)?;
                let link = self.arena.get(other, object::CHAIN);
                if link as u32 == o.index + 1 {
                    self.arena
                        .put(other, object::CHAIN, pair(chain as u32, (link >> 32) as u32));
                    break;
                }
                at = link as u32;
            }
        }
        self.arena.put(o, object::NAME, 0);
        let mut at = stored as u32;
        let mut cells = 0;
        while let (Some(index), true) = (at.checked_sub(1), cells <= NAME_BYTES / CELL_BYTES) {
            let c = self.arena.cell(index)?;
            at = self.arena.get(c, cell::NEXT) as u32;
            self.give_cell(c);
            cells += 1;
        }
        self.count(header::CELLS, -(cells as i64));
        self.count(header::NAMED, -1);
        Ok(())
    }

    /// Doubles the hash table when there are more names than buckets.
    pub(super) fn grow_buckets(&self) -> Result<()> {
        let buckets = u64::from(self.buckets()?);
        if self.arena.get(Header, header::NAMED) <= buckets
            || buckets * 2 > self.arena.geometry().capacity(Section::Buckets) as u64
        {
            return Ok(());
        }
        loop {
            let backed = self.arena.high_water(Section::Buckets)?;
            if backed as u64 >= buckets * 2 {
                break;
            }
            self.arena.grow(Section::Buckets, backed)?;
        }
        self.arena.put(Header, header::BUCKETS, buckets * 2);
        self.rehash()
    }

    /// Makes the hash table anew from the names of the objects.
    pub(super) fn rehash(&self) -> Result<()> {
        for index in 0..self.buckets()? {
            self.arena.put(self.arena.bucket(index)?, 0, 0);
        }
        self.arena.put(Header, header::NAMED, 0);
        for index in 0..self.arena.high_water(Section::Objects)? as u32 {
            let o = self.arena.object(index)?;
            if self.arena.get(o, object::META) != 0
                && let Some(name) = self.name_of(o)
            {
                self.enter_name(o, hash(&name))?;
            }
        }
        Ok(())
    }
}

/// The name of an object, if it has one.
pub(crate) fn read_name<H: Host>(arena: &crate::arena::Arena<H>, o: Object) -> Option<Vec<u8>> {
    let stored = arena.get(o, object::NAME);
    let length = (stored >> 32) as usize;
    if stored == 0 || length > NAME_BYTES {
        return None;
    }
    let mut name = Vec::with_capacity(length);
    let mut at = stored as u32;
    while name.len() < length {
        let c = arena.cell(at.checked_sub(1)?).ok()?;
        for i in 0..CELL_BYTES / 8 {
            name.extend_from_slice(&arena.get(c, cell::BYTES + i).to_le_bytes());
        }
        at = arena.get(c, cell::NEXT) as u32;
    }
    name.truncate(length);
    Some(name)
}
