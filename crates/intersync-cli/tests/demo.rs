//! The demo, as a user starts it first.

mod support;

use support::Space;

#[test]
fn the_demo_sees_everything_that_must_happen_and_leaves_nothing() {
    let space = Space::new();
    space.ok(&["create", "event", "mine"]);
    let ran = space.run(&["demo", "--workers", "3"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stdout
            .contains("abandoned seen 1 by 2 survivors, names left 0, broken rules 0"),
        "{ran:?}"
    );
    for line in [
        "mutex: wait to owned",
        "auto-reset event",
        "periodic timer",
        "owner killed to next owner",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {ran:?}");
    }
    for act in ["start", "mutex", "semaphore", "event", "crash", "timer"] {
        let lines = ran
            .stderr
            .lines()
            .filter(|line| line.split_whitespace().next() == Some(act));
        assert_eq!(lines.count(), 2, "{act}: {ran:?}");
    }
    assert!(
        !ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\r'),
        "plain lines only: {ran:?}"
    );
    assert_eq!(
        space.ok(&["ls", "--all"]).lines().count(),
        1,
        "only what was there before"
    );
    space.audit();
}

#[test]
fn on_a_terminal_each_act_has_a_bar_and_then_its_result() {
    let space = Space::new();
    let written = space.on_terminal(&["demo", "--workers", "3"], 100, &[]);
    assert!(
        written.contains("mutex      [") && written.contains("] acquired "),
        "{written:?}"
    );
    for result in [
        "mutex      acquired ",
        "semaphore  ",
        "event      set ",
        "crash      killed",
        "timer      ",
    ] {
        let on_its_own_line = format!("\u{1b}[2K{result}");
        assert!(written.contains(&on_its_own_line), "{result:?}: {written:?}");
    }
    assert!(written.contains("hand-overs of the mutex"), "{written:?}");
}

#[test]
fn the_demo_says_why_it_cannot_run() {
    let space = Space::new();
    space.run(&["demo", "--workers", "1"]).failed(2, "3..=32");
    space
        .run(&["demo", "--dir", "/proc"])
        .failed(2, "cannot create the objects of the demo");
}
