//! Where everything is. Format 1 in words of 64 bits; `docs/format.md` is its prose.
//!
//! Every record consists of whole words, and every word is only ever accessed as one atomic
//! 64-bit integer (futexes: its low half, by the kernel).

use crate::limits::{CHUNK_ENTRIES, CONTEXTS, JOURNAL_OBJECTS, OWNED, SEGMENT_BLOCKS, SEGMENTS};

/// "INTRSYNC" in little-endian bytes.
pub const MAGIC: u64 = u64::from_le_bytes(*b"INTRSYNC");
/// Major format in the high half, minor in the low half. Raised when anything here changes.
pub const FORMAT: u64 = 1 << 32 | 3;
/// Bytes of the header, and the alignment of sections.
pub const HEADER_BYTES: usize = 64 * 1024;
/// Memory is allocated in extents of this many bytes.
pub const EXTENT: usize = 64 * 1024;

/// Words of the header.
pub mod header {
    /// [`super::MAGIC`].
    pub const MAGIC: usize = 0;
    /// [`super::FORMAT`].
    pub const FORMAT: usize = 1;
    /// Features that a user must know; unknown bits refuse.
    pub const INCOMPATIBLE: usize = 2;
    /// Bytes of the file.
    pub const LENGTH: usize = 3;
    /// A random number that identifies the arena (two words).
    pub const UUID: usize = 4;
    /// The boot the arena was made in (two words).
    pub const BOOT: usize = 6;
    /// When it was made, in arena time.
    pub const BORN: usize = 8;
    /// First of a pair of words per section: offset in bytes, capacity in records.
    pub const SECTIONS: usize = 16;
    /// First of a word per section: how many records are backed by memory.
    pub const HIGH_WATER: usize = 48;
    /// The structure lock: locker 0..16, contended 16, rebuild 17. A futex.
    pub const STRUCTURE: usize = 64;
    /// FIFO of free objects: head 0..32, tail 32..64, each plus one.
    pub const FREE_OBJECTS: usize = 72;
    /// Free name cells: head plus one.
    pub const FREE_CELLS: usize = 73;
    /// Hash buckets in use, a power of two.
    pub const BUCKETS: usize = 74;
    /// Objects in use.
    pub const OBJECTS: usize = 75;
    /// Objects freed by an unlocking CAS and not yet in the FIFO.
    pub const UNCOLLECTED: usize = 76;
    /// Name cells in use.
    pub const CELLS: usize = 77;
    /// Handles in use.
    pub const HANDLES: usize = 78;
    /// Named objects in use.
    pub const NAMED: usize = 79;
    /// Private namespaces: the process that created it, as a thread record's owner. It is there as long as that lives;
    /// zero: it is being made, or was destroyed.
    pub const CREATOR: usize = 80;
}

/// The sections, in file order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Section {
    /// Process slots.
    Slots = 0,
    /// Thread records.
    Threads = 1,
    /// Objects.
    Objects = 2,
    /// Hash buckets: one word each, the first object of the chain plus one.
    Buckets = 3,
    /// Name cells.
    Cells = 4,
    /// Handle chunks.
    Chunks = 5,
    /// Owners of block segments: one word each.
    SegmentOwners = 6,
    /// Block segments.
    Segments = 7,
}

/// How many sections there are.
pub const SECTIONS: usize = 8;

impl Section {
    /// All of them, in file order.
    pub const ALL: [Section; SECTIONS] = [
        Section::Slots,
        Section::Threads,
        Section::Objects,
        Section::Buckets,
        Section::Cells,
        Section::Chunks,
        Section::SegmentOwners,
        Section::Segments,
    ];

    /// Bytes of one record.
    pub const fn stride(self) -> usize {
        match self {
            Section::Slots => slot::WORDS * 8,
            Section::Threads => thread::WORDS * 8,
            Section::Objects => object::WORDS * 8,
            Section::Buckets | Section::SegmentOwners => 8,
            Section::Cells => cell::WORDS * 8,
            Section::Chunks => CHUNK_ENTRIES * entry::WORDS * 8,
            Section::Segments => SEGMENT_BLOCKS * block::WORDS * 8,
        }
    }

    /// What its records are called.
    pub const fn name(self) -> &'static str {
        match self {
            Section::Slots => "processes",
            Section::Threads => "threads",
            Section::Objects => "objects",
            Section::Buckets => "hash buckets",
            Section::Cells => "name cells",
            Section::Chunks => "handle chunks",
            Section::SegmentOwners => "segment owners",
            Section::Segments => "wait segments",
        }
    }
}

/// Words of a process slot.
pub mod slot {
    /// See [`crate::word::slot::SlotWord`].
    pub const WORD: usize = 0;
    /// Raised to wake the keeper. A futex.
    pub const POKE: usize = 2;
    /// Not 0 once the lifeline is raised: [`UP`] or [`WATCHED`].
    pub const RAISED: usize = 3;
    /// The lifeline is raised; its watchers may not know yet.
    pub const UP: u64 = 1;
    /// The watchers know, too.
    pub const WATCHED: u64 = 2;
    /// Process id.
    pub const PID: usize = 4;
    /// Start time of the process in clock ticks.
    pub const START: usize = 5;
    /// Inode of its PID namespace.
    pub const PID_NAMESPACE: usize = 6;
    /// Effective user id at attach.
    pub const EUID: usize = 7;
    /// Command name, 16 bytes.
    pub const COMM: usize = 8;
    /// Library version, 16 bytes.
    pub const VERSION: usize = 10;
    /// When it attached, in arena time.
    pub const BORN: usize = 12;
    /// Its first handle chunk plus one; they are linked in the order of their ordinals. A cache of the chunks' heads.
    pub const CHUNKS: usize = 13;
    /// Threads of it that sleep in a wait; its keeper looks after them while there are any.
    pub const SLEEPERS: usize = 14;
    /// Features its library knows.
    pub const FEATURES: usize = 15;
    /// The lifelines, one for each watcher: the kernel marks their low halves when the keeper's process
    /// dies, this one first. Futexes.
    pub const LIFELINE: usize = 16;
    /// How many lifelines there are.
    pub const LIFELINES: usize = crate::limits::RING;
    /// See [`crate::word::handle::Tag`].
    pub const TAG: usize = LIFELINE + LIFELINES;
    /// Every handle with a smaller number is in use. A cache of the entries.
    pub const LOWEST: usize = TAG + 1;
    /// Handles that have been put into its table, in all its lives.
    pub const SERIAL: usize = LOWEST + 1;
    /// 1 while somebody may hold a handle to one of its threads: its keeper looks after them then.
    pub const THREAD_HANDLES: usize = 24;
    /// Words of a slot.
    pub const WORDS: usize = 32;
}

/// Words of a thread record.
pub mod thread {
    use super::{CONTEXTS, JOURNAL_OBJECTS, OWNED, SEGMENTS};
    /// See [`crate::word::slot::Belongs`].
    pub const BELONGS: usize = 0;
    /// Thread id, as its own PID namespace numbers it.
    pub const TID: usize = 1;
    /// Journal: phase 0..8, operation 8..16, objects 16..32, overflow 32.
    pub const JOURNAL: usize = 2;
    /// Journal: the waiter being won, see [`crate::word::claim::Target`].
    pub const TARGET: usize = 3;
    /// Journal: the object the operation is on, plus one.
    pub const PRIMARY: usize = 4;
    /// Journal: an argument of the operation.
    pub const ARGUMENT: usize = 5;
    /// Journal: another one.
    pub const ARGUMENT2: usize = 6;
    /// 1 if the thread has owned more mutexes than the list can hold.
    pub const OWNED_OVERFLOW: usize = 7;
    /// Mutexes it owns or is about to own: object plus one 0..32, generation 32...
    pub const OWNED_LIST: usize = 8;
    /// Journal: the objects of the operation, plus one.
    pub const OBJECTS: usize = OWNED_LIST + OWNED;
    /// The wait contexts.
    pub const CONTEXT: usize = OBJECTS + JOURNAL_OBJECTS;
    /// Words of a context.
    pub const CONTEXT_WORDS: usize = 2 + SEGMENTS;
    /// In a context: the claim word. A futex.
    pub const CLAIM: usize = 0;
    /// In a context: see [`crate::dispatch::block::Shape`].
    pub const SHAPE: usize = 1;
    /// In a context: its segments, plus one.
    pub const SEGMENT: usize = 2;
    /// Waiters that the thread has granted are gathered on this futex, to be woken together.
    pub const GATHERED: usize = CONTEXT + CONTEXTS * CONTEXT_WORDS;
    /// The processor on which it last waited for a mutex, plus one. A hint.
    pub const PROCESSOR: usize = GATHERED + 1;
    /// The object that stands for its end: see [`crate::word::end::End`].
    pub const END: usize = PROCESSOR + 1;
    /// 1 once the thread has set a timer with a completion routine.
    pub const SETTER: usize = END + 1;
    /// Words of a record.
    pub const WORDS: usize = 128;
    const _: () = assert!(SETTER < WORDS);
}

/// Words of an object.
pub mod object {
    /// See [`crate::word::state::State`]. A futex.
    pub const STATE: usize = 0;
    /// Sort 0..8 (0 = free), permanent 8, give-back 9, high resolution 10, mode 16..25, user id of the owner 32..64.
    pub const META: usize = 1;
    /// Handles that refer to it. A cache of the handle entries.
    pub const HANDLES: usize = 2;
    /// Wait queue: first block plus one 0..32, last block plus one 32..64. A cache of the members.
    pub const QUEUE: usize = 3;
    /// Blocks in the queue 0..32, blocks of waits for all 32..64. A cache of the members.
    pub const QUEUED: usize = 4;
    /// The ticket of the next block.
    pub const TICKET: usize = 5;
    /// While locked: the value 0..32 and recursion count 32..64 it will have.
    pub const RUNNING: usize = 6;
    /// While a target is set: the running value after the grant.
    pub const NEXT: usize = 7;
    /// Mutex: recursion count. Semaphore: maximum. Timer: due time, 100 ns. Process, thread: process id 0..32,
    /// thread id 32..64.
    pub const FIRST: usize = 8;
    /// Timer: see [`crate::dispatch::clock::Clock`]: due time is absolute 0, period in 100 ns 1..48, setter 48..64. Process: see [`crate::exit::ExitState`]; 0 while unknown.
    pub const SECOND: usize = 9;
    /// While locked by an operation on a timer: the new FIRST.
    pub const NEW_FIRST: usize = 10;
    /// While locked by an operation on a timer: the new SECOND.
    pub const NEW_SECOND: usize = 11;
    /// Process, thread: the exit code it was given, packed as `exit.rs` does; 0 if none.
    pub const VERDICT: usize = NEW_SECOND;
    /// First name cell plus one 0..32, bytes 32..64. Zero: no name.
    pub const NAME: usize = 12;
    /// Next object of the hash chain plus one 0..32 (free: of the FIFO), hash 32..64. A cache.
    pub const CHAIN: usize = 13;
    /// When it was created, in arena time.
    pub const BORN: usize = 14;
    /// A handle entry plus one that may still refer to it. A hint.
    pub const HOLDER: usize = 15;
    /// Words of an object.
    pub const WORDS: usize = 16;
    /// In META: outlives its handles.
    pub const PERMANENT: u64 = 1 << 8;
    /// In META: permits of the dead come back.
    pub const GIVE_BACK: u64 = 1 << 9;
    /// In META: sleeps on the timer are exact to the clock.
    pub const HIGH_RESOLUTION: u64 = 1 << 10;

    /// Owner and mode of an object, for META.
    pub const fn guarded(owner: u32, mode: u16) -> u64 {
        (owner as u64) << 32 | (mode as u64 & 0o777) << 16
    }

    /// The owner in META.
    pub const fn owner(meta: u64) -> u32 {
        (meta >> 32) as u32
    }

    /// The mode in META.
    pub const fn mode(meta: u64) -> u16 {
        (meta >> 16) as u16 & 0o777
    }
}

/// Words of a name cell.
pub mod cell {
    /// The next cell plus one.
    pub const NEXT: usize = 0;
    /// The bytes.
    pub const BYTES: usize = 1;
    /// Words of a cell.
    pub const WORDS: usize = 4;
}

/// Words of a handle entry. Entry 0 of a chunk is its head: owner (as a thread record's), then
/// [`crate::word::handle::Head`].
pub mod entry {
    /// See [`crate::word::handle::Reference`].
    pub const OBJECT: usize = 0;
    /// Access mask 0..32, permits held of a give-back semaphore 32..64.
    pub const MASK: usize = 1;
    /// Words of an entry.
    pub const WORDS: usize = 2;
}

/// Words of a wait block.
pub mod block {
    /// Next block plus one 0..32, previous 32..64. A cache.
    pub const LINKS: usize = 0;
    /// Membership: object plus one 0..24, ticket 24..64. Zero: in no queue.
    pub const MEMBER: usize = 1;
    /// See [`crate::dispatch::block::Info`].
    pub const INFO: usize = 2;
    /// Number of the wait 0..32, handle entry 32..64 (give-back semaphores).
    pub const WAIT: usize = 3;
    /// Words of a block.
    pub const WORDS: usize = 4;
}

/// Capacities of an arena.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Records per section.
    pub capacity: [usize; SECTIONS],
}

impl Profile {
    /// For small file systems: 8 MiB.
    pub const SMALL: Profile = Profile::of(128, 1024, 8192, 32_768, 512, 1024);
    /// The default: 64 MiB.
    pub const STANDARD: Profile = Profile::of(1024, 8192, 65_536, 262_144, 8192, 9216);

    /// With these capacities; hash buckets go with the objects.
    pub const fn of(
        slots: usize,
        threads: usize,
        objects: usize,
        cells: usize,
        chunks: usize,
        segments: usize,
    ) -> Profile {
        Profile {
            capacity: [
                slots,
                threads,
                objects,
                objects.next_power_of_two(),
                cells,
                chunks,
                segments,
                segments,
            ],
        }
    }

    /// Offset of each section, and the length of the file.
    pub const fn offsets(&self) -> ([usize; SECTIONS], usize) {
        let mut offsets = [0; SECTIONS];
        let mut at = HEADER_BYTES;
        let mut i = 0;
        while i < SECTIONS {
            offsets[i] = at;
            let bytes = self.capacity[i] * Section::ALL[i].stride();
            at += bytes.next_multiple_of(EXTENT);
            i += 1;
        }
        (offsets, at)
    }

    /// Records of a section that are backed by memory at first.
    pub fn initial(&self, section: Section) -> usize {
        let bytes = match section {
            Section::Slots | Section::Threads | Section::Objects | Section::Chunks | Section::Segments => {
                16 * 1024
            }
            _ => 8 * 1024,
        };
        (bytes / section.stride()).min(self.capacity[section as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_have_the_sizes_they_promise() {
        assert!(
            Profile::SMALL.offsets().1 <= 8 << 20,
            "{}",
            Profile::SMALL.offsets().1
        );
        assert!(
            Profile::STANDARD.offsets().1 <= 64 << 20,
            "{}",
            Profile::STANDARD.offsets().1
        );
    }
}
