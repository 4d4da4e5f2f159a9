//! Rules of style that a machine can check. The rules are here, the exceptions in `xtask/tidy.toml`.
//!
//! The lists there may only shrink: an entry that is no longer needed is a violation too.

mod arrows;
mod code;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::shell;
use code::Source;

/// Lines a file may have without being on the list.
const LINES: usize = 400;

/// Marks of something unfinished; put together here so that this file has none.
const LEFTOVERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Crates whose paths are calls of the system.
const SYSTEM: [&str; 3] = ["libc", "rustix", "nix"];

/// What `xtask/tidy.toml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Files that may contain `unsafe`.
    unsafe_code: BTreeSet<String>,
    /// Directories and files that may call the system.
    system_calls: Vec<String>,
    /// Files over the limit, and the most lines they may have.
    long_files: BTreeMap<String, usize>,
    /// For each module of the library, the modules it may use.
    arrows: BTreeMap<String, BTreeSet<String>>,
}

/// Checks the tree and prints each violation; returns how many there are.
///
/// # Errors
/// If a file cannot be read, or is not Rust.
pub fn run() -> Result<usize> {
    let root = shell::root();
    let rules = root.join("xtask/tidy.toml");
    let rules: Rules = toml::from_str(&fs::read_to_string(&rules)?)
        .with_context(|| format!("{} is not as it should be", rules.display()))?;
    let mut sources = Vec::new();
    for directory in ["crates", "xtask/src"] {
        collect(&root.join(directory), root, &mut sources)?;
    }
    let mut violations = Vec::new();
    violations.extend(unsafe_code(&rules, &sources));
    violations.extend(system_calls(&rules, &sources));
    violations.extend(long_files(&rules, &sources));
    violations.extend(arrows::check(&rules.arrows, &sources)?);
    violations.extend(leftovers(root)?);
    for violation in &violations {
        println!("{violation}");
    }
    println!("tidy: {} files, {} violations", sources.len(), violations.len());
    Ok(violations.len())
}

fn collect(directory: &Path, root: &Path, sources: &mut Vec<Source>) -> Result<()> {
    for entry in sorted(directory)? {
        if entry.is_dir() {
            collect(&entry, root, sources)?;
        } else if entry.extension().is_some_and(|e| e == "rs") {
            sources.push(Source::read(&entry, root)?);
        }
    }
    Ok(())
}

fn sorted(directory: &Path) -> Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    let mut paths: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn unsafe_code(rules: &Rules, sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        let listed = rules.unsafe_code.contains(&source.path);
        match source.first_line_of(&["unsafe"]) {
            Some(line) if !listed => violations.push(format!(
                "{}:{line}: unsafe code in a file that is not meant for it",
                source.path
            )),
            None if listed => {
                violations.push(format!("{}: is listed for unsafe code and has none", source.path))
            }
            _ => {}
        }
    }
    violations.extend(vanished(rules.unsafe_code.iter(), sources));
    violations
}

fn system_calls(rules: &Rules, sources: &[Source]) -> Vec<String> {
    let allowed = |path: &str| rules.system_calls.iter().any(|prefix| path.starts_with(prefix));
    let outside = sources.iter().filter(|source| !allowed(&source.path));
    outside
        .filter_map(|source| {
            let line = source.first_line_of(&SYSTEM)?;
            Some(format!(
                "{}:{line}: a system call outside the door to the system",
                source.path
            ))
        })
        .collect()
}

fn long_files(rules: &Rules, sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        let lines = source.lines;
        match rules.long_files.get(&source.path) {
            None if lines > LINES => violations.push(format!(
                "{}: {lines} lines, more than {LINES}: split it by purpose",
                source.path
            )),
            Some(&most) if lines > most => violations.push(format!(
                "{}: {lines} lines, and was to grow no longer than {most}",
                source.path
            )),
            Some(_) if lines <= LINES => {
                violations.push(format!("{}: is listed as long and is not", source.path))
            }
            _ => {}
        }
    }
    violations.extend(vanished(rules.long_files.keys(), sources));
    violations
}

/// Entries of a list whose file does not exist.
fn vanished<'a>(listed: impl Iterator<Item = &'a String>, sources: &[Source]) -> Vec<String> {
    let exists = |path: &str| sources.iter().any(|source| source.path == path);
    listed
        .filter(|path| !exists(path))
        .map(|path| format!("xtask/tidy.toml: lists {path}, which does not exist"))
        .collect()
}

/// Marks of something unfinished, in every text of the tree.
fn leftovers(root: &Path) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for path in sorted(&directory)? {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                if name != "target" && name != ".git" {
                    open.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root).unwrap_or(&path).display();
                violations.extend(marks(&text).map(|line| format!("{path}:{line}: something unfinished")));
            }
        }
    }
    Ok(violations)
}

fn marks(text: &str) -> impl Iterator<Item = usize> {
    let marked = |line: &str| {
        let mut words = line.split(|c: char| !c.is_alphanumeric());
        words.any(|word| LEFTOVERS.contains(&word))
    };
    text.lines()
        .enumerate()
        .filter(move |(_, line)| marked(line))
        .map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let text = r#"
            unsafe_code = ["crates/a/door.rs", "crates/a/gone.rs"]
            system_calls = ["crates/a/sys"]
            [long_files]
            "crates/a/long.rs" = 500
            [arrows]
        "#;
        toml::from_str(text).unwrap()
    }

    fn source(path: &str, text: &str) -> Source {
        Source::parse(path, text).unwrap()
    }

    #[test]
    fn unsafe_code_is_found_where_it_is_not_listed_and_missed_where_it_is() {
        let sources = [
            source("crates/a/door.rs", "fn f() { unsafe { g() } }"),
            source(
                "crates/a/other.rs",
                "// unsafe\nfn f() { let _ = \"unsafe\"; }\nunsafe fn g() {}",
            ),
        ];
        let violations = unsafe_code(&rules(), &sources);
        assert_eq!(violations.len(), 2, "{violations:?}");
        assert!(violations[0].starts_with("crates/a/other.rs:3:"));
        assert!(violations[1].contains("crates/a/gone.rs"));
    }

    #[test]
    fn system_calls_are_allowed_by_directory() {
        let text = "fn f() { libc::getpid(); }";
        let sources = [
            source("crates/a/sys/process.rs", text),
            source("crates/a/object.rs", text),
        ];
        let violations = system_calls(&rules(), &sources);
        assert_eq!(violations.len(), 1);
        assert!(violations[0].starts_with("crates/a/object.rs:1:"));
    }

    #[test]
    fn a_long_file_may_be_as_long_as_its_entry_says_and_must_have_one() {
        let text = |lines| "\n".repeat(lines);
        let check = |path, lines| long_files(&rules(), &[source(path, &text(lines))]).len();
        assert_eq!(check("crates/a/long.rs", 500), 0);
        assert_eq!(check("crates/a/long.rs", 501), 1);
        assert_eq!(check("crates/a/long.rs", 400), 1);
        // The last two miss the listed file, which does not exist there.
        assert_eq!(check("crates/a/new.rs", 401), 2);
        assert_eq!(check("crates/a/new.rs", 400), 1);
    }

    #[test]
    fn leftovers_are_whole_words() {
        let text = format!("fine\n{}: later\nno{}s here", LEFTOVERS[0], LEFTOVERS[0]);
        assert_eq!(marks(&text).collect::<Vec<_>>(), [2]);
    }
}
