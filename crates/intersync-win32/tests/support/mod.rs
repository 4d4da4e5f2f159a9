//! What the tests of the C interface share: the headers, the built library, and scratch directories.

#![allow(dead_code, reason = "each test program uses another part of this")]

pub mod program;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The directory that programs are compiled with.
pub fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// The directory of the tests, with their C sources.
pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The names of the headers, in alphabetical order.
pub fn headers() -> Vec<String> {
    let entries = fs::read_dir(include().join("intersync")).expect("the headers");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The functions that the headers declare as exported by the library.
pub fn declared() -> BTreeSet<String> {
    let text: String = headers()
        .iter()
        .map(|header| fs::read_to_string(include().join("intersync").join(header)).expect("a header"))
        .collect();
    text.lines()
        .filter_map(|line| line.strip_prefix("INTERSYNC_API "))
        .map(|declaration| {
            let (before, _) = declaration.split_once('(').expect("its parameters");
            before.split([' ', '*']).next_back().expect("its name").to_owned()
        })
        .collect()
}

/// The shared library that was built for this test. It is beside the test: the copy one directory up is only renewed by
/// `cargo build`.
pub fn library() -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test");
    let library = test.with_file_name("libintersync_win32.so");
    assert!(
        library.is_file(),
        "{} has not been built; for that, the crate must be a lib as well as a cdylib",
        library.display()
    );
    library
}

/// A directory for a namespace of its own, on the one file system that may hold it.
pub fn scratch_namespace() -> TempDir {
    let directory = tempfile::Builder::new()
        .prefix("intersync-win32-")
        .tempdir_in("/dev/shm");
    directory.expect("a directory on a tmpfs")
}

/// A directory for compiled programs.
pub fn scratch_programs() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

/// Runs a program to its end.
pub fn output(command: &mut Command) -> Output {
    match command.output() {
        Ok(output) => output,
        Err(error) => panic!("{} cannot be started: {error}", command.get_program().display()),
    }
}

/// What a program wrote, for messages and comparisons.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Tells, also where the tests pass and their output is not shown, that something was not tested, or not as it should be.
pub fn tell(what: &str) {
    // The macros for printing would write to where the output is collected.
    let _ = writeln!(std::io::stderr(), "{what}");
}
