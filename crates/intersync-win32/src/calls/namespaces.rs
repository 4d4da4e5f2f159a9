//! Private namespaces and their boundaries.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use intersync::{Boundary, Name, PrivateNamespace};

use crate::code::{Code, INVALID_HANDLE, INVALID_PARAMETER, Result};

/// What a program holds by handle-like values that are no handles.
struct Things<T> {
    next: isize,
    held: Option<HashMap<isize, T>>,
}

static BOUNDARIES: Mutex<Things<Boundary>> = Mutex::new(Things { next: 0, held: None });
static NAMESPACES: Mutex<Things<PrivateNamespace>> = Mutex::new(Things { next: 0, held: None });
/// Where the values begin: no handle of an object is so large.
const FIRST: isize = 1 << 40;

impl<T> Things<T> {
    fn keep(&mut self, thing: T) -> isize {
        self.next += 8;
        let value = FIRST + self.next;
        self.held.get_or_insert_default().insert(value, thing);
        value
    }

    fn get(&mut self, value: isize) -> Option<&mut T> {
        self.held.as_mut()?.get_mut(&value)
    }

    fn take(&mut self, value: isize) -> Option<T> {
        self.held.as_mut()?.remove(&value)
    }
}

fn lock<T>(things: &Mutex<Things<T>>) -> MutexGuard<'_, Things<T>> {
    things.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A member of a boundary, as a security identifier names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    /// `S-1-1-0`.
    Everyone,
    /// `S-1-22-1-<uid>`.
    User(u32),
    /// `S-1-22-2-<gid>`.
    Group(u32),
}

impl Member {
    /// The member that a security identifier stands for: revision, authority, parts.
    pub(crate) fn of(revision: u8, authority: u64, parts: &[u32]) -> Option<Member> {
        match (revision, authority, parts) {
            (1, 1, [0]) => Some(Member::Everyone),
            (1, 22, [1, uid]) => Some(Member::User(*uid)),
            (1, 22, [2, gid]) => Some(Member::Group(*gid)),
            _ => None,
        }
    }
}

/// `CreateBoundaryDescriptor`.
pub(crate) fn create_boundary(name: Option<&Name<'_>>, flags: u32) -> Result<isize> {
    match name {
        Some(name) if !name.is_empty() && flags == 0 => Ok(lock(&BOUNDARIES).keep(Boundary::new(name))),
        _ => Err(Code(INVALID_PARAMETER)),
    }
}

/// `DeleteBoundaryDescriptor`.
pub(crate) fn delete_boundary(value: isize) {
    lock(&BOUNDARIES).take(value);
}

/// `AddSIDToBoundaryDescriptor`.
pub(crate) fn add_member(value: isize, member: Option<Member>) -> Result<()> {
    let mut boundaries = lock(&BOUNDARIES);
    let boundary = boundaries.get(value).ok_or(Code(INVALID_HANDLE))?;
    let with = boundary.clone();
    *boundary = match member.ok_or(Code(INVALID_PARAMETER))? {
        Member::Everyone => with.everyone(),
        Member::User(uid) => with.user(uid),
        Member::Group(gid) => with.group(gid),
    };
    Ok(())
}

fn boundary(value: isize) -> Result<Boundary> {
    let mut boundaries = lock(&BOUNDARIES);
    boundaries.get(value).cloned().ok_or(Code(INVALID_PARAMETER))
}

/// `CreatePrivateNamespace`.
pub(crate) fn create(value: isize, alias: Option<&Name<'_>>) -> Result<isize> {
    let alias = alias.ok_or(Code(INVALID_PARAMETER))?;
    let namespace = PrivateNamespace::create(alias, &boundary(value)?)?;
    Ok(lock(&NAMESPACES).keep(namespace))
}

/// `OpenPrivateNamespace`.
pub(crate) fn open(value: isize, alias: Option<&Name<'_>>) -> Result<isize> {
    let alias = alias.ok_or(Code(INVALID_PARAMETER))?;
    let namespace = PrivateNamespace::open(alias, &boundary(value)?)?;
    Ok(lock(&NAMESPACES).keep(namespace))
}

/// `ClosePrivateNamespace`.
pub(crate) fn close(value: isize, destroy: bool) -> Result<()> {
    let namespace = lock(&NAMESPACES).take(value).ok_or(Code(INVALID_HANDLE))?;
    Ok(namespace.close(destroy)?)
}
