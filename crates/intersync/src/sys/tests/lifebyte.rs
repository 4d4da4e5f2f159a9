//! Life bytes are held exactly as long as the address space that took them.

use super::*;
use crate::sys::life::{self, hold, is_free};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

/// A child that holds byte 7 and says so at word 0, does `then`, and sleeps.
fn holder(scratch: &Scratch, board: &Board, then: impl FnOnce(&ArenaFile)) -> Child {
    let child = Child::fork(|| {
        let (arena, _fd) = scratch.arena();
        let life = hold(&arena, 7).expect("lock").expect("free");
        then(&arena);
        board.set(0, 1);
        std::mem::forget(life);
        sleep_for_ever()
    });
    assert_eq!(board.get(0), 1);
    child
}

#[test]
fn a_byte_is_held_until_its_holder_is_killed() {
    let (scratch, board) = (Scratch::new(), Board::new());
    let (arena, _fd) = scratch.arena();
    assert!(is_free(&arena, 7).expect("query") && !life::any_held(&arena).expect("query"));
    let child = holder(&scratch, &board, |_| {});
    assert!(!is_free(&arena, 7).expect("query") && life::any_held(&arena).expect("query"));
    assert!(is_free(&arena, 6).expect("query") && is_free(&arena, 8).expect("query"));
    assert!(hold(&arena, 7).expect("lock").is_none());
    child.kill();
    assert_eq!(child.wait(), End::Killed(libc::SIGKILL));
    eventually("the byte is free", || is_free(&arena, 7).expect("query"));
    assert!(hold(&arena, 7).expect("lock").is_some());
}

#[test]
fn closing_all_descriptors_does_not_end_a_living_member() {
    let (scratch, board) = (Scratch::new(), Board::new());
    let (arena, _fd) = scratch.arena();
    let child = holder(&scratch, &board, |arena| {
        closes_everything();
        // It still finds its own arena, without a descriptor.
        assert!(!is_free(arena, 7).expect("query") && is_free(arena, 8).expect("query"));
        assert!(hold(arena, 8).expect("lock").is_some());
        assert!(arena.still_named().expect("stat") && !arena.is_removed());
    });
    assert!(!is_free(&arena, 7).expect("query"));
    assert!(child.is_running());
}

#[test]
fn descriptors_reused_for_other_files_are_left_alone() {
    let scratch = Scratch::new();
    let child = Child::fork(|| {
        let (arena, fd) = scratch.arena();
        drop(fd);
        closes_everything();
        // Take every number the arena may have kept, for a file of the program's own.
        let null = std::fs::File::open("/dev/null").expect("open");
        let taken: Vec<_> = (0..200).map(|_| null.try_clone().expect("dup")).collect();
        assert!(is_free(&arena, 3).expect("query"));
        let life = hold(&arena, 3).expect("lock").expect("free");
        assert!(!is_free(&arena, 3).expect("query"));
        drop(life);
        drop(arena);
        i32::from(!taken.iter().all(|file| file.metadata().is_ok()))
    });
    assert_eq!(child.wait(), End::Exited(0));
}

#[test]
fn a_child_made_by_a_raw_clone_does_not_keep_its_dead_parent_alive() {
    let (scratch, board) = (Scratch::new(), Board::new());
    let (arena, _fd) = scratch.arena();
    let child = holder(&scratch, &board, |_| {
        board.set(1, raw_clone_that_sleeps().unsigned_abs());
    });
    let grandchild = Stranger::at(&board, 1);
    child.kill();
    child.wait();
    eventually("the byte is free", || is_free(&arena, 7).expect("query"));
    assert!(grandchild.is_running());
}

#[test]
fn a_forked_child_neither_holds_nor_frees_the_byte_of_its_parent() {
    let (scratch, board) = (Scratch::new(), Board::new());
    let (arena, _fd) = scratch.arena();
    let child = holder(&scratch, &board, |arena| {
        let fork = Child::fork(|| {
            // The copy of the arena works, and the parent is somebody else.
            let held = !is_free(arena, 7).expect("query") && hold(arena, 7).expect("lock").is_none();
            i32::from(!held)
        });
        assert_eq!(fork.wait(), End::Exited(0));
        assert!(
            !is_free(arena, 7).expect("query"),
            "the end of the child freed the byte"
        );
        let fork = Child::fork(|| {
            // This one outlives its parent.
            // SAFETY: sets an attribute of the child.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, 0) };
            board.set(1, thread::pid());
            sleep_for_ever()
        });
        board.get(1);
        std::mem::forget(fork);
    });
    let grandchild = Stranger::at(&board, 1);
    child.kill();
    child.wait();
    eventually("the byte is free", || is_free(&arena, 7).expect("query"));
    assert!(grandchild.is_running());
}

#[test]
fn forks_while_bytes_are_taken_inherit_none_of_them() {
    let scratch = Scratch::new();
    let (arena, _fd) = scratch.arena();
    let stop = AtomicU32::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while stop.load(Ordering::SeqCst) == 0 {
                drop(hold(&arena, 9).expect("lock"));
            }
        });
        let children: Vec<_> = (0..64).map(|_| Child::fork(|| sleep_for_ever())).collect();
        stop.store(1, Ordering::SeqCst);
        // All children live: whatever they inherited, they still have.
        eventually("the byte is free", || is_free(&arena, 9).expect("query"));
        drop(children);
    });
}

#[test]
fn exec_frees_the_byte() {
    let (scratch, board) = (Scratch::new(), Board::new());
    let (arena, _fd) = scratch.arena();
    let child = Child::fork(|| {
        let (arena, _fd) = scratch.arena();
        std::mem::forget(hold(&arena, 7).expect("lock").expect("free"));
        board.set(0, 1);
        board.get(1);
        let _ = Command::new("sleep").arg("1000").exec();
        1
    });
    board.get(0);
    assert!(!is_free(&arena, 7).expect("query"));
    board.set(1, 1);
    eventually("the byte is free", || is_free(&arena, 7).expect("query"));
    assert!(child.is_running());
}

#[test]
fn one_process_does_not_hold_a_byte_twice() {
    let scratch = Scratch::new();
    let (arena, _fd) = scratch.arena();
    let first = hold(&arena, 0).expect("lock").expect("free");
    assert!(hold(&arena, 0).expect("lock").is_none());
    let second = hold(&arena, 1).expect("lock").expect("free");
    drop(first);
    assert!(is_free(&arena, 0).expect("query") && !is_free(&arena, 1).expect("query"));
    drop(second);
    assert!(!life::any_held(&arena).expect("query"));
    let refused = hold(&arena, life::LOCK_BYTES).expect_err("no such byte");
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
}

#[test]
fn bytes_of_a_removed_file_are_still_known() {
    let scratch = Scratch::new();
    let (arena, _fd) = scratch.arena();
    let life = hold(&arena, 2).expect("lock").expect("free");
    std::fs::remove_file(arena.path()).expect("remove");
    assert!(arena.is_removed() && !arena.still_named().expect("stat"));
    assert!(!is_free(&arena, 2).expect("query"));
    assert!(hold(&arena, 2).expect("lock").is_none() && hold(&arena, 3).expect("lock").is_some());
    drop(life);
    assert!(is_free(&arena, 2).expect("query"));
}

#[test]
fn the_gate_is_shared_or_exclusive() {
    let scratch = Scratch::new();
    let (arena, _fd) = scratch.arena();
    let take = |exclusive| life::gate(&arena, exclusive, Duration::ZERO).expect("lock");
    let (first, second) = (take(false).expect("free"), take(false).expect("shared"));
    assert!(take(true).is_none());
    drop((first, second));
    let alone = take(true).expect("free");
    assert!(take(false).is_none());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| life::gate(&arena, false, Duration::from_secs(60)));
        drop(alone);
        assert!(waiting.join().expect("no panic").expect("lock").is_some());
    });
}

#[test]
fn a_child_forked_under_the_gate_does_not_keep_it() {
    let scratch = Scratch::new();
    let (arena, _fd) = scratch.arena();
    let gate = life::gate(&arena, true, Duration::ZERO)
        .expect("lock")
        .expect("free");
    let child = Child::fork(|| sleep_for_ever());
    drop(gate);
    assert!(life::gate(&arena, true, Duration::ZERO).expect("lock").is_some());
    assert!(child.is_running());
}
