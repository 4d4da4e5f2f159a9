//! Which program a command line means.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::command_line;
use crate::code::{ACCESS_DENIED, Code, DIRECTORY, FILE_NOT_FOUND, PATH_NOT_FOUND, Result};

/// Where programs are looked for if there is no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The program that a command line begins with: `name`, or, if it is not quoted and there is no such program, more of the line
/// up to a blank.
pub(crate) fn find(line: &OsStr, name: &OsStr) -> Result<PathBuf> {
    let found = locate(name);
    let bytes = line.as_bytes();
    if found.is_ok() || bytes.contains(&b'"') {
        return found;
    }
    let ends = (name.len() + 1..=bytes.len())
        .filter(|&end| bytes.get(end).is_none_or(|&b| command_line::is_blank(b)));
    let longer = ends.map(|end| OsString::from_vec(bytes[..end].to_vec()));
    longer
        .filter_map(|name| locate(&name).ok())
        .next()
        .map_or(found, Ok)
}

/// The program with this name: one without a slash is looked for in `PATH`.
fn locate(name: &OsStr) -> Result<PathBuf> {
    let path = PathBuf::from(name);
    if name.as_bytes().contains(&b'/') {
        return exists(&path).map(|()| path);
    }
    let directories = std::env::var_os("PATH").unwrap_or(DEFAULT_PATH.into());
    let mut refused = FILE_NOT_FOUND;
    for directory in std::env::split_paths(&directories).filter(|_| !name.is_empty()) {
        let file = directory.join(name);
        match std::fs::metadata(&file) {
            Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => return Ok(file),
            Ok(_) => refused = ACCESS_DENIED,
            Err(_) => {}
        }
    }
    Err(Code(refused))
}

fn exists(path: &Path) -> Result<()> {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    if path.exists() {
        Ok(())
    } else if parent.is_none_or(Path::is_dir) {
        Err(Code(FILE_NOT_FOUND))
    } else {
        Err(Code(PATH_NOT_FOUND))
    }
}

/// Checks that there is a file, and a directory if one is given.
pub(crate) fn check(program: &Path, directory: Option<&OsStr>) -> Result<()> {
    exists(program)?;
    match directory {
        Some(path) if !Path::new(path).is_dir() => Err(Code(DIRECTORY)),
        _ => Ok(()),
    }
}
