//! The door to shared memory: checked places in, atomic words out.
#![allow(unsafe_code, reason = "the one place that turns offsets into references")]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::layout::{self, EXTENT, FORMAT, MAGIC, Profile, SECTIONS, Section, header};
use super::{Block, Bucket, Cell, Entry, Header, Object, Place, SegmentOwner, Slot, Thread, corrupt};
use crate::host::{Access, Host};
use crate::limits::{CHUNK_ENTRIES, SEGMENT_BLOCKS};
use crate::{Error, Result};

/// Where the sections of an arena are, read once and checked.
///
/// # Invariants
/// Every section lies in the mapping, after the header, aligned to 64 bytes.
#[derive(Clone, Debug)]
pub struct Geometry {
    offset: [usize; SECTIONS],
    capacity: [usize; SECTIONS],
    length: usize,
}

impl Geometry {
    /// The geometry of a profile.
    pub fn of(profile: &Profile) -> Geometry {
        let (offset, length) = profile.offsets();
        Geometry {
            offset,
            capacity: profile.capacity,
            length,
        }
    }

    /// Bytes of the arena.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Records a section can have.
    pub fn capacity(&self, section: Section) -> usize {
        self.capacity[section as usize]
    }

    /// Reads and checks the geometry in the words of a header.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if a section does not fit into `length` bytes.
    pub fn read(words: &[u64], length: usize) -> Result<Geometry> {
        let word = |i: usize| words.get(i).copied().unwrap_or(0);
        let mut geometry = Geometry {
            offset: [0; SECTIONS],
            capacity: [0; SECTIONS],
            length,
        };
        for section in Section::ALL {
            let i = section as usize;
            let offset = word(header::SECTIONS + 2 * i);
            let capacity = word(header::SECTIONS + 2 * i + 1);
            let end = capacity
                .checked_mul(section.stride() as u64)
                .and_then(|bytes| bytes.checked_add(offset));
            let fits = end.is_some_and(|end| end <= length as u64);
            let aligned = offset % 64 == 0 && offset >= layout::HEADER_BYTES as u64;
            if !fits || !aligned || capacity > 1 << 20 || length > u32::MAX as usize {
                return Err(corrupt("a section lies outside the arena"));
            }
            geometry.offset[i] = offset as usize;
            geometry.capacity[i] = capacity as usize;
        }
        if geometry.capacity(Section::Threads) > u16::MAX as usize
            || geometry.capacity(Section::Slots) >= u16::MAX as usize
        {
            return Err(corrupt("a section has more records than an index can name"));
        }
        Ok(geometry)
    }
}

/// An arena: a mapping and the world around it.
///
/// # Invariants
/// - `base` points to `geometry.length` bytes that stay mapped as long as this lives, 8-byte aligned.
/// - A [`Place`] made by this arena lies, with all words of its record, inside them.
pub struct Arena<H> {
    base: NonNull<u8>,
    geometry: Geometry,
    /// High-water marks seen; they only grow.
    seen: [AtomicUsize; SECTIONS],
    /// The world.
    pub host: H,
}

// SAFETY: the mapping is shared between threads by design; every access is atomic.
unsafe impl<H: Send> Send for Arena<H> {}
// SAFETY: as above.
unsafe impl<H: Sync> Sync for Arena<H> {}

impl<H: Host> Arena<H> {
    /// An arena over mapped memory.
    ///
    /// # Safety
    /// `base` must point to `geometry.length()` bytes, aligned to 8, that stay mapped (readable; and
    /// writable unless the arena is only inspected) as long as the arena lives, and that everybody
    /// accesses only atomically.
    pub unsafe fn new(base: NonNull<u8>, geometry: Geometry, host: H) -> Arena<H> {
        Arena {
            base,
            geometry,
            seen: Default::default(),
            host,
        }
    }

    /// Writes the header of a new arena into zeroed memory. The magic comes last.
    pub fn format(&self, profile: &Profile, uuid: [u64; 2], boot: [u64; 2]) {
        let words = header_words(profile, self.geometry.length as u64, uuid, boot, self.host.now());
        for (i, &word) in words.iter().enumerate().rev() {
            self.put(Header, i, word);
        }
    }

    /// The geometry.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    #[inline(always)]
    fn word<P: Place>(&self, place: P, word: usize) -> &AtomicU64 {
        let at = place.offset() + word * 8;
        debug_assert!(at + 8 <= self.geometry.length);
        // SAFETY: a place lies in the mapping with all words of its record, and `word` is one of
        // them (invariants of `Arena`); it is aligned because sections and records are. Every bit
        // pattern is a valid u64, and everybody accesses it atomically.
        unsafe { &*self.base.as_ptr().add(at).cast::<AtomicU64>() }
    }

    /// Reads a word.
    #[inline(always)]
    pub fn get<P: Place>(&self, place: P, word: usize) -> u64 {
        self.host.step(Access::Read, place.offset() + word * 8);
        self.word(place, word).load(Ordering::SeqCst)
    }

    /// Writes a word. `Release`: a reader of a later word sees it, also a reader after death.
    #[inline(always)]
    pub fn put<P: Place>(&self, place: P, word: usize, value: u64) {
        self.host.step(Access::Write, place.offset() + word * 8);
        self.word(place, word).store(value, Ordering::Release);
    }

    /// Replaces `old` by `new`, or tells what is there instead.
    ///
    /// # Errors
    /// The word found.
    #[inline(always)]
    pub fn replace<P: Place>(
        &self,
        place: P,
        word: usize,
        old: u64,
        new: u64,
    ) -> std::result::Result<(), u64> {
        self.host.step(Access::Exchange, place.offset() + word * 8);
        self.word(place, word)
            .compare_exchange(old, new, Ordering::SeqCst, Ordering::SeqCst)
            .map(drop)
    }

    /// Adds to a word and returns what it was.
    pub fn add<P: Place>(&self, place: P, word: usize, amount: u64) -> u64 {
        self.host.step(Access::Exchange, place.offset() + word * 8);
        self.word(place, word).fetch_add(amount, Ordering::SeqCst)
    }

    /// The futex of a word: its low half.
    pub fn futex<P: Place>(&self, place: P, word: usize) -> &AtomicU32 {
        const {
            assert!(
                cfg!(target_endian = "little"),
                "the futex is the low half of a word"
            )
        };
        // SAFETY: as `word`: the first half of a word in the mapping, aligned to 8. Only the kernel
        // and the sleeping side access it as 32 bits.
        unsafe {
            &*self
                .base
                .as_ptr()
                .add(place.offset() + word * 8)
                .cast::<AtomicU32>()
        }
    }

    /// The word itself, for a fast path that must not pay for checks.
    #[inline(always)]
    pub fn direct<P: Place>(&self, place: P, word: usize) -> &AtomicU64 {
        self.word(place, word)
    }

    /// How many records of a section are backed by memory, as the header says.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if more than there can be.
    pub fn high_water(&self, section: Section) -> Result<usize> {
        let mark = self
            .word(Header, header::HIGH_WATER + section as usize)
            .load(Ordering::SeqCst) as usize;
        if mark > self.geometry.capacity(section) {
            return Err(corrupt("a high-water mark exceeds its section"));
        }
        self.seen[section as usize].fetch_max(mark, Ordering::Relaxed);
        Ok(mark)
    }

    #[inline(always)]
    fn check(&self, section: Section, index: usize) -> Result<u32> {
        if index >= self.seen[section as usize].load(Ordering::Relaxed)
            && index >= self.high_water(section)?
        {
            return Err(corrupt("an index lies beyond its section"));
        }
        Ok((self.geometry.offset[section as usize] + index * section.stride()) as u32)
    }

    /// A process slot by index.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if there is no such record; so for all of these.
    pub fn slot(&self, index: u16) -> Result<Slot> {
        Ok(Slot {
            offset: self.check(Section::Slots, index as usize)?,
            index,
        })
    }

    /// A thread record by index.
    #[inline(always)]
    pub fn thread(&self, index: u16) -> Result<Thread> {
        if index == 0 {
            return Err(corrupt("a thread index is zero"));
        }
        Ok(Thread {
            offset: self.check(Section::Threads, index as usize)?,
            index,
        })
    }

    /// An object by index.
    #[inline(always)]
    pub fn object(&self, index: u32) -> Result<Object> {
        Ok(Object {
            offset: self.check(Section::Objects, index as usize)?,
            index,
        })
    }

    /// A hash bucket by index.
    pub fn bucket(&self, index: u32) -> Result<Bucket> {
        Ok(Bucket {
            offset: self.check(Section::Buckets, index as usize)?,
            index,
        })
    }

    /// A name cell by index.
    pub fn cell(&self, index: u32) -> Result<Cell> {
        Ok(Cell {
            offset: self.check(Section::Cells, index as usize)?,
            index,
        })
    }

    /// A handle entry by index.
    pub fn entry(&self, index: u32) -> Result<Entry> {
        let (chunk, rest) = (index as usize / CHUNK_ENTRIES, index as usize % CHUNK_ENTRIES);
        let offset = self.check(Section::Chunks, chunk)? + (rest * layout::entry::WORDS * 8) as u32;
        Ok(Entry { offset, index })
    }

    /// A wait block by index.
    #[inline(always)]
    pub fn block(&self, index: u32) -> Result<Block> {
        let (segment, rest) = (index as usize / SEGMENT_BLOCKS, index as usize % SEGMENT_BLOCKS);
        let offset = self.check(Section::Segments, segment)? + (rest * layout::block::WORDS * 8) as u32;
        Ok(Block { offset, index })
    }

    /// The owner word of a segment by index.
    pub fn segment_owner(&self, index: u32) -> Result<SegmentOwner> {
        Ok(SegmentOwner {
            offset: self.check(Section::SegmentOwners, index as usize)?,
            index,
        })
    }

    /// Backs more records of a section with memory and raises its mark, if the section still has only
    /// the `full` records that the caller found in use: somebody else may have raised it meanwhile.
    /// Returns the new mark.
    ///
    /// # Errors
    /// [`Error::Exhausted`] when the section is at its capacity; those of [`Host::allocate`].
    pub fn grow(&self, section: Section, full: usize) -> Result<usize> {
        let mark = self.high_water(section)?;
        if mark > full {
            return Ok(mark);
        }
        let capacity = self.geometry.capacity(section);
        if mark >= capacity {
            return Err(Error::Exhausted {
                what: section.name(),
                limit: capacity as u64,
            });
        }
        let stride = section.stride();
        let base = self.geometry.offset[section as usize];
        let from = base + mark * stride;
        let end = (from + 1).next_multiple_of(EXTENT).min(base + capacity * stride);
        let new = ((end - base) / stride).max(mark + 1).min(capacity);
        self.host.allocate(from, base + new * stride - from)?;
        let word = header::HIGH_WATER + section as usize;
        let _ = self.replace(Header, word, mark as u64, new as u64);
        self.high_water(section)
    }
}

/// The memory a new arena needs at first: pairs of offset and length.
pub fn initial_extents(profile: &Profile) -> Vec<(usize, usize)> {
    let (offsets, _) = profile.offsets();
    let mut extents = vec![(0, 4096)];
    for section in Section::ALL {
        extents.push((
            offsets[section as usize],
            profile.initial(section) * section.stride(),
        ));
    }
    extents
}

/// The header of a new arena in a file of `length` bytes, made at `now`.
pub fn header_of(profile: &Profile, length: u64, uuid: [u64; 2], boot: [u64; 2], now: i64) -> Vec<u8> {
    header_words(profile, length, uuid, boot, now)
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect()
}

fn header_words(profile: &Profile, length: u64, uuid: [u64; 2], boot: [u64; 2], now: i64) -> [u64; 128] {
    let (offsets, _) = profile.offsets();
    let mut words = [0; 128];
    words[header::MAGIC] = MAGIC;
    words[header::FORMAT] = FORMAT;
    words[header::LENGTH] = length;
    words[header::UUID..header::UUID + 2].copy_from_slice(&uuid);
    words[header::BOOT..header::BOOT + 2].copy_from_slice(&boot);
    words[header::BORN] = now as u64;
    for section in Section::ALL {
        let i = section as usize;
        words[header::SECTIONS + 2 * i] = offsets[i] as u64;
        words[header::SECTIONS + 2 * i + 1] = profile.capacity[i] as u64;
        words[header::HIGH_WATER + i] = profile.initial(section) as u64;
    }
    words[header::BUCKETS] = prev_power_of_two(profile.initial(Section::Buckets)) as u64;
    // The first to lock the structure makes the free lists.
    words[header::STRUCTURE] = 1 << 17;
    words
}

fn prev_power_of_two(n: usize) -> usize {
    if n.is_power_of_two() {
        n
    } else {
        n.next_power_of_two() / 2
    }
}
