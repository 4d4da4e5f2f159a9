//! Object names: the prefixes, and what is not a name.
//!
//! Source: the Win32 rules. One set of names per namespace for all kinds; compared byte by byte,
//! case included; every character but NUL and backslash is allowed.

use std::borrow::Cow;
use std::fmt;

use crate::{Error, Location, NameProblem, Result, alias, wtf8};

/// Longest name in UTF-16 units, prefix included.
const UTF16_UNITS: usize = 32_766;

/// The name of an object, with its prefix; or an alias, or the name of a boundary.
///
/// Names are sequences of UTF-16 units. Every text is one: `"jobs".into()`. A name that another program has made may contain
/// half a surrogate pair, which is in no text. In texts, here and in the command, it is written `\\u{d83d}`, two
/// backslashes, which cannot follow each other in a name otherwise; [`Display`](std::fmt::Display) writes it so.
///
/// ```
/// use intersync::Name;
/// let half = Name::from_utf16(&[0x61, 0xd83d]);
/// assert_eq!(half.to_string(), r"a\\u{d83d}");
/// assert_eq!(half, Name::from(r"a\\u{d83d}"));
/// assert_eq!(Name::from_utf16(&[0xd83d, 0xde00]), Name::from("😀"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<'n>(Cow<'n, [u8]>);

impl<'n> Name<'n> {
    /// The name with these UTF-16 units.
    pub fn from_utf16(units: &[u16]) -> Name<'static> {
        Name(Cow::Owned(wtf8::from_utf16(units)))
    }

    /// The name that is this text to the letter: `\\u{d83d}` in it stands for nothing else.
    pub fn literal(text: &'n str) -> Name<'n> {
        Name(Cow::Borrowed(text.as_bytes()))
    }

    /// The same name, borrowing nothing.
    pub fn into_owned(self) -> Name<'static> {
        Name(Cow::Owned(self.0.into_owned()))
    }

    /// Its UTF-16 units.
    pub fn to_utf16(&self) -> Vec<u16> {
        wtf8::to_utf16(&self.0)
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What stands before its first backslash, if it has one.
    pub fn prefix(&self) -> Option<Name<'_>> {
        split_once(&self.0).map(|(prefix, _)| Name(Cow::Borrowed(prefix)))
    }

    /// The name that is stored as these bytes.
    pub(crate) fn stored(bytes: Vec<u8>) -> Name<'static> {
        Name(Cow::Owned(bytes))
    }

    /// The name as it is stored: generalized UTF-8.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it has more UTF-16 units than a name may have.
    pub(crate) fn is_too_long(&self) -> bool {
        self.0.len() > UTF16_UNITS && wtf8::utf16_units(&self.0) > UTF16_UNITS
    }
}

impl<'n> From<&'n str> for Name<'n> {
    fn from(text: &'n str) -> Name<'n> {
        Name(wtf8::from_text(text))
    }
}

impl<'n> From<&'n String> for Name<'n> {
    fn from(text: &'n String) -> Name<'n> {
        Name::from(text.as_str())
    }
}

impl From<String> for Name<'static> {
    fn from(text: String) -> Name<'static> {
        Name::from(text.as_str()).into_owned()
    }
}

impl<'n> From<&'n Name<'_>> for Name<'n> {
    fn from(name: &'n Name<'_>) -> Name<'n> {
        Name(Cow::Borrowed(&name.0))
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&wtf8::to_text(&self.0))
    }
}

/// What is before and what is after the first backslash.
fn split_once(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = name.iter().position(|&byte| byte == b'\\')?;
    Some((&name[..at], &name[at + 1..]))
}

/// Splits a name into its namespace and the name in it, as it is stored.
///
/// # Errors
/// [`Error::InvalidName`].
pub(crate) fn parse<'p>(given: &'p Name<'_>) -> Result<(Location, &'p [u8])> {
    let refuse = |problem| {
        Err(Error::InvalidName {
            name: given.to_string(),
            problem,
        })
    };
    let name = given.bytes();
    if name.is_empty() {
        return refuse(NameProblem::Empty);
    }
    if name.contains(&0) {
        return refuse(NameProblem::Nul);
    }
    if given.is_too_long() {
        return refuse(NameProblem::TooLong);
    }
    let Some((prefix, rest)) = split_once(name) else {
        return match name {
            b"Local" | b"Global" | b"Session" => refuse(NameProblem::PrefixOnly),
            _ => Ok((Location::Local, name)),
        };
    };
    let location = match prefix {
        b"" => return refuse(NameProblem::LeadingBackslash),
        b"Local" => Location::Local,
        b"Global" => Location::Global,
        alias => {
            let alias = wtf8::to_text(alias);
            if !alias::is_open(&alias) {
                return refuse(NameProblem::UnknownPrefix);
            }
            Location::Private(alias.into_owned())
        }
    };
    match split_once(rest) {
        None if rest.is_empty() => refuse(NameProblem::EmptyPart),
        Some((b"", _) | (_, b"")) => refuse(NameProblem::EmptyPart),
        Some(_) => refuse(NameProblem::InnerBackslash),
        None => Ok((location, rest)),
    }
}

/// Whether a stored name is the library's own: no user can write one that begins so.
pub(crate) fn is_internal(stored: &[u8]) -> bool {
    stored.first() == Some(&0)
}

/// The error with the name as the caller gave it.
pub(crate) fn named(error: Error, given: &Name<'_>) -> Error {
    let name = given.to_string();
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
        match parse(&Name::from(name)) {
            Err(Error::InvalidName { problem, .. }) => Some(problem),
            _ => None,
        }
    }

    #[test]
    fn prefixes_choose_the_namespace() {
        for (name, location, stored) in [
            ("jobs", Location::Local, &b"jobs"[..]),
            ("Local\\jobs", Location::Local, b"jobs"),
            ("Global\\a/b c.", Location::Global, b"a/b c."),
            // The name of five letters and half a pair; and half a pair alone.
            ("Local\\\\u{d83d}", Location::Local, b"Local\xED\xA0\xBD"),
            ("Local\\\\\\u{d83d}", Location::Local, b"\xED\xA0\xBD"),
        ] {
            assert_eq!(parse(&Name::from(name)), Ok((location, stored)), "{name:?}");
        }
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
            ("a\\\\u{0041}", NameProblem::UnknownPrefix),
        ] {
            assert_eq!(problem(name), Some(expected), "{name:?}");
        }
    }

    #[test]
    fn a_literal_name_has_no_escapes() {
        let name = Name::literal("\\\\u{d83d}");
        assert!(matches!(
            parse(&name),
            Err(Error::InvalidName {
                problem: NameProblem::LeadingBackslash,
                ..
            })
        ));
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
