//! Private namespaces and their boundaries.

use std::sync::MutexGuard;

use intersync::{Boundary, Error, Location, Name, Namespace, PrivateNamespace};

use super::descriptor::Descriptor;
use super::mode::{self, Circle};
use super::sid::Sid;
use super::things::{Held, Things};
use crate::code::{Code, INVALID_HANDLE, INVALID_PARAMETER, NOT_SUPPORTED, Result};

static BOUNDARIES: Things<Boundary> = Things::starting_at(0);
static NAMESPACES: Things<PrivateNamespace> = Things::starting_at(0);

/// That nobody changes which boundaries and namespaces the program holds.
pub(super) type Locked = (
    MutexGuard<'static, Held<Boundary>>,
    MutexGuard<'static, Held<PrivateNamespace>>,
);

pub(super) fn locked() -> Locked {
    (BOUNDARIES.lock(), NAMESPACES.lock())
}

/// `CreateBoundaryDescriptor`.
pub(crate) fn create_boundary(name: Option<&Name<'_>>, flags: u32) -> Result<isize> {
    match name {
        Some(name) if !name.is_empty() && flags == 0 => Ok(BOUNDARIES.keep(Boundary::new(name))),
        _ => Err(Code(INVALID_PARAMETER)),
    }
}

/// `DeleteBoundaryDescriptor`.
pub(crate) fn delete_boundary(value: isize) {
    BOUNDARIES.take(value);
}

/// `AddSIDToBoundaryDescriptor`.
pub(crate) fn add_member(value: isize, sid: &Sid) -> Result<()> {
    let add = |boundary: &mut Boundary| {
        let with = boundary.clone();
        // By its numbers: everyone and all users are the same people here, and two boundaries on Windows.
        *boundary = match sid.numbers() {
            (1, [0]) => with.everyone(),
            (22, [1, uid]) => with.user(*uid),
            (22, [2, gid]) => with.group(*gid),
            _ => return Err(Code(INVALID_PARAMETER)),
        };
        Ok(())
    };
    BOUNDARIES.with(value, add).ok_or(Code(INVALID_HANDLE))?
}

/// `AddIntegrityLabelToBoundaryDescriptor`: there are no integrity levels, so nothing would keep lower ones out.
pub(crate) fn add_label(value: isize) -> Result<()> {
    Err(Code(match BOUNDARIES.with(value, |_| ()) {
        Some(()) => NOT_SUPPORTED,
        None => INVALID_HANDLE,
    }))
}

fn boundary(value: isize) -> Result<Boundary> {
    let found = BOUNDARIES.with(value, |boundary| boundary.clone());
    found.ok_or(Code(INVALID_PARAMETER))
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
    Ok(NAMESPACES.keep(namespace))
}

/// `OpenPrivateNamespace`.
pub(crate) fn open(value: isize, alias: Option<&Name<'_>>) -> Result<isize> {
    let alias = alias.ok_or(Code(INVALID_PARAMETER))?;
    let namespace = PrivateNamespace::open(alias, &boundary(value)?)?;
    Ok(NAMESPACES.keep(namespace))
}

/// `ClosePrivateNamespace`.
pub(crate) fn close(value: isize, destroy: bool) -> Result<()> {
    let namespace = NAMESPACES.take(value).ok_or(Code(INVALID_HANDLE))?;
    Ok(namespace.close(destroy)?)
}

/// The alias of the namespace that the program holds by this value.
pub(super) fn alias(value: isize) -> Option<String> {
    NAMESPACES.with(value, |namespace| namespace.alias().to_owned())
}
