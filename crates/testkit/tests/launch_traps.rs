//! Starting programs while other threads fork, and where no more threads may be made. Each in a process of its own: its forks would copy
//! what other tests have open, and its limits are those of the whole process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use intersync::{Inheritance, Launch, Namespace, Outcome};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, pause};
use testkit::parts::{self, Troop, User, may_change_user, play};
use testkit::patience::BOUND;
use testkit::scratch::Scratch;

/// Programs that are started while others are forked.
const ROUNDS: u32 = 100;
/// A user who has no other processes: limits are for all that a user has, and none for the superuser.
const USER: User = User {
    uid: 64_321,
    gid: 64_321,
};
/// The most copies of this process there are at once.
const COPIES: usize = 20;

/// The parts of the tests. Does nothing when it is run as a test.
#[test]
#[ignore = "a part of the other tests, not a test"]
fn parts() {
    let Some(part) = parts::mine() else { return };
    let scratch = Scratch::new();
    let launch = launch(&scratch.open());
    match &*part {
        "drop" => dropped(&launch),
        "start" => started(launch),
        "limit" => limited(&scratch, &launch),
        other => panic!("there is no part {other}"),
    }
}

fn launch(namespace: &Namespace) -> Launch {
    Launch::new("/bin/true").namespace(namespace)
}

/// A copy of this process that has its descriptors until it is killed.
struct Copy(Pid);

impl Copy {
    #[allow(unsafe_code, reason = "there is no other fork")]
    fn new() -> Copy {
        // SAFETY: the child makes one system call over and over.
        match unsafe { fork() }.expect("a fork") {
            ForkResult::Child => loop {
                pause();
            },
            ForkResult::Parent { child } => Copy(child),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = kill(self.0, Signal::SIGKILL);
        let _ = waitpid(self.0, None);
    }
}

fn dropped(launch: &Launch) {
    let (launched, suspended) = launch.start_suspended(&Inheritance::none()).expect("a process");
    let copy = Copy::new();
    drop(suspended);
    let ended = launched.process.wait(BOUND);
    drop(copy);
    assert_eq!(ended, Ok(Outcome::Signaled { index: 0 }));
    assert_eq!(launched.process.exit_code(), Ok(Some(127)));
}

fn started(launch: Launch) {
    static OVER: AtomicBool = AtomicBool::new(false);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for _ in 0..ROUNDS {
            let launched = launch.start(&Inheritance::none()).map(drop);
            tell.send(launched).expect("somebody listens");
        }
    });
    let forker = std::thread::spawn(|| {
        let mut copies = Vec::new();
        while !OVER.load(Ordering::Relaxed) {
            copies.push(Copy::new());
            // The last ones live on until all is over.
            if copies.len() > COPIES {
                copies.swap_remove(COPIES / 2);
            }
        }
    });
    let rounds: Vec<_> = (0..ROUNDS).map_while(|_| told.recv_timeout(BOUND).ok()).collect();
    OVER.store(true, Ordering::Relaxed);
    forker.join().expect("it forks");
    assert_eq!(rounds, vec![Ok(()); ROUNDS as usize]);
}

fn limited(scratch: &Scratch, launch: &Launch) {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NPROC).expect("a limit");
    let mut refused = 0;
    for limit in 1.. {
        setrlimit(Resource::RLIMIT_NPROC, limit, hard).expect("a limit");
        let launched = launch.start(&Inheritance::none());
        setrlimit(Resource::RLIMIT_NPROC, soft, hard).expect("a limit");
        if let Ok(launched) = launched {
            assert_eq!(launched.process.wait(BOUND), Ok(Outcome::Signaled { index: 0 }));
            break;
        }
        refused += 1;
        let left = scratch.snapshot().objects;
        assert!(left.is_empty(), "with {limit} processes and threads: {left:?}");
    }
    assert!(refused > 0);
}

#[test]
fn a_suspended_process_that_is_dropped_ends_whoever_was_forked_meanwhile() {
    play(&mut parts::again("drop"));
}

#[test]
fn a_start_does_not_wait_for_those_who_are_forked_meanwhile() {
    play(&mut parts::again("start"));
}

/// A process can be made, and then no thread that watches it.
#[test]
fn a_start_without_threads_leaves_nothing_behind() {
    if may_change_user() {
        Troop::new().play(USER, "limit");
    }
}
