//! Linux under the dispatcher.

use std::cell::Cell;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::arena::layout::{Profile, slot};
use crate::arena::{self, Arena, Geometry, Slot};
use crate::host::{Caller, Host};
use crate::limits::{LOCK_SPINS, NET_NS};
use crate::mirror::Mirror;
use crate::sys::arena_file::ArenaFile;
use crate::sys::map::Mapping;
use crate::sys::{barrier, clock, futex, life, map, thread};
use crate::word::handle::Number;
use crate::{Error, Result};

/// How much earlier an exact sleep ends, to spin for the rest: getting up takes about as long.
const EARLY_NS: i64 = 20_000;

thread_local! {
    /// How the wait at hand spins on its own claim once it is first in a queue.
    static HAND_OVER: Cell<HandOver> = const {
        Cell::new(HandOver {
            rounds: 0,
            eager: 0,
            courteous: false,
            roused: None,
        })
    };
    /// When the thread's last look at several objects ended, by the coarse clock.
    static LOOKED: Cell<i64> = const { Cell::new(i64::MIN) };
}

/// How a wait spins for a hand-over.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HandOver {
    /// Rounds.
    pub(crate) rounds: u32,
    /// Rounds once its turn may be next; 0 = it does not want to be awake then.
    pub(crate) eager: u32,
    /// Whether others may run first that are ready to.
    pub(crate) courteous: bool,
    /// If its turn might have been next: whether it was awake in time.
    pub(crate) roused: Option<bool>,
}

/// Sets how the thread's next wait spins for a hand-over.
pub(crate) fn plan_hand_over(plan: HandOver) {
    HAND_OVER.set(plan);
}

/// How the thread's last wait spun.
pub(crate) fn hand_over() -> HandOver {
    HAND_OVER.get()
}

/// Linux, and the file the arena is in.
pub(crate) struct Linux {
    mapping: Mapping,
    pub(crate) file: ArenaFile,
    /// Arena time minus this process's monotonic time: time namespaces shift it.
    shift_ns: i64,
    processors: u32,
    /// The process's handle table as it knows it itself.
    mirror: Mirror,
    /// Who the process is, once it is attached.
    caller: OnceLock<Caller>,
    /// The words of the process's own slot, once it has one: poke, sleepers.
    own: OnceLock<Own>,
    /// Whether the keeper sleeps without a deadline.
    keeper_idle: AtomicBool,
}

struct Own {
    poke: &'static AtomicU32,
    sleepers: &'static AtomicU32,
}

/// A life byte's number for a process slot; bundles follow far behind.
pub(crate) fn life_byte(slot: u16) -> u64 {
    u64::from(slot)
}

impl Linux {
    /// Linux around an arena file mapped for reading and writing.
    ///
    /// # Errors
    /// The mapping failed: memory limits.
    pub(crate) fn map(file: ArenaFile, fd: &OwnedFd, length: usize) -> Result<Linux> {
        let mapping = Mapping::shared(fd, length).map_err(|e| os("mmap", file.path(), &e))?;
        Ok(Linux::over(mapping, file))
    }

    /// Linux around an arena file mapped for looking only.
    ///
    /// # Errors
    /// The mapping failed: memory limits.
    pub(crate) fn map_read_only(file: ArenaFile, fd: &OwnedFd, length: usize) -> Result<Linux> {
        let mapping = Mapping::read_only(fd, length).map_err(|e| os("mmap", file.path(), &e))?;
        Ok(Linux::over(mapping, file))
    }

    fn over(mapping: Mapping, file: ArenaFile) -> Linux {
        Linux {
            mapping,
            file,
            shift_ns: -clock::monotonic_offset_ns(),
            processors: thread::cpu_count(),
            mirror: Mirror::default(),
            caller: OnceLock::new(),
            own: OnceLock::new(),
            keeper_idle: AtomicBool::new(false),
        }
    }

    /// The handles that this process knows to be its own: their numbers, what they refer to and their masks. In a
    /// forked child: those of its parent at the moment of the fork.
    pub(crate) fn known_handles(&self) -> Vec<(Number, u64, u32)> {
        self.mirror.handles()
    }

    /// Forgets a handle that a forked child does not want to take over.
    pub(crate) fn forget_handle(&self, number: Number) {
        self.mirror.note(number, None);
    }

    /// Whether spinning can be of use: somebody else may run meanwhile.
    pub(crate) fn has_processors(&self) -> bool {
        self.processors > 1
    }

    /// The arena over this host's mapping.
    #[allow(unsafe_code, reason = "the mapping and the arena meet here")]
    pub(crate) fn into_arena(self, geometry: Geometry) -> Arena<Linux> {
        let base = self.mapping.base();
        assert!(
            geometry.length() <= self.mapping.len(),
            "the geometry was checked against the file"
        );
        // SAFETY: the mapping is `len` bytes long, page-aligned, and moves into the arena, which
        // therefore does not outlive it; others access the file atomically by `docs/format.md`.
        unsafe { Arena::new(base, geometry, self) }
    }

    /// Tells the host which slot is the process's own.
    pub(crate) fn settle(arena: &'static Arena<Linux>, s: Slot, caller: Caller) {
        let own = Own {
            poke: arena.futex(s, slot::POKE),
            sleepers: arena.futex(s, slot::SLEEPERS),
        };
        let _ = arena.host.own.set(own);
        let _ = arena.host.caller.set(caller);
    }
}

/// Fills a new file of `length` bytes with an empty arena.
///
/// # Errors
/// No memory for it.
pub(crate) fn format(fd: &OwnedFd, length: u64, path: &Path) -> Result<()> {
    let profile = if length < Profile::STANDARD.offsets().1 as u64 {
        Profile::SMALL
    } else {
        Profile::STANDARD
    };
    for (offset, bytes) in arena::initial_extents(&profile) {
        map::fallocate(fd, offset as u64, bytes as u64).map_err(|e| out_of_space(&e, path))?;
    }
    let boot = thread::boot_id();
    let half = |i: usize| u64::from_le_bytes(std::array::from_fn(|b| boot[i * 8 + b]));
    let header = arena::header_of(
        &profile,
        length,
        [thread::random(), thread::random()],
        [half(0), half(1)],
        arena_now(),
    );
    File::from(fd.try_clone().map_err(|e| os("dup", path, &e))?)
        .write_all_at(&header, 0)
        .map_err(|e| out_of_space(&e, path))
}

/// The time in an arena: the monotonic clock of the machine's first time namespace.
fn arena_now() -> i64 {
    clock::monotonic_ns() - clock::monotonic_offset_ns()
}

fn out_of_space(e: &std::io::Error, path: &Path) -> Error {
    use std::io::ErrorKind;
    match e.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::OutOfMemory => Error::NoSpace {
            path: path.to_owned(),
        },
        _ => os("allocation", path, e),
    }
}

fn populate(mapping: &Mapping, fd: Option<&OwnedFd>, offset: usize, bytes: usize) -> std::io::Result<()> {
    match (mapping.populate(offset, bytes), fd) {
        (Err(e), Some(fd)) if e.kind() == std::io::ErrorKind::Unsupported => {
            map::fallocate(fd, offset as u64, bytes as u64)
        }
        (done, _) => done,
    }
}

/// The error of a system call on a namespace's file.
pub(crate) fn os(operation: &str, path: &Path, e: &std::io::Error) -> Error {
    match e.raw_os_error() {
        Some(errno) => Error::Os {
            operation: format!("{operation} of {}", path.display()),
            errno,
        },
        None => Error::Namespace {
            path: path.to_owned(),
            problem: format!("{operation}: {e}"),
        },
    }
}

impl Host for Linux {
    fn now(&self) -> i64 {
        clock::monotonic_ns() + self.shift_ns
    }

    fn coarse(&self) -> i64 {
        clock::coarse_ns()
    }

    /// A look after a pause of more than its limit takes the slow path once; in return all others save one clock.
    #[inline(always)]
    fn look_begins(&self) -> i64 {
        LOOKED.get()
    }

    #[inline(always)]
    fn look_ends(&self) -> i64 {
        let now = clock::coarse_ns();
        LOOKED.set(now);
        now
    }

    fn realtime(&self) -> i64 {
        clock::realtime_100ns()
    }

    fn sleep(&self, words: &[(&AtomicU32, u32)], deadline: Option<i64>) {
        let deadline = deadline.map(|d| d.saturating_sub(self.shift_ns));
        match (words, deadline) {
            (&[(word, expected)], Some(until)) if thread::is_exact() => {
                futex::wait(word, expected, Some(until.saturating_sub(EARLY_NS)));
                while word.load(Ordering::SeqCst) == expected && clock::monotonic_ns() < until {
                    std::hint::spin_loop();
                }
            }
            (&[(word, expected)], _) => drop(futex::wait(word, expected, deadline)),
            _ => drop(futex::wait_many(words, deadline)),
        }
    }

    fn keeper_sleeps(&self, words: &[(&AtomicU32, u32)], deadline: Option<i64>) {
        let mut until = deadline;
        if until.is_none() {
            // Said first, then looked: a sleeper counts itself first, then looks here.
            self.keeper_idle.store(true, Ordering::SeqCst);
            if self
                .own
                .get()
                .is_some_and(|own| own.sleepers.load(Ordering::SeqCst) != 0)
            {
                until = Some(self.now() + NET_NS);
            }
        }
        self.sleep(words, until);
        self.keeper_idle.store(false, Ordering::SeqCst);
    }

    fn about_to_sleep(&self) {
        if self.keeper_idle.load(Ordering::SeqCst)
            && self.keeper_idle.swap(false, Ordering::SeqCst)
            && let Some(own) = self.own.get()
        {
            own.poke.fetch_add(1, Ordering::SeqCst);
            futex::wake(own.poke, 1);
        }
    }

    fn wake(&self, word: &AtomicU32, count: u32) {
        futex::wake(word, count);
    }

    fn gather(&self, word: &AtomicU32, value: u32, to: &AtomicU32) {
        futex::requeue(word, value, to);
    }

    fn barrier(&self) -> bool {
        barrier::barrier()
    }

    fn life_byte_free(&self, slot: u16) -> bool {
        life::is_free(&self.file, life_byte(slot)).unwrap_or(false)
    }

    fn allocate(&self, offset: usize, length: usize) -> Result<()> {
        let fd = if map::has_populate() {
            None
        } else {
            self.file.fresh().ok()
        };
        populate(&self.mapping, fd.as_ref(), offset, length).map_err(|e| out_of_space(&e, self.file.path()))
    }

    fn spin(&self, round: u32) -> bool {
        std::hint::spin_loop();
        self.processors > 1 && round < LOCK_SPINS
    }

    fn spin_for_hand_over(&self, round: u32) -> bool {
        let HandOver {
            rounds, courteous, ..
        } = HAND_OVER.get();
        if round == 0 && courteous && rounds != 0 {
            thread::yield_processor();
        }
        std::hint::spin_loop();
        round < rounds
    }

    fn processor(&self) -> u64 {
        thread::processor() as u64 + 1
    }

    fn is_eager(&self) -> bool {
        let HandOver { eager, roused, .. } = HAND_OVER.get();
        eager != 0 && roused.is_none()
    }

    fn roused(&self) {
        let plan = HAND_OVER.get();
        HAND_OVER.set(HandOver {
            rounds: plan.eager,
            courteous: true,
            roused: Some(false),
            ..plan
        });
    }

    fn roused_in_time(&self) {
        HAND_OVER.set(HandOver {
            roused: Some(true),
            ..HAND_OVER.get()
        });
    }

    fn known_chunk(&self, ordinal: u16) -> Option<u32> {
        self.mirror.chunk(ordinal)
    }

    fn know_chunk(&self, ordinal: u16, chunk: u32) {
        self.mirror.note_chunk(ordinal, chunk);
    }

    fn shadow(&self, number: Number, target: Option<(u64, u32)>) {
        self.mirror.note(number, target);
    }

    fn caller(&self) -> Caller {
        // Whoever only looks opens nothing.
        *self.caller.get_or_init(|| Caller::User {
            uid: thread::euid(),
            is_member: false,
        })
    }

    fn is_running(&self, pid_namespace: u64, pid: u32, tid: u32) -> bool {
        pid_namespace == thread::pid_namespace() && thread::is_running(pid, tid)
    }

    fn thread_exists(&self, tid: u32) -> bool {
        thread::exists(thread::pid(), tid)
    }
}
