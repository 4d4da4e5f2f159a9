//! Access control lists, as they lie in memory: a head, then entries one behind the other.

use crate::calls::sid::Sid;
use crate::code::{
    ALLOTTED_SPACE_EXCEEDED, Code, INSUFFICIENT_BUFFER, INVALID_ACL, INVALID_PARAMETER, REVISION_MISMATCH,
    Result,
};

/// The bytes of the head: revision, 0, size of the list (16 bits), how many entries (16 bits), 0 (16 bits).
pub(crate) const HEAD: usize = 8;
/// The bytes of an entry before its security identifier: kind, flags, size (16 bits), mask (32 bits).
const ENTRY_HEAD: usize = 8;
/// `ACL_REVISION` and `MAX_ACL_REVISION`.
const REVISIONS: std::ops::RangeInclusive<u8> = 2..=4;
/// What decides whether children inherit an entry, and whether it was inherited.
const INHERITANCE: u32 = 0x1F;
/// `INHERIT_ONLY_ACE`: the entry is for children only.
pub(crate) const INHERIT_ONLY: u8 = 0x08;

/// `ACCESS_ALLOWED_ACE_TYPE`.
pub(crate) const ALLOWED: u8 = 0;
/// `ACCESS_DENIED_ACE_TYPE`.
pub(crate) const DENIED: u8 = 1;
/// `SYSTEM_MANDATORY_LABEL_ACE_TYPE`.
pub(crate) const LABEL: u8 = 0x11;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What it does, `ALLOWED` or `DENIED` or something else.
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) mask: u32,
    /// For whom; `None`: what kind of entry it is decides how that is written.
    pub(crate) sid: Option<Sid>,
}

fn half(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

/// The size that the head of a list tells.
pub(crate) fn size(head: &[u8; HEAD]) -> usize {
    half(head, 2)
}

/// `InitializeAcl`: makes an empty list that may grow to fill the bytes.
pub(crate) fn initialize(length: u32, revision: u32) -> Result<[u8; HEAD]> {
    if (length as usize) < HEAD {
        return Err(Code(INSUFFICIENT_BUFFER));
    }
    let (Ok(length), Ok(revision)) = (u16::try_from(length), u8::try_from(revision)) else {
        return Err(Code(INVALID_PARAMETER));
    };
    if !REVISIONS.contains(&revision) {
        return Err(Code(INVALID_PARAMETER));
    }
    let [low, high] = (length & !3).to_le_bytes();
    Ok([revision, 0, low, high, 0, 0, 0, 0])
}

/// Where each entry is, and behind the last one: of a list that is as it should be.
fn places(list: &[u8]) -> Result<Vec<usize>> {
    if list.len() < HEAD || !REVISIONS.contains(&list[0]) || half(list, 2) != list.len() {
        return Err(Code(INVALID_ACL));
    }
    let mut at = HEAD;
    let mut places = vec![at];
    for _ in 0..half(list, 4) {
        if list.len() < at + 4 {
            return Err(Code(INVALID_ACL));
        }
        let size = half(list, at + 2);
        if size < 4 || list.len() < at + size {
            return Err(Code(INVALID_ACL));
        }
        at += size;
        places.push(at);
    }
    Ok(places)
}

/// The entries of a list.
///
/// # Errors
/// `ERROR_INVALID_ACL`.
pub(crate) fn entries(list: &[u8]) -> Result<Vec<Entry>> {
    let places = places(list)?;
    places
        .windows(2)
        .map(|ends| entry(&list[ends[0]..ends[1]]))
        .collect()
}

fn entry(bytes: &[u8]) -> Result<Entry> {
    let (kind, flags) = (bytes[0], bytes[1]);
    if ![ALLOWED, DENIED, LABEL].contains(&kind) {
        return Ok(Entry {
            kind,
            flags,
            mask: 0,
            sid: None,
        });
    }
    let Some((head, sid)) = bytes.split_first_chunk::<ENTRY_HEAD>() else {
        return Err(Code(INVALID_ACL));
    };
    Ok(Entry {
        kind,
        flags,
        mask: u32::from_le_bytes([head[4], head[5], head[6], head[7]]),
        sid: Some(Sid::from_bytes(sid).map_err(|_| Code(INVALID_ACL))?),
    })
}

/// `AddAccessAllowedAceEx` and its kin: puts an entry behind the others.
pub(crate) fn add(list: &mut [u8], revision: u32, kind: u8, flags: u32, mask: u32, sid: &Sid) -> Result<()> {
    let newest = u32::from(*REVISIONS.end());
    if revision > newest || list.first().is_some_and(|&own| u32::from(own) > newest) {
        return Err(Code(REVISION_MISMATCH));
    }
    if flags & !INHERITANCE != 0 {
        return Err(Code(INVALID_PARAMETER));
    }
    let at = places(list)?.pop().ok_or(Code(INVALID_ACL))?;
    let made = bytes(kind, flags as u8, mask, sid);
    let free = list.get_mut(at..at + made.len());
    free.ok_or(Code(ALLOTTED_SPACE_EXCEEDED))?.copy_from_slice(&made);
    let count = half(list, 4) as u16 + 1;
    list[4..6].copy_from_slice(&count.to_le_bytes());
    list[0] = list[0].max(revision as u8);
    Ok(())
}

fn bytes(kind: u8, flags: u8, mask: u32, sid: &Sid) -> Vec<u8> {
    let sid = sid.to_bytes();
    let size = (ENTRY_HEAD + sid.len()) as u16;
    let mut bytes = vec![kind, flags];
    bytes.extend(size.to_le_bytes());
    bytes.extend(mask.to_le_bytes());
    bytes.extend(sid);
    bytes
}

/// `GetAce`: where the entry is.
pub(crate) fn find(list: &[u8], index: u32) -> Result<usize> {
    let mut places = places(list)?;
    places.pop();
    places.get(index as usize).copied().ok_or(Code(INVALID_PARAMETER))
}

/// A list of these entries.
///
/// # Errors
/// `ERROR_INVALID_ACL`: they are too many.
pub(crate) fn list(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    for entry in entries {
        let sid = entry.sid.as_ref().ok_or(Code(INVALID_ACL))?;
        body.extend(bytes(entry.kind, entry.flags, entry.mask, sid));
    }
    let (Ok(size), Ok(count)) = (u16::try_from(HEAD + body.len()), u16::try_from(entries.len())) else {
        return Err(Code(INVALID_ACL));
    };
    let mut list = initialize(u32::from(size), u32::from(*REVISIONS.start()))?.to_vec();
    list[4..6].copy_from_slice(&count.to_le_bytes());
    list.extend(body);
    Ok(list)
}
