//! Commands that inherit handles.

mod support;

use std::os::unix::process::ExitStatusExt;

use intersync::{Event, RawHandle, Semaphore};
use rustix::process::Signal;
use support::{Space, state, until};

/// The command of the tests below: it knows its handles by its environment only.
#[test]
#[ignore = "it is started by the other tests"]
fn a_worker() {
    let handle = |variable: &str| -> Option<RawHandle> {
        let value = std::env::var(variable).ok()?;
        Some(value.parse().expect("the value of a handle"))
    };
    let (Some(ready), Some(jobs)) = (handle("READY"), handle("JOBS")) else {
        return;
    };
    let jobs = Semaphore::from_raw(jobs).expect("a handle to a semaphore");
    assert_eq!(jobs.release(2).expect("released"), 0);
    Event::from_raw(ready)
        .expect("a handle to an event")
        .set()
        .expect("set");
    println!("\ndone");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("told");
}

fn furnished() -> Space {
    let space = Space::new();
    space.ok(&["create", "event", "ready", "--manual"]);
    space.ok(&["create", "semaphore", "jobs", "--maximum", "8", "--initial", "0"]);
    space
}

/// How many handles there are to the object, and to how many of them processes hold on for their children.
fn holders(space: &Space, name: &str) -> (usize, usize) {
    let shown = space.show(name);
    let holders = shown["holders"].as_array().expect("a list");
    let bundles = holders.iter().filter(|holder| holder["bundle"] == true);
    (holders.len(), bundles.count())
}

#[test]
fn a_command_finds_its_handles_by_their_values() {
    let space = furnished();
    let program = std::env::current_exe().expect("this program");
    let mut worker = space.start(&[
        "exec",
        "--inherit",
        "ready=READY",
        "--inherit",
        r"Local\jobs=JOBS",
        "--",
        program.to_str().expect("UTF-8"),
        "--exact",
        "a_worker",
        "--ignored",
        "--nocapture",
    ]);
    while worker.line() != "done" {}
    assert_eq!(space.show("ready")["signaled"], true);
    assert_eq!(space.show("jobs")["count"], 2);
    let (status, words) = worker.end();
    assert!(status.success(), "{words}");
    until(|| match holders(&space, "jobs") {
        (0, 0) => Ok(()),
        left => Err(left),
    });
    space.audit();
}

#[test]
fn a_command_that_never_uses_its_handles_holds_them_and_so_do_its_children() {
    let space = furnished();
    // The shell ends at once and leaves a child behind that reads on.
    let script = "exec 3<&0; (echo ready; read line <&3) 2>/dev/null & exit 0";
    let mut running = space.start(&["exec", "--inherit", "jobs=JOBS", "--", "sh", "-c", script]);
    assert_eq!(running.line(), "ready");
    until(|| match state(running.pid()) {
        Some('Z') => Ok(()),
        other => Err(other),
    });
    assert_eq!(holders(&space, "jobs"), (1, 1));
    // Not permanent any more, it is held by that child alone.
    space.run(&["rm", "jobs"]);
    assert_eq!(space.show("jobs")["permanent"], false);
    running.write("\n");
    until(|| match space.run(&["show", "jobs"]).code {
        Some(2) => Ok(()),
        code => Err(code),
    });
    assert!(running.end().0.success());
}

#[test]
fn the_end_of_the_command_is_passed_on_and_signals_reach_it() {
    let space = furnished();
    let exec = |command: &[&str]| {
        let words = [&["exec", "--inherit", "ready=READY", "--"], command].concat();
        space.run(&words)
    };
    assert_eq!(exec(&["sh", "-c", "exit 7"]).code, Some(7));
    assert_eq!(exec(&["sh", "-c", "kill -USR1 $$"]).signal, Some(10));
    exec(&["./no-such-command"]).failed(127, "cannot run \"./no-such-command\": No such file");
    exec(&["/dev/null"]).failed(126, "cannot run \"/dev/null\"");
    let script = "trap 'echo TERM; exit 42' TERM; echo ready; while :; do read line || :; done";
    let mut running = space.start(&["exec", "--inherit", "ready=READY", "--", "sh", "-c", script]);
    assert_eq!(running.line(), "ready");
    running.signal(Signal::TERM);
    assert_eq!(running.line(), "TERM");
    let (status, _) = running.end();
    assert_eq!((status.code(), status.signal()), (Some(42), None));
}

#[test]
fn what_cannot_be_inherited_starts_nothing() {
    let space = furnished();
    let echo = ["--", "echo", "ran"];
    let exec = |options: &[&str]| space.run(&[&["exec"], options, &echo].concat());
    exec(&["--inherit", "nowhere=X"]).failed(2, "cannot open \"nowhere\": no object is named \"nowhere\"");
    exec(&["--inherit", "ready=X", "--inherit", "jobs=X"]).failed(2, "variable X");
    exec(&["--inherit", "ready"]).failed(2, "NAME=VAR");
    exec(&["--inherit", "ready=INTERSYNC_DIR"]).failed(2, "INTERSYNC_");
    exec(&[]).failed(2, "--inherit");
}
