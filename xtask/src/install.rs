//! `cargo xtask install`: the C library with its headers and what finds them, the command, and its manual.

mod archive;
mod place;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::shell;
use place::Place;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What programs ask for that are linked with the library; `crates/intersync-win32/build.rs` puts it in.
const SONAME: &str = "libintersync.so.1";
/// The version of the interface. It begins with that in the name above.
const LIBRARY: &str = "libintersync.so.1.0.0";
/// What the static library needs; with glibc 2.34 and newer they are empty.
const PRIVATE: [&str; 4] = ["pthread", "dl", "rt", "m"];
/// Texts that are for whoever uses the C library or the command.
const DOCUMENTS: [&str; 7] = [
    "README.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "docs/win32.md",
    "docs/porting.md",
];

/// Where to install, and what.
#[derive(clap::Args)]
pub struct Options {
    /// Where the files will be used, such as /usr/local.
    #[arg(long, value_name = "DIR")]
    prefix: PathBuf,
    /// Put them below this directory instead, to be packed and moved.
    #[arg(long, value_name = "DIR")]
    destdir: Option<PathBuf>,
    /// The directory for libraries, below the prefix, such as lib/x86_64-linux-gnu.
    #[arg(long, value_name = "DIR", default_value = "lib")]
    libdir: PathBuf,
    /// The profile to build with.
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
}

/// Builds and installs.
///
/// # Errors
/// If the prefix is relative, or a file cannot be written.
pub fn run(options: &Options) -> Result<bool> {
    if !options.prefix.is_absolute() {
        bail!("the prefix {} is not absolute", options.prefix.display());
    }
    if !options.libdir.is_relative() || options.libdir.components().any(|part| part.as_os_str() == "..") {
        bail!(
            "the directory {} is not below the prefix",
            options.libdir.display()
        );
    }
    let packages = ["--package", "intersync-win32", "--package", "intersync-cli"];
    let mut build = shell::cargo(&["build", "--profile", &options.profile]);
    if !shell::run(build.args(packages))? {
        return Ok(false);
    }
    let built = shell::target().join(match options.profile.as_str() {
        "dev" => "debug",
        other => other,
    });
    let place = Place::new(&options.prefix, options.destdir.as_deref());
    libraries(&place, &built, &options.libdir)?;
    headers(&place)?;
    descriptions(&place, options)?;
    command(&place, &built.join("intersync"))?;
    let tmpfiles = shell::root().join("dist/tmpfiles.d/intersync.conf");
    place.copy(&tmpfiles, "lib/tmpfiles.d/intersync.conf", 0o644)?;
    for document in DOCUMENTS {
        let from = shell::root().join(document);
        let name = from.file_name().context("a file name")?;
        place.copy(&from, Path::new("share/doc/intersync").join(name), 0o644)?;
    }
    println!("installed below {}", place.root().display());
    Ok(true)
}

fn libraries(place: &Place, built: &Path, libdir: &Path) -> Result<()> {
    let shared = built.join("libintersync_win32.so");
    place.copy(&shared, libdir.join(LIBRARY), 0o755)?;
    place.link(LIBRARY, libdir.join(SONAME))?;
    place.link(SONAME, libdir.join("libintersync.so"))?;
    place.write(
        &archive::with_symbols_of(&shared, &built.join("libintersync_win32.a"))?,
        libdir.join("libintersync.a"),
        0o644,
    )
}

fn headers(place: &Place) -> Result<()> {
    let from = shell::root().join("crates/intersync-win32/include/intersync");
    for entry in from.read_dir().with_context(|| from.display().to_string())? {
        let header = entry?;
        let to = Path::new("include/intersync").join(header.file_name());
        place.copy(&header.path(), to, 0o644)?;
    }
    Ok(())
}

/// The files by which pkg-config and CMake find the library.
fn descriptions(place: &Place, options: &Options) -> Result<()> {
    let prefix = options.prefix.display().to_string();
    let libdir = options.libdir.display().to_string();
    // From the directory of the file, which is two below that of the libraries.
    let up = vec![".."; options.libdir.components().count() + 2].join("/");
    // Before 1.0 a new minor version may break what the one before it allowed.
    let parts: Vec<&str> = VERSION.split('.').collect();
    let series = match parts[0] {
        "0" => format!("0\\\\.{}", parts[1]),
        major => major.to_owned(),
    };
    let flags = PRIVATE.map(|library| format!("-l{library}")).join(" ");
    let list = PRIVATE.join(";");
    let common = [
        ("prefix", &*prefix),
        ("libdir", &libdir),
        ("version", VERSION),
        ("up", &up),
        ("series", &series),
        ("library", LIBRARY),
        ("soname", SONAME),
    ];
    for (template, directory, private) in [
        ("intersync.pc.in", "pkgconfig", &flags),
        ("cmake/intersync-config.cmake.in", "cmake/intersync", &list),
        (
            "cmake/intersync-config-version.cmake.in",
            "cmake/intersync",
            &list,
        ),
    ] {
        let from = shell::root().join("dist").join(template);
        let mut text = std::fs::read_to_string(&from).with_context(|| from.display().to_string())?;
        for (word, meaning) in common.iter().chain(&[("private", &**private)]) {
            text = text.replace(&format!("@{word}@"), meaning);
        }
        let name = from.file_stem().context("a file name")?;
        let to = options.libdir.join(directory).join(name);
        place.write(text.as_bytes(), to, 0o644)?;
    }
    Ok(())
}

/// The command, and what it prints about itself.
fn command(place: &Place, program: &Path) -> Result<()> {
    place.copy(program, "bin/intersync", 0o755)?;
    let page = told(program, &["man"])?;
    let commands: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("intersync\\-")?.strip_suffix("(1)"))
        .collect();
    if commands.is_empty() {
        bail!("the manual page of intersync names no command");
    }
    let manual = Path::new("share/man/man1");
    place.write(page.as_bytes(), manual.join("intersync.1"), 0o644)?;
    for command in commands {
        let page = told(program, &["man", command])?;
        place.write(
            page.as_bytes(),
            manual.join(format!("intersync-{command}.1")),
            0o644,
        )?;
    }
    for (shell, to) in [
        ("bash", "share/bash-completion/completions/intersync"),
        ("zsh", "share/zsh/site-functions/_intersync"),
        ("fish", "share/fish/vendor_completions.d/intersync.fish"),
    ] {
        place.write(told(program, &["completions", shell])?.as_bytes(), to, 0o644)?;
    }
    Ok(())
}

fn told(program: &Path, arguments: &[&str]) -> Result<String> {
    let output = shell::command(program, arguments).output();
    let output = output.with_context(|| format!("cannot run {}", program.display()))?;
    if !output.status.success() {
        bail!("{} {} failed", program.display(), arguments.join(" "));
    }
    Ok(String::from_utf8(output.stdout)?)
}
