//! The shared memory: its layout, and the only door to it.
//!
//! # Invariants
//! 1. Everything in the arena is input: another process may have written it. An index is
//!    checked against the high-water mark of its section before it becomes a place
//!    ([`Thread`], [`Object`], ...), so that no access leaves the memory that is backed.
//! 2. Only atomic accesses of whole words; no reference into the mapping leaves this module
//!    but to atomics.
//! 3. Every load is SeqCst, every read-modify-write is SeqCst, every store is Release
//!    (`docs/ordering.md` says why that is enough).

mod door;
pub mod layout;

pub use door::{Arena, Geometry, header_of, initial_extents};

use crate::Error;

/// An error that names the rule that shared memory breaks.
pub const fn corrupt(what: &'static str) -> Error {
    Error::Corrupt { what }
}

/// A record in the arena: something with words.
pub trait Place: Copy {
    /// Byte offset of its first word.
    fn offset(self) -> usize;
}

macro_rules! places {
    ($($(#[$doc:meta])* $name:ident : $int:ty),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord, Hash)]
        pub struct $name {
            pub(in crate::arena) offset: u32,
            /// Its index in its section.
            pub index: $int,
        }
        impl Place for $name {
            #[inline(always)]
            fn offset(self) -> usize {
                self.offset as usize
            }
        }
    )*};
}

places! {
    /// A process slot.
    Slot: u16,
    /// A thread record. Index 0 is never used: it means nobody.
    Thread: u16,
    /// An object.
    Object: u32,
    /// A hash bucket.
    Bucket: u32,
    /// A name cell.
    Cell: u32,
    /// A handle entry; its index counts through all chunks.
    Entry: u32,
    /// A wait block; its index counts through all segments.
    Block: u32,
    /// The owner word of a block segment.
    SegmentOwner: u32,
}

/// The header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header;

impl Place for Header {
    #[inline(always)]
    fn offset(self) -> usize {
        0
    }
}

/// A wait context of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    offset: u32,
    /// Whose.
    pub thread: Thread,
    /// Which of its contexts.
    pub number: u8,
}

impl Place for Context {
    #[inline(always)]
    fn offset(self) -> usize {
        self.offset as usize
    }
}

impl Thread {
    /// One of its contexts.
    pub fn context(self, number: u8) -> Context {
        let number = number & (crate::limits::CONTEXTS as u8 - 1);
        let word = layout::thread::CONTEXT + number as usize * layout::thread::CONTEXT_WORDS;
        Context {
            offset: self.offset + (word * 8) as u32,
            thread: self,
            number,
        }
    }

    /// All of its contexts.
    pub fn contexts(self) -> impl Iterator<Item = Context> {
        (0..crate::limits::CONTEXTS as u8).map(move |number| self.context(number))
    }
}
