//! The static library, with the same symbols as the shared one: what it is made of would otherwise meet the symbols of the
//! program, and those of other libraries in Rust.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Bitcode for the compiler of Rust, which other tools cannot read.
const BITCODE: [&str; 2] = [".llvmbc", ".llvmcmd"];

/// An archive of what `all` has and the symbols of `shared` need, with these symbols only.
///
/// # Errors
/// If it cannot be made.
pub fn with_symbols_of(shared: &Path, all: &Path) -> Result<Vec<u8>> {
    // Of this process alone: others may be installing, too.
    let name = format!("intersync-static-{}", std::process::id());
    let scratch = shared.with_file_name(name);
    fs::create_dir_all(&scratch).with_context(|| scratch.display().to_string())?;
    let made = make(shared, all, &scratch);
    fs::remove_dir_all(&scratch).with_context(|| scratch.display().to_string())?;
    made
}

fn make(shared: &Path, all: &Path, scratch: &Path) -> Result<Vec<u8>> {
    let text = |path: &Path| path.to_str().map(str::to_owned).context("a path in UTF-8");

    let listed = run(
        "nm",
        &["--dynamic", "--defined-only", "--format=posix", &text(shared)?],
    )?;
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    if names.is_empty() {
        bail!("{} has no symbols", shared.display());
    }
    let (kept, wanted) = (scratch.join("symbols"), scratch.join("wanted"));
    fs::write(&kept, names.join("\n"))?;
    let wanting: Vec<String> = names.iter().map(|name| format!("--undefined={name}")).collect();
    fs::write(&wanted, wanting.join("\n"))?;

    let (object, archive) = (scratch.join("intersync.o"), scratch.join("libintersync.a"));
    let (object_text, wanted) = (text(&object)?, format!("-Wl,@{}", text(&wanted)?));
    run(
        "cc",
        &["-r", "-nostdlib", "-o", &object_text, &wanted, &text(all)?],
    )?;
    let keep = format!("--keep-global-symbols={}", text(&kept)?);
    let bitcode = BITCODE.map(|section| format!("--remove-section={section}"));
    run("objcopy", &[&keep, &bitcode[0], &bitcode[1], &object_text])?;
    run("ar", &["crs", &text(&archive)?, &object_text])?;
    Ok(fs::read(&archive)?)
}

fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let output = shell::command(program, arguments).output();
    let output = output.with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!("{program} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
