//! Which module of the library uses which: only as `xtask/tidy.toml` says.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::code::{Source, Token};

/// Where the library is.
const LIBRARY: &str = "crates/intersync/src/";

type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Compares the arrows of the sources with the allowed ones.
///
/// # Errors
/// If the library has no `lib.rs`.
pub fn check(allowed: &Arrows, sources: &[Source]) -> Result<Vec<String>> {
    let library: Vec<&Source> = sources.iter().filter(|s| s.path.starts_with(LIBRARY)).collect();
    let face = library
        .iter()
        .find(|source| source.path == format!("{LIBRARY}lib.rs"))
        .context("the library has no lib.rs")?;
    let modules: BTreeSet<String> = library.iter().filter_map(|source| module(source)).collect();
    let names = root_names(face, &modules);
    let mut found: BTreeMap<(String, String), String> = BTreeMap::new();
    for source in &library {
        let Some(from) = module(source) else { continue };
        for (to, line) in uses(source, &modules, &names) {
            if to != from {
                let place = format!("{}:{line}", source.path);
                found.entry((from.clone(), to)).or_insert(place);
            }
        }
    }
    let is_allowed = |from: &str, to: &str| allowed.get(from).is_some_and(|list| list.contains(to));
    let mut violations = Vec::new();
    for ((from, to), place) in &found {
        if !is_allowed(from, to) {
            violations.push(format!("{place}: {from} must not use {to}"));
        }
    }
    for (from, list) in allowed {
        for to in list {
            if !found.contains_key(&(from.clone(), to.clone())) {
                violations.push(format!(
                    "xtask/tidy.toml: allows {from} to use {to}, which it does not"
                ));
            }
        }
    }
    Ok(violations)
}

/// The top-level module of a source; none for `lib.rs`, the public face.
fn module(source: &Source) -> Option<String> {
    let inside = source.path.strip_prefix(LIBRARY)?;
    let first = inside.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib").then(|| name.to_owned())
}

/// What `lib.rs` makes available at the root: name → module.
fn root_names(face: &Source, modules: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let mut from: Option<&str> = None;
    for (at, token) in face.tokens.iter().enumerate() {
        match token.text.as_str() {
            "use" => {
                from = face
                    .tokens
                    .get(at + 1)
                    .map(|t| t.text.as_str())
                    .filter(|t| modules.contains(*t))
            }
            ";" => from = None,
            name => {
                if let Some(module) = from.filter(|module| *module != name && is_name(name)) {
                    names.insert(name.to_owned(), module.to_owned());
                }
            }
        }
    }
    names
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic())
}

/// The modules that a source names, by a path from the root or by what the root re-exports.
fn uses(
    source: &Source,
    modules: &BTreeSet<String>,
    names: &BTreeMap<String, String>,
) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        let from_root = match token.text.as_str() {
            "crate" => true,
            // From a file at the root, `super` is the root too, unless an inline module is in between.
            "super" if at_root(source) => false,
            _ => continue,
        };
        for first in first_segments(&source.tokens[at + 1..]) {
            if modules.contains(&first.text) {
                found.push((first.text.clone(), first.line));
            } else if let Some(module) = names.get(&first.text).filter(|_| from_root) {
                found.push((module.clone(), first.line));
            }
        }
    }
    found
}

fn at_root(source: &Source) -> bool {
    let inside = source.path.strip_prefix(LIBRARY).unwrap_or(&source.path);
    !inside.contains('/') || (inside.ends_with("/mod.rs") && inside.matches('/').count() == 1)
}

/// What follows `crate`: the first segment of the path, or of each path of the list.
fn first_segments(tokens: &[Token]) -> Vec<&Token> {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.text == text);
    if !(is(0, ":") && is(1, ":")) {
        return Vec::new();
    }
    if !is(2, "{") {
        return tokens
            .get(2)
            .into_iter()
            .filter(|token| is_name(&token.text))
            .collect();
    }
    let mut segments = Vec::new();
    let (mut depth, mut begins) = (0, false);
    for token in &tokens[2..] {
        match token.text.as_str() {
            "{" => {
                depth += 1;
                begins = depth == 1;
            }
            "}" => depth -= 1,
            "," => begins = depth == 1,
            _ => {
                if begins {
                    segments.push(token);
                }
                begins = false;
            }
        }
        if depth == 0 {
            break;
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(event: &str) -> Vec<Source> {
        let file = |path: &str, text: &str| Source::parse(&format!("{LIBRARY}{path}"), text).unwrap();
        vec![
            file(
                "lib.rs",
                "mod error; mod word; mod object; pub use error::{Error, Result};",
            ),
            file("error.rs", ""),
            file("word/mod.rs", ""),
            file("object/event.rs", event),
        ]
    }

    fn allowed(text: &str) -> Arrows {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn an_arrow_is_found_by_path_by_list_and_by_what_the_root_exports() {
        for event in [
            "use crate::word::event::EventWord;",
            "use crate::{word::{self, event}};",
            "fn f() { crate::word::f() }",
        ] {
            let violations = check(&allowed(""), &sources(event)).unwrap();
            assert_eq!(violations.len(), 1, "{event}: {violations:?}");
            assert!(violations[0].ends_with("object must not use word"));
        }
        let violations = check(&allowed(""), &sources("use crate::{Result, Error};")).unwrap();
        assert_eq!(
            violations,
            [format!("{LIBRARY}object/event.rs:1: object must not use error")]
        );
    }

    #[test]
    fn an_allowed_arrow_is_fine_and_must_exist() {
        let list = allowed("object = ['word']");
        assert!(check(&list, &sources("use crate::word;")).unwrap().is_empty());
        assert_eq!(check(&list, &sources("")).unwrap().len(), 1);
    }

    #[test]
    fn paths_inside_the_module_and_text_are_no_arrows() {
        let event =
            "// crate::word\nuse super::inner; fn f() { let _ = \"crate::word\"; crate::object::g() }";
        assert!(check(&allowed(""), &sources(event)).unwrap().is_empty());
    }
}
