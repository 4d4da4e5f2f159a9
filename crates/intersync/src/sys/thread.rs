//! Facts about this process and its threads, and the start of threads of the library's own.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::CString;
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::num::NonZeroU64;
use std::os::unix::fs::MetadataExt;

use rustix::rand::{GetRandomFlags, getrandom};
use rustix::thread as os;

/// Enough for a thread of this library on every C library, thread-local data of the host program included.
const KEEPER_STACK: usize = 256 * 1024;

/// The calling thread, as its own PID namespace numbers it.
pub(crate) fn tid() -> u32 {
    os::gettid().as_raw_nonzero().get().unsigned_abs()
}

/// This process, as its own PID namespace numbers it.
pub(crate) fn pid() -> u32 {
    rustix::process::getpid().as_raw_nonzero().get().unsigned_abs()
}

/// Ends this process at once: nothing is called that is to be called at its end.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` takes any number, and whatever this process leaves undone ends with it.
    unsafe { libc::_exit(code) }
}

/// Lets others run that are ready to.
pub(crate) fn yield_processor() {
    rustix::thread::sched_yield();
}

/// The number of the processor the thread runs on.
pub(crate) fn processor() -> usize {
    rustix::thread::sched_getcpu()
}

/// The effective user id, which the kernel checks files against.
pub(crate) fn euid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether a group is one of the process's.
pub(crate) fn is_in_group(gid: u32) -> bool {
    rustix::process::getegid().as_raw() == gid
        || rustix::process::getgroups().is_ok_and(|groups| groups.iter().any(|g| g.as_raw() == gid))
}

/// Whether a thread runs, is ready to, or waits for memory: not one that is stopped, or sleeps.
pub(crate) fn is_running(pid: u32, tid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/task/{tid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    matches!(state, Some('R' | 'D'))
}

/// Tells PID namespaces apart; 0 where `/proc` is missing.
pub(crate) fn pid_namespace() -> u64 {
    inode("/proc/self/ns/pid")
}

/// The inode behind a path, followed through links; 0 where it cannot be read.
pub(crate) fn inode(path: &str) -> u64 {
    fs::metadata(path).map_or(0, |found| found.ino())
}

/// When this process started, in clock ticks since the machine's boot; 0 where `/proc` is missing.
pub(crate) fn start_time() -> u64 {
    fs::read_to_string("/proc/self/stat").map_or(0, |stat| on_this_machine(parse_start_time(&stat)))
}

/// As [`start_time`], of the process that this process's PID namespace numbers `pid`.
pub(crate) fn start_time_of(pid: u32) -> u64 {
    fs::read_to_string(format!("/proc/{pid}/stat")).map_or(0, |stat| on_this_machine(parse_start_time(&stat)))
}

/// A start time without what the reader's time namespace adds to it.
fn on_this_machine(ticks: u64) -> u64 {
    let per_second = i64::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100);
    let offset = super::clock::boottime_offset_ns() / (super::clock::NS_PER_S / per_second.max(1));
    ticks.saturating_add_signed(-offset)
}

/// Field 22 of `/proc/PID/stat`. The second field is the command in parentheses, and may contain both.
fn parse_start_time(stat: &str) -> u64 {
    let after_command = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after_command
        .split(' ')
        .nth(19)
        .and_then(|field| field.parse().ok())
        .unwrap_or(0)
}

/// Tells boots of the machine apart; zeros where `/proc` is missing.
pub(crate) fn boot_id() -> [u8; 16] {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    parse_uuid(&text)
}

fn parse_uuid(text: &str) -> [u8; 16] {
    let digits: String = text.trim().chars().filter(|&c| c != '-').collect();
    match u128::from_str_radix(&digits, 16) {
        Ok(value) if digits.len() == 32 => value.to_be_bytes(),
        _ => [0; 16],
    }
}

/// An unpredictable number; never blocks.
pub(crate) fn random() -> u64 {
    let mut bytes = [0; 8];
    match getrandom(&mut bytes, GetRandomFlags::NONBLOCK) {
        Ok(8) => u64::from_ne_bytes(bytes),
        // Too early in the boot: unique is enough for the nonces and names this is used for.
        _ => {
            let seed = std::hash::BuildHasher::hash_one(
                &std::hash::RandomState::new(),
                (super::clock::monotonic_ns(), pid(), tid()),
            );
            seed | 1
        }
    }
}

/// The command name of this process, at most 15 bytes.
pub(crate) fn comm() -> String {
    if let Ok(bytes) = fs::read("/proc/self/comm") {
        return String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned();
    }
    os::name().map_or_else(|_| String::new(), |name| name.to_string_lossy().into_owned())
}

/// Whether the process has this thread. Both are numbered by this process's own PID namespace.
pub(crate) fn exists(pid: u32, tid: u32) -> bool {
    let (Ok(pid), Ok(tid)) = (libc::pid_t::try_from(pid), libc::pid_t::try_from(tid)) else {
        return false;
    };
    if pid <= 0 || tid <= 0 {
        return false;
    }
    // SAFETY: signal 0 is not delivered; the kernel only looks the thread up.
    let found = unsafe { libc::syscall(libc::SYS_tgkill, pid, tid, 0) };
    // A thread that may not be signaled exists all the same.
    let known = found == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH);
    known && !(tid == pid && has_ended_before_its_process(pid))
}

/// Whether the first thread of a process has ended: the kernel keeps it as long as the process has others.
fn has_ended_before_its_process(pid: libc::pid_t) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    matches!(state, Some('Z' | 'X'))
}

/// Starts `f` on a detached thread with this name that receives no signal of the process.
///
/// # Errors
/// The thread cannot be created; nothing has changed then.
pub(crate) fn spawn_quietly(name: &str, f: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    // Blocked here so that the new thread inherits the mask: a handler must never run on it, not even first.
    let _blocked = SignalsBlocked::all();
    std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(KEEPER_STACK)
        .spawn(f)
        .map(drop)
}

/// Blocks all signals of the calling thread until it is dropped.
pub(super) struct SignalsBlocked {
    before: libc::sigset_t,
}

impl SignalsBlocked {
    pub(super) fn all() -> Self {
        let mut every = MaybeUninit::<libc::sigset_t>::uninit();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `sigfillset` initializes the set it is given.
        unsafe { libc::sigfillset(every.as_mut_ptr()) };
        // SAFETY: both sets are of the caller's own stack; the call reads the first, initialized above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, every.as_ptr(), before.as_mut_ptr()) };
        // SAFETY: with a valid operation `pthread_sigmask` cannot fail, so it has written the old mask.
        let before = unsafe { before.assume_init() };
        SignalsBlocked { before }
    }

    /// The mask that the thread had.
    pub(super) fn before(&self) -> &libc::sigset_t {
        &self.before
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: the mask is the one this thread had; the value is not shared with other threads.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut()) };
    }
}

/// How many processors are online: the other side of a wait may run on any of them, wherever this thread may.
pub(crate) fn cpu_count() -> u32 {
    // SAFETY: `sysconf` has no preconditions.
    let online = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    u32::try_from(online).unwrap_or(1).max(1)
}

/// Sets by how much the kernel may delay the calling thread's sleeps. Refusals are ignored.
pub(crate) fn set_timer_slack(ns: u64) {
    // Zero would mean "the thread's default".
    let _ = os::set_current_timer_slack(NonZeroU64::new(ns.max(1)));
}

thread_local! {
    /// Whether the sleeps of the thread are to end exactly.
    static EXACT: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f` with sleeps that end exactly: the timer slack of the calling thread is the least there is, and put back after.
pub(crate) fn exactly<T>(f: impl FnOnce() -> T) -> T {
    struct Restore(u64);
    impl Drop for Restore {
        fn drop(&mut self) {
            set_timer_slack(self.0);
            EXACT.set(false);
        }
    }
    let _restore = os::current_timer_slack().ok().map(Restore);
    set_timer_slack(1);
    EXACT.set(true);
    f()
}

/// Whether the thread is inside [`exactly`].
pub(crate) fn is_exact() -> bool {
    EXACT.get()
}

/// Whether this program runs with more rights than its caller (`AT_SECURE`), who controls its environment.
pub(crate) fn secure() -> bool {
    // SAFETY: `getauxval` reads the auxiliary vector of the process and has no preconditions.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// The id of the group called `name`, if the group database has it.
pub(crate) fn group_id(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    let mut entry = MaybeUninit::<libc::group>::uninit();
    // A group has all its members in its entry.
    let mut text = vec![0; 64 * 1024];
    let mut found = std::ptr::null_mut();
    // SAFETY: the name is a terminated string, all other pointers are to live memory of this function, and the
    // length is that of `text`.
    let error = unsafe {
        libc::getgrnam_r(
            name.as_ptr(),
            entry.as_mut_ptr(),
            text.as_mut_ptr(),
            text.len(),
            &raw mut found,
        )
    };
    if error != 0 || found.is_null() {
        return None;
    }
    // SAFETY: on success `entry` is initialized (`found` points to it).
    Some(unsafe { entry.assume_init() }.gr_gid)
}

#[cfg(test)]
mod unit_tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_thread_that_sleeps_or_is_not_there_does_not_run() {
        assert!(is_running(pid(), tid()));
        let (tell, told) = mpsc::channel();
        let (hold, held) = mpsc::channel::<()>();
        let sleeper = std::thread::spawn(move || {
            tell.send(tid()).expect("somebody listens");
            let _ = held.recv();
        });
        let asleep = told.recv().expect("a thread id");
        while is_running(pid(), asleep) {
            std::thread::yield_now();
        }
        drop(hold);
        sleeper.join().expect("it ends");
        assert!(!is_running(pid(), asleep) && !is_running(u32::MAX, 1));
    }

    #[test]
    fn start_time_is_found_behind_a_hostile_command_name() {
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 424242 20 21";
        assert_eq!(parse_start_time(stat), 424_242);
        assert_eq!(parse_start_time("7 (x"), 0);
        assert!(start_time() > 0);
    }

    #[test]
    fn uuids_are_read_whole_or_not_at_all() {
        let expected = [
            0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 1, 2, 3, 4, 5, 6, 7,
        ];
        assert_eq!(parse_uuid("01234567-89ab-cdef-0001-020304050607\n"), expected);
        assert_eq!(parse_uuid("01234567"), [0; 16]);
        assert_eq!(parse_uuid("zz234567-89ab-cdef-0001-020304050607"), [0; 16]);
        assert_ne!(boot_id(), [0; 16]);
    }

    #[test]
    fn threads_exist_until_they_are_joined() {
        assert!(exists(pid(), tid()));
        let (send, receive) = mpsc::channel();
        let thread = std::thread::spawn(move || send.send(tid()));
        let other = receive.recv().expect("the thread reports itself");
        thread
            .join()
            .expect("the thread ends")
            .expect("the report is taken");
        // The kernel unlinks a thread shortly after the join returns.
        while exists(pid(), other) {
            std::thread::yield_now();
        }
        for (pid, tid) in [(0, 0), (u32::MAX, 1), (1, u32::MAX), (pid(), 0)] {
            assert!(!exists(pid, tid));
        }
    }

    #[test]
    fn the_keeper_has_its_name_and_no_signals_and_the_caller_keeps_its_own() {
        let before = blocked_signals();
        let (send, receive) = mpsc::channel();
        let report = move || drop(send.send((os::name().ok(), blocked_signals())));
        spawn_quietly("intersync", Box::new(report)).expect("a thread can be made");
        let (name, blocked) = receive.recv().expect("the keeper reports");
        assert_eq!(name.as_deref(), Some(c"intersync"));
        // All but KILL and STOP, which cannot be blocked, and the two the C library keeps for itself.
        let expected = !(1 << (libc::SIGKILL - 1) | 1 << (libc::SIGSTOP - 1) | 1 << 31 | 1 << 32);
        assert_eq!(blocked & expected, expected);
        assert_eq!(blocked_signals(), before);
    }

    fn blocked_signals() -> u64 {
        let status = fs::read_to_string("/proc/thread-self/status").expect("procfs");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("SigBlk:"))
            .expect("a SigBlk line");
        u64::from_str_radix(line.trim(), 16).expect("a mask")
    }

    #[test]
    fn timer_slack_is_put_back() {
        let before = os::current_timer_slack().expect("supported");
        let inside = exactly(|| (os::current_timer_slack(), is_exact()));
        assert_eq!(inside, (Ok(1), true));
        assert_eq!((os::current_timer_slack(), is_exact()), (Ok(before), false));
    }

    #[test]
    fn facts_are_plausible() {
        assert_eq!(pid(), std::process::id());
        assert!(cpu_count() >= 1);
        assert!(!comm().is_empty() && comm().len() <= 15);
        assert_ne!(pid_namespace(), 0);
        assert_ne!(random(), random());
        assert_eq!(group_id("root"), Some(0));
        assert_eq!(group_id("no such group"), None);
        assert!(is_in_group(rustix::process::getegid().as_raw()) && !is_in_group(u32::MAX - 7));
        assert!(!secure());
    }
}
