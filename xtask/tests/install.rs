//! What `cargo xtask install` installs is found and used, by the example of the guide for porting.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What the program of the guide prints.
const PRINTED: &str = "tick 1\ntick 2\ntick 3\nstopped\n";

/// Runs a program that must succeed, and returns what it prints.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) => panic!(
            "{} cannot be started: {error}; `cargo xtask test` installs it",
            command.get_program().display()
        ),
    };
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{printed}{complaints}");
    printed
}

fn directory() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

fn install(arguments: &[&str]) {
    // What the other tests have built, so that nothing is built twice.
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let mut install = Command::new(env!("CARGO_BIN_EXE_xtask"));
    run(install.args(["install", "--profile", profile]).args(arguments));
}

/// A block of the guide in this language.
fn example(language: &str) -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/porting.md");
    let text = fs::read_to_string(guide).expect("the guide");
    let (_, block) = text.split_once(&format!("\n```{language}\n")).expect("a block");
    let (block, _) = block.split_once("\n```\n").expect("its end");
    format!("{block}\n")
}

/// The words that pkg-config prints.
fn flags(descriptions: &Path, sysroot: Option<&Path>, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new("pkg-config");
    command
        .env("PKG_CONFIG_LIBDIR", descriptions)
        .env_remove("PKG_CONFIG_PATH");
    if let Some(root) = sysroot {
        command.env("PKG_CONFIG_SYSROOT_DIR", root);
    }
    let printed = run(command.args(arguments).arg("intersync"));
    printed.split_whitespace().map(str::to_owned).collect()
}

/// Compiles the program of the guide, and runs it with a namespace of its own.
#[track_caller]
fn compile_and_run(flags: &[String], libraries: Option<&Path>) {
    let directory = directory();
    let (source, program) = (directory.path().join("main.c"), directory.path().join("worker"));
    fs::write(&source, example("c")).expect("write");
    let mut compile = Command::new("cc");
    compile.args(["-std=c11", "-Wall", "-Wextra", "-Werror"]);
    run(compile.arg(&source).arg("-o").arg(&program).args(flags));
    assert_eq!(worker(&program, libraries), PRINTED);
}

#[track_caller]
fn worker(program: &Path, libraries: Option<&Path>) -> String {
    let namespace = tempfile::tempdir_in("/dev/shm").expect("a directory on a tmpfs");
    let mut command = Command::new(program);
    command.env("INTERSYNC_DIR", namespace.path());
    command.env_remove("LD_LIBRARY_PATH");
    if let Some(libraries) = libraries {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    run(&mut command)
}

fn mode(path: PathBuf) -> u32 {
    let about = path
        .metadata()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    about.permissions().mode() & 0o777
}

/// What a library defines for others.
fn symbols(which: &str, library: &Path) -> BTreeSet<String> {
    let mut list = Command::new("nm");
    let listed = run(list
        .args([which, "--defined-only", "--format=posix"])
        .arg(library));
    let lines = listed
        .lines()
        .filter(|line| line.contains(' ') && !line.ends_with("]:"));
    lines
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_installed_library_is_found_by_pkg_config_and_cmake() {
    let place = directory();
    let prefix = place.path().join("usr");
    install(&["--prefix", prefix.to_str().expect("UTF-8")]);
    let libraries = prefix.join("lib");

    let name = fs::read_link(libraries.join("libintersync.so")).expect("a link");
    assert_eq!(name, Path::new("libintersync.so.1"));
    let file = fs::read_link(libraries.join(&name)).expect("a link");
    assert_eq!(file, Path::new("libintersync.so.1.0.0"));
    let dynamic = run(Command::new("readelf")
        .arg("--dynamic")
        .arg(libraries.join(&file)));
    let soname = dynamic
        .lines()
        .find(|line| line.contains("(SONAME)"))
        .expect("a name");
    assert!(soname.ends_with("[libintersync.so.1]"), "{soname}");
    assert_eq!(mode(libraries.join(&file)), 0o755);
    assert_eq!(mode(prefix.join("include/intersync/windows.h")), 0o644);

    let exported = symbols("--dynamic", &libraries.join(&file));
    assert!(exported.contains("WaitForMultipleObjects"), "{exported:?}");
    assert_eq!(
        symbols("--extern-only", &libraries.join("libintersync.a")),
        exported
    );

    let descriptions = libraries.join("pkgconfig");
    let version = flags(&descriptions, None, &["--modversion"]);
    assert_eq!(version, [env!("CARGO_PKG_VERSION")]);
    let shared = flags(&descriptions, None, &["--cflags", "--libs"]);
    compile_and_run(&shared, Some(&libraries));
    let mut still = flags(&descriptions, None, &["--cflags", "--libs", "--static"]);
    still.push("-static".to_owned());
    compile_and_run(&still, None);

    let with_cmake = directory();
    fs::write(with_cmake.path().join("main.c"), example("c")).expect("write");
    let project = example("cmake");
    for (build, project) in [
        ("shared", project.clone()),
        (
            "static",
            project.replace("intersync::intersync", "intersync::static"),
        ),
        (
            "version",
            project.replace("intersync CONFIG", &format!("intersync {} CONFIG", version[0])),
        ),
    ] {
        fs::write(with_cmake.path().join("CMakeLists.txt"), project).expect("write");
        let build = with_cmake.path().join(build);
        let mut configure = Command::new("cmake");
        configure.arg("-S").arg(with_cmake.path()).arg("-B").arg(&build);
        run(configure.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display())));
        run(Command::new("cmake").arg("--build").arg(&build));
        assert_eq!(worker(&build.join("worker"), None), PRINTED);
    }
    the_command_is_there_with_its_manual(&prefix);
}

fn the_command_is_there_with_its_manual(prefix: &Path) {
    let version = run(Command::new(prefix.join("bin/intersync")).arg("--version"));
    assert_eq!(
        version.trim_end(),
        concat!("intersync ", env!("CARGO_PKG_VERSION"))
    );
    for (page, title) in [("intersync.1", "intersync"), ("intersync-run.1", "intersync-run")] {
        let page = fs::read_to_string(prefix.join("share/man/man1").join(page)).expect("a page");
        assert!(page.contains(&format!(".TH {title} 1")), "{page}");
    }
    for file in [
        "share/bash-completion/completions/intersync",
        "share/zsh/site-functions/_intersync",
        "share/fish/vendor_completions.d/intersync.fish",
        "share/doc/intersync/porting.md",
        "lib/tmpfiles.d/intersync.conf",
    ] {
        let text = fs::read_to_string(prefix.join(file)).expect(file);
        assert!(text.to_lowercase().contains("intersync"), "{file}: {text}");
    }
}

#[test]
fn below_another_directory_everything_is_as_it_will_be_used() {
    let place = directory();
    let below = place.path().join("root");
    let libdir = "lib/x86_64-linux-gnu";
    let at = below.to_str().expect("UTF-8");
    let arguments = ["--prefix", "/opt/intersync", "--destdir", at, "--libdir", libdir];
    install(&arguments);
    // Once more, over what is there.
    install(&arguments);
    let prefix = below.join("opt/intersync");
    let entries = fs::read_dir(&below).expect("a directory").count();
    assert_eq!(entries, 1, "nothing is beside the prefix");
    let left = run(Command::new("find").arg(&below).args(["-name", "*.new"]));
    assert_eq!(left, "");

    let libraries = prefix.join(libdir);
    let descriptions = libraries.join("pkgconfig");
    let text = fs::read_to_string(descriptions.join("intersync.pc")).expect("a file");
    assert!(
        text.starts_with("prefix=/opt/intersync\n") && !text.contains(at),
        "{text}"
    );
    let flags = flags(&descriptions, Some(&below), &["--cflags", "--libs"]);
    compile_and_run(&flags, Some(&libraries));

    let with_cmake = directory();
    fs::write(with_cmake.path().join("main.c"), example("c")).expect("write");
    fs::write(with_cmake.path().join("CMakeLists.txt"), example("cmake")).expect("write");
    let build = with_cmake.path().join("build");
    let mut configure = Command::new("cmake");
    configure.arg("-S").arg(with_cmake.path()).arg("-B").arg(&build);
    let found = libraries.join("cmake/intersync");
    run(configure.arg(format!("-Dintersync_DIR={}", found.display())));
    run(Command::new("cmake").arg("--build").arg(&build));
    assert_eq!(worker(&build.join("worker"), None), PRINTED);
}

#[test]
fn places_that_make_no_sense_are_refused() {
    for arguments in [
        ["--prefix", "relative", "--libdir", "lib"],
        ["--prefix", "/usr", "--libdir", "../lib"],
    ] {
        let mut install = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = install.arg("install").args(arguments).output().expect("started");
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && complaints.starts_with("error: the "),
            "{complaints}"
        );
    }
}
