//! Wait blocks: the links between a wait context and the queues of its objects.

use super::Ctx;
use crate::Result;
use crate::arena::layout::{block, thread};
use crate::arena::{Block, Context, Object, corrupt};
use crate::host::Host;
use crate::limits::{SEGMENT_BLOCKS, SEGMENTS};
use crate::word::{field, flag};

/// What a block stands for: constant during a wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Info(pub u64);

impl Info {
    field!(
        /// The waiting thread.
        thread, with_thread, 0, 16, u16
    );
    field!(
        /// Its context.
        context, with_context, 16, 2, u8
    );
    field!(
        /// The index of the object in the wait.
        index, with_index, 18, 11, u16
    );
    flag!(
        /// Whether the wait is for all of its objects.
        all, with_all, 29
    );
    flag!(
        /// Whether the waiter is only nudged and takes the object itself (waits across arenas).
        notify, with_notify, 30
    );
    field!(
        /// The generation of the object.
        generation, with_generation, 31, 12, u16
    );
    field!(
        /// The object.
        object, with_object, 43, 21, u32
    );
}

/// Which queue a block is in. Zero: none. This word is the truth; the links are a cache of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Member(pub u64);

impl Member {
    field!(
        /// The object's index plus one.
        object_plus_one, with_object_plus_one, 0, 24, u32
    );
    field!(
        /// Its place in the queue.
        ticket, with_ticket, 24, 40, u64
    );
}

/// The shape of a wait: how many blocks its context uses, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Shape(pub u64);

impl Shape {
    field!(
        /// Blocks in use.
        count, with_count, 0, 16, u16
    );
    flag!(
        /// Whether the wait is for all of its objects.
        all, with_all, 16
    );
    flag!(
        /// Whether the waiter is only nudged.
        notify, with_notify, 17
    );
    flag!(
        /// Nudged: whether the whole wait, over several arenas, is for all of its objects.
        joint, with_joint, 18
    );
    field!(
        /// Nudged: over how many arenas the wait is; [`Shape::MANY`] and more look the same.
        arenas, with_arenas, 19, 5, u8
    );
    field!(
        /// When the wait gives up, in units of 2^20 ns of arena time, rounded up; 0: never. For those who look on.
        until, with_until, 24, 40, u64
    );
}

impl Shape {
    /// The most arenas that are counted.
    pub const MANY: u8 = 31;
    const UNIT: u32 = 20;

    /// This shape with the deadline as given, in ns of arena time. Beyond 36 years it is as good as never.
    pub const fn with_deadline(self, deadline: Option<i64>) -> Shape {
        let until = match deadline {
            None => 0,
            Some(ns) if ns < 0 => 1,
            Some(ns) => (ns as u64 >> Shape::UNIT) + 1,
        };
        self.with_until(if until < 1 << 40 { until } else { 0 })
    }

    /// The deadline in ns of arena time, to the next unit; `None`: never.
    pub const fn deadline(self) -> Option<i64> {
        match self.until() {
            0 => None,
            until => Some((until << Shape::UNIT) as i64),
        }
    }
}

impl<H: Host> Ctx<'_, H> {
    /// Block number `i` of a context.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt) if the context has no such block.
    pub(crate) fn block_of(&self, context: Context, i: usize) -> Result<Block> {
        if i >= SEGMENTS * SEGMENT_BLOCKS {
            return Err(corrupt("a wait has more blocks than there can be"));
        }
        let segment = self.arena.get(context, thread::SEGMENT + i / SEGMENT_BLOCKS) as u32;
        let Some(segment) = segment.checked_sub(1) else {
            return Err(corrupt("a wait block lies in no segment"));
        };
        let first = segment.wrapping_mul(SEGMENT_BLOCKS as u32);
        self.arena.block(first.wrapping_add((i % SEGMENT_BLOCKS) as u32))
    }

    /// The shape of a context's wait.
    pub(crate) fn shape(&self, context: Context) -> Shape {
        Shape(self.arena.get(context, thread::SHAPE))
    }

    /// What a block stands for.
    pub(crate) fn info(&self, b: Block) -> Info {
        Info(self.arena.get(b, block::INFO))
    }

    /// The number of the wait a block was filled for.
    pub(crate) fn block_seq(&self, b: Block) -> u32 {
        self.arena.get(b, block::WAIT) as u32
    }

    /// The queue a block is in.
    pub(crate) fn member(&self, b: Block) -> Member {
        Member(self.arena.get(b, block::MEMBER))
    }

    /// The context a block belongs to.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt) if it names no thread.
    pub(crate) fn context_of(&self, info: Info) -> Result<Context> {
        Ok(self.arena.thread(info.thread())?.context(info.context()))
    }

    /// The object a block stands for.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt) if it names none.
    pub(crate) fn object_of(&self, info: Info) -> Result<Object> {
        self.arena.object(info.object())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_keeps_its_deadline_to_the_next_unit_and_nothing_else_changes() {
        let shape = Shape(0).with_count(7).with_joint(true).with_arenas(3);
        for ns in [-1, 0, 1, 1 << 20, 5_000_000_000, (1 << 59) + 1] {
            let with = shape.with_deadline(Some(ns));
            let read = with.deadline().expect("a deadline");
            assert!(read > ns && read - ns.max(0) <= 1 << 20, "{ns} became {read}");
            assert_eq!((with.count(), with.joint(), with.arenas()), (7, true, 3));
            assert_eq!(with.with_deadline(None), shape);
        }
        for ns in [1 << 60, i64::MAX] {
            assert_eq!(shape.with_deadline(Some(ns)), shape);
        }
    }
}
