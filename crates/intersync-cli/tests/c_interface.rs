//! The command beside a program in C, whose names are UTF-16.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use intersync::{Event, Location, Mutex, Name, Namespace, Outcome, Semaphore, Timeout};
use support::{Running, Space};
use testkit::c_program::CProgram;

/// Compiles a program of the C interface's tests.
fn build(source: &str) -> CProgram {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../intersync-win32/tests/c");
    CProgram::build(tests.join(source))
}

/// Starts a program in the space.
fn start(space: &Space, program: &CProgram, arguments: &[&str]) -> Running {
    let mut command = Command::new(program.path());
    command.args(arguments).env("INTERSYNC_DIR", space.path());
    Running::new(command)
}

#[test]
fn names_with_half_a_surrogate_pair_are_the_same_in_c_in_rust_and_in_the_command() {
    let space = Space::new();
    let halves = build("halves.c");
    let mut program = start(&space, &halves, &[]);
    assert_eq!(program.line(), "made");

    let listed = space.ok(&["ls", "--json"]);
    let objects: Vec<serde_json::Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let names: Vec<_> = objects.iter().map(|object| object["name"].as_str()).collect();
    assert_eq!(names, [Some(r"h\\u{d83d}"), Some(r"h\\u{de00}")], "{listed}");

    let location = Location::Under(space.path().to_owned());
    let options = Event::options().namespace(&Namespace::open(&location).expect("the namespace"));
    let high = options
        .open(Name::from_utf16(&[0x68, 0xD83D]))
        .expect("the first");
    let low = options.open(r"h\\u{de00}").expect("the second");
    assert_eq!(high.wait(Timeout::ZERO), Ok(Outcome::Signaled { index: 0 }));
    assert_eq!(low.wait(Timeout::ZERO), Ok(Outcome::TimedOut));

    space.ok(&["set", r"Local\h\\u{de00}"]);
    assert_eq!(low.wait(Timeout::ZERO), Ok(Outcome::Signaled { index: 0 }));
    assert_eq!(space.show(r"h\\u{de00}")["name"], r"h\\u{de00}");
    space
        .run(&["show", r"h\\u{d801}"])
        .failed(2, r#"no object is named "h\\u{d801}""#);
    assert!(program.end().0.success());
}

/// How often each of the crowd raises the number.
const TIMES: u32 = 50;

/// Raises the number in the file. Only one may do so at a time.
fn raise_number(file: &Path) {
    let number: u32 = fs::read_to_string(file)
        .expect("a file")
        .trim()
        .parse()
        .expect("a number");
    fs::write(file, format!("{}\n", number + 1)).expect("written");
}

#[test]
fn one_object_is_used_at_once_in_c_in_rust_and_by_the_command() {
    let space = Space::new();
    let mixed = build("mixed.c");
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), "0\n").expect("written");
    let path = file.path().to_str().expect("UTF-8");
    let namespace = Namespace::open(&Location::Under(space.path().to_owned())).expect("the namespace");

    let start_event = Event::options()
        .reset(intersync::Reset::Manual)
        .namespace(&namespace)
        .create("gem\u{e4}\u{df} start")
        .expect("an event");
    let turn = Mutex::options()
        .namespace(&namespace)
        .create("gem\u{e4}\u{df} turn")
        .expect("a mutex")
        .object;
    // Two threads of each of two programs in C, two of this one.
    let done = Semaphore::options()
        .permits(0, 6)
        .namespace(&namespace)
        .create("gem\u{e4}\u{df} done")
        .expect("a semaphore")
        .object;

    let times = TIMES.to_string();
    let programs = [0, 1].map(|_| start(&space, &mixed, &[path, &times]));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let start = start_event.object.wait(Timeout::INFINITE);
                assert_eq!(start, Ok(Outcome::Signaled { index: 0 }));
                for _ in 0..TIMES {
                    assert_eq!(turn.wait(Timeout::INFINITE), Ok(Outcome::Signaled { index: 0 }));
                    raise_number(file.path());
                    turn.release().expect("it is owned");
                }
                done.release(1).expect("below the maximum");
            });
        }
        space.until_waiters("gem\u{e4}\u{df} start", 6);
        space.ok(&["set", "gem\u{e4}\u{df} start"]);
        for _ in 0..TIMES {
            let step = "read n < \"$0\"; echo $((n + 1)) > \"$0\"";
            space.ok(&[
                "run",
                "--mutex",
                "gem\u{e4}\u{df} turn",
                "--",
                "sh",
                "-c",
                step,
                path,
            ]);
        }
        for _ in 0..6 {
            space.ok(&["wait", "gem\u{e4}\u{df} done"]);
        }
    });
    for program in programs {
        assert!(program.end().0.success());
    }
    let number = fs::read_to_string(file.path()).expect("a file");
    assert_eq!(number.trim(), (7 * TIMES).to_string());
    assert_eq!(done.wait(Timeout::ZERO), Ok(Outcome::TimedOut));
    space.audit();
}
