//! Life bytes: locks that fall exactly when an address space ends.
//!
//! A lock of an open file description lasts as long as somebody refers to the description. Descriptors
//! are the wrong somebody: forked children keep them, programs close them. A mapping that children do
//! not get refers to the description for exactly as long as this address space can write to the arena.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_void;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};
use rustix::param::page_size;

use super::arena_file::ArenaFile;
use super::{clock, futex, kept};

/// Where the lock bytes begin: beyond the end of every arena, where there is no data to lock.
pub(crate) const LOCK_BASE: u64 = 1 << 40;

/// How many lock bytes there can be.
pub(crate) const LOCK_BYTES: u64 = 1 << 32;

/// The gate: taken shared while attaching, alone while the file is replaced.
const GATE: u64 = LOCK_BASE - 1;

/// The longest that a fork in another thread is held up: far longer than any thread needs that runs.
const FORK_PATIENCE_NS: i64 = 2_000_000_000;

/// A life byte that this process holds, until it ends or drops this.
#[derive(Debug)]
pub(crate) struct LifeByte {
    page: NonNull<c_void>,
}

// SAFETY: the page is never accessed (it allows no access); it may be unmapped from any thread.
unsafe impl Send for LifeByte {}
// SAFETY: as for `Send`; there is no method.
unsafe impl Sync for LifeByte {}

impl Drop for LifeByte {
    fn drop(&mut self) {
        // SAFETY: the page was mapped by `hold` for this value alone, and nothing points into it.
        let _ = unsafe { munmap(self.page.as_ptr(), page_size()) };
    }
}

/// Takes a life byte for this process; `None` if somebody else has it. A process counts as somebody else
/// to itself: the same byte is never held twice.
///
/// # Errors
/// The file cannot be reached, or the kernel does not keep such locks.
pub(crate) fn hold(arena: &ArenaFile, byte: u64) -> io::Result<Option<LifeByte>> {
    let at = position(byte)?;
    // From the open to the close a forked child would get the description and keep its lock.
    let _no_fork = ForkHeldUp::new();
    let fd = arena.fresh()?;
    // SAFETY: a new mapping at an address the kernel chooses; nobody can access it.
    let page = unsafe {
        mmap(
            std::ptr::null_mut(),
            page_size(),
            ProtFlags::empty(),
            MapFlags::SHARED,
            &fd,
            0,
        )
    }?;
    let Some(page) = NonNull::new(page) else {
        return Err(io::ErrorKind::OutOfMemory.into());
    };
    let life = LifeByte { page };
    // Before the lock: a child made in between must not share it.
    // SAFETY: the range is the page mapped above.
    unsafe { madvise(page.as_ptr(), page_size(), Advice::LinuxDontFork) }?;
    if !set_lock(fd.as_fd(), libc::F_WRLCK, at, 1)? {
        return Ok(None);
    }
    drop(fd);
    // Also catches a program that closed the descriptor under us, and kernels that only pretend.
    if is_free(arena, byte)? {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this kernel does not keep file locks for the mappings of a file (F_OFD_SETLK)",
        ));
    }
    Ok(Some(life))
}

/// Takes a life byte by a descriptor: it is held as long as any process has a descriptor of the same open file description.
/// `None` if somebody else has it.
///
/// # Errors
/// As [`hold`].
pub(crate) fn hold_open(arena: &ArenaFile, byte: u64) -> io::Result<Option<OwnedFd>> {
    let at = position(byte)?;
    let fd = arena.fresh()?;
    // Out of the way of the numbers that shells and launchers use.
    let fd = rustix::io::fcntl_dupfd_cloexec(&fd, kept::FIRST_NUMBER).unwrap_or(fd);
    Ok(set_lock(fd.as_fd(), libc::F_WRLCK, at, 1)?.then_some(fd))
}

/// Whether no description other than that behind `fd` holds a life byte.
///
/// # Errors
/// The descriptor is closed, or none of such a file.
pub(crate) fn is_free_for(fd: BorrowedFd<'_>, byte: u64) -> io::Result<bool> {
    is_unlocked(fd, position(byte)?, 1)
}

/// Whether nobody holds a life byte.
///
/// # Errors
/// The file cannot be reached: nothing is known then.
pub(crate) fn is_free(arena: &ArenaFile, byte: u64) -> io::Result<bool> {
    let at = position(byte)?;
    arena.with_probe(|fd| is_unlocked(fd, at, 1))
}

/// Whether somebody holds any life byte at all. One query, however many bytes there are.
///
/// # Errors
/// As [`is_free`].
pub(crate) fn any_held(arena: &ArenaFile) -> io::Result<bool> {
    arena.with_probe(any_held_by)
}

/// As [`any_held`], asked with this descriptor, whose own locks do not count.
///
/// # Errors
/// As [`is_free`].
pub(crate) fn any_held_by(fd: BorrowedFd<'_>) -> io::Result<bool> {
    is_unlocked(fd, LOCK_BASE, LOCK_BYTES).map(|free| !free)
}

/// The gate, held until dropped.
#[derive(Debug)]
pub(crate) struct Gate {
    fd: OwnedFd,
}

impl Drop for Gate {
    fn drop(&mut self) {
        // Explicitly, because a child forked meanwhile may still have the descriptor.
        let _ = set_lock(self.fd.as_fd(), libc::F_UNLCK, GATE, 1);
    }
}

/// Takes the gate, alone or with others; `None` if it cannot be had within `patience`.
///
/// # Errors
/// The file cannot be reached, or the kernel refuses.
pub(crate) fn gate(arena: &ArenaFile, exclusive: bool, patience: Duration) -> io::Result<Option<Gate>> {
    gate_of(arena.fresh()?, exclusive, patience)
}

/// As [`gate`], with a descriptor of the file that nobody else has.
///
/// # Errors
/// As [`gate`].
pub(crate) fn gate_of(fd: OwnedFd, exclusive: bool, patience: Duration) -> io::Result<Option<Gate>> {
    let kind = if exclusive { libc::F_WRLCK } else { libc::F_RDLCK };
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if set_lock(fd.as_fd(), kind, GATE, 1)? {
            return Ok(Some(Gate { fd }));
        }
        let Some(left) = patience
            .checked_sub(started.elapsed())
            .filter(|left| !left.is_zero())
        else {
            return Ok(None);
        };
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn position(byte: u64) -> io::Result<u64> {
    if byte < LOCK_BYTES {
        Ok(LOCK_BASE + byte)
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}

/// Tries to change a lock of the description behind `fd`; `false` if another description is in the way.
fn set_lock(fd: BorrowedFd<'_>, kind: i32, at: u64, len: u64) -> io::Result<bool> {
    let mut lock = description(kind, at, len);
    match control(fd, libc::F_OFD_SETLK, &mut lock) {
        Ok(()) => Ok(true),
        Err(error) => match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EACCES) => Ok(false),
            _ => Err(error),
        },
    }
}

/// Whether a lock taken through one description is seen, and respected, through another of the same file.
///
/// # Errors
/// The kernel has no such locks.
pub(crate) fn exclude_each_other(first: BorrowedFd<'_>, second: BorrowedFd<'_>) -> io::Result<bool> {
    let free = is_unlocked(second, LOCK_BASE, 1)?;
    let locked = set_lock(first, libc::F_WRLCK, LOCK_BASE, 1)?;
    let seen = !is_unlocked(second, LOCK_BASE, 1)?;
    let respected = !set_lock(second, libc::F_WRLCK, LOCK_BASE, 1)?;
    Ok(free && locked && seen && respected)
}

/// Whether no description other than that behind `fd` holds a lock in the range.
fn is_unlocked(fd: BorrowedFd<'_>, at: u64, len: u64) -> io::Result<bool> {
    let mut lock = description(libc::F_WRLCK, at, len);
    control(fd, libc::F_OFD_GETLK, &mut lock)?;
    Ok(i32::from(lock.l_type) == libc::F_UNLCK)
}

fn description(kind: i32, at: u64, len: u64) -> libc::flock {
    // SAFETY: `flock` is plain numbers, for which zeros are valid; some systems pad it.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    // Positions are below 2^41: see `LOCK_BASE` and `LOCK_BYTES`.
    lock.l_start = at as libc::off_t;
    lock.l_len = len as libc::off_t;
    lock
}

fn control(fd: BorrowedFd<'_>, command: i32, lock: &mut libc::flock) -> io::Result<()> {
    loop {
        // SAFETY: the commands used read and write one `flock`, which the reference points to.
        if unsafe { libc::fcntl(fd.as_raw_fd(), command, std::ptr::from_mut(lock)) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Holds up `fork` in other threads while it lives: what a child must not get, a descriptor or a lock that nobody there
/// releases, is not in flight then. A thread may hold several.
pub(crate) struct ForkHeldUp;

thread_local! {
    /// How many of them the thread holds.
    static HELD: Cell<u32> = const { Cell::new(0) };
}

/// 1 while a [`ForkHeldUp`] lives or a fork is under way, 2 if somebody waits for the end of that.
static FORK_LOCK: AtomicU32 = AtomicU32::new(0);

impl ForkHeldUp {
    pub(crate) fn new() -> ForkHeldUp {
        static HANDLERS: Once = Once::new();
        HANDLERS.call_once(|| {
            // SAFETY: the handlers touch one atomic and sleep on it for a bounded time; they are never
            // unloaded while threads can fork, the library being linked as not unloadable.
            unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(after_fork)) };
        });
        if HELD.replace(HELD.get() + 1) == 0 {
            lock_fork();
        }
        ForkHeldUp
    }
}

impl Drop for ForkHeldUp {
    fn drop(&mut self) {
        let held = HELD.get().saturating_sub(1);
        HELD.set(held);
        if held == 0 {
            unlock_fork();
        }
    }
}

extern "C" fn before_fork() {
    // A signal handler that forks does not wait for the thread that it has interrupted.
    if HELD.get() == 0 {
        lock_fork();
    }
}

extern "C" fn after_fork() {
    if HELD.get() == 0 {
        unlock_fork();
    }
}

fn unlock_fork() {
    if FORK_LOCK.swap(0, Ordering::Release) == 2 {
        futex::wake(&FORK_LOCK, u32::MAX);
    }
}

/// Takes the lock, or goes on without it after a while: it narrows a gap, and nothing breaks without it.
fn lock_fork() {
    let taken = FORK_LOCK.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed);
    if taken.is_ok() {
        return;
    }
    let deadline = clock::monotonic_ns().saturating_add(FORK_PATIENCE_NS);
    while FORK_LOCK.swap(2, Ordering::Acquire) != 0 {
        if futex::wait(&FORK_LOCK, 2, Some(deadline)) == futex::Woken::TimedOut {
            return;
        }
    }
}
