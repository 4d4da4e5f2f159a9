//! What is refused at the door, and with which words.

use super::*;
use crate::Error;
use crate::sys::arena_file::open_existing;
use crate::sys::base::{Choice, Place, choose};
use crate::sys::directory::Directory;
use crate::sys::rules::Rules;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

/// The refusal to open the namespace, which must be the same for those who may make it and those who look.
fn refusal(scratch: &Scratch) -> (PathBuf, String) {
    let opened = open_or_create(&scratch.base(), &mut no_header, LEN).map(|_| ());
    let looked = open_existing(&scratch.base()).map(|_| ());
    assert_eq!(opened, looked);
    match opened {
        Err(Error::Namespace { path, problem }) => (path, problem),
        other => panic!("not refused: {other:?}"),
    }
}

fn refused(scratch: &Scratch, words: &[&str]) {
    let (path, problem) = refusal(scratch);
    assert!(path.starts_with(scratch.path()), "{path:?}");
    for word in words {
        assert!(problem.contains(word), "\"{word}\" is not in: {problem}");
    }
}

pub(super) fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("chmod");
}

/// A scratch directory with the namespace's directory made, and no file in it.
fn with_directory() -> (Scratch, PathBuf) {
    let scratch = Scratch::new();
    let directory = scratch.own_directory();
    std::fs::create_dir(&directory).expect("mkdir");
    set_mode(&directory, 0o700);
    (scratch, directory)
}

#[test]
fn a_new_namespace_has_exactly_the_modes_it_must_have() {
    let scratch = Scratch::new();
    let mut asked = None;
    let made = open_or_create(
        &scratch.base(),
        &mut |fd, len, total| {
            asked = Some((len, total));
            assert_eq!(
                rustix::fs::fstat(fd).expect("fstat").st_nlink,
                0,
                "nobody can see it yet"
            );
            assert_eq!(rustix::io::pwrite(fd, b"header", 0), Ok(6));
            Ok(())
        },
        LEN,
    );
    let (arena, _fd) = made.expect("made");
    assert!(asked.is_some_and(|(len, total)| len == LEN && total > len));
    let directory = std::fs::metadata(scratch.own_directory()).expect("stat");
    assert_eq!(directory.mode() & 0o7777, 0o700);
    let file = std::fs::metadata(arena.path()).expect("stat");
    assert_eq!((file.mode() & 0o7777, file.len(), file.nlink()), (0o600, LEN, 1));
    assert_eq!(arena.id(), (file.dev(), file.ino()));
    assert!(arena.still_named().expect("stat") && !arena.is_removed());
    let facts = arena.facts().expect("facts");
    assert_eq!((facts.owner, facts.mode, facts.links), (thread::euid(), 0o600, 1));
    assert_eq!((facts.apparent_bytes, facts.real_bytes), (LEN, 4096));
    let (same, fd) = open_existing(&scratch.base()).expect("opened").expect("there");
    assert_eq!(same.id(), arena.id());
    let mut header = [0; 6];
    assert_eq!(rustix::io::pread(&fd, &mut header, 0), Ok(6));
    assert_eq!(&header, b"header");
}

#[test]
fn looking_makes_nothing() {
    let scratch = Scratch::new();
    assert!(open_existing(&scratch.base()).expect("allowed").is_none());
    assert_eq!(std::fs::read_dir(scratch.path()).expect("readdir").count(), 0);
    let (scratch, directory) = with_directory();
    assert!(open_existing(&scratch.base()).expect("allowed").is_none());
    assert_eq!(std::fs::read_dir(directory).expect("readdir").count(), 0);
}

#[test]
fn what_make_returns_is_returned_and_nothing_is_left_behind() {
    let scratch = Scratch::new();
    let error = Error::NoSpace {
        path: scratch.path().to_owned(),
    };
    let made = open_or_create(&scratch.base(), &mut |_, _, _| Err(error.clone()), LEN);
    assert_eq!(made.map(|_| ()), Err(error));
    assert_eq!(
        std::fs::read_dir(scratch.own_directory())
            .expect("readdir")
            .count(),
        0
    );
}

#[test]
fn the_umask_does_not_matter() {
    for umask in [0, 0o777] {
        let scratch = Scratch::new();
        let child = Child::fork(|| {
            // SAFETY: changes a number of this process.
            unsafe { libc::umask(umask) };
            let (arena, _fd) = scratch.arena();
            i32::from(std::fs::metadata(arena.path()).expect("stat").mode() & 0o7777 != 0o600)
        });
        assert_eq!(child.wait(), End::Exited(0));
        scratch.arena();
    }
}

#[test]
fn a_directory_of_the_wrong_kind_or_mode_is_refused() {
    let scratch = Scratch::new();
    symlink("/dev/shm", scratch.own_directory()).expect("symlink");
    refused(&scratch, &["symbolic link", "not a directory", "INTERSYNC_DIR"]);
    let scratch = Scratch::new();
    std::fs::write(scratch.own_directory(), "").expect("write");
    refused(&scratch, &["a regular file", "not a directory"]);
    for mode in [0o755, 0o770, 0o1700, 0o500] {
        let (scratch, directory) = with_directory();
        set_mode(&directory, mode);
        refused(&scratch, &[&format!("{mode:04o}"), "0700", "chmod 700"]);
    }
}

#[test]
fn a_file_of_the_wrong_kind_is_refused_without_being_waited_for() {
    type Make = fn(&Path);
    let kinds: [(Make, &str); 4] = [
        (
            |path| symlink("/dev/zero", path).expect("symlink"),
            "symbolic link",
        ),
        (|path| std::fs::create_dir(path).expect("mkdir"), "a directory"),
        (
            |path| mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("mkfifo"),
            "a FIFO",
        ),
        (
            |path| drop(std::os::unix::net::UnixListener::bind(path).expect("bind")),
            "a socket",
        ),
    ];
    for (make, kind) in kinds {
        let (scratch, directory) = with_directory();
        make(&directory.join("arena-1"));
        refused(&scratch, &[kind, "not a regular file", "remove it"]);
    }
}

#[test]
fn a_file_with_another_mode_or_a_second_name_is_refused() {
    for mode in [0o644, 0o660, 0o666, 0o4600, 0o400] {
        let scratch = Scratch::new();
        let (arena, _fd) = scratch.arena();
        set_mode(arena.path(), mode);
        // Root may open it all the same; the others learn the mode from the failed open.
        refused(&scratch, &[&format!("{mode:04o}")]);
    }
    let scratch = Scratch::new();
    let (arena, _fd) = scratch.arena();
    std::fs::hard_link(arena.path(), scratch.path().join("elsewhere")).expect("link");
    refused(&scratch, &["2 names", "hard links"]);
}

#[test]
fn access_lists_are_refused_on_what_is_found_and_removed_from_what_is_made() {
    // Version 2; owner rw-, user 65534 rw-, group ---, mask rw-, others ---; ids only where they have one.
    let entry = |tag: u16, bits: u16, id: u32| {
        let mut bytes = [tag.to_le_bytes(), bits.to_le_bytes()].concat();
        bytes.extend(id.to_le_bytes());
        bytes
    };
    let nobody = u32::MAX;
    let entries = [
        entry(1, 6, nobody),
        entry(2, 6, 65534),
        entry(4, 0, nobody),
        entry(16, 6, nobody),
        entry(32, 0, nobody),
    ];
    let list = [2u32.to_le_bytes().to_vec(), entries.concat()].concat();
    let set = |path: &Path, name: &std::ffi::CStr| {
        rustix::fs::setxattr(path, name, &list, rustix::fs::XattrFlags::empty())
    };
    let scratch = Scratch::new();
    if set(scratch.path(), c"system.posix_acl_default") == Err(rustix::io::Errno::OPNOTSUPP) {
        // A kernel without access lists on tmpfs has nothing to refuse.
        return;
    }
    let (arena, _fd) = scratch.arena();
    assert_eq!(set(arena.path(), c"system.posix_acl_access"), Ok(()));
    set_mode(arena.path(), 0o600);
    refused(&scratch, &["access control list", "setfacl -b"]);
    let (scratch, directory) = with_directory();
    assert_eq!(set(&directory, c"system.posix_acl_default"), Ok(()));
    refused(&scratch, &["access control list"]);
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    // Seen from a user who is not the owner, whoever runs this.
    let scratch = Scratch::new();
    scratch.arena();
    let mut place = Place::find(&scratch.base()).expect("the base is fine");
    place.rules = Rules {
        owner: thread::euid() + 1,
        ..place.rules
    };
    let refused_by_owner = Directory::open(&place).map(|_| ());
    let Err(Error::Namespace { problem, .. }) = refused_by_owner else {
        panic!("{refused_by_owner:?}")
    };
    assert!(
        problem.contains("it belongs to") && problem.contains("INTERSYNC_DIR"),
        "{problem}"
    );
    if thread::euid() != 0 {
        return;
    }
    let (scratch, directory) = with_directory();
    std::os::unix::fs::chown(&directory, Some(65534), None).expect("chown");
    refused(&scratch, &["uid 65534", "uid 0"]);
    let scratch = Scratch::new();
    let (arena, _fd) = scratch.arena();
    std::os::unix::fs::chown(arena.path(), Some(65534), None).expect("chown");
    refused(&scratch, &["uid 65534", "uid 0"]);
    let scratch = Scratch::new();
    std::os::unix::fs::chown(scratch.path(), Some(65534), None).expect("chown");
    refused(&scratch, &["uid 65534", "could replace"]);
}

#[test]
fn a_base_that_is_missing_open_to_all_or_no_tmpfs_is_refused() {
    let scratch = Scratch::new();
    let missing = Scratch::new();
    std::fs::remove_dir(missing.path()).expect("rmdir");
    refused(&missing, &["does not exist"]);
    std::fs::write(missing.path(), "").expect("write");
    refused(&missing, &["not a directory"]);
    std::fs::remove_file(missing.path()).expect("remove");
    set_mode(scratch.path(), 0o777);
    refused(&scratch, &["0777", "sticky", "chmod +t"]);
    set_mode(scratch.path(), 0o1777);
    scratch.arena();
    let base = Base::Under(PathBuf::from("/proc"));
    let refused = open_or_create(&base, &mut no_header, LEN).map(|_| ());
    let Err(Error::Namespace { problem, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert!(
        problem.contains("not on a tmpfs") && problem.contains("INTERSYNC_ALLOW_FS=1"),
        "{problem}"
    );
}

#[test]
fn a_limit_on_file_sizes_is_an_error_and_not_a_signal() {
    let scratch = Scratch::new();
    let child = Child::fork(|| {
        let limit = libc::rlimit {
            rlim_cur: 1 << 20,
            rlim_max: 1 << 20,
        };
        // SAFETY: reads the local it is given.
        unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) };
        match open_or_create(&scratch.base(), &mut no_header, LEN).map(|_| ()) {
            Err(Error::Namespace { problem, .. }) => i32::from(!problem.contains("RLIMIT_FSIZE")),
            _ => 2,
        }
    });
    assert_eq!(child.wait(), End::Exited(0));
    assert!(open_existing(&scratch.base()).expect("allowed").is_none());
}

#[test]
fn a_lack_of_descriptors_is_an_error_that_passes() {
    let scratch = Scratch::new();
    let child = Child::fork(|| {
        let (arena, _fd) = scratch.arena();
        let none = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 4096,
        };
        // SAFETY: reads the local it is given.
        unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const none) };
        let opened = open_or_create(&scratch.base(), &mut no_header, LEN).map(|_| ());
        assert!(
            matches!(
                opened,
                Err(Error::Os {
                    errno: libc::EMFILE,
                    ..
                })
            ),
            "{opened:?}"
        );
        let held = super::super::life::hold(&arena, 1);
        assert_eq!(
            held.map(|_| ()).expect_err("no descriptor").raw_os_error(),
            Some(libc::EMFILE)
        );
        // Liveness is still known.
        i32::from(!super::super::life::is_free(&arena, 1).expect("query"))
    });
    assert_eq!(child.wait(), End::Exited(0));
}

/// Runs `f` in a child with this environment variable.
pub(super) fn with_variable(name: &str, value: &Path, f: impl FnOnce() -> i32) -> End {
    Child::fork(|| {
        let name = std::ffi::CString::new(name).expect("no NUL");
        let value = std::ffi::CString::new(value.as_os_str().as_encoded_bytes()).expect("no NUL");
        // Not by the standard library, whose lock another thread may have held when this child was forked.
        // SAFETY: the child has one thread, and the strings are terminated and copied.
        unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) };
        f()
    })
    .wait()
}

#[test]
fn the_environment_names_the_base() {
    let scratch = Scratch::new();
    let ended = with_variable("INTERSYNC_DIR", scratch.path(), || {
        let (arena, _fd) = open_or_create(&Base::Auto, &mut no_header, LEN).expect("made");
        i32::from(!arena.path().starts_with(scratch.path()))
    });
    assert_eq!(ended, End::Exited(0));
    assert!(open_existing(&scratch.base()).expect("allowed").is_some());
    let ended = with_variable("INTERSYNC_DIR", Path::new("relative"), || {
        let opened = open_existing(&Base::Auto).map(|_| ());
        let Err(Error::Namespace { problem, .. }) = opened else {
            return 2;
        };
        i32::from(!problem.contains("absolute"))
    });
    assert_eq!(ended, End::Exited(0));
}

#[test]
fn a_setuid_program_ignores_the_environment() {
    const SEEN: &str = "ran with more rights than its caller";
    if thread::secure() {
        let (_, choice) = choose(&Base::Auto).expect("a base");
        assert_ne!(choice, Choice::Environment);
        println!("{SEEN}");
        return;
    }
    if thread::euid() != 0 {
        // Only root can make a program that runs as somebody else; that program is this very test.
        return;
    }
    let scratch = Scratch::new();
    let program = scratch.path().join("test");
    // By another process: a child that another test forks meanwhile would have the file open for writing, and what is open
    // for writing cannot be run.
    let copied = std::process::Command::new("cp")
        .arg(std::env::current_exe().expect("this program"))
        .arg(&program)
        .status();
    assert!(copied.is_ok_and(|status| status.success()), "copy");
    std::os::unix::fs::chown(&program, Some(65534), None).expect("chown");
    set_mode(&program, 0o4755);
    let ran = std::process::Command::new(&program)
        .args([
            "--exact",
            "sys::tests::door::a_setuid_program_ignores_the_environment",
            "--nocapture",
        ])
        .env("INTERSYNC_DIR", scratch.path())
        .output()
        .expect("run");
    let output = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{output}");
    let nosuid = rustix::fs::statvfs(scratch.path())
        .is_ok_and(|system| system.f_flag.contains(rustix::fs::StatVfsMountFlags::NOSUID));
    assert!(nosuid || output.contains(SEEN), "{output}");
}
