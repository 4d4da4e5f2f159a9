//! Duplicates: handles of one process to an object that another process has a handle to.
//!
//! The process that makes one may be the one that has the handle, the one that gets it, both or neither. It must be
//! allowed to act on the others: be of the same user, or root. The value of the new handle has to be told to the process
//! that gets it.

use std::sync::atomic::{AtomicU16, Ordering};

use crate::access::Access;
use crate::arena::corrupt;
use crate::arena::layout::slot;
use crate::directory::raw::{self, Rights};
use crate::directory::table::Table;
use crate::dispatch::Ctx;
use crate::host::{Caller, Host};
use crate::linux::Linux;
use crate::object::process::Process;
use crate::object::sharing::Handle;
use crate::peer::Peer;
use crate::process::Process as Attachment;
use crate::word::handle::{Number, Reference, Tag};
use crate::{Error, Object, RawHandle, Result};

/// How a handle is duplicated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DuplicateOptions {
    access: Option<Access>,
    inherit: bool,
    close_source: bool,
}

impl DuplicateOptions {
    /// With the rights of its source (`DUPLICATE_SAME_ACCESS`), not to be inherited.
    pub fn new() -> DuplicateOptions {
        DuplicateOptions::default()
    }

    /// With these rights instead. More than those of the source only if owner and mode of the object allow them to the
    /// caller.
    pub fn access(mut self, access: Access) -> DuplicateOptions {
        self.access = Some(access);
        self
    }

    /// Whether children of the process that gets it may inherit it.
    pub fn inheritable(mut self, inherit: bool) -> DuplicateOptions {
        self.inherit = inherit;
        self
    }

    /// Whether the source is closed (`DUPLICATE_CLOSE_SOURCE`): whatever becomes of the duplicate, once the source is
    /// known to be open. A handle that is protected, or that a value of the program owns, stays open.
    pub fn close_source(mut self, close: bool) -> DuplicateOptions {
        self.close_source = close;
        self
    }
}

/// A process whose handle is duplicated, or that gets the duplicate.
#[derive(Debug, Clone, Copy)]
pub enum Party<'p> {
    /// The calling process.
    This,
    /// The process behind this handle, which needs the right [`Access::DUPLICATE`].
    Process(&'p Process),
}

impl<'p> From<&'p Process> for Party<'p> {
    fn from(process: &'p Process) -> Party<'p> {
        Party::Process(process)
    }
}

/// Duplicates a handle of the process `source` for the process `target`, and returns its value there. Without a target
/// and with [`DuplicateOptions::close_source`] the handle is only closed, and there is no value.
///
/// Source: Win32 `DuplicateHandle`.
///
/// # Errors
/// [`Error::InvalidArgument`]: neither a target nor the source to be closed. [`Error::AccessDenied`] if a handle to a
/// process lacks [`Access::DUPLICATE`], if a process is another user's, or if the rights cannot be granted;
/// [`Error::InvalidHandle`] if the source has no such handle; [`Error::NotAttached`] if a process has not opened
/// the namespace of the object; [`Error::NoSuchProcess`] if it has ended; no room for the handle.
pub fn duplicate<'p>(
    source: impl Into<Party<'p>>,
    handle: RawHandle,
    target: Option<Party<'p>>,
    options: DuplicateOptions,
) -> Result<Option<RawHandle>> {
    if target.is_none() && !options.close_source {
        return Err(Error::InvalidArgument {
            what: "a duplicate for nobody, of a handle that stays open".to_owned(),
        });
    }
    let source = match source.into() {
        Party::This => None,
        Party::Process(process) => Some(process.for_duplicates()?).filter(|peer| !peer.is_this()),
    };
    let peer = match target {
        Some(Party::Process(process)) => Some(process.for_duplicates()),
        _ => None,
    };
    let goal = match (target, &peer) {
        (Some(Party::This), _) => Goal::This,
        (_, peer) => Goal::of(peer.as_ref()),
    };
    let Some(source) = source else {
        return match target {
            Some(_) => own(handle, goal, options),
            None => close(handle),
        };
    };
    let invalid = Error::InvalidHandle {
        value: handle.value(),
    };
    let (number, tag) = Number::of_value(handle.value()).ok_or(invalid.clone())?;
    let mut error = Error::NotAttached { pid: source.pid };
    for attachment in Attachment::all() {
        let found = attachment.quietly(|ctx| {
            let from = table_of(ctx, &source)?;
            let here = Tag(ctx.arena.get(from.slot, slot::TAG)) == tag;
            here.then(|| make(ctx, from, number, goal, options)).transpose()
        });
        match found {
            Ok(Some(made)) => return Ok(made),
            // It has the handle in another namespace, if any.
            Ok(None) => error = invalid.clone(),
            Err(Error::NotAttached { .. }) => {}
            Err(e) => return Err(e),
        }
    }
    Err(error)
}

impl RawHandle {
    /// Another handle of this process to the same object: with these rights, or with the same. `inherit`: whether
    /// children may inherit it. That of a pseudo handle is a real one.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`], [`Error::AccessDenied`]; no room for a handle.
    pub fn duplicate(self, access: Option<Access>, inherit: bool) -> Result<RawHandle> {
        let options = DuplicateOptions {
            access,
            inherit,
            close_source: false,
        };
        own(self, Goal::This, options)?.ok_or(corrupt("a duplicate was made nowhere"))
    }

    /// Whether both are handles to the same object, whatever their rights.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] if one of them is not open.
    pub fn is_same_object(self, other: RawHandle) -> Result<bool> {
        Object::view_raw(self)?.is_same_object(&Object::view_raw(other)?)
    }
}

/// Closes a handle of this process, unless something protects it.
fn close(handle: RawHandle) -> Result<Option<RawHandle>> {
    match handle.close() {
        Ok(()) | Err(Error::Protected { .. } | Error::Claimed { .. }) => Ok(None),
        Err(e) => Err(e),
    }
}

/// For whom a duplicate is made.
#[derive(Clone, Copy, Debug)]
enum Goal<'t> {
    Nobody,
    /// This process, which need not be told apart from others: that would take a look at `/proc`.
    This,
    /// A process, or why it cannot be.
    Process(&'t Result<Peer>),
}

impl<'t> Goal<'t> {
    fn of(target: Option<&'t Result<Peer>>) -> Goal<'t> {
        target.map_or(Goal::Nobody, Goal::Process)
    }

    /// Its handle table, if it is for somebody.
    fn table(self, ctx: &Ctx<'static, Linux>) -> Result<Option<Table>> {
        match self {
            Goal::Nobody => Ok(None),
            Goal::This => Ok(Some(ctx.table())),
            Goal::Process(peer) => table_of(ctx, peer.as_ref().map_err(Clone::clone)?).map(Some),
        }
    }
}

/// Duplicates a handle of this process, which may be a pseudo handle.
fn own(handle: RawHandle, target: Goal<'_>, options: DuplicateOptions) -> Result<Option<RawHandle>> {
    let real = match handle.pseudo() {
        Some(_) => Some(Object::view_raw(handle)?),
        None => None,
    };
    let (attachment, number) = match &real {
        Some(object) => object.as_raw()?.place()?,
        None => handle.place()?,
    };
    let made = attachment.quietly(|ctx| make(ctx, ctx.table(), number, target, options));
    made.map_err(|e| handle.explain(e))
}

/// Duplicates a handle of this process.
pub(crate) fn of_own(
    attachment: &'static Attachment,
    number: Number,
    target: Option<&Process>,
    options: DuplicateOptions,
) -> Result<Option<RawHandle>> {
    let target = target.map(Process::for_duplicates);
    attachment.quietly(|ctx| make(ctx, ctx.table(), number, Goal::of(target.as_ref()), options))
}

fn make(
    ctx: &Ctx<'static, Linux>,
    source: Table,
    number: Number,
    target: Goal<'_>,
    options: DuplicateOptions,
) -> Result<Option<RawHandle>> {
    let found = target.table(ctx);
    let wanted = raw::Duplicate {
        source,
        number,
        target: found.as_ref().ok().copied().flatten(),
        rights: options.access.map_or(Rights::Same, Rights::Exactly),
        flags: Reference(0).with_inherit(options.inherit),
        close_source: options.close_source,
    };
    match found {
        // The source is closed although there is nobody to duplicate it for.
        Err(_) if !options.close_source => {}
        _ => {
            if let (Some(made), Some(table)) = (ctx.duplicate(&wanted)?, wanted.target) {
                let tag = Tag(ctx.arena.get(table.slot, slot::TAG));
                return Ok(Some(RawHandle::new(made.number, tag)));
            }
        }
    }
    found.map(|_| None)
}

/// In which slots processes were found, by their numbers: guesses, which spare a search among a thousand.
static NEAR: [AtomicU16; 64] = [const { AtomicU16::new(0) }; 64];

/// The handle table of a process that the caller may act on.
fn table_of(ctx: &Ctx<'static, Linux>, process: &Peer) -> Result<Table> {
    if process.is_this() {
        return Ok(ctx.table());
    }
    let near = &NEAR[process.pid as usize % NEAR.len()];
    let found = near.load(Ordering::Relaxed);
    let table = ctx.table_of(process.pid, process.start, process.namespace, found)?;
    near.store(table.slot.index, Ordering::Relaxed);
    let owner = ctx.arena.get(table.slot, slot::EUID) as u32;
    match ctx.arena.host.caller() {
        Caller::User { uid, .. } if uid != owner => Err(Error::AccessDenied {
            what: format!(
                "process {} is of user {owner}, and user {uid} may not change its handles",
                process.pid
            ),
        }),
        _ => Ok(table),
    }
}
