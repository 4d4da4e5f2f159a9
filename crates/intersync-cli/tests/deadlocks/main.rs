//! Who waits for whom: `why`, `deadlocks`, and what `show` tells of handles.

mod partner;
mod pictures;
#[path = "../support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use intersync::{Event, Location, Mutex, Namespace, Semaphore, Timeout};
use partner::{let_wait, partner, until_line};
use rustix::process::Signal;
use support::{Running, Space, until};

fn pid(running: &Running) -> i64 {
    running.pid().as_raw_nonzero().get().into()
}

/// The deadlocks as `--json` tells them. They are there as soon as every wait blocks.
fn deadlocks(space: &Space) -> Vec<serde_json::Value> {
    let ran = until(|| {
        let ran = space.run(&["deadlocks", "--json"]);
        (ran.code == Some(1)).then_some(ran.stdout.clone()).ok_or(ran)
    });
    ran.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn pids(threads: &serde_json::Value) -> Vec<i64> {
    let threads = threads.as_array().expect("a list").iter();
    let mut pids: Vec<i64> = threads.map(|t| t["pid"].as_i64().expect("a number")).collect();
    pids.sort_unstable();
    pids
}

fn sorted<const N: usize>(mut pids: [i64; N]) -> [i64; N] {
    pids.sort_unstable();
    pids
}

#[test]
fn two_processes_that_wait_for_each_other_are_found_and_explained() {
    let space = Space::new();
    let mut first = partner(&space, &[["a", "b", "any", "-"]]);
    let mut second = partner(&space, &[["b", "a", "any", "-"]]);
    let none = space.run(&["deadlocks"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), ""));
    let_wait(&space, &mut [(&mut first, &["b"])]);
    assert_eq!(space.run(&["deadlocks"]).code, Some(0), "one may still go on");
    let_wait(&space, &mut [(&mut second, &["a"])]);

    let found = deadlocks(&space);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(pids(&found[0]["threads"]), sorted([pid(&first), pid(&second)]));
    assert_eq!(found[0]["ends_in_ms"], serde_json::Value::Null);
    let names = found[0]["objects"].as_array().expect("a list").iter();
    let mut names: Vec<&str> = names.filter_map(|object| object["name"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b"]);

    let text = space.run(&["deadlocks"]).stdout;
    let line = text
        .lines()
        .find(|line| line.contains("mutex Local\\b"))
        .expect("a line");
    let fields: Vec<&str> = line.split('\t').collect();
    let thread = |running: &Running| format!("{0}:", pid(running));
    assert_eq!(
        (fields.len(), fields[0], fields[1], fields[6]),
        (7, "1", "in", "-")
    );
    assert!(
        fields[2].starts_with(&thread(&first)) && fields[5].starts_with(&thread(&second)),
        "{line}"
    );

    let why = space.ok(&["why", "a"]);
    let chain: Vec<&str> = why
        .lines()
        .filter_map(|line| line.strip_prefix("chain\t"))
        .collect();
    let sentence = |object: &str, owner: &Running, next: &str| {
        let line = chain
            .iter()
            .find(|line| line.starts_with(&format!("mutex Local\\{object} is owned by {}:", pid(owner))));
        let line = line.unwrap_or_else(|| panic!("nothing of {object} in {why}"));
        assert!(
            line.ends_with(&format!(", which waits for mutex Local\\{next}")),
            "{line}"
        );
    };
    assert_eq!(chain.len(), 2, "{why}");
    sentence("a", &first, "b");
    sentence("b", &second, "a");
    assert!(why.lines().any(|line| line.starts_with("deadlock\t")), "{why}");
    let json: serde_json::Value = serde_json::from_str(&space.ok(&["why", "b", "--json"])).expect("JSON");
    assert_eq!(json["deadlock"], true);
    assert_eq!(json["chain"][0]["holders"][0]["pid"], pid(&second));

    let table = space.on_terminal(&["deadlocks"], 120, &[]);
    let header: Vec<&str> = table.lines().next().unwrap_or_default().split("  ").collect();
    assert!(
        header[0] == "DEADLOCK" && table.contains("mutex Local\\a"),
        "{table}"
    );

    second.signal(Signal::KILL);
    until_line(&mut first, "ended Ok(Abandoned");
    assert_eq!(space.run(&["deadlocks"]).code, Some(0));
}

#[test]
fn threads_of_one_process_and_a_process_behind_them_are_told_apart() {
    let space = Space::new();
    let ring = [
        ["one", "two", "any", "-"],
        ["two", "three", "any", "3600000"],
        ["three", "one", "all", "-"],
    ];
    let mut ring = partner(&space, &ring);
    let mut behind = partner(&space, &[["mine", "two", "any", "-"]]);
    let_wait(
        &space,
        &mut [(&mut ring, &["one", "two", "three"]), (&mut behind, &["two"])],
    );
    let found = deadlocks(&space);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(pids(&found[0]["threads"]), [pid(&ring); 3]);
    assert_eq!(pids(&found[0]["behind"]), [pid(&behind)]);
    let left = found[0]["ends_in_ms"].as_u64().expect("one has a time-out");
    assert!(left > 0 && left <= 3_600_002, "{left}");
    let why = space.ok(&["why", "mine"]);
    assert_eq!(why.matches("\nchain\t").count(), 4, "{why}");
    assert!(
        !why.contains("deadlock\t"),
        "it is behind the deadlock, not part of it: {why}"
    );
    assert!(why.contains(" and gives up in "), "{why}");
}

#[test]
fn a_wait_for_any_is_stuck_with_the_last_of_its_objects() {
    let space = Space::new();
    let mut first = partner(&space, &[["a", "b,c", "any", "-"]]);
    let mut second = partner(&space, &[["b", "a", "any", "-"]]);
    let mut third = partner(&space, &[["c", "a,b", "all", "-"]]);
    let_wait(&space, &mut [(&mut first, &["b", "c"]), (&mut second, &["a"])]);
    assert_eq!(
        space.run(&["deadlocks"]).code,
        Some(0),
        "the third may release what the first waits for"
    );
    let_wait(&space, &mut [(&mut third, &["a", "b"])]);
    let found = deadlocks(&space);
    assert_eq!(
        pids(&found[0]["threads"]),
        sorted([pid(&first), pid(&second), pid(&third)])
    );
    let waits = space.ok(&["show", "c"]);
    assert!(
        waits
            .lines()
            .any(|line| line.starts_with("waiter\t") && line.ends_with(", for any of Local\\b, Local\\c")),
        "{waits}"
    );
}

#[test]
fn a_deadlock_between_a_namespace_of_the_user_and_that_of_the_machine_is_found() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can provision");
        return;
    }
    let space = Space::new();
    space.ok(&["provision", "--group", "65100"]);
    let mut first = partner(&space, &[["here", r"Global\there", "any", "-"]]);
    let mut second = partner(&space, &[[r"Global\there", "here", "all", "-"]]);
    let_wait(
        &space,
        &mut [(&mut first, &[r"Global\there"]), (&mut second, &["here"])],
    );
    let found = deadlocks(&space);
    assert_eq!(pids(&found[0]["threads"]), sorted([pid(&first), pid(&second)]));
    let text = space.run(&["deadlocks"]).stdout;
    for name in [r"Local\here", r"Global\there"] {
        assert!(text.contains(&format!("\tmutex {name}\t")), "{text}");
    }
    let why = space.ok(&["why", r"Global\there"]);
    assert_eq!(why.matches("\nchain\t").count(), 2, "{why}");
    let base = space.path().to_str().expect("UTF-8");
    assert_eq!(
        space.run(&["--dir", base, "deadlocks"]).code,
        Some(0),
        "with --dir only half of it is seen"
    );
}

#[test]
fn show_names_every_process_and_handle_that_holds_an_object() {
    let space = Space::new();
    let namespace = Namespace::open(&Location::Under(space.path().into())).expect("attached");
    let options = Semaphore::options().namespace(&namespace).permits(3, 3);
    let semaphore = options.give_back(true).create("gpu").expect("a semaphore").object;
    let _again = semaphore.clone();
    let other = Semaphore::options()
        .namespace(&namespace)
        .open("gpu")
        .expect("opened");
    assert!(other.wait(Timeout::ZERO).expect("waited").index().is_some());
    let mut holder = space.start(&[
        "run",
        "--semaphore",
        "gpu",
        "--",
        "sh",
        "-c",
        "echo ready; read line",
    ]);
    assert_eq!(holder.line(), "ready");

    let text = space.ok(&["show", "gpu"]);
    let mut handles: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("handle\t"))
        .collect();
    let of_holder = format!("{}, intersync, attached for ", pid(&holder));
    assert_eq!(
        handles.iter().filter(|line| line.starts_with(&of_holder)).count(),
        1,
        "{text}"
    );
    handles.retain(|line| line.starts_with(&format!("{}, ", std::process::id())));
    let permits = |line: &&&str| line.ends_with(", 1 permit taken");
    assert_eq!(handles.iter().filter(permits).count(), 1, "{text}");
    let json = space.show("gpu");
    assert_eq!(
        json["holders"].as_array().map(Vec::len),
        json["handles"].as_u64().map(|n| n as usize)
    );
    let taken = json["holders"].as_array().expect("a list").iter();
    assert_eq!(
        taken.filter_map(|holder| holder["permits"].as_u64()).sum::<u64>(),
        2
    );

    let why = space.ok(&["why", "gpu"]);
    assert!(
        why.contains(&format!(
            "\nchain\tof semaphore Local\\gpu, 1 permit taken by {}:",
            pid(&holder)
        )),
        "{why}"
    );
    holder.signal(Signal::KILL);
    until(|| {
        let holders = space.show("gpu")["holders"].clone();
        let here = holders.as_array().expect("a list").iter();
        let gone = here.clone().all(|h| h["pid"] == std::process::id());
        gone.then_some(()).ok_or(holders)
    });
}

#[test]
fn nothing_to_see_is_no_deadlock() {
    let space = Space::new();
    assert_eq!(space.ok(&["deadlocks"]), "");
    assert_eq!(space.ok(&["deadlocks", "--json"]), "");
    let empty = space.ok(&["deadlocks", "--graph", "svg"]);
    roxmltree::Document::parse(&empty).expect("XML");
    assert!(
        space
            .ok(&["deadlocks", "--graph", "dot"])
            .starts_with("digraph waits {")
    );
    space.run(&["why", "x"]).failed(2, "no object is named \"x\"");
    assert_eq!(space.run(&["deadlocks", "--graph", "png"]).code, Some(2));
    space.ok(&["create", "event", "ready"]);
    let why = space.ok(&["why", "ready"]);
    assert!(
        why.contains("state\tunsignaled") && !why.contains("chain"),
        "{why}"
    );
}

/// Threads that hand two mutexes to and fro, in the same order, and are no deadlock.
#[test]
fn a_namespace_in_motion_is_never_refused_and_its_waits_are_no_deadlock() {
    let space = Space::new();
    let namespace = Namespace::open(&Location::Under(space.path().into())).expect("attached");
    let open = |name: &str| {
        let options = Mutex::options().namespace(&namespace);
        options.create(name).expect("a mutex").object
    };
    let (one, two) = (open("one"), open("two"));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    for mutex in [&one, &two] {
                        let _ = mutex.wait(Timeout::from(None)).expect("acquired");
                    }
                    let passing = Event::options()
                        .namespace(&namespace)
                        .unnamed()
                        .expect("an event");
                    passing.set().expect("set");
                    for mutex in [&two, &one] {
                        mutex.release().expect("released");
                    }
                }
            });
        }
        for _ in 0..25 {
            for arguments in [
                &["deadlocks"][..],
                &["why", "two"],
                &["show", "one"],
                &["ls", "--all"],
            ] {
                let ran = space.run(arguments);
                assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
            }
        }
        over.store(true, Ordering::Relaxed);
    });
}
