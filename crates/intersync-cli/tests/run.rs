//! Commands that run while something is held.

mod support;

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use rustix::process::{Pid, Signal};
use support::{Running, Space, state, until};

/// A shell command that says that it runs, and ends when its input does.
const HOLD: &str = "echo ready; read line; exit 0";

#[test]
fn the_exit_code_of_the_command_is_passed_on() {
    let space = Space::new();
    for code in [0, 1, 7, 255] {
        let exit = format!("exit {code}");
        assert_eq!(
            space.run(&["run", "--mutex", "m", "--", "sh", "-c", &exit]).code,
            Some(code)
        );
    }
    assert_eq!(
        space.ok(&["run", "--mutex", "m", "echo", "--timeout", "x y"]),
        "--timeout x y\n"
    );
    assert_eq!(space.ok(&["ls", "--all"]), "", "nothing is left");
    space.audit();
}

#[test]
fn a_signal_that_ends_the_command_ends_intersync_too() {
    let space = Space::new();
    space.ok(&["create", "mutex", "m"]);
    for (name, number) in [("TERM", 15), ("KILL", 9), ("INT", 2), ("USR1", 10), ("ABRT", 6)] {
        let kill = format!("kill -{name} $$");
        let ran = space.run(&["run", "--mutex", "m", "--", "sh", "-c", &kill]);
        assert_eq!((ran.signal, ran.stderr.as_str()), (Some(number), ""), "{name}");
        assert_eq!(space.show("m")["abandoned"], false, "{name}: it was released");
    }
}

#[test]
fn a_command_that_cannot_run_is_told_apart_and_holds_nothing() {
    let space = Space::new();
    space.ok(&["create", "mutex", "m"]);
    let missing = space.run(&["run", "--mutex", "m", "--", "./no-such-command"]);
    missing.failed(127, "intersync: cannot run \"./no-such-command\": No such file");
    space
        .run(&["run", "--mutex", "m", "--", "/dev/null"])
        .failed(126, "cannot run \"/dev/null\"");
    let mutex = space.show("m");
    assert_eq!(
        (&mutex["owner"], &mutex["abandoned"]),
        (&serde_json::Value::Null, &false.into())
    );
}

#[test]
fn only_one_command_at_a_time_runs_under_a_mutex() {
    let space = Space::new();
    let mut first = space.start(&["run", "--mutex", "build", "--", "sh", "-c", HOLD]);
    assert_eq!(first.line(), "ready");
    let refused = space.run(&["run", "--mutex", "build", "--timeout", "0s", "--", "echo", "ran"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    let coded = [
        "run",
        "--mutex",
        "build",
        "--timeout",
        "1ms",
        "--timeout-code",
        "75",
        "--",
        "echo",
        "ran",
    ];
    assert_eq!(space.run(&coded).code, Some(75));

    let mut second = space.start(&["run", "--mutex", "build", "--", "echo", "second"]);
    space.until_waiters("build", 1);
    let owner = space.show("build")["owner"]["pid"].as_i64();
    assert_eq!(owner, Some(first.pid().as_raw_nonzero().get().into()));
    first.close_stdin();
    assert_eq!(second.line(), "second");
    assert_eq!(first.end().0.code(), Some(0));
    let (status, words) = second.end();
    assert_eq!(
        (status.code(), words.as_str()),
        (Some(0), ""),
        "nothing was abandoned"
    );
    space.audit();
}

#[test]
fn as_many_commands_run_as_there_are_permits() {
    let space = Space::new();
    let hold = ["run", "--semaphore", "gpu:2", "--", "sh", "-c", HOLD];
    let mut holders = [space.start(&hold), space.start(&hold)];
    for holder in &mut holders {
        assert_eq!(holder.line(), "ready");
    }
    let poll = ["run", "--semaphore", "gpu:2", "--timeout", "0s", "--", "true"];
    assert_eq!(space.run(&poll).code, Some(1));
    let other = space.run(&["run", "--semaphore", "gpu:3", "--", "true"]);
    other.failed(2, "it exists with a maximum of 2, not 3");

    let mut third = space.start(&["run", "--semaphore", "gpu", "--", "echo", "third"]);
    space.until_waiters("gpu", 1);
    let [killed, _other] = holders;
    killed.signal(Signal::KILL);
    assert_eq!(third.line(), "third", "the permit of the killed holder came back");
    space
        .run(&["run", "--semaphore", "nowhere", "--", "true"])
        .failed(2, "no object is named \"nowhere\"");
}

#[test]
fn signals_are_passed_on_to_the_command() {
    let space = Space::new();
    let script = "for s in TERM INT HUP QUIT USR1 USR2; do trap \"echo $s\" $s; done; trap 'exit 42' WINCH; \
                  echo ready; while :; do read line || :; done";
    let mut running = space.start(&["run", "--mutex", "m", "--", "sh", "-c", script]);
    assert_eq!(running.line(), "ready");
    let signals = [
        (Signal::TERM, "TERM"),
        (Signal::INT, "INT"),
        (Signal::HUP, "HUP"),
        (Signal::QUIT, "QUIT"),
        (Signal::USR1, "USR1"),
        (Signal::USR2, "USR2"),
    ];
    for (signal, name) in signals {
        running.signal(signal);
        assert_eq!(running.line(), name);
    }
    running.signal(Signal::WINCH);
    assert_eq!(running.line(), "");
    assert_eq!(running.end().0.code(), Some(42));
}

#[test]
fn a_signal_during_the_wait_ends_it_and_runs_nothing() {
    let space = Space::new();
    let mut holder = space.start(&["run", "--mutex", "m", "--", "sh", "-c", HOLD]);
    assert_eq!(holder.line(), "ready");
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::USR1] {
        let mut waiter = space.start(&["run", "--mutex", "m", "--", "echo", "ran"]);
        space.until_waiters("m", 1);
        waiter.signal(signal);
        assert_eq!(waiter.line(), "");
        assert_eq!(waiter.end().0.signal(), Some(signal.as_raw()));
        space.until_waiters("m", 0);
    }
    holder.close_stdin();
    assert!(holder.end().0.success());
    space.audit();
}

#[test]
fn a_killed_intersync_abandons_the_mutex_and_its_command_is_told() {
    let space = Space::new();
    let script = "trap 'echo orphaned; exit 0' TERM; echo ready; while :; do read line || :; done";
    let mut victim = space.start(&["run", "--mutex", "build", "--", "sh", "-c", script]);
    assert_eq!(victim.line(), "ready");
    let mut next = space.start(&[
        "run",
        "--mutex",
        "build",
        "--",
        "sh",
        "-c",
        "echo \"told: $INTERSYNC_ABANDONED\"",
    ]);
    space.until_waiters("build", 1);
    victim.signal(Signal::KILL);
    assert_eq!(next.line(), "told: 1");
    let (status, words) = next.end();
    assert!(
        status.success() && words.contains("mutex \"build\" was abandoned"),
        "{status} {words}"
    );
    assert_eq!(victim.line(), "orphaned");
    space.audit();
}

#[test]
fn a_command_may_choose_not_to_be_told() {
    let space = Space::new();
    let script = "trap 'echo orphaned' TERM; echo ready; read line; echo \"went on: $line\"";
    let mut victim = space.start(&[
        "run",
        "--mutex",
        "m",
        "--orphan-signal",
        "none",
        "--",
        "sh",
        "-c",
        script,
    ]);
    assert_eq!(victim.line(), "ready");
    victim.signal(Signal::KILL);
    until(|| match space.run(&["show", "m"]).code {
        Some(2) => Ok(()),
        code => Err(code),
    });
    victim.write("more\n");
    assert_eq!(victim.line(), "went on: more");
}

#[test]
fn what_the_caller_ignores_stays_ignored() {
    let space = Space::new();
    let mut command = Command::new("sh");
    let script = "trap '' HUP; exec \"$0\" run --mutex m -- sh -c 'kill -HUP $$; echo alive; read line'";
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_intersync")])
        .env("INTERSYNC_DIR", space.path());
    let mut running = Running::new(command);
    assert_eq!(running.line(), "alive");
    running.signal(Signal::HUP);
    running.write("\n");
    assert_eq!(running.end().0.code(), Some(0));
}

#[test]
fn a_stop_stops_both_and_a_continue_continues_both() {
    let space = Space::new();
    let mut running = space.start(&[
        "run",
        "--mutex",
        "m",
        "--",
        "sh",
        "-c",
        "echo $$; read line; echo done",
    ]);
    let child = running
        .line()
        .parse()
        .ok()
        .and_then(Pid::from_raw)
        .expect("a process id");
    running.signal(Signal::TSTP);
    for pid in [running.pid(), child] {
        until(|| state(pid).eq(&Some('T')).then_some(()).ok_or(state(pid)));
    }
    running.signal(Signal::CONT);
    running.write("\n");
    assert_eq!(running.line(), "done");
    assert_eq!(running.end().0.code(), Some(0));
}
