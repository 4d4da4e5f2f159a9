//! The command beside a program in C, whose names are UTF-16.

mod support;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use intersync::{Event, Location, Name, Namespace, Outcome, Timeout};
use support::{Running, Space};

/// Compiles a program of the C interface's tests, and starts it in the space.
fn start(space: &Space, source: &str, directory: &Path) -> Running {
    let interface = Path::new(env!("CARGO_MANIFEST_DIR")).join("../intersync-win32");
    let test = std::env::current_exe().expect("the path of the test");
    let library = test.with_file_name("libintersync_win32.so");
    for name in ["libintersync.so", "libintersync.so.1"] {
        symlink(&library, directory.join(name)).expect("a link to the library");
    }
    let program = directory.join("program");
    let mut compile = Command::new("cc");
    compile.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-I"]);
    compile.arg(interface.join("include"));
    compile
        .arg(interface.join("tests/c").join(source))
        .arg("-o")
        .arg(&program);
    compile.arg("-L").arg(directory).arg("-lintersync");
    compile.arg(format!("-Wl,-rpath,{}", directory.display()));
    assert!(compile.status().expect("a C compiler").success());
    let mut program = Command::new(program);
    program
        .env("INTERSYNC_DIR", space.path())
        // The tests have a search path of their own, which would come before the one in the program.
        .env_remove("LD_LIBRARY_PATH");
    Running::new(program)
}

#[test]
fn names_with_half_a_surrogate_pair_are_the_same_in_c_in_rust_and_in_the_command() {
    let space = Space::new();
    let directory = tempfile::tempdir().expect("a directory");
    let mut program = start(&space, "halves.c", directory.path());
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
