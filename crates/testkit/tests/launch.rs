//! Starting programs: exit codes, ending them, those that are suspended, and that none is left behind.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use intersync::{
    Error, Event, Handle, HandleFlags, Inheritance, Launch, Launched, Namespace, Outcome, Process, Suspended,
    Timeout, Waitable, wait_any,
};
use testkit::patience::until;
use testkit::scratch::Scratch;
use testkit::sharer::Sharer;

const SIGNALED: Outcome = Outcome::Signaled { index: 0 };

/// A shell in `namespace` that runs a script.
fn shell(namespace: &Namespace, script: &str) -> Launch {
    Launch::new("/bin/sh")
        .argument("-c")
        .argument(script)
        .namespace(namespace)
}

fn start(launch: &Launch) -> Launched {
    launch.start(&Inheritance::none()).expect("a shell starts")
}

fn start_suspended(launch: &Launch) -> (Launched, Suspended) {
    launch.start_suspended(&Inheritance::none()).expect("a process")
}

fn ended(process: &Process) -> Option<u32> {
    assert_eq!(process.wait(Timeout::INFINITE), Ok(SIGNALED));
    process.exit_code().expect("its child has an exit code")
}

/// Whether there is a process with this number, be it a zombie.
fn exists(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// The descriptors that a process has open.
fn descriptors(pid: u32) -> BTreeSet<u32> {
    let Ok(list) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return BTreeSet::new();
    };
    let name = |entry: std::io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    list.filter_map(name).collect()
}

/// The descriptors of this process that are not closed in programs it starts.
fn kept_by_programs() -> BTreeSet<u32> {
    const CLOSED: u32 = 0o2_000_000;
    let kept = |fd: &u32| {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).ok()?;
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
        let flags = u32::from_str_radix(flags.trim(), 8).ok()?;
        (flags & CLOSED == 0).then_some(())
    };
    let mut open = descriptors(std::process::id());
    open.retain(|fd| kept(fd).is_some());
    open
}

fn errno(result: Result<Launched, Error>) -> i32 {
    match result {
        Err(Error::Os { errno, .. }) => errno,
        other => panic!("not refused by the system: {other:?}"),
    }
}

#[test]
fn the_exit_code_tells_how_a_process_ended() {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    for (script, code) in [("exit 0", 0), ("exit 77", 77), ("kill -TERM $$", 128 + 15)] {
        let Launched { process, thread } = start(&shell(&namespace, script));
        assert_eq!(ended(&process), Some(code), "{script}");
        assert_eq!(thread.wait(Timeout::INFINITE), Ok(SIGNALED));
        assert_eq!(thread.exit_code(), Ok(Some(code)), "{script}");
        let refused = process.terminate(1);
        assert!(matches!(refused, Err(Error::AccessDenied { .. })), "{refused:?}");
        assert_eq!(process.exit_code(), Ok(Some(code)));
    }
    scratch.audit().expect("a clean namespace");
}

#[test]
fn a_process_ends_with_the_code_that_it_is_given() {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    for code in [0, 1, 259, 0xc000_0005, u32::MAX] {
        let Launched { process, thread } = start(&shell(&namespace, "exec sleep 1000"));
        assert_eq!(process.exit_code(), Ok(None));
        assert_eq!(thread.exit_code(), Ok(None));
        assert_eq!(process.terminate(code), Ok(()));
        assert_eq!(ended(&process), Some(code));
        assert_eq!(thread.wait(Timeout::INFINITE), Ok(SIGNALED));
        assert_eq!(thread.exit_code(), Ok(Some(code)));
        until("it is reaped", || !exists(process.id()));
    }
}

#[test]
fn a_program_gets_its_arguments_environment_and_directory() {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path().canonicalize().expect("a path");
    let launch = shell(
        &namespace,
        "printf '%s|' \"$0\" \"$@\" \"$A\" \"$PWD\" >out; env >env",
    )
    .argument("a b")
    .argument("")
    .argument("\"c\\")
    .name("another name")
    .environment([
        ("A".into(), "x=y".into()),
        ("PATH".into(), "/usr/bin:/bin".into()),
    ])
    .directory(&home);
    assert_eq!(ended(&start(&launch).process), Some(0));
    let read = |name: &str| fs::read_to_string(home.join(name)).expect("the output");
    assert_eq!(read("out"), format!("a b||\"c\\|x=y|{}|", home.display()));
    assert!(!read("env").contains("INTERSYNC_DIR"));
    let (launched, suspended) = start_suspended(&launch);
    fs::remove_file(home.join("out")).expect("the output");
    assert_eq!(suspended.resume(), Ok(()));
    assert_eq!(ended(&launched.process), Some(0));
    assert_eq!(read("out"), format!("a b||\"c\\|x=y|{}|", home.display()));
    let named = shell(&namespace, "test \"$0\" = 'another name'").name("another name");
    assert_eq!(ended(&start(&named).process), Some(0));
}

#[test]
fn groups_and_sessions_are_those_asked_for() {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    // Group and session are the third and the fourth after the name, which is in parentheses.
    let number = |pid: u32, n: usize| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("its state");
        let rest = stat
            .rsplit(") ")
            .next()
            .expect("what follows the name")
            .to_owned();
        rest.split(' ')
            .nth(n)
            .expect("a number")
            .parse::<u32>()
            .expect("a number")
    };
    let me = std::process::id();
    let forever = shell(&namespace, "exec sleep 1000");
    for held in [false, true] {
        let begin = |launch: Launch| {
            if !held {
                return start(&launch);
            }
            let (launched, suspended) = start_suspended(&launch);
            suspended.resume().expect("it is let go");
            launched
        };
        let same = begin(forever.clone()).process;
        let group = begin(forever.clone().new_group()).process;
        let session = begin(forever.clone().new_session()).process;
        let is = |process: &Process, group: u32, session: u32| {
            until("group and session", || {
                (number(process.id(), 2), number(process.id(), 3)) == (group, session)
            });
        };
        is(&same, number(me, 2), number(me, 3));
        is(&group, group.id(), number(me, 3));
        is(&session, session.id(), session.id());
        for process in [same, group, session] {
            process.terminate(0).expect("it runs");
        }
    }
}

#[test]
fn what_cannot_be_started_leaves_no_process() {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    let directory = tempfile::tempdir().expect("a directory");
    let file = |name: &str, mode: u32| -> PathBuf {
        let path = directory.path().join(name);
        fs::write(&path, [1, 2, 3]).expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
        path
    };
    for (path, expected) in [
        (PathBuf::from("/nonexistent/program"), 2),
        (file("plain", 0o644), 13),
        (file("garbage", 0o755), 8),
        (directory.path().to_owned(), 21),
        (file("as a directory", 0o755).join("x"), 20),
    ] {
        let launch = Launch::new(&path).namespace(&namespace);
        assert_eq!(errno(launch.start(&Inheritance::none())), expected, "{path:?}");
    }
    let nul = shell(&namespace, "true").argument(OsString::from("a\0b"));
    assert_eq!(errno(nul.start(&Inheritance::none())), 22);
    let nowhere = shell(&namespace, "true").directory("/nonexistent");
    assert_eq!(errno(nowhere.start(&Inheritance::none())), 2);
    // This shows only when it is resumed.
    let garbage = Launch::new(directory.path().join("garbage")).namespace(&namespace);
    let (launched, suspended) = start_suspended(&garbage);
    assert_eq!(suspended.resume(), Ok(()));
    assert_eq!(ended(&launched.process), Some(127));
}

#[test]
fn a_suspended_process_has_only_what_its_program_is_to_have() {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    let directory = tempfile::tempdir().expect("a directory");
    let out = directory.path().join("out");
    let _noise: Vec<_> = (0..50)
        .map(|_| fs::File::open("/dev/null").expect("a file"))
        .collect();
    let event = Event::options()
        .namespace(&namespace)
        .inheritable(true)
        .unnamed()
        .expect("an event");
    let inheritance = Inheritance::prepare_only(&[event.as_raw().expect("a handle")]).expect("one handle");
    let launch = shell(&namespace, &format!("echo done >{}", out.display()));
    let (launched, suspended) = launch.start_suspended(&inheritance).expect("a process");
    let pid = launched.process.id();
    // Those that every program gets, what is inherited, and the two that it sleeps on.
    let bundles = inheritance.descriptors().count();
    let allowed = kept_by_programs();
    until("it has closed the rest", || {
        let open = descriptors(pid);
        open.len() == allowed.len() + bundles + 2 && open.is_superset(&allowed)
    });
    assert_eq!(launched.process.wait(Timeout::ZERO), Ok(Outcome::TimedOut));
    assert!(!out.exists());
    assert_eq!(suspended.resume(), Ok(()));
    assert_eq!(ended(&launched.process), Some(0));
    assert!(out.exists());
}

#[test]
fn a_suspended_process_can_be_ended_and_forgotten() {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    let launch = shell(&namespace, "exit 1");
    let (one, kept) = start_suspended(&launch);
    assert_eq!(one.process.terminate(5), Ok(()));
    assert_eq!(ended(&one.process), Some(5));
    assert_eq!(one.thread.exit_code(), Ok(Some(5)));
    drop(kept);
    let (two, suspended) = start_suspended(&launch);
    drop(suspended);
    assert_eq!(ended(&two.process), Some(127));
    until("they are reaped", || {
        !exists(one.process.id()) && !exists(two.process.id())
    });
}

#[test]
fn a_suspended_process_ends_with_its_parent() {
    let scratch = Scratch::new();
    let mut parent = Sharer::start(env!("CARGO_BIN_EXE_sharer"), &scratch);
    let pid = parent.number("hold");
    let held = Process::open_in(&scratch.open(), pid).expect("it is there");
    assert_eq!(held.wait(Timeout::ZERO), Ok(Outcome::TimedOut));
    parent.process.kill();
    assert_eq!(held.wait(Timeout::INFINITE), Ok(SIGNALED));
}

#[test]
fn children_without_handles_are_reaped() {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    let directory = tempfile::tempdir().expect("a directory");
    let gate = directory.path().join("gate");
    let waiting = shell(
        &namespace,
        &format!("until test -e {}; do sleep 0.01; done", gate.display()),
    );
    let mut pids = Vec::new();
    for launch in [&waiting, &shell(&namespace, "true")] {
        for _ in 0..10 {
            pids.push(start(launch).process.id());
        }
    }
    // Those that end before the last handle is closed, and after it.
    for _ in 0..10 {
        let launched = start(&shell(&namespace, "exit 3"));
        ended(&launched.process);
        pids.push(launched.process.id());
    }
    fs::write(&gate, "").expect("a file");
    until("all are reaped", || !pids.iter().any(|pid| exists(*pid)));
    scratch.audit().expect("a clean namespace");
}

#[test]
fn many_are_created_at_once_and_killed_at_random() {
    const THREADS: usize = 8;
    const EACH: usize = 12;
    let scratch = Scratch::new();
    let namespace = scratch.open();
    let pids = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for n in 0..THREADS {
            let (namespace, pids) = (&namespace, &pids);
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(n as u64);
                for round in 0..EACH {
                    let code = random.u32(..);
                    let script = format!("trap : USR1; kill -USR1 $$; exit {}", round);
                    let endless = shell(namespace, "exec sleep 1000");
                    let (launched, expected) = match random.u8(0..3) {
                        0 => (start(&shell(namespace, &script)), round as u32),
                        1 => {
                            let launched = start(&endless);
                            launched.process.terminate(code).expect("it runs");
                            (launched, code)
                        }
                        _ => {
                            let (launched, suspended) = start_suspended(&endless);
                            if random.bool() {
                                suspended.resume().expect("it waits");
                            }
                            launched.process.terminate(code).expect("it lives");
                            (launched, code)
                        }
                    };
                    let both: [&dyn Waitable; 2] = [&launched.process, &launched.thread];
                    assert!(matches!(
                        wait_any(&both, Timeout::INFINITE),
                        Ok(Outcome::Signaled { .. })
                    ));
                    assert_eq!(ended(&launched.process), Some(expected));
                    pids.lock().expect("pids").push(launched.process.id());
                }
            });
        }
    });
    let pids = pids.into_inner().expect("pids");
    assert_eq!(pids.len(), THREADS * EACH);
    // A number may be in use again, but not by a child of this process.
    let me = std::process::id().to_string();
    until("no child stays, be it a zombie", || {
        let child = |pid: &u32| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let (_, rest) = stat.rsplit_once(") ").unwrap_or_default();
            rest.split(' ').nth(1) == Some(me.as_str())
        };
        !pids.iter().any(child)
    });
    scratch.audit().expect("a clean namespace");
}

#[test]
fn a_child_has_the_listed_handles_and_no_other() {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    let event = || {
        Event::options()
            .namespace(&namespace)
            .inheritable(true)
            .unnamed()
            .expect("an event")
    };
    let (listed, other) = (event(), event());
    let handles = [listed.as_raw().expect("a handle")];
    let inheritance = Inheritance::prepare_only(&handles).expect("an inheritance");
    for held in [false, true] {
        for (handle, code) in [(&listed, 0), (&other, 1)] {
            let launch = Launch::new(env!("CARGO_BIN_EXE_sharer"))
                .argument("leave")
                .argument(handle.as_raw().expect("a handle").to_string())
                .namespace(&namespace);
            let launched = if held {
                let (launched, suspended) = launch.start_suspended(&inheritance).expect("a child");
                suspended.resume().expect("it waits");
                launched
            } else {
                launch.start(&inheritance).expect("a child")
            };
            assert_eq!(ended(&launched.process), Some(code));
        }
        assert_eq!(listed.wait(Timeout::ZERO), Ok(SIGNALED), "it was set");
        assert_eq!(other.wait(Timeout::ZERO), Ok(Outcome::TimedOut));
    }
    let none = HandleFlags::empty();
    assert_eq!(handles[0].set_flags(HandleFlags::INHERIT, none), Ok(()));
    assert!(Inheritance::prepare_only(&handles).is_err());
}
