//! Handles: closing, duplicating, comparing, and what is known of them and their objects.

use intersync::{
    Access, Error, Handle, HandleFlags, Kind, Location, Name, Namespace, Object, RawHandle, inspect,
};

use super::directories::{self, Open, Type};
use super::objects::{INHERIT, PERMANENT};
use super::paths::{Directory, Place};
use crate::calls::handles;
use crate::handle;
use crate::status::{
    ACCESS_DENIED, INVALID_CID, INVALID_PARAMETER, NOT_SAME_OBJECT, NOT_SUPPORTED, OBJECT_TYPE_MISMATCH,
    PROCESS_IS_TERMINATING, Result, Status,
};

/// `OBJ_PROTECT_CLOSE`.
pub(crate) const PROTECT: u32 = 1;
/// `DUPLICATE_CLOSE_SOURCE`.
const CLOSE_SOURCE: u32 = 1;
/// `DUPLICATE_SAME_ACCESS`.
const SAME_ACCESS: u32 = 2;
/// `DUPLICATE_SAME_ATTRIBUTES`.
const SAME_ATTRIBUTES: u32 = 4;

/// The handle of an object with this value.
///
/// # Errors
/// It is none, or one of a directory or link.
pub(super) fn find(value: isize) -> Result<RawHandle> {
    handle::find(value).map_err(|e| match directories::find(value) {
        Some(_) => Status(OBJECT_TYPE_MISMATCH),
        None => e.into(),
    })
}

/// `NtClose`.
pub(crate) fn close(value: isize) -> Result<()> {
    match directories::close(value) {
        Some(()) => Ok(()),
        None => Ok(handle::find(value)?.close()?),
    }
}

/// `NtDuplicateObject`; 0 if there is no target.
pub(crate) fn duplicate(
    source: isize,
    value: isize,
    target: isize,
    access: u32,
    attributes: u32,
    options: u32,
) -> Result<isize> {
    if let Some(open) = directories::find(value).filter(|_| is_this(source)) {
        return duplicate_directory(&open, value, target, access, options);
    }
    let mut attributes = attributes;
    if options & SAME_ATTRIBUTES != 0 {
        if !is_this(source) {
            return Err(Status(NOT_SUPPORTED));
        }
        attributes = flags_of(handle::find(value)?.flags()?);
    }
    let inherit = attributes & INHERIT != 0;
    let made = handles::duplicate(source, value, target, access, inherit, options).map_err(|e| match e {
        Error::NoSuchProcess { .. } => Status(PROCESS_IS_TERMINATING),
        other => Status::from(other),
    })?;
    if attributes & PROTECT != 0 && made != 0 && is_this(target) {
        let protect = HandleFlags::PROTECT_FROM_CLOSE;
        let raw = handle::find(made)?;
        if let Err(e) = raw.set_flags(protect, protect) {
            let _ = raw.close();
            return Err(e.into());
        }
    }
    Ok(made)
}

fn is_this(process: isize) -> bool {
    process == handle::value(RawHandle::CURRENT_PROCESS) || process == -1
}

/// Directories and links stay in this process.
fn duplicate_directory(open: &Open, value: isize, target: isize, access: u32, options: u32) -> Result<isize> {
    let made = match target {
        0 if options & CLOSE_SOURCE == 0 => return Err(Status(INVALID_PARAMETER)),
        0 => 0,
        target if !is_this(target) => return Err(Status(NOT_SUPPORTED)),
        _ => directories::duplicate(open, (options & SAME_ACCESS == 0).then_some(access))?,
    };
    if options & CLOSE_SOURCE != 0 {
        directories::close(value);
    }
    Ok(made)
}

/// `NtCompareObjects`.
pub(crate) fn compare(one: isize, two: isize) -> Result<()> {
    let same = match (directories::find(one), directories::find(two)) {
        (Some(one), Some(two)) => one.place == two.place,
        (None, None) => handle::find(one)?.is_same_object(handle::find(two)?)?,
        (Some(_), None) => handle::view(two).map(|_| false).map_err(|_| unknown(two))?,
        (None, Some(_)) => handle::view(one).map(|_| false).map_err(|_| unknown(one))?,
    };
    match same {
        true => Ok(()),
        false => Err(Status(NOT_SAME_OBJECT)),
    }
}

fn unknown(value: isize) -> Status {
    Error::InvalidHandle { value: value as u32 }.into()
}

/// What `NtQueryObject` tells.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// `OBJ_INHERIT`, `OBJ_PROTECT_CLOSE`, `OBJ_PERMANENT`.
    pub(crate) attributes: u32,
    /// The rights of the handle.
    pub(crate) access: u32,
    /// How many handles there are to the object.
    pub(crate) handles: u32,
    /// How many references: these, the waits for it, and that of the query.
    pub(crate) pointers: u32,
    /// Its path, if it has a name.
    pub(crate) name: Option<Vec<u16>>,
    /// The name of its type.
    pub(crate) type_name: &'static str,
}

/// What is known of a type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeFacts {
    pub(crate) name: &'static str,
    /// A number for it.
    pub(crate) index: u8,
    /// What the generic rights mean: read, write, execute, all.
    pub(crate) mapping: [u32; 4],
    /// The objects of this type, and the handles to them, in the namespace of the handle.
    pub(crate) objects: u32,
    pub(crate) handles: u32,
}

/// The name of a kind on Windows.
pub(crate) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Event => "Event",
        Kind::Mutex => "Mutant",
        Kind::Semaphore => "Semaphore",
        Kind::Timer => "Timer",
        Kind::Process => "Process",
        _ => "Thread",
    }
}

fn flags_of(flags: HandleFlags) -> u32 {
    let mut attributes = 0;
    if flags.contains(HandleFlags::INHERIT) {
        attributes |= INHERIT;
    }
    if flags.contains(HandleFlags::PROTECT_FROM_CLOSE) {
        attributes |= PROTECT;
    }
    attributes
}

/// What is behind a handle; with the object, where it is a pseudo handle, which has no entry of its own.
fn look(value: isize) -> Result<(inspect::HandleInfo, Object)> {
    let raw = handle::find(value)?;
    let object = Object::view_raw(raw)?;
    let entry = match handle::is_pseudo(raw) {
        true => object.as_raw()?,
        false => raw,
    };
    Ok((inspect::handle(entry)?, object))
}

/// `ObjectBasicInformation`, `ObjectNameInformation`.
pub(crate) fn facts(value: isize) -> Result<Facts> {
    if let Some(open) = directories::find(value) {
        return Ok(Facts {
            attributes: PERMANENT,
            access: open.access,
            handles: 1,
            pointers: 2,
            name: Some(path(&open.place)),
            type_name: name_and_index(&open.place).0,
        });
    }
    let (info, object) = look(value)?;
    let name = info.name.as_ref().map(Name::to_utf16);
    Ok(Facts {
        attributes: flags_of(info.flags) | if info.permanent { PERMANENT } else { 0 },
        access: object.access().bits(),
        handles: info.handles,
        pointers: info.handles.saturating_add(info.waiters).saturating_add(1),
        name: name.map(|name| directory_of(&info.location).path_of(&name)),
        type_name: type_name(info.kind),
    })
}

/// The type of a directory or link.
fn name_and_index(place: &Place) -> (&'static str, u8) {
    match Type::of(place) {
        Some(Type::Link) => ("SymbolicLink", 4),
        _ => ("Directory", 3),
    }
}

fn path(place: &Place) -> Vec<u16> {
    match place {
        Place::Directory(directory) => directory.path().encode_utf16().collect(),
        Place::Link(link) => link.path(),
        Place::Name(directory, name) => directory.path_of(name),
    }
}

fn directory_of(location: &Location) -> Directory {
    match location {
        Location::Global => Directory::Global,
        Location::Private(_) => Directory::Private(0),
        Location::Local | Location::Under(_) => Directory::Local,
    }
}

/// `ObjectTypeInformation`.
pub(crate) fn type_facts(value: isize) -> Result<TypeFacts> {
    if let Some(open) = directories::find(value) {
        let kind = Type::of(&open.place).unwrap_or(Type::Directory);
        let [read, write, execute] = kind.mapping();
        let (name, index) = name_and_index(&open.place);
        return Ok(TypeFacts {
            name,
            index,
            mapping: [read, write, execute, kind.full()],
            objects: 1,
            handles: 1,
        });
    }
    let (info, _) = look(value)?;
    let all = inspect::snapshot(&info.location)
        .map(|look| look.objects)
        .unwrap_or_default();
    let of_kind = || all.iter().filter(|object| object.kind() == info.kind);
    let generic = [
        Access::GENERIC_READ,
        Access::GENERIC_WRITE,
        Access::GENERIC_EXECUTE,
        Access::GENERIC_ALL,
    ];
    Ok(TypeFacts {
        name: type_name(info.kind),
        index: 5 + info.kind as u8,
        mapping: generic.map(|right| right.mapped(info.kind).bits()),
        objects: of_kind().count() as u32,
        handles: of_kind().map(|object| object.handles).sum(),
    })
}

/// `NtMakePermanentObject`, `NtMakeTemporaryObject`.
pub(crate) fn set_permanent(value: isize, permanent: bool) -> Result<()> {
    if directories::find(value).is_some() {
        // They are permanent, and not the program's.
        return if permanent {
            Ok(())
        } else {
            Err(Status(ACCESS_DENIED))
        };
    }
    let (info, object) = look(value)?;
    if !permanent && !object.access().contains(Access::DELETE) {
        return Err(Status(ACCESS_DENIED));
    }
    let name = info.name.ok_or(Status(NOT_SUPPORTED))?;
    // The handle keeps the name, so that it cannot become another one's meanwhile.
    Ok(Namespace::open(&info.location)?.set_permanent(&name, permanent)?)
}

/// `NtOpenProcess`; a thread, if one is given, must be one of the process.
pub(crate) fn open_process(access: u32, inherit: bool, pid: usize, tid: usize) -> Result<isize> {
    let id = |id: usize| u32::try_from(id).map_err(|_| Status(INVALID_CID));
    let (pid, tid) = (id(pid)?, id(tid)?);
    if tid != 0 {
        intersync::Thread::open(pid, tid)?;
    }
    let process = intersync::Process::open(pid)?;
    Ok(handle::give(&Object::Process(process), access, inherit)?)
}
