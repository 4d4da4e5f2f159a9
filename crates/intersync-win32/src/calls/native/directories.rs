//! Directories and symbolic links: opening, listing, reading. Handles to them are values of the process.

use std::sync::MutexGuard;

use intersync::{Access, Name};

use super::objects::{Attributes, Made};
use super::paths::{self, Directory, Fixed, Link, Place};
use crate::calls::namespaces;
use crate::calls::things::{Held, Things};
use crate::status::{
    ACCESS_DENIED, INVALID_HANDLE, NOT_SUPPORTED, OBJECT_NAME_COLLISION, OBJECT_NAME_NOT_FOUND,
    OBJECT_TYPE_MISMATCH, PRIVILEGE_NOT_HELD, Result, Status,
};

/// `DIRECTORY_QUERY`, `SYMBOLIC_LINK_QUERY`.
const QUERY: u32 = 1;
/// The rights to delete and to read and change the security.
const STANDARD: u32 = 0x000F_0000;

/// The first value: apart from those of boundaries and private namespaces.
const FIRST: isize = 1 << 32;

static OPEN: Things<Open> = Things::starting_at(FIRST);

/// That nobody changes what is open.
pub(in crate::calls) type Locked = MutexGuard<'static, Held<Open>>;

pub(in crate::calls) fn locked() -> Locked {
    OPEN.lock()
}

/// What is open under a value.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    /// A directory or a link.
    pub(crate) place: Place,
    /// What the handle may be used for.
    pub(crate) access: u32,
}

/// The two types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Directory,
    Link,
}

impl Type {
    /// The type of what a path leads to.
    pub(crate) fn of(place: &Place) -> Option<Type> {
        match place {
            Place::Directory(_) => Some(Type::Directory),
            Place::Link(_) => Some(Type::Link),
            Place::Name(..) => None,
        }
    }

    /// All rights.
    pub(crate) fn full(self) -> u32 {
        match self {
            Type::Directory => STANDARD | 0xF,
            Type::Link => STANDARD | 1,
        }
    }

    /// What the generic rights mean: read, write, execute.
    pub(crate) fn mapping(self) -> [u32; 3] {
        let control = Access::READ_CONTROL.bits();
        match self {
            Type::Directory => [control | 3, control | 0xC, control | 3],
            Type::Link => [control | 1, control, control | 1],
        }
    }

    /// What a handle is granted that is asked for with this mask: everybody may do everything that there is to do.
    fn granted(self, mask: u32) -> Result<u32> {
        let [read, write, execute] = self.mapping();
        let meanings = [
            (Access::GENERIC_READ, read),
            (Access::GENERIC_WRITE, write),
            (Access::GENERIC_EXECUTE, execute),
            (Access::GENERIC_ALL, self.full()),
            (Access::MAXIMUM, self.full()),
        ];
        if mask & Access::SYSTEM_SECURITY.bits() != 0 {
            return Err(Status(PRIVILEGE_NOT_HELD));
        }
        let granted = meanings
            .iter()
            .filter(|(bit, _)| mask & bit.bits() != 0)
            .fold(mask, |all, (bit, meaning)| all & !bit.bits() | meaning);
        match granted {
            0 => Err(Status(ACCESS_DENIED)),
            granted if granted & !self.full() != 0 => Err(Status(ACCESS_DENIED)),
            granted => Ok(granted),
        }
    }
}

/// Opens a place that is of this type.
fn keep(place: Place, kind: Type, access: u32) -> Result<isize> {
    match Type::of(&place) {
        Some(found) if found == kind => {
            let access = kind.granted(access)?;
            Ok(OPEN.keep(Open { place, access }))
        }
        Some(_) => Err(Status(OBJECT_TYPE_MISMATCH)),
        None => Err(Status(no_such(&place))),
    }
}

/// Why there is no directory or link in this place: there is an object, or nothing.
fn no_such(place: &Place) -> u32 {
    let Place::Name(directory, name) = place else {
        return OBJECT_TYPE_MISMATCH;
    };
    match directory.object(name).map(|name| intersync::Object::open(&name)) {
        Ok(Ok(_)) => OBJECT_TYPE_MISMATCH,
        _ => OBJECT_NAME_NOT_FOUND,
    }
}

/// `NtOpenDirectoryObject`, `NtOpenSymbolicLinkObject`.
pub(crate) fn open(kind: Type, access: u32, attributes: &Attributes<'_>) -> Result<isize> {
    keep(attributes.to_open(kind == Type::Link)?, kind, access)
}

/// `NtCreateDirectoryObject`, `NtCreateSymbolicLinkObject`: those that are there can be opened, and there cannot be others.
pub(crate) fn create(kind: Type, access: u32, attributes: Option<&Attributes<'_>>) -> Result<Made> {
    let place = match attributes {
        None => None,
        Some(attributes) => attributes.to_create(kind == Type::Link)?,
    };
    let place = place.ok_or(Status(NOT_SUPPORTED))?;
    if matches!(&place, Place::Name(..)) {
        return Err(Status(match no_such(&place) {
            OBJECT_NAME_NOT_FOUND => NOT_SUPPORTED,
            other => other,
        }));
    }
    if Type::of(&place) != Some(kind) {
        return Err(Status(OBJECT_TYPE_MISMATCH));
    }
    if !attributes.is_some_and(Attributes::open_if) {
        return Err(Status(OBJECT_NAME_COLLISION));
    }
    Ok(Made {
        value: keep(place, kind, access)?,
        existed: true,
    })
}

/// What is open under a value, if it is one of these.
pub(crate) fn find(value: isize) -> Option<Open> {
    may_be(value).then(|| OPEN.with(value, |open| open.clone()))?
}

/// Whether it may be one of these: handles of objects need not be looked for.
fn may_be(value: isize) -> bool {
    value > FIRST
}

/// Closes the handle, if it is one of these.
pub(crate) fn close(value: isize) -> Option<()> {
    may_be(value).then(|| OPEN.take(value).map(drop))?
}

/// Another handle to what is open; `None`: with the same rights.
pub(crate) fn duplicate(open: &Open, access: Option<u32>) -> Result<isize> {
    let access = match (access, Type::of(&open.place)) {
        (None | Some(0), _) | (_, None) => access.unwrap_or(open.access),
        (Some(mask), Some(kind)) => kind.granted(mask)?,
    };
    let place = open.place.clone();
    Ok(OPEN.keep(Open { place, access }))
}

/// What a handle that paths may begin at leads to: that of a directory, of a link, or of a private namespace.
pub(super) fn place(root: isize) -> Result<Place> {
    match find(root) {
        Some(open) => Ok(open.place),
        None if namespaces::alias(root).is_some() => Ok(Place::Directory(Directory::Private(root))),
        None => Err(paths::no_directory(root)),
    }
}

fn queried(value: isize) -> Result<Place> {
    let open = find(value).ok_or_else(|| paths::no_directory(value))?;
    if open.access & QUERY == 0 {
        return Err(match Type::of(&open.place) {
            None => Status(INVALID_HANDLE),
            Some(_) => Status(ACCESS_DENIED),
        });
    }
    Ok(open.place)
}

/// `NtQueryDirectoryObject`: names and types, in the order of the names.
pub(crate) fn list(value: isize) -> Result<Vec<(Vec<u16>, &'static str)>> {
    let Place::Directory(directory) = queried(value)? else {
        return Err(Status(OBJECT_TYPE_MISMATCH));
    };
    let fixed = directory.fixed().iter().map(|(name, fixed)| {
        let kind = match fixed {
            Fixed::Directory(_) => "Directory",
            Fixed::Link(_) => "SymbolicLink",
        };
        (name.encode_utf16().collect(), kind)
    });
    let objects = directory.objects().into_iter().filter_map(|object| {
        let kind = super::handles::type_name(object.kind());
        object.name.map(|text| (Name::from(text).to_utf16(), kind))
    });
    let mut list: Vec<(Vec<u16>, &'static str)> = fixed.chain(objects).collect();
    list.sort();
    Ok(list)
}

/// `NtQuerySymbolicLinkObject`: where it leads.
pub(crate) fn target(value: isize) -> Result<Vec<u16>> {
    match queried(value)? {
        Place::Link(Link { target, .. }) => Ok(target.path().encode_utf16().collect()),
        _ => Err(Status(OBJECT_TYPE_MISMATCH)),
    }
}
