//! Private namespaces and their boundaries.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use intersync::{Boundary, Error, Location, Name, Namespace, PrivateNamespace};

use super::descriptor::Descriptor;
use super::mode::{self, Circle};
use super::sid::Sid;
use crate::code::{Code, INVALID_HANDLE, INVALID_PARAMETER, NOT_SUPPORTED, Result};

/// What a program holds by handle-like values that are no handles.
pub(super) struct Things<T> {
    next: isize,
    held: Option<HashMap<isize, T>>,
}

static BOUNDARIES: Mutex<Things<Boundary>> = Mutex::new(Things::starting_at(0));
static NAMESPACES: Mutex<Things<PrivateNamespace>> = Mutex::new(Things::starting_at(0));
/// Where the values begin: no handle of an object is so large.
const FIRST: isize = 1 << 40;

impl<T> Things<T> {
    /// None yet, whose values begin after this one.
    pub(super) const fn starting_at(next: isize) -> Things<T> {
        Things { next, held: None }
    }

    pub(super) fn keep(&mut self, thing: T) -> isize {
        self.next += 8;
        let value = FIRST + self.next;
        self.held.get_or_insert_default().insert(value, thing);
        value
    }

    pub(super) fn get(&mut self, value: isize) -> Option<&mut T> {
        self.held.as_mut()?.get_mut(&value)
    }

    pub(super) fn take(&mut self, value: isize) -> Option<T> {
        self.held.as_mut()?.remove(&value)
    }
}

pub(super) fn lock<T>(things: &Mutex<Things<T>>) -> MutexGuard<'_, Things<T>> {
    things.lock().unwrap_or_else(PoisonError::into_inner)
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
pub(crate) fn add_member(value: isize, sid: &Sid) -> Result<()> {
    let mut boundaries = lock(&BOUNDARIES);
    let boundary = boundaries.get(value).ok_or(Code(INVALID_HANDLE))?;
    let with = boundary.clone();
    // By its numbers: everyone and all users are the same people here, and two boundaries on Windows.
    *boundary = match sid.numbers() {
        (1, [0]) => with.everyone(),
        (22, [1, uid]) => with.user(*uid),
        (22, [2, gid]) => with.group(*gid),
        _ => return Err(Code(INVALID_PARAMETER)),
    };
    Ok(())
}

/// `AddIntegrityLabelToBoundaryDescriptor`: there are no integrity levels, so nothing would keep lower ones out.
pub(crate) fn add_label(value: isize) -> Result<()> {
    let mut boundaries = lock(&BOUNDARIES);
    boundaries.get(value).ok_or(Code(INVALID_HANDLE))?;
    Err(Code(NOT_SUPPORTED))
}

fn boundary(value: isize) -> Result<Boundary> {
    let mut boundaries = lock(&BOUNDARIES);
    boundaries.get(value).cloned().ok_or(Code(INVALID_PARAMETER))
}

/// `CreatePrivateNamespace`.
pub(crate) fn create(value: isize, alias: Option<&Name<'_>>, security: Option<&Descriptor>) -> Result<isize> {
    let alias = alias.ok_or(Code(INVALID_PARAMETER))?;
    let boundary = boundary(value)?;
    let group = || match boundary.first_group() {
        Some(group) => Ok(group),
        None => Ok(Namespace::open(&Location::Global)?.group()?),
    };
    let circle = security.map_or(Ok(Circle::Owner), |security| mode::circle(security, group))?;
    let for_user = PrivateNamespace::options();
    let for_group = for_user.mode(0o660);
    let namespace = match circle {
        Circle::Owner => for_user.create(alias, &boundary)?,
        Circle::Group => for_group.create(alias, &boundary)?,
        // Where nobody else gets, everybody is the user.
        Circle::Everyone => match for_group.create(alias, &boundary) {
            Err(error) if !matches!(error, Error::AlreadyExists { .. }) => {
                for_user.create(alias, &boundary)?
            }
            made => made?,
        },
    };
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

/// The alias of the namespace that the program holds by this value.
pub(super) fn alias(value: isize) -> Option<String> {
    lock(&NAMESPACES)
        .get(value)
        .map(|namespace| namespace.alias().to_owned())
}
