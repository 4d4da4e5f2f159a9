//! The memory of a simulated arena.
#![allow(unsafe_code, reason = "an arena is made over plain memory here")]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use intersync::arena::layout::{HEADER_BYTES, Profile, Section};
use intersync::arena::{Arena, Geometry};
use intersync::host::Host;

/// Words in front of the sections that are used.
const HEADER_WORDS: usize = 256;

/// Zeroed memory, aligned for an arena, never freed.
pub struct Memory {
    words: &'static [AtomicU64],
    profile: Profile,
}

impl Memory {
    /// Memory for an arena with this profile.
    pub fn new(profile: Profile) -> Memory {
        let bytes = profile.offsets().1;
        let words: Vec<AtomicU64> = (0..bytes / 8).map(|_| AtomicU64::new(0)).collect();
        Memory {
            words: Vec::leak(words),
            profile,
        }
    }

    /// An arena over it.
    pub fn arena<H: Host>(&self, host: H) -> Arena<H> {
        let base = NonNull::from(self.words).cast();
        // SAFETY: the memory is as long as the profile says, 8-byte aligned, lives for ever, and is only
        // ever accessed through these atomics.
        unsafe { Arena::new(base, Geometry::of(&self.profile), host) }
    }

    /// Zeroes all that an arena can have used.
    pub fn clear(&self) {
        let zero = |from: usize, words: usize| {
            for word in &self.words[from..from + words] {
                word.store(0, Ordering::Relaxed);
            }
        };
        zero(0, HEADER_WORDS.min(HEADER_BYTES / 8));
        let (offsets, _) = self.profile.offsets();
        for section in Section::ALL {
            let records = self.profile.capacity[section as usize];
            zero(offsets[section as usize] / 8, records * section.stride() / 8);
        }
    }

    /// A word by its byte offset.
    pub fn word(&self, offset: usize) -> u64 {
        self.words[offset / 8].load(Ordering::SeqCst)
    }

    /// The word at a byte offset.
    pub fn word_at(&self, offset: usize) -> &AtomicU64 {
        &self.words[offset / 8]
    }

    /// The futex at a byte offset: the low half of a word.
    pub fn futex_at(&self, offset: usize) -> &'static AtomicU32 {
        let word: &'static AtomicU64 = &self.words[offset / 8];
        // SAFETY: the low half of a word that lives for ever, aligned to 8, accessed atomically.
        unsafe { &*std::ptr::from_ref(word).cast::<AtomicU32>() }
    }

    /// Where a futex word lies, as a byte offset, if it lies in this memory.
    pub fn offset_of(&self, futex: &AtomicU32) -> usize {
        std::ptr::from_ref(futex).addr() - self.words.as_ptr().addr()
    }

    /// The profile.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }
}
