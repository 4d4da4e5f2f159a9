//! What a process remembers of its own handle table, in memory that no other process shares.
//!
//! A fork freezes it: the child takes over those of its parent's handles that still are what they were at that moment, and
//! never another object that got the same value since.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::limits::CHUNK_ENTRIES;
use crate::word::handle::{CHUNKS_PER_TABLE, Number};

/// The mirror of a handle table. Written under the structure lock of the arena; a child that is forked meanwhile may
/// find an entry with the mask of another handle, which then does not match its parent's.
pub(crate) struct Mirror {
    chunks: Box<[OnceLock<Box<Chunk>>]>,
}

struct Chunk {
    /// Where it is in the arena.
    place: AtomicU32,
    entries: [(AtomicU64, AtomicU32); CHUNK_ENTRIES],
}

impl Default for Mirror {
    fn default() -> Self {
        Mirror {
            chunks: (0..CHUNKS_PER_TABLE).map(|_| OnceLock::new()).collect(),
        }
    }
}

impl Mirror {
    /// Where the chunk with this ordinal is, if that is known.
    pub(crate) fn chunk(&self, ordinal: u16) -> Option<u32> {
        let chunk = self.chunks.get(usize::from(ordinal))?.get()?;
        Some(chunk.place.load(Ordering::Relaxed))
    }

    /// Remembers where a chunk is.
    pub(crate) fn note_chunk(&self, ordinal: u16, place: u32) {
        let Some(slot) = self.chunks.get(usize::from(ordinal)) else {
            return;
        };
        let chunk = slot.get_or_init(|| {
            Box::new(Chunk {
                place: AtomicU32::new(place),
                entries: [const { (AtomicU64::new(0), AtomicU32::new(0)) }; CHUNK_ENTRIES],
            })
        });
        chunk.place.store(place, Ordering::Relaxed);
    }

    /// Remembers what a handle refers to and its mask, or that it is closed.
    pub(crate) fn note(&self, number: Number, handle: Option<(u64, u32)>) {
        let chunk = self
            .chunks
            .get(usize::from(number.ordinal()))
            .and_then(OnceLock::get);
        if let Some((target, mask)) = chunk.and_then(|c| c.entries.get(usize::from(number.place()))) {
            let (object, rights) = handle.unwrap_or_default();
            mask.store(rights, Ordering::Relaxed);
            target.store(object, Ordering::Relaxed);
        }
    }

    /// All handles: number, what it refers to, mask.
    pub(crate) fn handles(&self) -> Vec<(Number, u64, u32)> {
        let mut handles = Vec::new();
        for (ordinal, chunk) in (0..).zip(&self.chunks) {
            let Some(chunk) = chunk.get() else { continue };
            for (place, (target, mask)) in (0..).zip(&chunk.entries) {
                let target = target.load(Ordering::Relaxed);
                if target != 0
                    && let Some(number) = Number::at(ordinal, place)
                {
                    handles.push((number, target, mask.load(Ordering::Relaxed)));
                }
            }
        }
        handles
    }
}
