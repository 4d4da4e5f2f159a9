//! Every constant bound, with its reason.

/// The most objects one wait can have: an index is 11 bits in the claim word; more segments
/// per context would make thread records larger for nobody.
pub const WAIT_OBJECTS: usize = 1024;
/// Wait contexts of a thread: one in use, three for waits that could not be left cleanly.
pub const CONTEXTS: usize = 4;
/// Wait blocks in a segment: what a thread gets when it first waits.
pub const SEGMENT_BLOCKS: usize = 64;
/// Segments of a context.
pub const SEGMENTS: usize = WAIT_OBJECTS / SEGMENT_BLOCKS;
/// Mutexes listed in a thread record; a thread that owns more has all objects looked through when it ends.
pub const OWNED: usize = 8;
/// Objects listed in a journal; an operation on more has all objects looked through if it must be recovered.
pub const JOURNAL_OBJECTS: usize = 8;
/// Entries of a handle chunk; the first one is its head.
pub const CHUNK_ENTRIES: usize = 64;
/// Handles a process may have, so that one that leaks meets its own limit, not the arena's.
pub const HANDLES_PER_PROCESS: usize = 65_536;
/// Bytes of a name in one name cell.
pub const CELL_BYTES: usize = 24;
/// Longest name: 32766 UTF-16 units in UTF-8.
pub const NAME_BYTES: usize = 32_766 * 3;
/// Levels of a recursive mutex, as on Windows.
pub const RECURSION: u32 = (1 << 31) + 1;
/// Largest count of a semaphore.
pub const SEMAPHORE_MAXIMUM: u32 = i32::MAX as u32;
/// Widenings of a lock set before all objects of all all-waiters are taken without a look.
pub const WIDENINGS: u32 = 8;
/// Expired timers that are fired one by one before an operation that needs them; more mean a hostile peer.
pub const FIRED: u32 = 4096;
/// Waiters woken by one call: the first of very many must not wait for the last.
pub const GATHERED: usize = 32;
/// How long a call may stay beyond its deadline for the lock of an object, in ns.
pub const GRACE_NS: i64 = 10_000_000;
/// How much longer a call may stay for the lock of an object whose holder runs or is ready to, in ns: on a busy machine it
/// may have to wait for a processor.
pub const BUSY_NS: i64 = 1_000_000_000;
/// First sleep on a taken lock, in ns; it doubles up to [`LOCK_SLEEP_MAX_NS`].
pub const LOCK_SLEEP_NS: i64 = 1_000_000;
/// Longest sleep on a taken lock before its holder is looked at again, in ns.
pub const LOCK_SLEEP_MAX_NS: i64 = 50_000_000;
/// Rounds of spinning on a taken lock: it is held for a fraction of a microsecond.
pub const LOCK_SPINS: u32 = 100;
/// Period of the safety net, in ns.
pub const NET_NS: i64 = 1_000_000_000;
/// Longest sleep of a waiter whose process has no keeper, in ns.
pub const KEEPERLESS_NS: i64 = 20_000_000;
/// Longest sleep when a timer of the wait has an absolute due time: settings of the clock are noticed within it.
pub const REALTIME_SLICE_NS: i64 = 1_000_000_000;
/// Processes a keeper watches, and lifelines of a process: each watcher sleeps on one of its own, for a
/// sleeper that is dying itself would take the kernel's only wake with it.
pub const RING: usize = 3;
/// How long a lock-free look at several objects may take, in ns by the coarse clock: no change counter of
/// 30 bits wraps so soon.
pub const LOOK_NS: i64 = 1_000_000_000;
/// The same from the first mutex on, in ns: their counters have 15 bits.
pub const LOOK_MUTEX_NS: i64 = 100_000;
