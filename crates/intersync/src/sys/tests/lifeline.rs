//! The kernel marks a lifeline at every kind of end, before anybody can learn of it in another way.

use super::*;
use crate::sys::{barrier, identity, probe, robust};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// How often each kind of death is tried.
const ROUNDS: usize = 200;

/// The first word of the lifeline of [`start_keeper`].
const LIFELINE: usize = 10;

/// Starts a keeper that raises the lifeline at [`LIFELINE`] and sleeps for ever.
fn start_keeper(board: &Board) {
    let word = board.word(LIFELINE);
    let words = board.lifeline(LIFELINE);
    thread::spawn_quietly(
        "intersync",
        Box::new(move || {
            let _lifeline = robust::raise(words).expect("raise");
            futex::wake(word, u32::MAX);
            sleep_for_ever()
        }),
    )
    .expect("a thread");
    until(word, |value| value != 0);
}

#[test]
fn it_is_marked_before_the_parent_learns_of_the_death() {
    for _ in 0..ROUNDS {
        let board = Board::new();
        let child = Child::fork(|| {
            start_keeper(&board);
            sleep_for_ever()
        });
        let raised = board.get(LIFELINE);
        assert!(
            raised & robust::WAITERS != 0 && raised & robust::OWNER_DIED == 0,
            "{raised:#x}"
        );
        child.kill();
        assert_eq!(child.wait(), End::Killed(libc::SIGKILL));
        assert!(board.word(LIFELINE).load(Ordering::SeqCst) & robust::OWNER_DIED != 0);
    }
}

#[test]
fn it_is_marked_when_the_process_exits_or_crashes() {
    for fatal in [
        None,
        Some(libc::SIGSEGV),
        Some(libc::SIGABRT),
        Some(libc::SIGTERM),
    ] {
        let board = Board::new();
        let child = Child::fork(|| {
            // No core file of this.
            let none = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            // SAFETY: reads the local it is given.
            unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
            start_keeper(&board);
            if let Some(signal) = fatal {
                // SAFETY: restores the default action, which ends the process.
                unsafe { libc::signal(signal, libc::SIG_DFL) };
                // SAFETY: no preconditions.
                unsafe { libc::raise(signal) };
            }
            3
        });
        assert_eq!(child.wait(), fatal.map_or(End::Exited(3), End::Killed));
        assert!(board.word(LIFELINE).load(Ordering::SeqCst) & robust::OWNER_DIED != 0);
    }
}

#[test]
fn the_kernel_wakes_who_sleeps_on_it() {
    let board = Board::new();
    let child = Child::fork(|| {
        start_keeper(&board);
        sleep_for_ever()
    });
    let raised = board.get(LIFELINE);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| until(board.word(LIFELINE), |value| value & robust::OWNER_DIED != 0));
        child.kill();
        let marked = watcher.join().expect("woken in time");
        assert_eq!(marked, robust::OWNER_DIED | robust::WAITERS, "was {raised:#x}");
    });
}

#[test]
fn each_of_its_words_wakes_a_sleeper_of_its_own() {
    let board = Board::new();
    let child = Child::fork(|| {
        start_keeper(&board);
        sleep_for_ever()
    });
    board.get(LIFELINE);
    std::thread::scope(|scope| {
        let watch = |i| until(board.word(LIFELINE + i), |value| value & robust::OWNER_DIED != 0);
        let watchers = [0, 1, 2].map(|i| scope.spawn(move || watch(i)));
        child.kill();
        for watcher in watchers {
            assert!(watcher.join().expect("woken in time") & robust::OWNER_DIED != 0);
        }
    });
}

#[test]
fn exec_marks_it_and_a_failed_exec_does_not() {
    let board = Board::new();
    let child = Child::fork(|| {
        start_keeper(&board);
        let _ = Command::new("/no/such/program").exec();
        board.set(1, 1);
        board.get(2);
        let _ = Command::new("sleep").arg("1000").exec();
        1
    });
    board.get(1);
    assert_eq!(
        board.word(LIFELINE).load(Ordering::SeqCst) & robust::OWNER_DIED,
        0
    );
    board.set(2, 1);
    until(board.word(LIFELINE), |value| value & robust::OWNER_DIED != 0);
    assert!(child.is_running());
}

#[test]
fn a_forked_child_that_ends_leaves_the_lifeline_of_its_parent_alone() {
    let board = Board::new();
    let child = Child::fork(|| {
        start_keeper(&board);
        let ended = Child::fork(|| 0).wait();
        board.set(1, if ended == End::Exited(0) { 1 } else { 2 });
        sleep_for_ever()
    });
    assert_eq!(board.get(1), 1);
    assert_eq!(
        board.word(LIFELINE).load(Ordering::SeqCst) & robust::OWNER_DIED,
        0
    );
    assert!(child.is_running());
}

#[test]
fn a_lowered_lifeline_is_not_marked_and_can_be_raised_again() {
    let board = Board::new();
    let (first, second) = (board.word(LIFELINE), board.word(20));
    let (first_words, second_words) = (board.lifeline(LIFELINE), board.lifeline(20));
    std::thread::spawn(move || {
        let lifeline = robust::raise(first_words).expect("raise");
        assert_eq!(first.load(Ordering::SeqCst), thread::tid() | robust::WAITERS);
        drop(lifeline);
    })
    .join()
    .expect("no panic");
    assert_eq!(first.load(Ordering::SeqCst), 0);
    let page = std::thread::spawn(move || robust::raise(second_words).expect("raise").leave_up());
    let _page = page.join().expect("no panic");
    assert!(second.load(Ordering::SeqCst) & robust::OWNER_DIED != 0);
}

#[test]
fn the_barrier_is_granted_to_those_who_register() {
    let kernel = probe::kernel();
    assert!(kernel.robust_mark && kernel.ofd_locks, "{kernel:?}");
    assert_eq!(barrier::register() && barrier::barrier(), kernel.membarrier);
    assert!(!kernel.release.is_empty());
}

#[test]
fn a_raw_clone_has_no_identity_until_it_takes_one() {
    let mine = identity::renew();
    // SAFETY: as in `raw_clone_that_sleeps`: private copies of everything, raw system calls only.
    let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
    if pid == 0 {
        let wiped = identity::generation() == 0;
        // SAFETY: a raw system call that ends the process.
        unsafe { libc::syscall(libc::SYS_exit_group, i32::from(!wiped)) };
    }
    let child = Child {
        pid: libc::pid_t::try_from(pid).expect("a pid"),
    };
    assert_eq!(child.wait(), End::Exited(0));
    let child = Child::fork(|| {
        let wiped = identity::generation() == 0;
        let own = identity::renew();
        // And so has a child of the child.
        let grandchild = Child::fork(|| i32::from(identity::generation() != 0)).wait();
        i32::from(!(wiped && own != 0 && own != mine && grandchild == End::Exited(0)))
    });
    assert_eq!(child.wait(), End::Exited(0));
    assert_ne!(identity::generation(), 0);
}

#[test]
fn it_is_marked_when_the_memory_is_taken_away_before_the_death() {
    // What the kernel does when memory runs out: it empties the private memory of the process it has killed,
    // before that process gets to look at its list.
    for _ in 0..ROUNDS / 10 {
        let board = Board::new();
        let child = Child::fork(|| {
            start_keeper(&board);
            sleep_for_ever()
        });
        board.get(LIFELINE);
        // SAFETY: a raw system call on no memory; the child is this test's own.
        let pidfd = unsafe { libc::syscall(libc::SYS_pidfd_open, child.pid, 0) };
        let number = libc::c_int::try_from(pidfd).expect("a descriptor");
        assert!(number >= 0);
        // SAFETY: a new descriptor, which nobody else has.
        let pidfd = unsafe { OwnedFd::from_raw_fd(number) };
        child.kill();
        // SAFETY: as above. It may come when the process has already ended: the mark must be there either way.
        unsafe { libc::syscall(libc::SYS_process_mrelease, pidfd.as_raw_fd(), 0) };
        assert_eq!(child.wait(), End::Killed(libc::SIGKILL));
        assert!(board.word(LIFELINE).load(Ordering::SeqCst) & robust::OWNER_DIED != 0);
    }
}
