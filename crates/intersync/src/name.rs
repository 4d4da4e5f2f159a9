//! Object names: the prefixes, and what is not a name.
//!
//! Source: the Win32 rules. One set of names per namespace for all kinds; compared byte by byte,
//! case included; every character but NUL and backslash is allowed.

use crate::alias;
use crate::{Error, Location, NameProblem, Result};

/// Longest name in UTF-16 units, prefix included.
const UTF16_UNITS: usize = 32_766;

/// Splits a name into its namespace and the name in it.
///
/// # Errors
/// [`Error::InvalidName`].
pub(crate) fn parse(name: &str) -> Result<(Location, &[u8])> {
    let refuse = |problem| {
        Err(Error::InvalidName {
            name: name.to_owned(),
            problem,
        })
    };
    if name.is_empty() {
        return refuse(NameProblem::Empty);
    }
    if name.contains('\0') {
        return refuse(NameProblem::Nul);
    }
    if name.len() > UTF16_UNITS && name.encode_utf16().count() > UTF16_UNITS {
        return refuse(NameProblem::TooLong);
    }
    let Some((prefix, rest)) = name.split_once('\\') else {
        return match name {
            "Local" | "Global" | "Session" => refuse(NameProblem::PrefixOnly),
            _ => Ok((Location::Local, name.as_bytes())),
        };
    };
    let location = match prefix {
        "" => return refuse(NameProblem::LeadingBackslash),
        "Local" => Location::Local,
        "Global" => Location::Global,
        alias if alias::is_open(alias) => Location::Private(alias.to_owned()),
        _ => return refuse(NameProblem::UnknownPrefix),
    };
    match rest.split_once('\\') {
        None if rest.is_empty() => refuse(NameProblem::EmptyPart),
        Some(("", _) | (_, "")) => refuse(NameProblem::EmptyPart),
        Some(_) => refuse(NameProblem::InnerBackslash),
        None => Ok((location, rest.as_bytes())),
    }
}

/// Whether a stored name is the library's own: no user can write one that begins so.
pub(crate) fn is_internal(stored: &[u8]) -> bool {
    stored.first() == Some(&0)
}

/// The error with the name as the caller gave it.
pub(crate) fn named(error: Error, given: &str) -> Error {
    let name = given.to_owned();
    match error {
        Error::NotFound { .. } => Error::NotFound { name },
        Error::AlreadyExists { .. } => Error::AlreadyExists { name },
        Error::WrongKind { expected, found, .. } => Error::WrongKind {
            name,
            expected,
            found,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(name: &str) -> Option<NameProblem> {
        match parse(name) {
            Err(Error::InvalidName { problem, .. }) => Some(problem),
            _ => None,
        }
    }

    #[test]
    fn prefixes_choose_the_namespace() {
        assert_eq!(parse("jobs"), Ok((Location::Local, &b"jobs"[..])));
        assert_eq!(parse("Local\\jobs"), Ok((Location::Local, &b"jobs"[..])));
        assert_eq!(parse("Global\\a/b c."), Ok((Location::Global, &b"a/b c."[..])));
    }

    #[test]
    fn malformed_names_are_refused_for_their_own_reason() {
        for (name, expected) in [
            ("", NameProblem::Empty),
            ("\\x", NameProblem::LeadingBackslash),
            ("foo\\x", NameProblem::UnknownPrefix),
            ("global\\x", NameProblem::UnknownPrefix),
            ("foo\\", NameProblem::UnknownPrefix),
            ("Local\\sub\\x", NameProblem::InnerBackslash),
            ("Global\\", NameProblem::EmptyPart),
            ("Global\\\\x", NameProblem::EmptyPart),
            ("Local", NameProblem::PrefixOnly),
            ("Session", NameProblem::PrefixOnly),
            ("a\0b", NameProblem::Nul),
        ] {
            assert_eq!(problem(name), Some(expected), "{name:?}");
        }
    }

    #[test]
    fn the_length_is_counted_in_utf16_units() {
        assert_eq!(problem(&"ü".repeat(UTF16_UNITS)), None);
        assert_eq!(problem(&"ü".repeat(UTF16_UNITS + 1)), Some(NameProblem::TooLong));
        assert_eq!(
            problem(&"😀".repeat(UTF16_UNITS / 2 + 1)),
            Some(NameProblem::TooLong)
        );
    }
}
