//! Small and full file systems, locked memory, other user namespaces: in children that may mount.

use super::*;
use crate::Error;
use crate::sys::map;

/// Gives a single-threaded child a mount namespace, as root by right, otherwise in a user namespace.
fn enter_mount_namespace() -> bool {
    // SAFETY: changes namespaces of this child only.
    let plain = unsafe { libc::unshare(libc::CLONE_NEWNS) } == 0;
    plain
        || (enter_user_namespace() && {
            // SAFETY: as above.
            unsafe { libc::unshare(libc::CLONE_NEWNS) == 0 }
        })
}

/// Mounts a tmpfs over the scratch directory, seen by this child only.
fn mount_tmpfs(scratch: &Scratch, options: &str) -> bool {
    let path = std::ffi::CString::new(scratch.path().as_os_str().as_encoded_bytes()).expect("no NUL");
    let options = std::ffi::CString::new(options).expect("no NUL");
    let (none, private) = (std::ptr::null(), libc::MS_REC | libc::MS_PRIVATE);
    // SAFETY: all strings are terminated and outlive the call; the mount tree is this child's own.
    let isolated = unsafe { libc::mount(none, c"/".as_ptr(), none, private, std::ptr::null()) } == 0;
    // SAFETY: as above.
    isolated
        && unsafe {
            let kind = c"tmpfs".as_ptr();
            libc::mount(kind, path.as_ptr(), kind, 0, options.as_ptr().cast()) == 0
        }
}

/// Runs `f` in a child with a tmpfs of its own in the scratch directory.
fn on_tmpfs(options: &str, f: impl FnOnce(&Scratch) -> i32) {
    let scratch = Scratch::new();
    let child = Child::fork(|| {
        if !enter_mount_namespace() || !mount_tmpfs(&scratch, options) {
            return NOT_ALLOWED;
        }
        f(&scratch)
    });
    child.must_succeed(&format!("mounting a tmpfs with \"{options}\""));
}

#[test]
fn a_full_file_system_is_an_error_wherever_it_is_met() {
    on_tmpfs("size=256k,mode=700", |scratch| {
        let (arena, fd) = scratch.arena();
        let mapping = Mapping::shared(&fd, LEN as usize).expect("map");
        mapping.populate(0, 64 << 10).expect("room");
        let full = mapping.populate(1 << 20, 1 << 20).expect_err("no room");
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        let full = map::fallocate(&fd, 4 << 20, 1 << 20).expect_err("no room");
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        // What was made real before stays usable.
        mapping.populate(0, 64 << 10).expect("real already");
        let facts = arena.facts().expect("facts");
        assert_eq!(facts.total_bytes, 256 << 10);
        i32::from(facts.free_bytes >= 256 << 10)
    });
}

#[test]
fn a_file_system_without_files_left_is_named() {
    on_tmpfs("size=1m,nr_inodes=2,mode=700", |scratch| {
        // The root directory and the namespace's take both.
        match open_or_create(&scratch.base(), &mut no_header, LEN).map(|_| ()) {
            Err(Error::NoSpace { path }) => i32::from(!path.starts_with(scratch.path())),
            _ => 2,
        }
    });
}

#[test]
fn a_read_only_file_system_is_named() {
    on_tmpfs("mode=700", |scratch| {
        let path = std::ffi::CString::new(scratch.path().as_os_str().as_encoded_bytes()).expect("no NUL");
        let (none, flags) = (std::ptr::null(), libc::MS_REMOUNT | libc::MS_RDONLY);
        // SAFETY: the strings are terminated and outlive the call; the mount is this child's own.
        let remounted = unsafe { libc::mount(none, path.as_ptr(), none, flags, none.cast()) };
        assert_eq!(remounted, 0);
        match open_or_create(&scratch.base(), &mut no_header, LEN).map(|_| ()) {
            Err(Error::Namespace { problem, .. }) => i32::from(!problem.contains("read-only")),
            _ => 2,
        }
    });
}

#[test]
fn the_size_follows_the_room() {
    for (options, len) in [("size=64m,mode=700", 8 << 20), ("size=1g,mode=700", 64 << 20)] {
        on_tmpfs(options, |scratch| {
            let mut asked = 0;
            let make = &mut |_: &OwnedFd, len, _| {
                asked = len;
                Ok(())
            };
            open_or_create(&scratch.base(), make, 0).expect("made");
            let limited = crate::sys::space::memory_limit().is_some_and(|limit| limit < 512 << 20);
            i32::from(asked != len && !limited)
        });
    }
}

#[test]
fn huge_pages_do_not_make_a_small_range_large() {
    on_tmpfs("size=256m,huge=always,mode=700", |scratch| {
        let (arena, fd) = scratch.arena();
        let mapping = Mapping::shared(&fd, LEN as usize).expect("map");
        for extent in [0, 3 << 20, 6 << 20] {
            mapping.populate(extent, 64 << 10).expect("room");
        }
        let real = arena.facts().expect("facts").real_bytes;
        if real == 3 * (64 << 10) {
            0
        } else {
            i32::try_from(real >> 16).unwrap_or(99)
        }
    });
}

#[test]
fn a_program_that_locks_its_memory_does_not_make_the_file_real() {
    let scratch = Scratch::new();
    let child = Child::fork(|| {
        // SAFETY: a flag of this process.
        if unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE) } != 0 {
            return NOT_ALLOWED;
        }
        let (arena, fd) = scratch.arena();
        match Mapping::shared(&fd, LEN as usize) {
            Ok(mapping) => {
                mapping.populate(64 << 10, 64 << 10).expect("room");
                // SAFETY: inside the mapping, which nobody else uses.
                unsafe { mapping.base().add(70_000).write_volatile(1) };
                i32::from(arena.facts().expect("facts").real_bytes != 64 << 10)
            }
            // The limit is too small to lock that much even for a moment.
            Err(error) => i32::from(!error.to_string().contains("RLIMIT_MEMLOCK")),
        }
    });
    child.must_succeed("locking memory");
}

#[test]
fn arenas_stay_out_of_core_dumps() {
    let scratch = Scratch::new();
    let (_arena, fd) = scratch.arena();
    let mapping = Mapping::shared(&fd, LEN as usize).expect("map");
    let start = format!("{:x}-", mapping.base().as_ptr() as usize);
    let maps = std::fs::read_to_string("/proc/self/smaps").expect("procfs");
    let mut lines = maps.lines().skip_while(|line| !line.starts_with(&start));
    let flags = lines.find(|line| line.starts_with("VmFlags:")).expect("flags");
    let has = |flag| flags.split(' ').any(|word| word == flag);
    assert!(has("dd") && has("wr") && has("sh") && !has("lo"), "{flags}");
}

#[test]
fn another_user_namespace_is_another_user() {
    let scratch = Scratch::new();
    scratch.arena();
    let child = Child::fork(|| {
        if !enter_user_namespace() {
            return NOT_ALLOWED;
        }
        let (arena, _fd) = scratch.arena();
        let inode = thread::inode("/proc/self/ns/user");
        i32::from(!arena.path().ends_with(format!("intersync-0.{inode}/arena-1")))
    });
    child.must_succeed("user namespaces");
}
