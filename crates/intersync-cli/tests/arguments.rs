//! The command line itself.

mod support;

use support::Space;

#[test]
fn bad_numbers_and_times_are_refused_with_what_is_allowed() {
    let space = Space::new();
    let cases: [(&[&str], &str); 12] = [
        (&["release", "jobs", "0"], "must be between 1 and 2147483647"),
        (&["release", "jobs", "-1"], "not a whole number"),
        (&["release", "jobs", "2147483648"], "must be at most 2147483647"),
        (
            &["create", "semaphore", "s", "--maximum", "0"],
            "must be between 1 and 2147483647",
        ),
        (
            &["create", "semaphore", "s", "--maximum", "many"],
            "not a whole number",
        ),
        (
            &["create", "semaphore", "s", "--maximum", "1", "--initial", "2"],
            "more than its maximum of 1",
        ),
        (
            &["wait", "x", "--timeout", "5"],
            "it has no unit; write 5s or 5ms",
        ),
        (&["wait", "x", "--timeout=-5s"], "a time span cannot be negative"),
        (&["timer", "set", "t", "--in", "soon"], "not a time span"),
        (&["timer", "set", "t", "--at", "soon"], "not a time; write"),
        (
            &["timer", "set", "t", "--in", "1s", "--every", "0s"],
            "longer than zero",
        ),
        (
            &["run", "--semaphore", "s:0", "--", "true"],
            "must be between 1 and 2147483647",
        ),
    ];
    for (arguments, words) in cases {
        space.run(arguments).failed(2, words);
    }
    assert_eq!(
        std::fs::read_dir(space.path()).expect("read").count(),
        0,
        "nothing was made"
    );
}

#[test]
fn malformed_names_are_refused_with_the_rule_they_break() {
    let space = Space::new();
    let cases = [
        ("\\x", "it begins with a backslash"),
        ("global\\x", "neither Local nor Global"),
        ("Local\\a\\b", "a backslash after its prefix"),
        ("Local\\", "a part of it is empty"),
        ("Local", "it is a prefix word"),
        ("", "it is empty"),
    ];
    for (name, words) in cases {
        space.run(&["create", "event", name]).failed(2, words);
        space.run(&["wait", name, "--timeout", "0s"]).failed(2, words);
        space
            .run(&["run", "--mutex", name, "--", "true"])
            .failed(2, words);
    }
    space
        .run(&["create", "event", &"x".repeat(32_767)])
        .failed(2, "longer than 32766");
    space.ok(&["create", "event", &"x".repeat(32_766)]);
    assert_eq!(space.ok(&["ls"]).lines().count(), 1);
}

#[test]
fn the_help_lists_every_command_and_goes_to_standard_output() {
    let space = Space::new();
    let help = space.ok(&["--help"]);
    let commands = [
        "run",
        "exec",
        "dup",
        "create",
        "rm",
        "set",
        "reset",
        "pulse",
        "release",
        "timer",
        "wait",
        "ls",
        "show",
        "why",
        "deadlocks",
        "check",
        "doctor",
        "provision",
        "demo",
        "completions",
        "man",
    ];
    for command in commands {
        assert!(
            help.lines()
                .any(|line| line.split_whitespace().next() == Some(command)),
            "{command}: {help}"
        );
        let own = space.ok(&[command, "--help"]);
        assert!(own.contains("Examples:"), "{command}: {own}");
    }
    for code in ["  0  done", "  1  timed out", "  2  error", "  3  `wait`"] {
        assert!(help.contains(code), "{code}: {help}");
    }
    assert!(
        !help.contains("__"),
        "internal commands are not for users: {help}"
    );
    assert_eq!(
        space.ok(&["--version"]),
        concat!("intersync ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn nothing_to_do_is_an_error_with_the_usage() {
    let space = Space::new();
    for arguments in [
        vec![],
        vec!["nonsense"],
        vec!["wait"],
        vec!["run", "--mutex", "m"],
        vec!["timer"],
    ] {
        space.run(&arguments).failed(2, "Usage: intersync");
    }
}

#[test]
fn completions_and_manual_know_every_command() {
    let space = Space::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = space.ok(&["completions", shell]);
        assert!(
            script.contains("semaphore") && script.contains("doctor"),
            "{shell}"
        );
    }
    let bash = space.ok(&["completions", "bash"]);
    let checked = std::process::Command::new("bash")
        .args(["-n", "-c", &bash])
        .output()
        .expect("bash");
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    assert!(space.ok(&["man"]).contains("intersync\\-wait(1)"));
    assert!(space.ok(&["man", "wait"]).contains(".SH \"EXIT CODES\""));
    space.run(&["man", "nonsense"]).failed(2, "no such command");
}
