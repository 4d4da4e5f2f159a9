//! Creating and opening objects by their attributes.

use intersync::{Access, Created, Error, Event, Mutex, Name, Options, Reset, Semaphore, Timer};

use super::paths::{self, Manner, Place};
use crate::calls::descriptor::Descriptor;
use crate::calls::objects::{self, IntoRaw, check_counts, mode_of};
use crate::handle;
use crate::status::{
    INVALID_PARAMETER, NOT_SUPPORTED, OBJECT_NAME_COLLISION, OBJECT_NAME_INVALID, OBJECT_NAME_NOT_FOUND,
    OBJECT_TYPE_MISMATCH, Result, Status,
};

/// `OBJ_INHERIT`.
pub(crate) const INHERIT: u32 = 0x2;
/// `OBJ_PERMANENT`.
pub(crate) const PERMANENT: u32 = 0x10;
/// `OBJ_EXCLUSIVE`.
const EXCLUSIVE: u32 = 0x20;
/// `OBJ_CASE_INSENSITIVE`.
const CASE_INSENSITIVE: u32 = 0x40;
/// `OBJ_OPENIF`.
const OPENIF: u32 = 0x80;
/// `OBJ_OPENLINK`.
const OPENLINK: u32 = 0x100;
/// `OBJ_DONT_REPARSE`.
const DONT_REPARSE: u32 = 0x1000;
/// `OBJ_VALID_ATTRIBUTES`.
const VALID: u32 = 0x1FF2;

/// The longest name, in units.
const LONGEST: usize = 0x7FFE;

/// `OBJECT_ATTRIBUTES`, without what describes a new object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes<'a> {
    root: isize,
    name: Option<&'a [u16]>,
    flags: u32,
    /// For a new object.
    security: Option<&'a Descriptor>,
}

/// What a creator has made or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Made {
    /// The handle.
    pub(crate) value: isize,
    /// Whether it is one to what existed before.
    pub(crate) existed: bool,
}

/// Checks flags, before the name is looked at.
///
/// # Errors
/// Flags that Windows does not know, or that mean nothing here.
pub(crate) fn check_flags(flags: u32) -> Result<()> {
    match flags {
        _ if flags & !VALID != 0 => Err(Status(INVALID_PARAMETER)),
        _ if flags & EXCLUSIVE != 0 => Err(Status(NOT_SUPPORTED)),
        _ => Ok(()),
    }
}

impl<'a> Attributes<'a> {
    /// From what was given.
    ///
    /// # Errors
    /// The name is too long, or there is none although it would be relative.
    pub(crate) fn new(root: isize, name: Option<&'a [u16]>, flags: u32) -> Result<Attributes<'a>> {
        match name {
            None if root != 0 => Err(Status(OBJECT_NAME_INVALID)),
            Some(name) if name.len() > LONGEST => Err(Status(OBJECT_NAME_INVALID)),
            _ => Ok(Attributes {
                root,
                name,
                flags,
                security: None,
            }),
        }
    }

    /// With the security of a new object.
    pub(crate) fn with_security(self, security: Option<&'a Descriptor>) -> Attributes<'a> {
        Attributes { security, ..self }
    }

    /// Whether a Create may open what is there.
    pub(crate) fn open_if(&self) -> bool {
        self.flags & OPENIF != 0
    }

    /// Whether the handle can be inherited.
    pub(crate) fn inherit(&self) -> bool {
        self.flags & INHERIT != 0
    }

    /// Whether there is a name, even an empty one.
    pub(crate) fn has_name(&self) -> bool {
        self.name.is_some()
    }

    fn follow(&self, link: bool) -> Result<Place> {
        let manner = Manner {
            ignore_case: self.flags & CASE_INSENSITIVE != 0,
            link: link || self.flags & OPENLINK != 0,
            no_links: self.flags & DONT_REPARSE != 0,
        };
        paths::follow(self.root, self.name.unwrap_or_default(), manner)
    }

    /// Where something is to be opened; `link`: a link is looked for.
    ///
    /// # Errors
    /// The path does not lead anywhere.
    pub(crate) fn to_open(&self, link: bool) -> Result<Place> {
        self.follow(link)
    }

    /// Where something is to be created; `None`: without a name.
    ///
    /// # Errors
    /// As [`Attributes::to_open`].
    pub(crate) fn to_create(&self, link: bool) -> Result<Option<Place>> {
        match self.name {
            None | Some([]) => Ok(None),
            Some(_) => self.follow(link).map(Some),
        }
    }
}

/// `NtCreateEvent`.
pub(crate) fn create_event(
    access: u32,
    attributes: Option<&Attributes<'_>>,
    reset: Reset,
    signaled: bool,
) -> Result<Made> {
    create(
        Event::options().reset(reset).signaled(signaled),
        access,
        attributes,
    )
}

/// `NtCreateMutant`.
pub(crate) fn create_mutant(access: u32, attributes: Option<&Attributes<'_>>, owned: bool) -> Result<Made> {
    create(Mutex::options().owned(owned), access, attributes)
}

/// Checks the counts of a new semaphore.
///
/// # Errors
/// They are negative, or do not fit each other.
pub(crate) fn counts(initial: i32, maximum: i32) -> Result<(u32, u32)> {
    check_counts(initial, maximum).map_err(|_| Status(INVALID_PARAMETER))
}

/// `NtCreateSemaphore`.
pub(crate) fn create_semaphore(
    access: u32,
    attributes: Option<&Attributes<'_>>,
    (initial, maximum): (u32, u32),
) -> Result<Made> {
    create(Semaphore::options().permits(initial, maximum), access, attributes)
}

/// `NtCreateTimer`.
pub(crate) fn create_timer(access: u32, attributes: Option<&Attributes<'_>>, reset: Reset) -> Result<Made> {
    create(Timer::options().reset(reset), access, attributes)
}

/// The type of a new event or timer; `None`: there is no such type.
pub(crate) fn reset(kind: i32) -> Option<Reset> {
    match kind {
        0 => Some(Reset::Manual),
        1 => Some(Reset::Auto),
        _ => None,
    }
}

/// `NtOpenEvent`.
pub(crate) fn open_event(access: u32, attributes: &Attributes<'_>) -> Result<isize> {
    open(Event::options(), access, attributes)
}

/// `NtOpenMutant`.
pub(crate) fn open_mutant(access: u32, attributes: &Attributes<'_>) -> Result<isize> {
    open(Mutex::options(), access, attributes)
}

/// `NtOpenSemaphore`.
pub(crate) fn open_semaphore(access: u32, attributes: &Attributes<'_>) -> Result<isize> {
    open(Semaphore::options(), access, attributes)
}

/// `NtOpenTimer`.
pub(crate) fn open_timer(access: u32, attributes: &Attributes<'_>) -> Result<isize> {
    open(Timer::options(), access, attributes)
}

fn create<T: IntoRaw>(options: Options<T>, access: u32, attributes: Option<&Attributes<'_>>) -> Result<Made> {
    let none = Attributes::default();
    let attributes = attributes.unwrap_or(&none);
    let options = options
        .access(Access::from_bits_retain(access))
        .inheritable(attributes.inherit())
        .permanent(attributes.flags & PERMANENT != 0);
    let made = match attributes.to_create(false)? {
        None => Created {
            object: objects::with(options, mode_of(T::KIND, None, attributes.security)?).unnamed()?,
            already_existed: false,
        },
        Some(Place::Name(directory, name)) => create_at(options, &directory.object(&name)?, attributes)?,
        Some(Place::Link(_)) => return Err(Status(OBJECT_NAME_COLLISION)),
        Some(Place::Directory(_)) => return Err(Status(OBJECT_TYPE_MISMATCH)),
    };
    Ok(Made {
        value: handle::value(made.object.into_raw()?),
        existed: made.already_existed,
    })
}

fn create_at<T: IntoRaw>(
    options: Options<T>,
    name: &Name<'_>,
    attributes: &Attributes<'_>,
) -> Result<Created<T>> {
    match (
        mode_of(T::KIND, Some(name), attributes.security),
        attributes.open_if(),
    ) {
        (Ok(mode), true) => Ok(objects::with(options, mode).create(name)?),
        (Ok(mode), false) => Ok(Created {
            object: objects::with(options, mode).create_new(name)?,
            already_existed: false,
        }),
        // The security is for a new object only.
        (Err(refused), open_if) => match options.open(name) {
            Err(Error::NotFound { .. }) => Err(refused.into()),
            _ if !open_if => Err(Status(OBJECT_NAME_COLLISION)),
            opened => Ok(Created {
                object: opened?,
                already_existed: true,
            }),
        },
    }
}

fn open<T: IntoRaw>(options: Options<T>, access: u32, attributes: &Attributes<'_>) -> Result<isize> {
    let Place::Name(directory, name) = attributes.to_open(false)? else {
        return Err(Status(OBJECT_TYPE_MISMATCH));
    };
    if directory.location().is_none() {
        return Err(Status(OBJECT_NAME_NOT_FOUND));
    }
    let object = options
        .access(Access::from_bits_retain(access))
        .inheritable(attributes.inherit())
        .open(&directory.object(&name)?)?;
    Ok(handle::value(object.into_raw()?))
}
