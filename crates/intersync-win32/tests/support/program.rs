//! Compiling a C program against the headers and the built library, and running it.

use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

use super::{include, library, output, scratch_namespace, scratch_programs, tests, text};

/// Compiles and runs a program that prints what is wrong, then "done" if nothing is.
///
/// # Panics
/// If something is wrong.
#[track_caller]
pub fn holds(source: &str) {
    let program = Program::build(source).unwrap_or_else(|errors| panic!("{errors}"));
    program.run().holds();
}

/// How many seconds a program may take: far more than any needs, so that reaching it means that it hangs.
const BOUND: &str = "300";

/// A compiled program.
pub struct Program {
    /// Removed with it.
    _directory: TempDir,
    path: PathBuf,
}

/// What has come of running it.
pub struct Run {
    /// What it wrote to its standard output.
    pub printed: String,
    /// What it and its children wrote to standard error.
    pub complaints: String,
    /// Whether it ended by itself and well, else how it ended.
    pub ended: Result<(), String>,
}

impl Program {
    /// Compiles a source, given by its path among the tests.
    ///
    /// # Errors
    /// What the compiler or the linker says.
    pub fn build(source: &str) -> Result<Program, String> {
        let directory = scratch_programs();
        let path = directory.path().join("program");
        // Under the names that it has once installed: for the linker, and for programs.
        for name in ["libintersync.so", "libintersync.so.1"] {
            symlink(library(), directory.path().join(name)).expect("a link to the library");
        }
        let mut compile = Command::new("cc");
        compile.args(["-std=c11", "-Wall", "-Wextra", "-O1", "-pthread"]);
        // Older compilers take an unknown function for one that the linker will find.
        compile.arg("-Werror=implicit-function-declaration");
        compile
            .arg("-DCF_NATIVE_SPAWN=intersync_spawn")
            .arg("-I")
            .arg(include());
        compile.arg(tests().join(source));
        compile.arg("-o").arg(&path).arg("-L").arg(directory.path());
        compile
            .arg("-lintersync")
            .arg(format!("-Wl,-rpath,{}", directory.path().display()));
        let ended = output(&mut compile);
        if !ended.status.success() {
            return Err(text(&ended.stderr));
        }
        Ok(Program {
            _directory: directory,
            path,
        })
    }

    /// Runs it to its end in a namespace of its own. If it hangs, it is killed together with its children.
    pub fn run(&self) -> Run {
        let namespace = scratch_namespace();
        let temporary = scratch_programs();
        let mut program = self.command(namespace.path());
        program.env("TMPDIR", temporary.path()).stdin(Stdio::null());
        Run::of(output(&mut program))
    }

    /// How to run it, with this directory for its namespaces. If it hangs, it is killed together with its children.
    pub fn command(&self, namespace: &Path) -> Command {
        let mut program = Command::new("timeout");
        program.args(["--signal=KILL", BOUND]).arg(&self.path);
        // The tests have a search path of their own, which would come before the one in the program.
        program.env_remove("LD_LIBRARY_PATH");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("INTERSYNC_") {
                program.env_remove(name);
            }
        }
        program.env("INTERSYNC_DIR", namespace);
        program
    }
}

impl Run {
    /// Sees that nothing is wrong by the word of the program: it has printed "done".
    ///
    /// # Panics
    /// If something is.
    #[track_caller]
    pub fn holds(&self) {
        assert_eq!(self.ended, Ok(()), "{}{}", self.printed, self.complaints);
        assert_eq!(self.printed, "done\n", "{}", self.complaints);
    }

    /// What has come of a run that is over.
    pub fn of(ended: Output) -> Run {
        Run {
            printed: text(&ended.stdout),
            complaints: text(&ended.stderr),
            ended: ended_well(ended.status),
        }
    }
}

fn ended_well(status: ExitStatus) -> Result<(), String> {
    match status.signal() {
        // What `timeout` does to the program it does to itself.
        Some(9) => Err(format!("hung, and was killed after {BOUND} seconds")),
        _ if status.success() => Ok(()),
        _ => Err(format!("ended with {status}")),
    }
}
