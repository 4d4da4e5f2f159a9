//! `SetEntriesInAcl`: a list made from another one and what is to change.

use rustix::process::geteuid;

use super::acl::{self, ALLOWED, DENIED, Entry};
use super::sid::Sid;
use crate::code::{Code, INVALID_PARAMETER, NONE_MAPPED, NOT_SUPPORTED, Result};

/// The flags of inheritance that an entry may be given.
const INHERITANCE: u32 = 0xF;

/// What is to change for somebody.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) mask: u32,
    /// `ACCESS_MODE`.
    pub(crate) mode: u32,
    pub(crate) inheritance: u32,
    pub(crate) sid: Sid,
}

/// The list with these changes, one after the other.
pub(crate) fn merged(old: &[Entry], changes: &[Change]) -> Result<Vec<u8>> {
    let mut entries = old.to_vec();
    for change in changes {
        apply(change, &mut entries)?;
    }
    acl::list(&entries)
}

fn apply(change: &Change, entries: &mut Vec<Entry>) -> Result<()> {
    if change.inheritance & !INHERITANCE != 0 {
        return Err(Code(INVALID_PARAMETER));
    }
    match change.mode {
        // GRANT_ACCESS
        1 => {
            take(change, DENIED, entries);
            if !give(change, ALLOWED, entries) {
                entries.push(entry(change, ALLOWED));
            }
        }
        // SET_ACCESS
        2 => {
            entries.retain(|e| e.sid.as_ref() != Some(&change.sid) || ![ALLOWED, DENIED].contains(&e.kind));
            entries.push(entry(change, ALLOWED));
        }
        // DENY_ACCESS
        3 => {
            take(change, ALLOWED, entries);
            if !give(change, DENIED, entries) {
                entries.insert(0, entry(change, DENIED));
            }
        }
        // REVOKE_ACCESS
        4 => entries.retain(|e| e.sid.as_ref() != Some(&change.sid) || e.kind != ALLOWED),
        // SET_AUDIT_SUCCESS, SET_AUDIT_FAILURE
        5 | 6 => return Err(Code(NOT_SUPPORTED)),
        _ => return Err(Code(INVALID_PARAMETER)),
    }
    Ok(())
}

fn entry(change: &Change, kind: u8) -> Entry {
    Entry {
        kind,
        flags: change.inheritance as u8,
        mask: change.mask,
        sid: Some(change.sid.clone()),
    }
}

/// Takes the rights out of the entries of a kind that are for the same one, and out of the list what is empty then.
fn take(change: &Change, kind: u8, entries: &mut Vec<Entry>) {
    entries.retain_mut(|e| {
        if e.kind != kind || e.sid.as_ref() != Some(&change.sid) {
            return true;
        }
        e.mask &= !change.mask;
        e.mask != 0
    });
}

/// Adds the rights to an entry of a kind that is for the same one and is inherited in the same way, if there is one.
fn give(change: &Change, kind: u8, entries: &mut [Entry]) -> bool {
    let fits = |e: &&mut Entry| {
        e.kind == kind && u32::from(e.flags) == change.inheritance && e.sid.as_ref() == Some(&change.sid)
    };
    let found = entries.iter_mut().find(fits);
    found.map(|e| e.mask |= change.mask).is_some()
}

/// Whom a name stands for.
///
/// # Errors
/// `ERROR_NONE_MAPPED`: nobody who is known by name.
pub(crate) fn named(name: &str) -> Result<Sid> {
    const UNIX: [u8; 6] = [0, 0, 0, 0, 0, 22];
    if name.eq_ignore_ascii_case("CURRENT_USER") {
        return Sid::new(UNIX, &[1, geteuid().as_raw()]);
    }
    if name.eq_ignore_ascii_case("EVERYONE") {
        return Sid::parse("WD");
    }
    Err(Code(NONE_MAPPED))
}
