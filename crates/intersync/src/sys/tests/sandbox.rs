//! System calls refused by a filter, and clocks that a namespace shifts.

use super::*;
use crate::sys::barrier;

/// Refuses the system calls with `EPERM` from now on, as the filters of containers do; `false` if this
/// child may not install a filter.
fn refuse(calls: &[libc::c_long]) -> bool {
    let load_number = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    let jump_if_equal = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    let end = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, k| libc::sock_filter {
        code,
        jt: 0,
        jf: 0,
        k,
    };
    let mut program = vec![step(load_number, 0)];
    for call in calls {
        let number = u32::try_from(*call).expect("a system call");
        program.push(libc::sock_filter {
            jf: 1,
            ..step(jump_if_equal, number)
        });
        program.push(step(end, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32));
    }
    program.push(step(end, libc::SECCOMP_RET_ALLOW));
    let len = u16::try_from(program.len()).expect("a short program");
    let filter = libc::sock_fprog {
        len,
        filter: program.as_mut_ptr(),
    };
    // SAFETY: an attribute of this child, without pointers.
    let ready = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } == 0;
    // SAFETY: the program outlives the call, which copies it.
    ready && unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter) } == 0
}

#[test]
fn without_futex_waitv_sleepers_look_again_in_time() {
    let board = Board::new();
    let child = Child::fork(|| {
        if !refuse(&[libc::SYS_futex_waitv]) {
            return NOT_ALLOWED;
        }
        let words = [(board.word(1), 0), (board.word(2), 0)];
        assert_eq!(futex::wait_many(&words, None), Woken::Interrupted);
        assert!(!futex::has_waitv());
        board.set(0, 1);
        while board.word(2).load(Ordering::SeqCst) == 0 {
            assert!(matches!(
                futex::wait_many(&words, None),
                Woken::Interrupted | Woken::Changed
            ));
        }
        let past = clock::monotonic_ns();
        i32::from(futex::wait_many(&[(board.word(1), 0), (board.word(3), 0)], Some(past)) != Woken::TimedOut)
    });
    board.get(0);
    board.set(2, 1);
    child.must_succeed("a filter of system calls");
}

#[test]
fn without_futexes_waits_return_and_are_decided_by_the_word() {
    let child = Child::fork(|| {
        let word = AtomicU32::new(0);
        if !refuse(&[libc::SYS_futex, libc::SYS_futex_waitv]) {
            return NOT_ALLOWED;
        }
        assert_eq!(futex::wait(&word, 0, None), Woken::Changed);
        i32::from(futex::wake(&word, 1) != 0)
    });
    child.must_succeed("a filter of system calls");
}

#[test]
fn a_refused_barrier_is_told() {
    let child = Child::fork(|| {
        if !refuse(&[libc::SYS_membarrier]) {
            return NOT_ALLOWED;
        }
        i32::from(barrier::register() || barrier::barrier())
    });
    child.must_succeed("a filter of system calls");
}

#[test]
fn without_links_to_nameless_files_a_namespace_is_made_under_a_name_of_its_own() {
    let scratch = Scratch::new();
    let child = Child::fork(|| {
        if !refuse(&[libc::SYS_linkat]) {
            return NOT_ALLOWED;
        }
        let (arena, _fd) = scratch.arena();
        let files = std::fs::read_dir(scratch.own_directory())
            .expect("readdir")
            .count();
        i32::from(files != 1 || !arena.still_named().expect("stat"))
    });
    child.must_succeed("a filter of system calls");
}

#[test]
fn the_offset_of_a_time_namespace_is_known_and_deadlines_hold_in_it() {
    const AHEAD_S: i64 = 100_000;
    let child = Child::fork(|| {
        let outside = clock::monotonic_ns();
        // SAFETY: changes the time namespace of the children of this child only.
        let plain = unsafe { libc::unshare(libc::CLONE_NEWTIME) } == 0;
        // SAFETY: as above.
        let entered = plain || (enter_user_namespace() && unsafe { libc::unshare(libc::CLONE_NEWTIME) } == 0);
        if !entered || std::fs::write("/proc/self/timens_offsets", format!("monotonic {AHEAD_S} 0")).is_err()
        {
            return NOT_ALLOWED;
        }
        // This child itself stays where it was.
        assert_eq!(clock::monotonic_offset_ns(), 0);
        let inside = Child::fork(|| {
            let now = clock::monotonic_ns();
            assert_eq!(clock::monotonic_offset_ns(), AHEAD_S * clock::NS_PER_S);
            assert!(now - clock::monotonic_offset_ns() >= outside && now - outside >= AHEAD_S);
            let word = AtomicU32::new(0);
            assert_eq!(futex::wait(&word, 0, Some(now + 1_000_000)), Woken::TimedOut);
            assert!(clock::monotonic_ns() >= now + 1_000_000);
            let soon = clock::monotonic_ns() + 1_000_000;
            let mut ended = Woken::Interrupted;
            while ended == Woken::Interrupted {
                ended = futex::wait_many(&[(&word, 0), (&word, 0)], Some(soon));
            }
            i32::from(ended != Woken::TimedOut || clock::monotonic_ns() < soon)
        });
        i32::from(inside.wait() != End::Exited(0))
    });
    child.must_succeed("time namespaces");
}
