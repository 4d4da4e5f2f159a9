//! The Global namespace before anybody has provisioned it.

use super::door::{set_mode, with_variable};
use super::*;
use crate::Error;
use crate::sys::arena_file::open_existing;
use std::os::unix::fs::MetadataExt;

#[test]
fn global_is_refused_until_it_is_provisioned() {
    let scratch = Scratch::new();
    set_mode(scratch.path(), 0o755);
    let directory = scratch.path().join("global");
    let unprovisioned = |found: &str| {
        let ended = with_variable("INTERSYNC_DIR", scratch.path(), || {
            if thread::euid() == 0 {
                become_somebody_else();
            }
            let made = open_or_create(&Base::Global, &mut no_header, LEN).map(|_| ());
            assert_eq!(made, open_existing(&Base::Global).map(|_| ()));
            let Err(Error::Namespace { problem, .. }) = made else {
                return 2;
            };
            let words = ["not provisioned", found, "intersync provision --group"];
            i32::from(!words.iter().all(|word| problem.contains(word)))
        });
        assert_eq!(ended, End::Exited(0), "{found}");
    };
    unprovisioned("there is no such directory");
    assert!(!directory.exists());
    std::fs::create_dir(&directory).expect("mkdir");
    set_mode(&directory, 0o755);
    unprovisioned("mode 0755");
    set_mode(&directory, 0o757);
    unprovisioned("mode 0757");
}

/// Gives up the rights of root, in a child.
fn become_somebody_else() {
    const ID: libc::c_long = 65_001;
    // Not by the C library, which would tell threads that the child does not have.
    // SAFETY: changes the ids of this child, which has one thread; the list of groups is empty.
    let changed = unsafe {
        [
            libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<libc::gid_t>()),
            libc::syscall(libc::SYS_setresgid, ID, ID, ID),
            libc::syscall(libc::SYS_setresuid, ID, ID, ID),
        ]
    };
    assert_eq!(changed, [0; 3]);
}

#[test]
fn the_first_use_of_global_by_root_makes_it_for_root_alone() {
    if thread::euid() != 0 {
        eprintln!("not tried: only root makes the Global namespace");
        return;
    }
    for reserved in [false, true] {
        let scratch = Scratch::new();
        let directory = scratch.path().join("global");
        if reserved {
            // As dist/tmpfiles.d/intersync.conf makes it.
            std::fs::create_dir(&directory).expect("mkdir");
            set_mode(&directory, 0o755);
        }
        let ended = with_variable("INTERSYNC_DIR", scratch.path(), || {
            let (arena, _fd) = open_or_create(&Base::Global, &mut no_header, LEN).expect("made");
            let rights = |path: &Path| {
                let found = std::fs::metadata(path).expect("stat");
                (found.uid(), found.gid(), found.mode() & 0o7777)
            };
            assert_eq!(rights(&directory), (0, 0, 0o750));
            assert_eq!(rights(arena.path()), (0, 0, 0o660));
            for (path, mode, word) in [(arena.path(), 0o666, "0660"), (&directory, 0o770, "0770")] {
                set_mode(path, mode);
                let opened = open_or_create(&Base::Global, &mut no_header, LEN).map(|_| ());
                assert!(matches!(opened, Err(Error::Namespace { problem, .. }) if problem.contains(word)));
                set_mode(path, 0o660);
            }
            0
        });
        assert_eq!(ended, End::Exited(0));
    }
}
