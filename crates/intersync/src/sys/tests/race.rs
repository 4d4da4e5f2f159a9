//! Many processes at one door: they all get the same file.

use super::*;
use crate::sys::base::Place;
use crate::sys::directory::Directory;
use crate::sys::{life, publish};

const RACERS: usize = 6;
const ROUNDS: usize = 25;

/// Word 0 starts the race; racer n writes the low half of the inode it got to word n + 1.
fn race(run: impl Fn(&Scratch) -> u64) -> (Scratch, Vec<u32>) {
    let (scratch, board) = (Scratch::new(), Board::new());
    let children: Vec<Child> = (0..RACERS)
        .map(|racer| {
            Child::fork(|| {
                board.get(0);
                board.set(racer + 1, run(&scratch) as u32);
                0
            })
        })
        .collect();
    board.set(0, 1);
    for child in children {
        assert_eq!(child.wait(), End::Exited(0));
    }
    let inodes = (0..RACERS).map(|racer| board.get(racer + 1)).collect();
    (scratch, inodes)
}

/// Writes a header in two parts: whoever sees only the first has seen an unfinished file.
fn two_part_header(fd: &OwnedFd, len: u64, _: u64) -> Result<()> {
    assert_eq!(len, LEN);
    assert_eq!(rustix::io::pwrite(fd, b"first", 0), Ok(5));
    std::thread::yield_now();
    assert_eq!(rustix::io::pwrite(fd, b"second", 4096), Ok(6));
    Ok(())
}

fn assert_complete(fd: &OwnedFd) {
    let mut second = [0; 6];
    assert_eq!(rustix::io::pread(fd, &mut second, 4096), Ok(6));
    assert_eq!(&second, b"second");
}

fn assert_one_file(scratch: &Scratch, inodes: &[u32]) {
    let (arena, fd) = scratch.arena();
    assert_complete(&fd);
    assert!(
        inodes.iter().all(|&inode| inode == arena.id().1 as u32),
        "{inodes:x?} {:x?}",
        arena.id()
    );
    let left: Vec<_> = std::fs::read_dir(scratch.own_directory())
        .expect("readdir")
        .flatten()
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn racing_makers_get_one_complete_file() {
    for _ in 0..ROUNDS {
        let (scratch, inodes) = race(|scratch| {
            let made = open_or_create(&scratch.base(), &mut two_part_header, LEN);
            let (arena, fd) = made.expect("one wins, all get it");
            assert_complete(&fd);
            arena.id().1
        });
        assert_one_file(&scratch, &inodes);
    }
}

#[test]
fn racing_makers_get_one_file_where_nameless_files_are_refused() {
    for _ in 0..ROUNDS {
        let (scratch, inodes) = race(|scratch| {
            let place = Place::find(&scratch.base()).expect("the base is fine");
            let directory = Directory::open_or_make(&place).expect("a directory");
            let path = directory.file_path();
            publish::publish_by_rename(&directory, &path, &mut two_part_header, LEN).expect("published");
            let (arena, fd) = scratch.arena();
            assert_complete(&fd);
            arena.id().1
        });
        assert_one_file(&scratch, &inodes);
    }
}

#[test]
fn a_file_nobody_uses_is_replaced_and_its_former_users_can_tell() {
    let scratch = Scratch::new();
    let (old, _fd) = scratch.arena();
    let (new, fd) = old
        .replace(&mut two_part_header, LEN)
        .expect("allowed")
        .expect("nobody lives");
    assert_complete(&fd);
    assert!(new.id() != old.id() && new.path() == old.path());
    assert!(old.is_removed() && !old.still_named().expect("stat"));
    assert!(!new.is_removed() && new.still_named().expect("stat"));
    // Replacing what is already replaced leads to the replacement.
    let (again, _fd) = old
        .replace(&mut two_part_header, LEN)
        .expect("allowed")
        .expect("replaced");
    assert_eq!(again.id(), new.id());
}

#[test]
fn a_file_in_use_or_being_attached_to_is_not_replaced() {
    let scratch = Scratch::new();
    let (arena, _fd) = scratch.arena();
    let life = life::hold(&arena, 100).expect("lock").expect("free");
    assert!(arena.replace(&mut no_header, LEN).expect("allowed").is_none());
    assert!(arena.still_named().expect("stat"));
    drop(life);
    let gate = life::gate(&arena, false, std::time::Duration::ZERO)
        .expect("lock")
        .expect("free");
    assert!(arena.replace(&mut no_header, LEN).expect("allowed").is_none());
    drop(gate);
    assert!(arena.replace(&mut no_header, LEN).expect("allowed").is_some());
}

#[test]
fn racing_replacers_and_attachers_end_on_one_file() {
    for _ in 0..ROUNDS {
        let (scratch, inodes) = race(|scratch| {
            loop {
                let made = open_or_create(&scratch.base(), &mut two_part_header, LEN);
                let (arena, _fd) = made.expect("made");
                let replaced = arena.replace(&mut two_part_header, LEN).expect("allowed");
                let arena = replaced.map_or(arena, |(arena, _fd)| arena);
                // Attach as everybody does: under the gate, on a file that still has its name.
                let gate = life::gate(&arena, false, std::time::Duration::from_secs(60)).expect("lock");
                assert!(gate.is_some());
                if !arena.still_named().expect("stat") {
                    continue;
                }
                let byte = u64::from(thread::pid());
                std::mem::forget(life::hold(&arena, byte).expect("lock").expect("free"));
                return arena.id().1;
            }
        });
        // Each stays alive only until its own end, so a later one may have replaced the file of an earlier
        // one that had ended; nobody is on a file that was replaced while it lived. The last one's is named.
        let (arena, _fd) = scratch.arena();
        assert!(
            inodes.contains(&(arena.id().1 as u32)),
            "{inodes:x?} {:x?}",
            arena.id()
        );
    }
}
