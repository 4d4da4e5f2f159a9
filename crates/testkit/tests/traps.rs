//! What the operating system has in store for the users of a namespace, with the public interface only.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};
use std::time::Instant;

use intersync::arena::layout::header;
use intersync::{Error, Event, Mutex, Namespace, inspect};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::wait::{WaitPidFlag, WaitStatus};
use testkit::prelude::*;
use testkit::process::{Pipes, Process};
use testkit::scratch::Scratch;
use testkit::stage::Placement;

/// Says to this program, run again as a child, which part it has.
const PART: &str = "INTERSYNC_TEST_PART";
/// What a child answers when the system refuses what its part needs: the test is skipped.
const REFUSED: &str = "refused";

fn stage() -> Stage {
    Stage::new(env!("CARGO_BIN_EXE_actor"), Placement::Processes)
}

/// This program once more, as a process that plays one part in the namespace of `scratch`.
fn part(name: &str, scratch: &Scratch) -> Program {
    let mut program = Program::new(std::env::current_exe().expect("this program"));
    program
        .args(["--exact", "parts", "--ignored", "--nocapture", "--test-threads=1"])
        .env(PART, name)
        .env("INTERSYNC_DIR", scratch.base());
    program
}

/// Plays a part to its end and checks that it went well. `false`: the system refused it.
fn play(name: &str, scratch: &Scratch) -> bool {
    let ended = part(name, scratch)
        .stdin(Stdio::null())
        .output()
        .expect("a child");
    let said = String::from_utf8_lossy(&ended.stdout);
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(
        ended.status.success(),
        "{name} ended with {}: {said}{errors}",
        ended.status
    );
    let refused = said.lines().find(|line| line.contains(REFUSED));
    if let Some(why) = refused {
        println!("skipped: {why}");
    }
    refused.is_none()
}

/// Starts a part that does not end by itself, and returns once it has said that it is ready. `None`: the
/// system refused it.
fn start(name: &str, scratch: &Scratch) -> Option<(Process, Pipes)> {
    use std::io::BufRead;
    let (process, mut pipes) = Process::spawn(&mut part(name, scratch)).expect("a child");
    let mut reader = std::io::BufReader::new(&mut pipes.stdout);
    loop {
        let mut line = String::new();
        let read = reader.read_line(&mut line).expect("what the child says");
        assert_ne!(read, 0, "{name} ended before it was ready");
        if line.contains(REFUSED) {
            println!("skipped: {line}");
            return None;
        }
        // The first line begins with what the test harness says.
        if line.trim_end().ends_with("ready") {
            break;
        }
    }
    Some((process, pipes))
}

/// The parts, for [`part`]. Does nothing when it is run as a test.
#[test]
#[ignore = "a part of the other tests, not a test"]
fn parts() {
    match std::env::var(PART).as_deref() {
        Ok("outlived by a child") => outlived_by_a_child(),
        Ok("big") => big(),
        Ok("full") => full(),
        Ok("small files") => small_files(),
        Ok("locked memory") => locked_memory(),
        Ok("closer") => closer(),
        Ok(other) => panic!("there is no part {other}"),
        Err(_) => {}
    }
}

fn ready_until_killed() -> ! {
    println!("ready");
    loop {
        std::thread::park();
    }
}

fn owned_mutex() -> Mutex {
    Mutex::options().owned(true).create("m").expect("a mutex").object
}

/// Closes every descriptor but the standard ones, as daemons do.
#[allow(unsafe_code, reason = "a system call without a safe wrapper")]
fn close_all_descriptors() {
    // SAFETY: nothing of this process uses a descriptor above 2 but the library under test, which must
    // bear it; no owned descriptor of the caller is open.
    let closed = unsafe { nix::libc::syscall(nix::libc::SYS_close_range, 3, u32::MAX, 0) };
    assert_eq!(closed, 0, "close_range: {}", std::io::Error::last_os_error());
}

/// A raw fork: no handler of the C library runs, and the child never returns.
#[allow(unsafe_code, reason = "a system call without a safe wrapper")]
fn fork_a_sleeper() -> u32 {
    // SAFETY: the child shares nothing but copies with the parent and makes system calls only.
    unsafe {
        let child = nix::libc::syscall(nix::libc::SYS_clone, nix::libc::SIGCHLD, 0, 0, 0, 0);
        if child == 0 {
            loop {
                nix::libc::pause();
            }
        }
        u32::try_from(child).expect("clone")
    }
}

/// Locks all memory of this process, now and later.
#[allow(unsafe_code, reason = "a system call without a safe wrapper")]
fn lock_memory() -> nix::Result<()> {
    // SAFETY: it changes how pages are backed, and nothing that a program can see.
    let locked = unsafe { nix::libc::mlockall(nix::libc::MCL_CURRENT | nix::libc::MCL_FUTURE) };
    nix::errno::Errno::result(locked).map(drop)
}

fn closer() {
    let mutex = owned_mutex();
    let gate = Event::options().create("gate").expect("an event").object;
    close_all_descriptors();
    // The library works without its descriptors: waits, and new names.
    Event::options()
        .create("later")
        .expect("a new name")
        .object
        .set()
        .expect("a set");
    println!("ready");
    assert_eq!(gate.wait(Timeout::INFINITE), Ok(Outcome::Signaled { index: 0 }));
    mutex.release().expect("the owner's release");
    ready_until_killed();
}

#[test]
fn closing_all_descriptors_is_no_death() {
    let mut stage = stage();
    let other = stage.actor();
    let (mut closer, _pipes) = start("closer", &stage.scratch).expect("nothing to refuse");
    assert_eq!(other.open(Kind::Mutex, "m"), DONE);
    assert_eq!(other.open(Kind::Event, "gate"), DONE);
    // A newcomer looks for the dead: it must not find one.
    let newcomer = stage.actor();
    assert_eq!(newcomer.open(Kind::Mutex, "m"), DONE);
    for waiter in [&other, &newcomer] {
        assert_eq!(waiter.wait("m", SHORT.into()), TIMED_OUT);
    }
    let wait = newcomer.begin_wait("m", Timeout::INFINITE);
    stage.until_waiting("gate", 1);
    assert_eq!(other.set("gate"), DONE);
    assert_eq!(wait.outcome(), SIGNALED);
    // Its death is noticed all the same.
    assert!(stage.scratch.process(closer.pid()).is_some());
    closer.kill_and_reap();
    stage.scratch.until_reaped(closer.pid());
}

fn outlived_by_a_child() {
    let _mutex = owned_mutex();
    println!("child {}", fork_a_sleeper());
    ready_until_killed();
}

#[test]
fn a_child_does_not_keep_its_parent_alive() {
    let mut stage = stage();
    let waiter = stage.actor();
    let (mut parent, _pipes) = start("outlived by a child", &stage.scratch).expect("nothing to refuse");
    let tasks = std::fs::read_dir(format!("/proc/{}/task", parent.pid())).expect("its threads");
    let listed: String = tasks
        .map(|task| task.expect("a thread").path().join("children"))
        .map(|path| std::fs::read_to_string(path).expect("its children"))
        .collect();
    let children = listed
        .split_whitespace()
        .map(|pid| pid.parse().expect("a process id"));
    let children: Vec<i32> = children.collect();
    let [child] = children[..] else {
        panic!("the children are {children:?}")
    };
    assert_eq!(waiter.open(Kind::Mutex, "m"), DONE);
    let wait = waiter.begin_wait("m", Timeout::INFINITE);
    stage.until_waiting("m", 1);
    parent.kill_and_reap();
    let outcome = wait.outcome();
    let child = nix::unistd::Pid::from_raw(child);
    // The sleeper was still there when the waiter got the mutex.
    assert_eq!(
        nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL),
        Ok(())
    );
    assert_eq!(outcome, ABANDONED);
}

fn big() {
    const BYTES: usize = 512 << 20;
    let _mutex = owned_mutex();
    let mut memory = vec![0_u8; BYTES];
    for page in memory.chunks_mut(4096) {
        page[0] = 1;
    }
    std::hint::black_box(&memory);
    ready_until_killed();
}

#[test]
fn the_end_of_a_big_process_abandons_its_mutex() {
    let mut stage = stage();
    let waiter = stage.actor();
    let (mut big, _pipes) = start("big", &stage.scratch).expect("nothing to refuse");
    assert_eq!(waiter.open(Kind::Mutex, "m"), DONE);
    let wait = waiter.begin_wait("m", Timeout::INFINITE);
    stage.until_waiting("m", 1);
    big.kill();
    assert_eq!(wait.outcome(), ABANDONED);
    // Which of both comes first is the kernel's affair; it is told, not required.
    let flags = WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT | WaitPidFlag::WEXITED;
    let state = nix::sys::wait::waitid(nix::sys::wait::Id::Pid(big.raw()), flags);
    let gone = state != Ok(WaitStatus::StillAlive);
    println!(
        "the waiter was told {} the process was gone",
        if gone { "after" } else { "before" }
    );
    big.reap();
}

fn full() {
    use nix::mount::{MsFlags, mount};
    use nix::sched::{CloneFlags, unshare};
    let base = PathBuf::from(std::env::var_os("INTERSYNC_DIR").expect("a base directory"));
    if let Err(errno) = unshare(CloneFlags::CLONE_NEWNS) {
        println!("{REFUSED}: a mount namespace: {errno}");
        return;
    }
    let private = mount(
        None::<&str>,
        "/",
        None::<&str>,
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
        None::<&str>,
    );
    let small = mount(
        Some("tmpfs"),
        &base,
        Some("tmpfs"),
        MsFlags::empty(),
        Some("size=1m,mode=1777"),
    );
    if let Err(errno) = private.and(small) {
        println!("{REFUSED}: a mount: {errno}");
        return;
    }
    let event = Event::options().create("e").expect("an event").object;
    let mutex = Mutex::options().create("m").expect("a mutex").object;
    let filled = std::fs::write(base.join("filler"), vec![1; 2 << 20]);
    assert_eq!(
        filled.expect_err("no space").kind(),
        std::io::ErrorKind::StorageFull
    );
    // There is room for some more objects in memory that is allocated already, not for many.
    let mut kept = Vec::new();
    let refused = (0..100_000).find_map(
        |number| match Event::options().create(format!("event {number}")) {
            Ok(created) => {
                kept.push(created.object);
                None
            }
            Err(error) => Some(error),
        },
    );
    let refused = refused.expect("a full file system has an end");
    let Error::NoSpace { path } = &refused else {
        panic!("{refused:?}")
    };
    assert!(path.starts_with(&base), "{refused}");
    let waiter = std::thread::spawn(move || mutex.wait(SHORT).and_then(|_| mutex.release()));
    assert!(matches!(waiter.join(), Ok(Ok(()) | Err(Error::NoSpace { .. }))));
    for event in kept.iter().chain([&event]) {
        event.set().expect("a set");
        assert_eq!(event.wait(Timeout::ZERO), Ok(Outcome::Signaled { index: 0 }));
    }
    // What is freed can be used again.
    drop(kept);
    std::fs::remove_file(base.join("filler")).expect("the filler");
    Event::options().create("after").expect("space again");
}

#[test]
fn a_full_file_system_is_an_error_and_no_signal() {
    play("full", &Scratch::new());
}

fn small_files() {
    setrlimit(Resource::RLIMIT_FSIZE, 4096, 4096).expect("a lower limit");
    let error = Event::options()
        .create("e")
        .expect_err("a file that is too large");
    assert!(matches!(error, Error::Namespace { .. }), "{error:?}");
    assert!(error.to_string().contains("RLIMIT_FSIZE"), "{error}");
}

#[test]
fn a_limit_of_file_sizes_is_an_error_and_no_signal() {
    play("small files", &Scratch::new());
}

fn locked_memory() {
    if let Err(errno) = lock_memory() {
        println!("{REFUSED}: mlockall: {errno}");
        return;
    }
    let event = Event::options().create("e").expect("an event").object;
    event.set().expect("a set");
    assert_eq!(event.wait(Timeout::ZERO), Ok(Outcome::Signaled { index: 0 }));
    ready_until_killed();
}

#[test]
fn locked_memory_does_not_fill_the_file() {
    let scratch = Scratch::new();
    let Some((_process, _pipes)) = start("locked memory", &scratch) else {
        return;
    };
    let snapshot = scratch.snapshot();
    // A small part of a sparse file: locking must not allocate its holes.
    assert!(
        snapshot.real_bytes * 8 < snapshot.apparent_bytes,
        "{} of {} bytes are allocated",
        snapshot.real_bytes,
        snapshot.apparent_bytes
    );
}

#[test]
fn a_removed_file_refuses_names_and_keeps_handles() {
    let mut stage = stage();
    let [one, two] = stage.actors();
    for actor in [&one, &two] {
        actor.event("e", Reset::Auto, false).expect("an event");
    }
    let file = stage.scratch.file();
    std::fs::remove_file(&file).expect("the file");
    // The place is looked at now and then, not at every call.
    until("new names are refused", || match one.open(Kind::Event, "e") {
        Ok(()) => false,
        Err(failure) => {
            assert_eq!(failure.variant, "Removed");
            assert!(failure.message.contains(&file.display().to_string()), "{failure}");
            true
        }
    });
    let wait = two.begin_wait("e", Timeout::INFINITE);
    assert_eq!(one.set("e"), DONE);
    assert_eq!(wait.outcome(), SIGNALED);
    assert_eq!(one.poll("e"), TIMED_OUT);
}

#[test]
fn a_stopped_process_does_not_hold_up_time_outs() {
    let mut stage = stage();
    let [stopped, waiter] = stage.actors();
    for actor in [&stopped, &waiter] {
        actor.mutex("m", false).expect("a mutex");
        actor.event("e", Reset::Auto, false).expect("an event");
        actor.semaphore("s", 0, 5).expect("a semaphore");
    }
    let bound = Duration::from_secs(10);
    for _ in 0..20 {
        // Stopped wherever it is: in a wait, or between two steps of a set.
        let wait = stopped.begin_wait_any(&["s", "e", "m"], SHORT.into());
        stopped.stop_process();
        let start = Instant::now();
        for handles in [["e", "s"], ["s", "m"]] {
            for outcome in [
                waiter.wait_any(&handles, SHORT.into()),
                waiter.wait_all(&handles, SHORT.into()),
            ] {
                // It may have been stopped with one of the objects in its hands.
                let stalled = matches!(&outcome, Err(failure) if failure.variant == "Stalled");
                assert!(stalled || outcome.is_ok(), "{outcome:?}");
            }
        }
        if waiter.poll("m") == SIGNALED {
            while waiter.release("m").is_ok() {}
        }
        assert!(
            start.elapsed() < bound,
            "a time-out of {SHORT:?} took {:?}",
            start.elapsed()
        );
        stopped.resume_process();
        if wait.outcome() == Ok(Outcome::Signaled { index: 2 }) {
            assert_eq!(stopped.release("m"), DONE);
        }
    }
}

/// A namespace that nobody uses, then changed; what opening it gives.
fn after(change: impl FnOnce(&Path)) -> (PathBuf, Error) {
    let stage = stage();
    let location = stage.scratch.location();
    let user = stage.process();
    user.create_with(
        "kept",
        Sort::Event {
            manual: true,
            signaled: true,
        },
        CreateOptions {
            permanent: true,
            ..CreateOptions::default()
        },
    )
    .expect("an object");
    let path = inspect::snapshot(&location).expect("a namespace").path;
    user.kill_process();
    change(&path);
    (
        path,
        Namespace::open(&location).expect_err("a namespace that cannot be used"),
    )
}

fn replace_by(path: &Path, make: impl FnOnce(&Path)) {
    std::fs::remove_file(path).expect("the file");
    make(path);
}

fn write_word(path: &Path, word: usize, value: u64) {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::options().write(true).open(path).expect("the file");
    file.write_all_at(&value.to_le_bytes(), word as u64 * 8)
        .expect("a word");
}

#[track_caller]
fn is_refused((path, error): (PathBuf, Error), about: &str) {
    let Error::Namespace { path: named, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*named, path);
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()), "{message}");
    assert!(message.contains(about), "{message} says nothing of \"{about}\"");
}

#[test]
fn a_file_of_another_owner_is_refused() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root can give files away");
        return;
    }
    is_refused(
        after(|path| chown(path, Some(4321), None).expect("chown")),
        "uid 4321",
    );
}

#[test]
fn a_file_of_another_mode_is_refused() {
    let mode = std::fs::Permissions::from_mode(0o644);
    is_refused(
        after(|path| std::fs::set_permissions(path, mode).expect("chmod")),
        "0644",
    );
}

#[test]
fn a_symbolic_link_is_refused() {
    is_refused(
        after(|path| replace_by(path, |path| symlink("/dev/null", path).expect("a link"))),
        "symbolic link",
    );
}

#[test]
fn a_fifo_is_refused_and_not_waited_for() {
    let mode = nix::sys::stat::Mode::from_bits_truncate(0o600);
    is_refused(
        after(|path| replace_by(path, |path| nix::unistd::mkfifo(path, mode).expect("a FIFO"))),
        "FIFO",
    );
}

#[test]
fn foreign_content_is_refused() {
    let foreign = after(|path| {
        replace_by(path, |path| {
            std::fs::write(path, vec![b'x'; 1 << 20]).expect("a file");
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(path, mode).expect("chmod");
        });
    });
    is_refused(foreign, "not a file of this library");
}

#[test]
fn a_truncated_file_is_refused() {
    let truncate = |path: &Path, length| {
        let file = std::fs::File::options().write(true).open(path).expect("the file");
        file.set_len(length).expect("truncated");
    };
    is_refused(after(|path| truncate(path, 1 << 20)), "truncated");
    is_refused(after(|path| truncate(path, 100)), "too short");
    is_refused(after(|path| truncate(path, 0)), "too short");
}

#[test]
fn another_version_in_use_is_refused_by_name() {
    let stage = stage();
    let user = stage.process();
    user.event("e", Reset::Auto, false).expect("an event");
    let path = stage.scratch.file();
    write_word(&path, header::FORMAT, 7 << 32);
    let error = Namespace::open(&stage.scratch.location()).expect_err("another version");
    let Error::Version {
        path: named, found, ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(*named, path);
    assert!(found.starts_with("7.0"), "{found}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

#[test]
fn another_version_that_nobody_uses_is_replaced() {
    let stage = stage();
    let user = stage.process();
    user.event("e", Reset::Auto, false).expect("an event");
    let path = stage.scratch.file();
    user.kill_process();
    write_word(&path, header::FORMAT, 7 << 32);
    stage.scratch.open();
}
