//! Processes that own mutexes and wait for others.

use std::io::BufRead as _;
use std::process::Command;
use std::sync::Barrier;
use std::time::Duration;

use intersync::{Mutex, Timeout, Waitable, wait_all, wait_any};

use crate::support::{Running, Space, until};

/// What tells a process of these tests what to do, in a line for each thread:
/// the mutex to own, those to wait for, whether for any or all of them, and for how many milliseconds.
const PART: &str = "DEADLOCK_PART";

/// One process of the tests below.
#[test]
#[ignore = "it is started by the other tests"]
fn a_process_that_owns_and_waits() {
    let Ok(roles) = std::env::var(PART) else {
        return;
    };
    let both = Barrier::new(roles.lines().count() + 1);
    std::thread::scope(|scope| {
        for role in roles.lines() {
            scope.spawn(|| play(role, &both));
        }
        both.wait();
        println!("\nowns");
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).expect("told");
        both.wait();
    });
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).expect("told");
}

/// One thread: owns, meets the others twice, and waits.
fn play(role: &str, both: &Barrier) {
    let [own, want, mode, time] = role.split('\t').collect::<Vec<_>>()[..] else {
        panic!("not a role: {role:?}")
    };
    let open = |name: &str| Mutex::options().create(name).expect("a mutex").object;
    let owned = open(own);
    let wanted: Vec<Mutex> = want.split(',').map(open).collect();
    let wanted: Vec<&dyn Waitable> = wanted.iter().map(|mutex| mutex as &dyn Waitable).collect();
    let timeout = Timeout::from(time.parse().ok().map(Duration::from_millis));
    let _ = owned.wait(Timeout::from(None)).expect("acquired");
    both.wait();
    both.wait();
    let outcome = match mode {
        "all" => wait_all(&wanted, timeout),
        _ => wait_any(&wanted, timeout),
    };
    println!("\nended {outcome:?}");
}

/// Starts a process whose threads own a mutex each, and will wait when it is told.
pub fn partner(space: &Space, roles: &[[&str; 4]]) -> Running {
    let lines: Vec<String> = roles.iter().map(|role| role.join("\t")).collect();
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let only_this = [
        "--exact",
        "partner::a_process_that_owns_and_waits",
        "--ignored",
        "--nocapture",
    ];
    command
        .args(only_this)
        .env(PART, lines.join("\n"))
        .env("INTERSYNC_DIR", space.path());
    let mut running = Running::new(command);
    until_line(&mut running, "owns");
    running
}

/// Reads its output up to a line that begins like this.
pub fn until_line(running: &mut Running, begin: &str) -> String {
    loop {
        let line = running.line();
        if line.starts_with(begin) {
            return line;
        }
    }
}

/// Has them wait, and returns when all do.
pub fn let_wait(space: &Space, partners: &mut [(&mut Running, &[&str])]) {
    for (running, names) in partners {
        running.write("\n");
        for name in *names {
            let pid = running.pid().as_raw_nonzero().get();
            until(|| {
                let found = space.show(name)["waiters"].clone();
                let is_in = |waiters: &Vec<serde_json::Value>| waiters.iter().any(|w| w["pid"] == pid);
                found
                    .as_array()
                    .is_some_and(is_in)
                    .then_some(())
                    .ok_or(found.clone())
            });
        }
    }
}
