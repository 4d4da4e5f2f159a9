//! Objects that one command makes and others use.

mod support;

use intersync::{Location, Namespace, Process, Thread};
use support::Space;

#[test]
fn an_object_stays_until_it_is_removed() {
    let space = Space::new();
    space.ok(&["create", "event", "ready", "--manual"]);
    assert_eq!(space.show("ready")["permanent"], true);
    space.ok(&["rm", "ready"]);
    space
        .run(&["show", "ready"])
        .failed(2, "no object is named \"ready\"");
    assert_eq!(space.ok(&["ls"]), "");
    space.audit();
}

#[test]
fn the_mode_of_a_new_object_is_chosen_and_that_of_an_old_one_stays() {
    let space = Space::new();
    space.ok(&["create", "mutex", "m", "--mode", "770"]);
    assert_eq!(space.run(&["create", "mutex", "m", "--mode", "0"]).code, Some(0));
    space.ok(&["create", "event", "e"]);
    assert_eq!(space.show("m")["mode"], "0770");
    assert_eq!(space.show("e")["mode"], "0700");
    for wrong in ["1000", "8", "rwx", "-1"] {
        let mode = format!("--mode={wrong}");
        space
            .run(&["create", "event", "x", &mode])
            .failed(2, "permission bits");
    }
    space.run(&["show", "x"]).failed(2, "no object");
}

#[test]
fn a_manual_reset_event_lets_everybody_through_until_it_is_reset() {
    let space = Space::new();
    space.ok(&["create", "event", "ready", "--manual"]);
    assert_eq!(space.run(&["wait", "ready", "--timeout", "0s"]).code, Some(1));
    space.ok(&["set", "ready"]);
    for _ in 0..2 {
        assert_eq!(space.ok(&["wait", "ready", "--timeout", "0s"]), "ready\n");
    }
    space.ok(&["reset", "ready"]);
    assert_eq!(space.run(&["wait", "ready", "--timeout", "0s"]).code, Some(1));
    space.audit();
}

#[test]
fn an_auto_reset_event_lets_one_through() {
    let space = Space::new();
    space.ok(&["create", "event", "next", "--signaled"]);
    assert_eq!(
        space.ok(&["wait", "Local\\next", "--timeout", "0s"]),
        "Local\\next\n"
    );
    assert_eq!(space.run(&["wait", "next", "--timeout", "0s"]).code, Some(1));
}

#[test]
fn a_pulse_lets_through_who_waits_and_nobody_after() {
    let space = Space::new();
    space.ok(&["create", "event", "tick", "--manual"]);
    let mut waiters = [space.start(&["wait", "tick"]), space.start(&["wait", "tick"])];
    space.until_waiters("tick", 2);
    space.ok(&["pulse", "tick"]);
    for waiter in &mut waiters {
        assert_eq!(waiter.line(), "tick");
    }
    assert_eq!(space.run(&["wait", "tick", "--timeout", "0s"]).code, Some(1));
}

#[test]
fn permits_are_taken_one_by_one_and_never_pass_the_maximum() {
    let space = Space::new();
    space.ok(&["create", "semaphore", "jobs", "--maximum", "8", "--initial", "6"]);
    space.run(&["release", "jobs", "3"]).failed(
        2,
        "intersync: cannot release semaphore \"jobs\": 3 more would pass the semaphore's maximum of 8 (now 6)\n",
    );
    space.ok(&["release", "jobs", "2"]);
    assert_eq!(space.show("jobs")["count"], 8);
    assert_eq!(space.ok(&["wait", "jobs"]), "jobs\n");
    assert_eq!(space.show("jobs")["count"], 7);
    space.ok(&["release", "jobs"]);
    assert_eq!(space.show("jobs")["count"], 8);
}

#[test]
fn a_permit_that_a_wait_took_stays_taken_until_it_is_released() {
    let space = Space::new();
    for options in [&["--maximum", "2"][..], &["--maximum", "2", "--give-back"]] {
        space.ok(&[&["create", "semaphore", "gpu"], options].concat());
        for code in [0, 0, 1] {
            assert_eq!(
                space.run(&["wait", "gpu", "--timeout", "0s"]).code,
                Some(code),
                "{options:?}"
            );
        }
        space.ok(&["release", "gpu", "2"]);
        assert_eq!(space.show("gpu")["count"], 2);
        space.ok(&["rm", "gpu"]);
    }
}

#[test]
fn a_timer_runs_on_when_the_command_that_set_it_has_ended() {
    let space = Space::new();
    space.ok(&["create", "timer", "tick"]);
    space.ok(&["timer", "set", "tick", "--in", "20ms", "--every", "20ms"]);
    for _ in 0..3 {
        assert_eq!(space.ok(&["wait", "tick", "--timeout", "20s"]), "tick\n");
    }
    space.ok(&["timer", "cancel", "tick"]);
    assert_eq!(space.show("tick")["remaining_ms"], serde_json::Value::Null);
    space.ok(&["timer", "set", "tick", "--in", "1h"]);
    assert_eq!(
        space.run(&["wait", "tick", "--timeout", "0s"]).code,
        Some(1),
        "setting it made it unsignaled"
    );
    let left = space.show("tick")["remaining_ms"].as_u64().expect("armed");
    assert!((3_500_000..=3_600_000).contains(&left), "{left}");
}

#[test]
fn a_time_that_has_passed_expires_at_once() {
    let space = Space::new();
    space.ok(&["create", "timer", "once", "--manual"]);
    space.ok(&["timer", "set", "once", "--at", "@1"]);
    assert_eq!(space.ok(&["wait", "once", "--timeout", "20s"]), "once\n");
    assert_eq!(space.ok(&["wait", "once", "--timeout", "0s"]), "once\n");
}

#[test]
fn creating_twice_keeps_the_state_and_says_so() {
    let space = Space::new();
    space.ok(&["create", "semaphore", "jobs", "--maximum", "3", "--initial", "1"]);
    let again = space.run(&["create", "semaphore", "jobs", "--maximum", "9"]);
    assert_eq!(again.code, Some(0));
    assert!(
        again.stderr.contains("semaphore \"jobs\" exists already"),
        "{again:?}"
    );
    let jobs = space.show("jobs");
    assert_eq!(
        (jobs["count"].as_u64(), jobs["maximum"].as_u64()),
        (Some(1), Some(3))
    );
    let new = ["create", "semaphore", "jobs", "--maximum", "9", "--new"];
    space.run(&new).failed(
        2,
        "cannot create semaphore \"jobs\": an object named \"jobs\" exists already",
    );
}

#[test]
fn all_kinds_share_one_set_of_names() {
    let space = Space::new();
    space.ok(&["create", "mutex", "x"]);
    space
        .run(&["create", "event", "x"])
        .failed(2, "\"x\" is of kind mutex, not event");
    space
        .run(&["set", "x"])
        .failed(2, "cannot set \"x\": it is a mutex, not an event");
    space
        .run(&["timer", "cancel", "x"])
        .failed(2, "cannot cancel \"x\": it is a mutex, not a timer");
    space
        .run(&["release", "x"])
        .failed(2, "only the thread that owns a mutex can release it");
    space
        .run(&["run", "--semaphore", "x:2", "--", "true"])
        .failed(2, "\"x\" is of kind mutex, not semaphore");
    assert_eq!(space.show("x")["kind"], "mutex");
}

#[test]
fn of_several_events_none_is_set_if_one_is_missing() {
    let space = Space::new();
    space.ok(&["create", "event", "a"]);
    space
        .run(&["set", "a", "b"])
        .failed(2, "cannot set event \"b\": no object is named \"b\"");
    assert_eq!(space.show("a")["signaled"], false);
}

#[test]
fn what_others_use_stays_until_they_end() {
    let space = Space::new();
    space.ok(&["create", "event", "ready"]);
    let mut waiter = space.start(&["wait", "ready"]);
    space.until_waiters("ready", 1);
    let removed = space.run(&["rm", "ready"]);
    assert_eq!(removed.code, Some(0));
    assert!(removed.stderr.contains("is in use (1 handle)"), "{removed:?}");
    space.run(&["rm", "ready"]).failed(2, "it is not permanent");
    space.ok(&["set", "ready"]);
    assert_eq!(waiter.line(), "ready");
    assert!(waiter.end().0.success());
    space.run(&["show", "ready"]).failed(2, "no object is named");
}

#[test]
fn a_directory_on_the_command_line_is_another_namespace() {
    let (space, other) = (Space::new(), Space::new());
    let dir = other.path().to_str().expect("UTF-8");
    space.ok(&["--dir", dir, "create", "event", "ready", "--signaled"]);
    space.run(&["show", "ready"]).failed(2, "no object is named");
    assert_eq!(other.ok(&["wait", "ready", "--timeout", "0s"]), "ready\n");
    space.ok(&["--dir", dir, "set", "Local\\ready"]);
    assert_eq!(
        space.ok(&["wait", "Local\\ready", "--timeout", "0s", "--dir", dir]),
        "Local\\ready\n"
    );
    space
        .run(&["--dir", dir, "set", "Global\\ready"])
        .failed(2, "leave one of them out");
    space.ok(&["--dir", dir, "rm", "ready"]);
    assert_eq!(other.ok(&["ls"]), "");
}

#[test]
fn handles_to_processes_and_threads_are_listed_only_with_all() {
    let space = Space::new();
    let namespace = Namespace::open(&Location::Under(space.path().to_owned())).expect("a namespace");
    let me = std::process::id();
    let parent = std::os::unix::process::parent_id();
    let process = Process::open_in(&namespace, parent).expect("a handle");
    let thread = Thread::current_in(&namespace).expect("a handle");
    assert_eq!(space.ok(&["ls"]), "");
    let listed = space.ok(&["ls", "--all", "--json"]);
    let lines: Vec<serde_json::Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let [one, two] = &lines[..] else {
        panic!("two objects: {listed}");
    };
    assert_eq!((&one["kind"], &one["pid"]), (&"process".into(), &parent.into()));
    assert_eq!(
        (&one["name"], &one["ended"]),
        (&serde_json::Value::Null, &false.into())
    );
    assert_eq!((&two["kind"], &two["pid"]), (&"thread".into(), &me.into()));
    assert_eq!(two["tid"], thread.id());
    assert_eq!(space.ok(&["ls", "--all", "--kind", "process"]).lines().count(), 1);
    drop((process, thread));
    assert_eq!(space.ok(&["ls", "--all"]), "");
}
