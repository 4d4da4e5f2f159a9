//! `cargo xtask memory`: the C programs of the C interface's tests under Valgrind and under the sanitizers of the compiler.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Where the programs are.
const SOURCES: &str = "crates/intersync-win32/tests/c";
/// How many seconds a program may take, far more than any needs.
const BOUND: &str = "600";

/// What watches a program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watcher {
    Valgrind,
    Sanitizers,
}

/// Programs that no watcher runs, because they do not run alone, or not at all: `tests/*.rs` runs and compiles them.
const NOT_ALONE: &[&str] = &[
    "constants",
    "halves",
    "initializers",
    "interlocked",
    "layouts",
    "mixed",
    "modes",
    "names",
    "users",
];

/// Programs that a watcher cannot run, and why.
const NOT_UNDER: &[(Watcher, &str, &[&str])] = &[
    (
        Watcher::Valgrind,
        "they need pidfd_open, which Valgrind knows from 3.20 on",
        &["beyond", "native_handles", "pool_waits", "processes"],
    ),
    (
        Watcher::Valgrind,
        "they handle a fault and have the instruction repeated",
        &["neighbours_list_removal", "threads"],
    ),
    (
        Watcher::Sanitizers,
        "they fork while other threads allocate, and the forked child finds the sanitizer's allocator locked",
        &["forks", "pool_exit", "pool_waits", "pool_work"],
    ),
];

/// Arguments of programs that want some.
const ARGUMENTS: &[(&str, &[&str])] = &[("forks", &["20"]), ("fuzz", &["1", "300"])];

/// Builds the library so that Valgrind can run it, and runs every program under both watchers.
///
/// # Errors
/// If something cannot be built or started.
pub fn run() -> Result<bool> {
    let directory = shell::target().join("memory");
    let library = build(&directory)?;
    let links = directory.join("programs");
    fs::create_dir_all(&links)?;
    for name in ["libintersync.so", "libintersync.so.1"] {
        let link = links.join(name);
        let _ = fs::remove_file(&link);
        symlink(&library, &link).with_context(|| format!("linking {}", link.display()))?;
    }
    let mut well = true;
    for program in programs()? {
        for watcher in [Watcher::Valgrind, Watcher::Sanitizers] {
            if let Some(reason) = excuse(watcher, &program) {
                println!("{:<11} {program}: not run: {reason}", watcher.name());
                continue;
            }
            let begun = Instant::now();
            let built = compile(watcher, &program, &links)?;
            let clean = watch(watcher, &program, &built)?;
            let word = if clean { "clean" } else { "FAILED" };
            println!(
                "{:<11} {program}: {word}, {:.1} s",
                watcher.name(),
                begun.elapsed().as_secs_f64()
            );
            well &= clean;
        }
    }
    Ok(well)
}

impl Watcher {
    fn name(self) -> &'static str {
        match self {
            Watcher::Valgrind => "valgrind",
            Watcher::Sanitizers => "sanitizers",
        }
    }
}

/// The shared library with system calls through the C library: what is done without it reads the kernel's page of functions,
/// which Valgrind hides.
fn build(directory: &Path) -> Result<PathBuf> {
    let mut cargo = shell::cargo(&["build", "--package", "intersync-win32", "--lib"]);
    cargo
        .env("CARGO_TARGET_DIR", directory)
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .env("RUSTFLAGS", "--cfg rustix_use_libc -C debuginfo=line-tables-only");
    if !shell::run(&mut cargo)? {
        bail!("the library cannot be built");
    }
    Ok(directory.join("debug/libintersync_win32.so"))
}

/// The names of the programs that run alone, in alphabetical order.
fn programs() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(shell::root().join(SOURCES))? {
        let path = entry?.path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.extension().is_some_and(|extension| extension == "c") && !NOT_ALONE.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn excuse(watcher: Watcher, program: &str) -> Option<&'static str> {
    let mut excuses = NOT_UNDER.iter();
    let found = excuses.find(|(whose, _, names)| *whose == watcher && names.contains(&program));
    found.map(|(_, reason, _)| *reason)
}

fn compile(watcher: Watcher, program: &str, directory: &Path) -> Result<PathBuf> {
    let built = directory.join(format!("{program}-{}", watcher.name()));
    let mut cc = shell::command("gcc", &["-std=c11", "-O1", "-g", "-pthread"]);
    if watcher == Watcher::Sanitizers {
        cc.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    }
    cc.arg("-Icrates/intersync-win32/include")
        .arg(format!("{SOURCES}/{program}.c"));
    cc.arg("-o")
        .arg(&built)
        .arg("-L")
        .arg(directory)
        .arg("-lintersync");
    cc.arg(format!("-Wl,-rpath,{}", directory.display()));
    match shell::run(&mut cc)? {
        true => Ok(built),
        false => bail!("{program} cannot be compiled"),
    }
}

/// Runs a program in a namespace of its own; `true` if it ended well and its watcher saw nothing.
fn watch(watcher: Watcher, program: &str, built: &Path) -> Result<bool> {
    let namespace = tempfile::Builder::new()
        .prefix("intersync-memory-")
        .tempdir_in("/dev/shm")?;
    let temporary = tempfile::tempdir()?;
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", BOUND]);
    if watcher == Watcher::Valgrind {
        // Large frames on the stack are no change of stacks.
        command.args([
            "valgrind",
            "--quiet",
            "--error-exitcode=99",
            "--fair-sched=try",
            "--max-stackframe=80000000",
        ]);
    }
    command.arg(built);
    if let Some((_, arguments)) = ARGUMENTS.iter().find(|(name, _)| *name == program) {
        command.args(*arguments);
    }
    // Threads that run until the process ends hold what they need: leaks are not looked for. An allocation that is too large is to
    // fail.
    command
        .env("ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1")
        .env("INTERSYNC_DIR", namespace.path())
        .env("TMPDIR", temporary.path())
        .stdin(std::process::Stdio::null());
    let output = command.output().with_context(|| format!("running {program}"))?;
    // Valgrind tells of system calls that it does not know also where a program can do without them.
    let complaints = String::from_utf8_lossy(&output.stderr);
    let seen: Vec<&str> = complaints
        .lines()
        .filter(|line| !line.starts_with("--"))
        .collect();
    let clean = output.status.success();
    if !clean {
        println!("{}{}", String::from_utf8_lossy(&output.stdout), seen.join("\n"));
        println!("{program} ended with {}", output.status);
    }
    Ok(clean)
}
