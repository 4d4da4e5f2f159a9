//! The wait queue of an object: FIFO, doubly linked.
//!
//! A block's membership is one word; links, ends and counts are a cache of the members. They
//! change only under the object's lock. If the locker dies in between, the queue is rebuilt from
//! the members (`Ctx::rebuild_queue`).

use super::Ctx;
use super::block::Member;
use crate::Result;
use crate::arena::layout::{Section, block, object};
use crate::arena::{Block, Object, corrupt};
use crate::host::Host;
use crate::limits::SEGMENT_BLOCKS;

const fn pair(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

const fn halves(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
}

impl<H: Host> Ctx<'_, H> {
    fn block_at(&self, link: u32) -> Result<Option<Block>> {
        match link {
            0 => Ok(None),
            n => self.arena.block(n - 1).map(Some),
        }
    }

    /// The blocks in the queue and those of waits for all.
    pub(crate) fn queued(&self, o: Object) -> (u32, u32) {
        halves(self.arena.get(o, object::QUEUED))
    }

    /// Appends a block. Under the lock.
    pub(super) fn link(&self, o: Object, b: Block) -> Result<()> {
        let ticket = self.arena.get(o, object::TICKET);
        self.arena.put(o, object::TICKET, ticket.wrapping_add(1));
        let member = Member(0).with_object_plus_one(o.index + 1).with_ticket(ticket);
        self.arena.put(b, block::MEMBER, member.0);
        let (head, tail) = halves(self.arena.get(o, object::QUEUE));
        self.arena.put(b, block::LINKS, pair(0, tail));
        let head = match self.block_at(tail)? {
            None => b.index + 1,
            Some(last) => {
                let (_, before) = halves(self.arena.get(last, block::LINKS));
                self.arena.put(last, block::LINKS, pair(b.index + 1, before));
                head
            }
        };
        self.arena.put(o, object::QUEUE, pair(head, b.index + 1));
        let (count, all) = self.queued(o);
        let all = all.wrapping_add(u32::from(self.info(b).all()));
        self.arena
            .put(o, object::QUEUED, pair(count.wrapping_add(1), all));
        Ok(())
    }

    /// Takes a block out, if it is in. Under the lock.
    pub(crate) fn unlink(&self, o: Object, b: Block) -> Result<()> {
        if self.member(b).object_plus_one() != o.index + 1 {
            return Ok(());
        }
        self.arena.put(b, block::MEMBER, 0);
        let (next, previous) = halves(self.arena.get(b, block::LINKS));
        let (mut head, mut tail) = halves(self.arena.get(o, object::QUEUE));
        match self.block_at(previous)? {
            None => head = next,
            Some(p) => {
                let (_, before) = halves(self.arena.get(p, block::LINKS));
                self.arena.put(p, block::LINKS, pair(next, before));
            }
        }
        match self.block_at(next)? {
            None => tail = previous,
            Some(n) => {
                let (after, _) = halves(self.arena.get(n, block::LINKS));
                self.arena.put(n, block::LINKS, pair(after, previous));
            }
        }
        self.arena.put(o, object::QUEUE, pair(head, tail));
        let (count, all) = self.queued(o);
        let all = all.saturating_sub(u32::from(self.info(b).all()));
        self.arena
            .put(o, object::QUEUED, pair(count.saturating_sub(1), all));
        Ok(())
    }

    /// The first block of the queue.
    pub(crate) fn first(&self, o: Object) -> Result<Option<Block>> {
        self.block_at(halves(self.arena.get(o, object::QUEUE)).0)
    }

    /// The block after `b`.
    pub(crate) fn next(&self, o: Object, b: Block) -> Result<Option<Block>> {
        if self.member(b).object_plus_one() != o.index + 1 {
            return Err(corrupt("a wait queue leads into another one"));
        }
        self.block_at(halves(self.arena.get(b, block::LINKS)).0)
    }

    /// How many blocks a walk may meet before the queue must be a circle.
    pub(crate) fn longest_queue(&self) -> Result<usize> {
        Ok(self.arena.high_water(Section::Segments)? * SEGMENT_BLOCKS)
    }

    /// Makes the queue anew from the members. Under the lock, after somebody died holding it.
    pub(crate) fn rebuild_queue(&self, o: Object) -> Result<()> {
        let mut members = Vec::new();
        for segment in 0..self.arena.high_water(Section::Segments)? as u32 {
            if self.arena.get(self.arena.segment_owner(segment)?, 0) == 0 {
                continue;
            }
            for i in 0..SEGMENT_BLOCKS as u32 {
                let b = self.arena.block(segment * SEGMENT_BLOCKS as u32 + i)?;
                let member = self.member(b);
                if member.object_plus_one() == o.index + 1 {
                    members.push((member.ticket(), b));
                }
            }
        }
        members.sort_unstable();
        let link = |i: Option<usize>| i.and_then(|i| members.get(i)).map_or(0, |(_, b)| b.index + 1);
        let mut all = 0;
        for (i, &(_, b)) in members.iter().enumerate() {
            self.arena
                .put(b, block::LINKS, pair(link(Some(i + 1)), link(i.checked_sub(1))));
            all += u32::from(self.info(b).all());
        }
        let last = members.len().checked_sub(1);
        self.arena.put(o, object::QUEUE, pair(link(Some(0)), link(last)));
        self.arena.put(o, object::QUEUED, pair(members.len() as u32, all));
        let ticket = members.last().map_or(0, |(ticket, _)| ticket + 1);
        if self.arena.get(o, object::TICKET) < ticket {
            self.arena.put(o, object::TICKET, ticket);
        }
        Ok(())
    }
}
