//! Security descriptors as texts: the part of the language that means something here.

use super::acl::{ALLOWED, DENIED, Entry};
use super::descriptor::{
    DACL_AUTO_INHERIT_REQ, DACL_AUTO_INHERITED, DACL_PROTECTED, Descriptor, List, REVISION,
};
use super::sid::{Sid, number};
use crate::code::{Code, INVALID_ACL, INVALID_PARAMETER, NOT_SUPPORTED, Result, UNKNOWN_REVISION};

/// Rights, as an entry abbreviates them.
const RIGHTS: &[(&str, u32)] = &[
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
    ("SD", 0x0001_0000),
    ("RC", 0x0002_0000),
    ("WD", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("CC", 0x0001),
    ("DC", 0x0002),
    ("LC", 0x0004),
    ("SW", 0x0008),
    ("RP", 0x0010),
    ("WP", 0x0020),
    ("DT", 0x0040),
    ("LO", 0x0080),
    ("CR", 0x0100),
    ("FA", 0x001F_01FF),
    ("FR", 0x0012_0089),
    ("FW", 0x0012_0116),
    ("FX", 0x0012_00A0),
    ("KA", 0x000F_003F),
    ("KR", 0x0002_0019),
    ("KW", 0x0002_0006),
    ("KX", 0x0002_0019),
];

/// Flags of an entry.
const FLAGS: &[(&str, u8)] = &[
    ("OI", 0x01),
    ("CI", 0x02),
    ("NP", 0x04),
    ("IO", 0x08),
    ("ID", 0x10),
];

/// The kinds of entries that exist on Windows and mean nothing here.
const OTHER_KINDS: &[&str] = &[
    "AU", "AL", "OA", "OD", "OU", "OL", "ML", "XA", "XD", "ZA", "XU", "RA", "SP", "TL", "FL",
];

/// `ConvertStringSecurityDescriptorToSecurityDescriptor`: the descriptor in one piece of memory.
pub(crate) fn convert(text: &str, revision: u32) -> Result<Vec<u8>> {
    if revision != u32::from(REVISION) {
        return Err(Code(UNKNOWN_REVISION));
    }
    let mut descriptor = Descriptor::default();
    let mut control = 0;
    let mut seen = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (component, after) = rest.split_once(':').ok_or(Code(INVALID_PARAMETER))?;
        let component = component.trim().to_ascii_uppercase();
        let (body, next) = after.split_at(end(after));
        match component.as_str() {
            _ if seen.contains(&component) => return Err(Code(INVALID_PARAMETER)),
            "O" => descriptor.owner = Some(Sid::parse(body.trim())?),
            "G" => descriptor.group = Some(Sid::parse(body.trim())?),
            "D" => (control, descriptor.list) = list(body.trim())?,
            // Auditing and integrity levels.
            "S" => return Err(Code(NOT_SUPPORTED)),
            _ => return Err(Code(INVALID_PARAMETER)),
        }
        seen.push(component);
        rest = next.trim_start();
    }
    descriptor.to_bytes(control)
}

/// Where the component ends that the text begins with: before the letter that stands before the next colon.
fn end(text: &str) -> usize {
    let colon = text.find(':').unwrap_or(text.len());
    if colon == text.len() {
        return colon;
    }
    let before = text[..colon].trim_end();
    before.char_indices().next_back().map_or(colon, |(at, _)| at)
}

/// The list: flags, then entries in parentheses. The control bits it stands for.
fn list(text: &str) -> Result<(u16, List)> {
    let (flags, mut rest) = text.split_at(text.find('(').unwrap_or(text.len()));
    let mut flags = &*flags.trim().to_ascii_uppercase();
    let mut control = 0;
    let mut null = false;
    while !flags.is_empty() {
        let (flag, bit) = [
            ("P", DACL_PROTECTED),
            ("AR", DACL_AUTO_INHERIT_REQ),
            ("AI", DACL_AUTO_INHERITED),
            ("NO_ACCESS_CONTROL", 0),
        ]
        .into_iter()
        .find(|(flag, _)| flags.starts_with(flag))
        .ok_or(Code(INVALID_ACL))?;
        null |= bit == 0;
        control |= bit;
        flags = &flags[flag.len()..];
    }
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('(').ok_or(Code(INVALID_ACL))?;
        let (inner, after) = inner.split_once(')').ok_or(Code(INVALID_ACL))?;
        entries.push(entry(inner)?);
        rest = after.trim_start();
    }
    match (null, entries.is_empty()) {
        (true, true) => Ok((control, List::Null)),
        (true, false) => Err(Code(INVALID_ACL)),
        (false, _) => Ok((control, List::Entries(entries))),
    }
}

/// An entry: kind; flags; rights; two GUIDs of kinds that mean nothing here; for whom.
fn entry(text: &str) -> Result<Entry> {
    let fields: Vec<String> = text
        .split(';')
        .map(|field| field.trim().to_ascii_uppercase())
        .collect();
    let [kind, flags, rights, object, inherited, sid] = &fields[..] else {
        return Err(Code(INVALID_ACL));
    };
    let kind = match kind.as_str() {
        "A" => ALLOWED,
        "D" => DENIED,
        other if OTHER_KINDS.contains(&other) => return Err(Code(NOT_SUPPORTED)),
        _ => return Err(Code(INVALID_ACL)),
    };
    if !object.is_empty() || !inherited.is_empty() {
        return Err(Code(NOT_SUPPORTED));
    }
    Ok(Entry {
        kind,
        flags: words(flags, FLAGS)?.into_iter().fold(0, |all, flag| all | flag),
        mask: mask(rights)?,
        sid: Some(Sid::parse(sid)?),
    })
}

fn mask(text: &str) -> Result<u32> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let mask = number(text).and_then(|mask| u32::try_from(mask).ok());
        return mask.ok_or(Code(INVALID_ACL));
    }
    Ok(words(text, RIGHTS)?.into_iter().fold(0, |all, right| all | right))
}

/// The meanings of a row of abbreviations of two letters.
fn words<T: Copy>(text: &str, known: &[(&str, T)]) -> Result<Vec<T>> {
    let meaning = |word: &[u8; 2]| {
        let found = known.iter().find(|(short, _)| short.as_bytes() == word);
        found.map(|&(_, meaning)| meaning).ok_or(Code(INVALID_ACL))
    };
    match text.as_bytes().as_chunks::<2>() {
        (pairs, []) => pairs.iter().map(meaning).collect(),
        _ => Err(Code(INVALID_ACL)),
    }
}
