//! Ends of threads and processes that the library is not told of.

use std::process::{Command as Program, Stdio};
use std::sync::mpsc;

use intersync::{
    Event, ExitState, Handle, InheritHandles, Mutex, Outcome, Process, RawHandle, Thread, Timeout, wait_any,
};
use testkit::patience::BOUND;
use testkit::scratch::Scratch;

/// Says to this program, run again as a child, that it is to play the part.
const PART: &str = "INTERSYNC_TEST_PART";
/// Tells such a child the number of a handle.
const NUMBER: &str = "INTERSYNC_TEST_NUMBER";
const SIGNALED: Outcome = Outcome::Signaled { index: 0 };

/// Ends the calling thread as no destructor sees it.
#[allow(unsafe_code, reason = "a system call without a safe wrapper")]
fn vanish() -> ! {
    // SAFETY: the thread owns nothing that somebody waits for but what the library under test must take back; its
    // stack is not freed, for nobody joins it.
    unsafe { nix::libc::syscall(nix::libc::SYS_exit, 0) };
    unreachable!("the thread has ended")
}

/// Closes every descriptor but the standard ones, as daemons do.
#[allow(unsafe_code, reason = "a system call without a safe wrapper")]
fn close_all_descriptors() {
    // SAFETY: nothing of this process uses a descriptor above 2 but the library under test, which must bear it.
    let closed = unsafe { nix::libc::syscall(nix::libc::SYS_close_range, 3, u32::MAX, 0) };
    assert_eq!(closed, 0, "close_range: {}", std::io::Error::last_os_error());
}

/// A thread that owns a mutex, and a handle to it; it ends by `end` when the sender goes.
fn owner(scratch: &Scratch, end: fn()) -> (Thread, Mutex, mpsc::Sender<()>) {
    let namespace = scratch.open();
    let mutex = Mutex::options().namespace(&namespace).unnamed().expect("a mutex");
    let (go, gone) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let owned = mutex.clone();
    std::thread::spawn(move || {
        assert_eq!(owned.wait(Timeout::ZERO), Ok(SIGNALED));
        tell.send(Thread::current_in(&namespace))
            .expect("the test listens");
        // The end of the channel is the word to go.
        let _ = gone.recv();
        end();
    });
    let thread = told.recv().expect("the thread tells").expect("a handle");
    (thread, mutex, go)
}

fn ends_after_its_mutex(end: fn()) {
    let scratch = Scratch::new();
    let (thread, mutex, go) = owner(&scratch, end);
    assert_eq!(thread.wait(Timeout::ZERO), Ok(Outcome::TimedOut));
    assert!(mutex.state().expect("a state").owned);
    drop(go);
    assert_eq!(thread.wait(BOUND), Ok(SIGNALED));
    assert!(mutex.state().expect("a state").abandoned);
    assert_eq!(mutex.wait(Timeout::ZERO), Ok(Outcome::Abandoned { index: 0 }));
}

#[test]
fn a_thread_that_returns_is_signaled() {
    ends_after_its_mutex(|| {});
}

#[test]
fn a_thread_that_panics_is_signaled() {
    // Without the message of a panic, which would look like one of the test.
    ends_after_its_mutex(|| std::panic::resume_unwind(Box::new(())));
}

#[test]
fn a_thread_that_vanishes_is_signaled() {
    ends_after_its_mutex(|| vanish());
}

#[test]
fn a_thread_that_vanishes_in_another_process_is_signaled() {
    let scratch = Scratch::new();
    let mut child = part("vanish", &scratch)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let ready = Event::options()
        .namespace(&scratch.open())
        .create("ready")
        .expect("an event");
    assert_eq!(ready.object.wait(BOUND), Ok(SIGNALED));
    let snapshot = scratch.snapshot();
    let (pid, tid) = snapshot
        .objects
        .iter()
        .find_map(|object| match object.state {
            intersync::inspect::ObjectState::Thread { pid, tid, .. } => Some((pid, tid)),
            _ => None,
        })
        .expect("the child has a handle to its thread");
    let thread = Thread::open_in(&scratch.open(), pid, tid).expect("it lives");
    let go = Event::options()
        .namespace(&scratch.open())
        .open("go")
        .expect("the child made it");
    go.set().expect("it can be set");
    assert_eq!(thread.wait(BOUND), Ok(SIGNALED));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[test]
fn ends_are_seen_when_all_descriptors_have_been_closed() {
    let scratch = Scratch::new();
    let ended = part("close", &scratch).output().expect("a child");
    assert!(
        ended.status.success(),
        "{}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[test]
fn who_inherits_a_handle_to_a_process_watches_it_too() {
    let scratch = Scratch::new();
    let mut watched = sleeper();
    let handle = Process::open_in(&scratch.open(), watched.id()).expect("a handle");
    handle.set_inheritable(true).expect("it can be");
    let value = handle.as_raw().expect("a number").value();
    let mut heir = part("heir", &scratch)
        .env(NUMBER, value.to_string())
        .spawn_inheriting()
        .expect("a child");
    testkit::patience::until("the child waits", || {
        let objects = scratch.snapshot().objects;
        objects.iter().any(|object| !object.waiters.is_empty())
    });
    // From now on nobody but the child can tell.
    drop(handle);
    watched.kill().expect("it runs");
    watched.wait().expect("it ends");
    assert!(heir.wait().expect("it ends").success());
}

fn part(name: &str, scratch: &Scratch) -> Program {
    let mut program = Program::new(std::env::current_exe().expect("this program"));
    program
        .args(["--exact", "parts", "--ignored", "--nocapture", "--test-threads=1"])
        .env(PART, name)
        .env("INTERSYNC_DIR", scratch.base())
        .stdin(Stdio::null());
    program
}

/// The parts, for [`part`]. Does nothing when it is run as a test.
#[test]
#[ignore = "a part of the other tests, not a test"]
fn parts() {
    match std::env::var(PART).as_deref() {
        Ok("vanish") => vanish_when_told(),
        Ok("close") => close_while_somebody_waits(),
        Ok("heir") => wait_for_what_was_inherited(),
        Ok(other) => panic!("there is no part {other}"),
        Err(_) => {}
    }
}

fn wait_for_what_was_inherited() {
    let value = std::env::var(NUMBER)
        .expect("a number")
        .parse()
        .expect("a number");
    let value = RawHandle::from_value(value).expect("a handle");
    let process = Process::from_raw(value).expect("it was inherited");
    assert_eq!(process.wait(BOUND), Ok(SIGNALED));
    let status = process.exit_status().expect("it has ended");
    assert!(
        matches!(status, Some(ExitState::Killed(9) | ExitState::Unknown)),
        "{status:?}"
    );
}

fn vanish_when_told() {
    let ready = Event::options().create("ready").expect("an event").object;
    let go = Event::options().create("go").expect("an event").object;
    std::thread::spawn(move || {
        // Kept: the handle of a vanished thread goes with its process.
        std::mem::forget(Thread::current().expect("a handle"));
        ready.set().expect("it can be set");
        assert_eq!(go.wait(Timeout::INFINITE), Ok(SIGNALED));
        vanish();
    });
    loop {
        std::thread::park();
    }
}

fn sleeper() -> std::process::Child {
    Program::new("sleep").arg("1000").spawn().expect("sleep runs")
}

fn close_while_somebody_waits() {
    let mut children = [sleeper(), sleeper()];
    let [one, two] = children
        .each_ref()
        .map(|child| Process::of(child).expect("a handle"));
    let never = Event::options().create("never").expect("an event").object;
    let (waiting, waited) = (two.clone(), never.clone());
    let waiter = std::thread::spawn(move || wait_any(&[&waited, &waiting], Timeout::INFINITE));
    testkit::patience::until("the other thread waits", || {
        let found = intersync::inspect::snapshot(&intersync::Location::Local).expect("a namespace");
        found.objects.iter().any(|object| !object.waiters.is_empty())
    });
    close_all_descriptors();
    // Their numbers are used again, for what would look like an end.
    let others: Vec<std::fs::File> = (0..16)
        .map(|_| std::fs::File::open("/dev/null").expect("a file"))
        .collect();
    assert_eq!(one.wait(Timeout::ZERO), Ok(Outcome::TimedOut));
    children[0].kill().expect("it runs");
    assert_eq!(one.wait(BOUND), Ok(SIGNALED));
    children[1].kill().expect("it runs");
    let outcome = waiter.join().expect("it does not panic");
    assert_eq!(outcome, Ok(Outcome::Signaled { index: 1 }));
    drop((one, two));
    for file in &others {
        file.metadata().expect("nobody has closed it");
    }
    for child in &mut children {
        child.wait().expect("nobody has reaped it");
    }
}
