//! The traps of the operating system, tried out with real processes.
//!
//! Children meet their parent at the words of a [`Board`], never by the clock; a deadline ends a test that
//! would otherwise wait for ever.
#![allow(unsafe_code)]

mod door;
mod full;
mod global;
mod lifebyte;
mod lifeline;
mod race;
mod sandbox;

use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};

use super::arena_file::{ArenaFile, Base, open_or_create};
use super::futex::{self, Woken};
use super::map::Mapping;
use super::{clock, thread};
use crate::Result;

/// How long a test waits for what must happen.
const PATIENCE_NS: i64 = 60 * clock::NS_PER_S;

/// The size of the arenas of these tests.
const LEN: u64 = 8 << 20;

/// A directory on a tmpfs, removed with all it contains.
pub(crate) struct Scratch {
    path: PathBuf,
    maker: u32,
}

impl Scratch {
    pub(crate) fn new() -> Scratch {
        let name = format!(
            "/dev/shm/intersync-test-{}-{:016x}",
            thread::pid(),
            thread::random()
        );
        let path = PathBuf::from(name);
        std::fs::create_dir(&path).expect("a directory in /dev/shm");
        Scratch {
            path,
            maker: thread::pid(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn base(&self) -> Base {
        Base::Under(self.path.clone())
    }

    /// The directory of the namespace of this user.
    fn own_directory(&self) -> PathBuf {
        self.path.join(format!("intersync-{}", thread::euid()))
    }

    /// Opens the namespace, or makes it with no content.
    fn arena(&self) -> (ArenaFile, OwnedFd) {
        open_or_create(&self.base(), &mut |_, _, _| Ok(()), LEN).expect("a namespace")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A forked child has a copy of this value.
        if self.maker == thread::pid() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Words shared with the children forked after it was made.
struct Board {
    map: Mapping,
}

impl Board {
    fn new() -> Board {
        let file = memfd_create("board", MemfdFlags::CLOEXEC).expect("memfd");
        ftruncate(&file, 4096).expect("truncate");
        Board {
            map: Mapping::shared(&file, 4096).expect("map"),
        }
    }

    /// The word `index`, which stays for good as shared mappings do. Words are as far apart as lifelines are.
    fn word(&self, index: usize) -> &'static AtomicU32 {
        assert!(index < 512);
        // SAFETY: inside a page that is never unmapped, aligned, and only ever accessed as atomics.
        unsafe { AtomicU32::from_ptr(self.map.base().as_ptr().cast::<u64>().add(index).cast::<u32>()) }
    }

    /// The words from `first` on, for a lifeline.
    fn lifeline(&self, first: usize) -> [&'static AtomicU32; super::robust::WORDS] {
        std::array::from_fn(|i| self.word(first + i))
    }

    fn set(&self, index: usize, value: u32) {
        self.word(index).store(value, Ordering::SeqCst);
        futex::wake(self.word(index), u32::MAX);
    }

    /// Waits until the word is no longer 0 and returns it.
    fn get(&self, index: usize) -> u32 {
        until(self.word(index), |value| value != 0)
    }
}

/// Waits until the word is as wanted, and returns it.
fn until(word: &AtomicU32, wanted: impl Fn(u32) -> bool) -> u32 {
    let deadline = clock::monotonic_ns() + PATIENCE_NS;
    loop {
        let value = word.load(Ordering::SeqCst);
        if wanted(value) {
            return value;
        }
        assert!(
            futex::wait(word, value, Some(deadline)) != Woken::TimedOut,
            "still {value:#x}"
        );
    }
}

/// Looks again and again until it is so.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = clock::monotonic_ns() + PATIENCE_NS;
    while !is_so() {
        assert!(clock::monotonic_ns() < deadline, "still not: {what}");
        std::thread::yield_now();
    }
}

/// Exit code of a child whose test needs a right that this machine does not give.
const NOT_ALLOWED: i32 = 77;

/// How a child ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Exited(i32),
    Killed(i32),
}

/// A forked child, killed and reaped when dropped.
struct Child {
    pid: libc::pid_t,
}

impl Child {
    /// Forks a child that runs `f` and ends with its answer as exit code.
    fn fork(f: impl FnOnce() -> i32) -> Child {
        // SAFETY: the child has one thread and a C library that expects it to go on (this is `fork`, not a
        // raw clone), and ends below without running the harness of the parent.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0, "fork: {}", std::io::Error::last_os_error());
        if pid == 0 {
            // The harness keeps what is printed, and the child ends without handing it over.
            std::panic::set_hook(Box::new(|panic| {
                let _ = writeln!(std::io::stderr(), "in a child: {panic}");
            }));
            // A test that is cut short leaves nothing behind.
            // SAFETY: sets an attribute of the child.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).unwrap_or(101);
            // SAFETY: ends the child at once; nothing of it is needed any more.
            unsafe { libc::_exit(answer) };
        }
        Child { pid }
    }

    /// Waits for a child that ends with 0, or with [`NOT_ALLOWED`] where the machine refuses what it needs.
    fn must_succeed(self, needs: &str) {
        match self.wait() {
            End::Exited(NOT_ALLOWED) => eprintln!("not tried, because this machine refuses it: {needs}"),
            ended => assert_eq!(ended, End::Exited(0)),
        }
    }

    fn kill(&self) {
        // SAFETY: the child has not been waited for, so the pid is still its own.
        assert_eq!(unsafe { libc::kill(self.pid, libc::SIGKILL) }, 0);
    }

    fn is_running(&self) -> bool {
        let mut status = 0;
        // SAFETY: asks for the own child and writes to a local; a child found dead fails the test anyway.
        unsafe { libc::waitpid(self.pid, &raw mut status, libc::WNOHANG) == 0 }
    }

    fn wait(self) -> End {
        let mut status = 0;
        loop {
            // SAFETY: waits for the own child, once: `self` is consumed.
            let answer = unsafe { libc::waitpid(self.pid, &raw mut status, 0) };
            if answer == self.pid {
                break;
            }
            assert_eq!(
                std::io::Error::last_os_error().kind(),
                std::io::ErrorKind::Interrupted
            );
        }
        std::mem::forget(self);
        if libc::WIFEXITED(status) {
            End::Exited(libc::WEXITSTATUS(status))
        } else {
            End::Killed(libc::WTERMSIG(status))
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: the own child, not waited for yet: `wait` forgets the value.
        unsafe { libc::kill(self.pid, libc::SIGKILL) };
        // SAFETY: as above.
        unsafe { libc::waitpid(self.pid, std::ptr::null_mut(), 0) };
    }
}

/// Makes the child the root of a user namespace of its own.
fn enter_user_namespace() -> bool {
    let (euid, egid) = (thread::euid(), rustix::process::getegid().as_raw());
    // SAFETY: changes the user namespace of this child only.
    if unsafe { libc::unshare(libc::CLONE_NEWUSER) } != 0 {
        return false;
    }
    std::fs::write("/proc/self/uid_map", format!("0 {euid} 1")).is_ok()
        && std::fs::write("/proc/self/setgroups", "deny").is_ok()
        && std::fs::write("/proc/self/gid_map", format!("0 {egid} 1")).is_ok()
}

/// Sleeps until killed.
fn sleep_for_ever() -> ! {
    loop {
        // SAFETY: no preconditions.
        unsafe { libc::pause() };
    }
}

/// A raw clone, which runs no handler of the C library: the child sleeps until killed.
fn raw_clone_that_sleeps() -> libc::pid_t {
    // SAFETY: no memory is shared and the child gets a copy of this stack; it makes only raw system calls.
    let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
    if pid == 0 {
        loop {
            // SAFETY: a raw system call on no memory: sleeps until a signal ends the process.
            unsafe { libc::syscall(libc::SYS_ppoll, 0, 0, 0, 0, 0) };
        }
    }
    libc::pid_t::try_from(pid).expect("a pid")
}

/// A process that a child of the test has started and that outlives it; killed when dropped.
struct Stranger(libc::pid_t);

impl Stranger {
    /// The process whose pid a child has put at this word of the board.
    fn at(board: &Board, index: usize) -> Stranger {
        Stranger(libc::pid_t::try_from(board.get(index)).expect("a pid"))
    }

    fn is_running(&self) -> bool {
        // SAFETY: signal 0 only asks.
        unsafe { libc::kill(self.0, 0) == 0 }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        // SAFETY: signals no memory; the test has started the process.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
    }
}

fn closes_everything() {
    // SAFETY: what careless programs do; the test's child owns no descriptor that it uses afterwards.
    assert_eq!(unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) }, 0);
}

/// A header-less arena: nothing is written into it.
fn no_header(_: &OwnedFd, _: u64, _: u64) -> Result<()> {
    Ok(())
}
