//! What the command prints: for scripts, for people, and when something is wrong.

mod support;

use std::fs::File;

use support::Space;

/// One object of each kind.
fn furnished() -> Space {
    let space = Space::new();
    space.ok(&["create", "event", "ready", "--manual", "--signaled"]);
    space.ok(&["create", "mutex", "build"]);
    space.ok(&["create", "semaphore", "jobs", "--maximum", "8", "--initial", "6"]);
    space.ok(&["create", "timer", "nightly"]);
    space
}

#[test]
fn a_list_for_scripts_has_tabs_and_no_header() {
    let text = furnished().ok(&["ls"]);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert!(lines.iter().all(|fields| fields.len() == 7), "{text}");
    let heads: Vec<&[&str]> = lines.iter().map(|fields| &fields[..6]).collect();
    assert_eq!(
        heads,
        [
            ["Local\\build", "mutex", "free", "-", "0", "0"],
            ["Local\\jobs", "semaphore", "6 of 8", "-", "0", "0"],
            ["Local\\nightly", "timer", "unsignaled (auto)", "-", "0", "0"],
            ["Local\\ready", "event", "signaled (manual)", "-", "0", "0"],
        ]
    );
}

#[test]
fn a_list_for_people_is_a_table() {
    let space = furnished();
    let text = space.on_terminal(&["ls"], 100, &[]);
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(
        header,
        ["NAME", "KIND", "STATE", "OWNER", "WAITERS", "HANDLES", "AGE"],
        "{text}"
    );
    assert_eq!(lines.clone().count(), 4, "{text}");
    assert!(
        lines.all(|line| line.starts_with("Local\\") && !line.contains('\t')),
        "{text}"
    );
    let narrow = space.on_terminal(&["ls"], 48, &[]);
    assert!(narrow.lines().all(|line| line.chars().count() <= 48), "{narrow}");
}

#[test]
fn a_list_can_be_of_one_kind_and_of_json() {
    let space = furnished();
    let line = space.ok(&["ls", "--kind", "semaphore", "--json"]);
    let jobs: serde_json::Value = serde_json::from_str(&line).expect("one object");
    for (key, value) in [("version", 1), ("count", 6), ("maximum", 8), ("handles", 0)] {
        assert_eq!(jobs[key], value, "{key}");
    }
    assert_eq!(jobs["namespace"], "local");
    assert_eq!(jobs["name"], "jobs");
    assert!(jobs["age_ms"].is_u64());
    assert_eq!(space.ok(&["ls", "--json"]).lines().count(), 4);
}

#[test]
fn the_owner_and_the_waiters_are_shown() {
    let space = furnished();
    let mut owner = space.start(&[
        "run",
        "--mutex",
        "build",
        "--",
        "sh",
        "-c",
        "echo ready; read line",
    ]);
    assert_eq!(owner.line(), "ready");
    let waiter = space.start(&["wait", "build"]);
    space.until_waiters("build", 1);
    let text = space.ok(&["show", "build"]);
    let line = |word: &str| {
        let found = text.lines().find(|line| line.starts_with(&format!("{word}\t")));
        found.unwrap_or_else(|| panic!("no {word} in {text}")).to_string()
    };
    let thread = |pid: rustix::process::Pid| format!("{0}:{0}, intersync", pid.as_raw_nonzero());
    assert_eq!(line("owner"), format!("owner\t{}", thread(owner.pid())));
    assert_eq!(line("waiter"), format!("waiter\t{}", thread(waiter.pid())));
    assert_eq!(line("state"), "state\towned");
    assert_eq!(line("handles"), "handles\t2");
    assert_eq!(line("permanent"), "permanent\tyes");
    let table = space.on_terminal(&["show", "build"], 80, &[]);
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("owner ") && line.ends_with(", intersync")),
        "{table}"
    );
}

#[test]
fn a_name_cannot_drive_the_terminal() {
    let space = Space::new();
    let name = "a\u{1b}[2J\tb\nc";
    space.ok(&["create", "event", name]);
    assert_eq!(
        space.ok(&["ls"]).matches(['\u{1b}', '\n']).count(),
        1,
        "only the end of the line"
    );
    assert!(
        space
            .ok(&["ls"])
            .starts_with("Local\\a\\u{1b}[2J\\u{9}b\\u{a}c\tevent\t")
    );
    let failed = space.run(&["set", "x\u{1b}[2J"]);
    failed.failed(2, "x\\u{1b}[2J");
    assert!(!failed.stderr.contains('\u{1b}'), "{failed:?}");
    assert_eq!(space.show(name)["name"], name, "JSON tells it as it is");
}

#[test]
fn a_namespace_that_nobody_has_used_is_empty_and_is_not_made_by_looking() {
    let space = Space::new();
    assert_eq!(space.ok(&["ls"]), "");
    assert_eq!(space.ok(&["ls", "--json"]), "");
    assert_eq!(space.ok(&["check"]), "");
    space
        .run(&["show", "x"])
        .failed(2, "cannot show \"x\": no object is named \"x\"");
    space.run(&["doctor"]);
    assert_eq!(std::fs::read_dir(space.path()).expect("read").count(), 0);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let space = furnished();
    for arguments in [
        vec!["ls"],
        vec!["show", "build"],
        vec!["man"],
        vec!["doctor"],
        vec!["wait", "ready"],
    ] {
        let expected = space.run(&arguments).code;
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = space
            .command(&arguments)
            .stdout(writer)
            .output()
            .expect("started");
        assert_eq!(
            (output.status.code(), output.stderr.as_slice()),
            (expected, &[][..]),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_full_device_is_a_failure() {
    let space = furnished();
    let full = File::options().write(true).open("/dev/full").expect("open");
    let output = space.command(&["ls"]).stdout(full).output().expect("started");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output: No space"));
}

#[test]
fn colour_is_for_terminals_and_only_where_it_is_wanted() {
    let space = furnished();
    assert!(space.on_terminal(&["doctor"], 100, &[]).contains("\u{1b}["));
    assert!(
        !space
            .on_terminal(&["doctor"], 100, &[("NO_COLOR", "1")])
            .contains('\u{1b}')
    );
    assert!(!space.run(&["doctor"]).stdout.contains('\u{1b}'));
}

#[test]
fn the_doctor_tells_where_the_namespace_is_and_how_full() {
    let space = furnished();
    let ran = space.run(&["doctor", "--json"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    let findings: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let facts = |area: &str| -> Vec<String> {
        let of_area = findings.iter().filter(|finding| finding["area"] == area);
        of_area
            .map(|finding| finding["fact"].as_str().expect("words").to_string())
            .collect()
    };
    let path = space.path().to_str().expect("UTF-8");
    assert!(
        facts("place")
            .iter()
            .any(|fact| fact.contains(path) && fact.contains("INTERSYNC_DIR")),
        "{ran:?}"
    );
    assert!(
        facts("namespace")
            .iter()
            .any(|fact| fact.starts_with("local: ") && fact.contains(path)),
        "{ran:?}"
    );
    assert!(
        facts("tables")
            .iter()
            .any(|fact| fact.contains("local: 4 of ") && fact.ends_with("objects")),
        "{ran:?}"
    );
    assert!(
        facts("check")
            .iter()
            .any(|fact| fact.contains("every rule holds")),
        "{ran:?}"
    );
    assert!(
        !facts("space").is_empty() && !facts("kernel").is_empty(),
        "{ran:?}"
    );
    let worst = if findings.iter().any(|finding| finding["level"] == "risk") {
        1
    } else {
        0
    };
    assert_eq!(ran.code, Some(worst));
}

#[test]
fn a_namespace_that_cannot_be_used_is_named_with_the_reason() {
    let space = Space::new();
    let missing = space.path().join("missing");
    let dir = missing.to_str().expect("UTF-8");
    space.run(&["--dir", dir, "create", "event", "x"]).failed(2, dir);
    space
        .run(&["--dir", "/proc", "create", "event", "x"])
        .failed(2, "/proc");
    let doctor = space.run(&["--dir", "/proc", "doctor"]);
    assert_eq!(doctor.code, Some(2));
    assert!(
        doctor
            .stdout
            .lines()
            .any(|line| line.starts_with("fault\tnamespace\t")),
        "{doctor:?}"
    );
}
