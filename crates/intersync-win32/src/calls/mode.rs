//! From security descriptors to modes. `SECURITY.md` has the rules.
//!
//! The three classes of a mode are three callers: the owner, a member of the group, somebody else. What the entries grant to each,
//! taken in their order as on Windows, is its three bits. What bits cannot say is refused, never weakened.

use intersync::{Access, Kind};
use rustix::process::{getegid, geteuid, getgroups};

use super::acl::{ALLOWED, DENIED, Entry, INHERIT_ONLY, LABEL};
use super::descriptor::{Descriptor, List};
use super::sid::{Sid, Who};
use crate::code::{Code, INVALID_OWNER, INVALID_PRIMARY_GROUP, NOT_SUPPORTED, PRIVILEGE_NOT_HELD, Result};

/// Rights to a directory of names: to look up, to pass through, to make objects, to make directories.
const DIRECTORY_RIGHTS: u32 = 0xF;

/// A class of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Owner,
    Group,
    Others,
}

/// Whom an entry names, as the classes see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Everyone,
    Owner,
    Group,
    /// None of the three, and nobody who is denied anything by an entry.
    Nobody,
}

/// Who may open a private namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Circle {
    /// The user alone.
    Owner,
    /// The members of its group, too.
    Group,
    /// Everybody who gets there, if anybody else does.
    Everyone,
}

/// The mode of a new object. `group` is asked only if an entry names one.
///
/// # Errors
/// `ERROR_NOT_SUPPORTED`: no mode says that. `ERROR_INVALID_OWNER`, `ERROR_INVALID_PRIMARY_GROUP`, `ERROR_PRIVILEGE_NOT_HELD`.
pub(crate) fn of(
    descriptor: &Descriptor,
    kind: Kind,
    group: impl Fn() -> Result<u32>,
) -> Result<Option<u16>> {
    check(descriptor)?;
    let entries = match &descriptor.list {
        List::Absent => return Ok(None),
        List::Null => return Ok(Some(0o777)),
        List::Entries(entries) => effective(entries, group)?,
    };
    let bits = |class| {
        let decided = decided(&entries, class, |mask| {
            (Access::from_bits_retain(mask).mapped(kind) & Access::full(kind)).bits()
        });
        bits(&decided, kind, class == Class::Owner)
    };
    Ok(Some(
        bits(Class::Owner)? << 6 | bits(Class::Group)? << 3 | bits(Class::Others)?,
    ))
}

/// Who may open a new private namespace: everything or nothing for each class, as nobody can only look.
///
/// # Errors
/// As [`of`].
pub(crate) fn circle(descriptor: &Descriptor, group: impl Fn() -> Result<u32>) -> Result<Circle> {
    check(descriptor)?;
    let entries = match &descriptor.list {
        List::Absent => return Ok(Circle::Owner),
        List::Null => return Ok(Circle::Everyone),
        List::Entries(entries) => effective(entries, group)?,
    };
    let everything = |class| match decided(&entries, class, directory_rights).granted & DIRECTORY_RIGHTS {
        0 => Ok(false),
        DIRECTORY_RIGHTS => Ok(true),
        _ => Err(Code(NOT_SUPPORTED)),
    };
    match (
        everything(Class::Owner)?,
        everything(Class::Group)?,
        everything(Class::Others)?,
    ) {
        (true, false, false) => Ok(Circle::Owner),
        (true, true, false) => Ok(Circle::Group),
        (true, true, true) => Ok(Circle::Everyone),
        _ => Err(Code(NOT_SUPPORTED)),
    }
}

fn directory_rights(mask: u32) -> u32 {
    let generic = [
        (Access::GENERIC_READ, 0x3),
        (Access::GENERIC_EXECUTE, 0x3),
        (Access::GENERIC_WRITE, 0xC),
        (Access::GENERIC_ALL, 0xF),
    ];
    let meant = generic.iter().filter(|(bit, _)| mask & bit.bits() != 0);
    meant.fold(mask & DIRECTORY_RIGHTS, |all, (_, rights)| all | rights)
}

/// Checks what is not in the list: nobody gives objects away, and there is neither auditing nor integrity.
fn check(descriptor: &Descriptor) -> Result<()> {
    if let Some(owner) = &descriptor.owner
        && !is_caller(owner)
    {
        return Err(Code(INVALID_OWNER));
    }
    if let Some(group) = &descriptor.group
        && !is_of_caller(group)
    {
        return Err(Code(INVALID_PRIMARY_GROUP));
    }
    match &descriptor.system {
        None => Ok(()),
        Some(entries) if !entries.is_empty() && entries.iter().all(|entry| entry.kind == LABEL) => {
            Err(Code(NOT_SUPPORTED))
        }
        Some(_) => Err(Code(PRIVILEGE_NOT_HELD)),
    }
}

fn is_caller(owner: &Sid) -> bool {
    match owner.who() {
        Some(Who::User(uid)) => geteuid().as_raw() == uid,
        Some(Who::Administrator) => geteuid().is_root(),
        _ => false,
    }
}

fn is_of_caller(group: &Sid) -> bool {
    match group.who() {
        Some(Who::Group(gid)) => is_in_group(gid),
        Some(Who::Administrator) => geteuid().is_root(),
        _ => false,
    }
}

fn is_in_group(gid: u32) -> bool {
    getegid().as_raw() == gid || getgroups().is_ok_and(|groups| groups.iter().any(|g| g.as_raw() == gid))
}

/// The entries that decide about this object, by the classes they name.
fn effective(entries: &[Entry], group: impl Fn() -> Result<u32>) -> Result<Vec<(bool, u32, Named)>> {
    let mut effective = Vec::new();
    for entry in entries {
        if ![ALLOWED, DENIED].contains(&entry.kind) {
            return Err(Code(NOT_SUPPORTED));
        }
        if entry.flags & INHERIT_ONLY != 0 {
            continue;
        }
        let allowed = entry.kind == ALLOWED;
        let named = match entry.sid.as_ref().and_then(Sid::who) {
            Some(Who::Everyone) => Named::Everyone,
            Some(Who::Owner) => Named::Owner,
            Some(Who::User(uid)) if uid == geteuid().as_raw() => Named::Owner,
            Some(Who::OwnersGroup) => Named::Group,
            Some(Who::Group(gid)) if gid == group()? => Named::Group,
            Some(Who::Administrator) if allowed && geteuid().is_root() => Named::Owner,
            // Root may do everything anyway.
            Some(Who::Administrator) if allowed => Named::Nobody,
            Some(Who::Nobody) => Named::Nobody,
            _ => return Err(Code(NOT_SUPPORTED)),
        };
        effective.push((allowed, entry.mask, named));
    }
    // Whether an owner, too, is named with the group depends on the groups it is in.
    if effective.iter().any(|(_, _, named)| *named == Named::Group) && is_in_group(group()?) {
        let with_owner = |entry: (bool, u32, Named)| match entry {
            (allowed, mask, Named::Group) => vec![entry, (allowed, mask, Named::Owner)],
            _ => vec![entry],
        };
        effective = effective.into_iter().flat_map(with_owner).collect();
    }
    Ok(effective)
}

/// What the entries say about a class of users.
struct Decided {
    granted: u32,
    denied: u32,
}

/// What the entries decide for a class: for each right, the first entry that names it.
fn decided(entries: &[(bool, u32, Named)], class: Class, meaning: impl Fn(u32) -> u32) -> Decided {
    let (mut granted, mut denied) = (0, 0);
    for &(allowed, mask, named) in entries {
        let meant = match (named, class) {
            (Named::Everyone, _) | (Named::Owner, Class::Owner) | (Named::Group, Class::Group) => {
                meaning(mask)
            }
            _ => 0,
        };
        match allowed {
            true => granted |= meant & !denied,
            false => denied |= meant & !granted,
        }
    }
    Decided { granted, denied }
}

/// The three bits of a class that grant what is granted, and nothing that is denied. What entries do not mention may come
/// along where no operation needs it.
fn bits(decided: &Decided, kind: Kind, is_owner: bool) -> Result<u16> {
    let granted = Access::from_bits_retain(decided.granted);
    let denied = Access::from_bits_retain(decided.denied);
    let mut bits = 0;
    for (bit, right) in [(0o4, Access::QUERY), (0o2, Access::MODIFY), (0o1, Access::WAIT)] {
        if granted.contains(right) {
            bits |= bit;
        }
    }
    // A mutex has no right to change it.
    if granted == Access::full(kind) {
        bits = 0o7;
    }
    let allowed = Access::of_class(kind, bits, is_owner);
    // As on Windows, nobody can deny these to the owner.
    let owners = Access::of_class(kind, 0, is_owner);
    match allowed.contains(granted) && ((allowed - owners) & denied).is_empty() {
        true => Ok(bits),
        false => Err(Code(NOT_SUPPORTED)),
    }
}
