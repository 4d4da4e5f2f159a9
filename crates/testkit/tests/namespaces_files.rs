//! What may be in the place of a private namespace's file, or in it.

use std::os::unix::fs::{FileExt, FileTypeExt, symlink};
use std::path::{Path, PathBuf};

use intersync::arena::layout::header;
use intersync::{Boundary, PrivateNamespace};
use testkit::parts::{self, Troop, User, set_mode};

/// The parts, for [`Troop`]. Does nothing when it is run as a test.
#[test]
#[ignore = "a part of the other tests, not a test"]
fn parts() {
    let Some(part) = parts::mine() else { return };
    let boundary = Boundary::new("b").everyone();
    let result = match part.as_str() {
        "open" => PrivateNamespace::open("ns", &boundary),
        _ => PrivateNamespace::create("ns", &boundary),
    };
    match result {
        Ok(_namespace) if part == "keep" => parts::ready_until_killed(),
        Ok(_) => println!("answer: ok"),
        Err(error) => println!("answer: {error:?}"),
    }
}

/// The files of private namespaces of a user.
fn files(troop: &Troop, user: User) -> Vec<PathBuf> {
    let own = troop.scratch.base().join(format!("intersync-{}", user.uid));
    let entries = std::fs::read_dir(own).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    files
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"ns-"))
        })
        .collect()
}

fn me() -> User {
    User {
        uid: nix::unistd::Uid::effective().as_raw(),
        gid: nix::unistd::Gid::effective().as_raw(),
    }
}

fn put_file(path: &Path, bytes: &[u8], mode: u32) {
    std::fs::write(path, bytes).expect("write");
    set_mode(path, mode);
}

#[test]
fn what_is_in_the_place_of_its_file_is_refused() {
    type Put = fn(&Path);
    let puts: [(Put, &str); 6] = [
        (
            |path| symlink("/dev/zero", path).expect("symlink"),
            "a symbolic link",
        ),
        (
            |path| {
                nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).expect("mkfifo");
                assert!(
                    std::fs::symlink_metadata(path)
                        .expect("stat")
                        .file_type()
                        .is_fifo()
                );
            },
            "a FIFO",
        ),
        (|path| std::fs::create_dir(path).expect("mkdir"), "a directory"),
        (|path| put_file(path, b"", 0o644), "mode is 0644"),
        (
            |path| put_file(path, &[7; 1 << 20], 0o600),
            "not a file of this library",
        ),
        (|path| put_file(path, b"short", 0o600), "too short"),
    ];
    for (put, words) in puts {
        let troop = Troop::new();
        let (mut creator, _pipes) = troop.start(me(), "keep");
        creator.kill_and_reap();
        let file = files(&troop, me()).pop().expect("its file");
        std::fs::remove_file(&file).expect("removed");
        put(&file);
        for part in ["open", "create"] {
            let said = troop.play(me(), part);
            assert!(said.contains(words), "{part}: \"{words}\" is not in: {said}");
        }
    }
}

#[test]
fn a_creator_that_nobody_can_be_is_none() {
    // A slot beyond the table, one that nobody has, and another life of the creator's.
    for creator in [u64::MAX, 0xffff, 100 | 1 << 32, 1 | 77 << 32] {
        let troop = Troop::new();
        let (_creator, _pipes) = troop.start(me(), "keep");
        let path = files(&troop, me()).pop().expect("its file");
        let file = std::fs::File::options().write(true).open(path).expect("opened");
        let written = file.write_all_at(&creator.to_le_bytes(), header::CREATOR as u64 * 8);
        written.expect("a word of the file");
        let said = troop.play(me(), "open");
        assert!(said.contains("NoPrivateNamespace"), "{creator:#x}: {said}");
        let said = troop.play(me(), "create");
        assert!(said.contains("answer: ok"), "{creator:#x}: {said}");
    }
}
