//! What is behind one handle of this process.

use crate::arena::layout::object;
use crate::sys::arena_file::Base;
use crate::{Access, Error, HandleFlags, Kind, Location, Name, RawHandle, Result, name};

/// A handle, and the object it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandleInfo {
    /// The namespace of the object.
    pub location: Location,
    /// Its name without prefix, if users have given it one.
    pub name: Option<Name<'static>>,
    /// Its kind.
    pub kind: Kind,
    /// What the handle may be used for.
    pub access: Access,
    /// The flags of the handle.
    pub flags: HandleFlags,
    /// How many handles refer to the object, in all processes.
    pub handles: u32,
    /// How many waits are in its queue.
    pub waiters: u32,
    /// Whether it stays without handles.
    pub permanent: bool,
}

/// Looks at a handle of this process and at its object. No right is needed.
///
/// # Errors
/// [`Error::InvalidHandle`](crate::Error::InvalidHandle), also for a pseudo handle, which has no entry.
pub fn handle(handle: RawHandle) -> Result<HandleInfo> {
    let opened = handle.opened()?;
    let (process, _) = handle.place()?;
    let arena = process.arena;
    let o = opened.object;
    let word = |word| arena.get(o, word);
    let meta = word(object::META);
    let stored = process.quietly(|ctx| Ok(ctx.name_of(o)))?;
    let mut flags = HandleFlags::empty();
    flags.set(HandleFlags::INHERIT, opened.reference.inherit());
    flags.set(HandleFlags::PROTECT_FROM_CLOSE, opened.reference.protect());
    let info = HandleInfo {
        location: location(arena.host.file.base()),
        name: stored
            .filter(|stored| !name::is_internal(stored))
            .map(Name::stored),
        kind: handle.kind()?,
        access: opened.access,
        flags,
        handles: word(object::HANDLES) as u32,
        waiters: word(object::QUEUED) as u32,
        permanent: meta & object::PERMANENT != 0,
    };
    // The object was there all the time if the handle is still open; if not, another may be in its place.
    if handle.opened()?.reference.is_of(opened.reference) {
        Ok(info)
    } else {
        Err(handle.explain(Error::InvalidHandle {
            value: handle.value(),
        }))
    }
}

fn location(base: &Base) -> Location {
    match base {
        Base::Auto => Location::Local,
        Base::Under(path) => Location::Under(path.clone()),
        Base::Global => Location::Global,
        Base::Private(private) => Location::Private(private.alias.clone()),
    }
}
