//! What queries answer, as bytes for the address where they will be: structures with pointers to the texts behind them. Addresses
//! wrap: one that leads nowhere is no failure where there is no room anyway.

use super::handles::{Facts, PROTECT, TypeFacts};
use super::objects::INHERIT;
use crate::status::{BUFFER_TOO_SMALL, MORE_ENTRIES, NO_MORE_ENTRIES, SUCCESS};

/// Size of `UNICODE_STRING`.
const STRING: usize = 16;
/// Size of `OBJECT_BASIC_INFORMATION`.
pub(crate) const BASIC: usize = 56;
/// Size of `OBJECT_TYPE_INFORMATION`.
const TYPE: usize = 104;
/// Size of `OBJECT_DIRECTORY_INFORMATION`.
const ENTRY: usize = 2 * STRING;
/// `InvalidAttributes`: `OBJ_OPENLINK`.
const INVALID_ATTRIBUTES: u32 = 0x100;

/// Bytes that grow.
#[derive(Default)]
struct Record(Vec<u8>);

impl Record {
    fn words(&mut self, words: &[u32]) -> &mut Record {
        words.iter().for_each(|word| self.0.extend(word.to_ne_bytes()));
        self
    }

    /// `UNICODE_STRING`, with its text at this address.
    fn string(&mut self, text: &[u16], at: usize) -> &mut Record {
        // Names are shorter.
        let bytes = u16::try_from(2 * text.len()).unwrap_or(u16::MAX - 2);
        self.0.extend(bytes.to_ne_bytes());
        self.0.extend((bytes + 2).to_ne_bytes());
        self.words(&[0]);
        self.0.extend(at.to_ne_bytes());
        self
    }

    /// A text and its NUL.
    fn text(&mut self, text: &[u16]) -> &mut Record {
        text.iter()
            .chain(&[0])
            .for_each(|unit| self.0.extend(unit.to_ne_bytes()));
        self
    }

    fn padded(&mut self, length: usize) -> Vec<u8> {
        self.0.resize(length, 0);
        std::mem::take(&mut self.0)
    }
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Bytes of a text and its NUL.
fn bytes_of(text: &[u16]) -> usize {
    2 * text.len() + 2
}

/// `OBJECT_BASIC_INFORMATION`.
pub(crate) fn basic(facts: &Facts) -> Vec<u8> {
    let name = facts.name.as_ref().map_or(0, |name| STRING + bytes_of(name));
    let kind = TYPE + bytes_of(&units(facts.type_name));
    Record::default()
        .words(&[facts.attributes, facts.access, facts.handles, facts.pointers])
        .words(&[0; 5])
        .words(&[name as u32, kind as u32, 0])
        .padded(BASIC)
}

/// `OBJECT_NAME_INFORMATION` at this address.
pub(crate) fn name(facts: &Facts, at: usize) -> Vec<u8> {
    match &facts.name {
        None => vec![0; STRING],
        Some(name) => Record::default()
            .string(name, at.wrapping_add(STRING))
            .text(name)
            .padded(STRING + bytes_of(name)),
    }
}

/// `OBJECT_TYPE_INFORMATION` at this address.
pub(crate) fn type_of(facts: &TypeFacts, at: usize) -> Vec<u8> {
    let name = units(facts.name);
    let counts = [facts.objects, facts.handles, 0, 0, 0, 0];
    let [.., all] = facts.mapping;
    Record::default()
        .string(&name, at.wrapping_add(TYPE))
        .words(&counts)
        // The most there have been: nobody has noted more than there are.
        .words(&counts)
        .words(&[INVALID_ATTRIBUTES])
        .words(&facts.mapping)
        .words(&[all])
        .words(&[u32::from_ne_bytes([0, 1, facts.index, 0])])
        .words(&[0; 3])
        .text(&name)
        .padded((TYPE + bytes_of(&name)).next_multiple_of(4))
}

/// The answer to a query of a directory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) status: u32,
    /// What is to be stored.
    pub(crate) bytes: Vec<u8>,
    /// The place of the next entry.
    pub(crate) next: usize,
    /// How many bytes were needed.
    pub(crate) needed: usize,
}

/// `OBJECT_DIRECTORY_INFORMATION` for as many entries, from one on, as the room at this address holds, or for one; then an
/// empty one, then the texts.
pub(crate) fn directory(
    entries: &[(Vec<u16>, &'static str)],
    from: usize,
    single: bool,
    (at, room): (usize, usize),
) -> Listing {
    let rest = entries.get(from..).unwrap_or_default();
    let mut needed = ENTRY;
    let mut taken = Vec::new();
    let mut status = if rest.is_empty() { NO_MORE_ENTRIES } else { SUCCESS };
    for (name, kind) in rest {
        let kind = units(kind);
        let cost = ENTRY + bytes_of(name) + bytes_of(&kind);
        if single && !taken.is_empty() {
            break;
        }
        if needed + cost > room {
            status = if single { BUFFER_TOO_SMALL } else { MORE_ENTRIES };
            needed += if single { cost } else { 0 };
            break;
        }
        needed += cost;
        taken.push((name, kind));
    }
    let mut record = Record::default();
    let mut text = at.wrapping_add(ENTRY * (taken.len() + 1));
    for (name, kind) in &taken {
        record
            .string(name, text)
            .string(kind, text.wrapping_add(bytes_of(name)));
        text = text.wrapping_add(bytes_of(name) + bytes_of(kind));
    }
    record.words(&[0; ENTRY / 4]);
    for (name, kind) in &taken {
        record.text(name).text(kind);
    }
    Listing {
        status,
        bytes: if taken.is_empty() { Vec::new() } else { record.0 },
        next: from + taken.len(),
        needed,
    }
}

/// `OBJECT_HANDLE_FLAG_INFORMATION`: inherited, protected.
pub(crate) fn flags(facts: &Facts) -> Vec<u8> {
    [INHERIT, PROTECT]
        .map(|flag| u8::from(facts.attributes & flag != 0))
        .to_vec()
}
