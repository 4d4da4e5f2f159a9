//! What handles of all kinds have in common: values, rights, flags, duplicates.

use std::sync::Arc;

use super::inner::Inner;
use super::sealed::{Kinded, Sealed};
use super::{Object, Waitable, views};
use crate::access::Access;
use crate::directory::handles::Handle as Opened;
use crate::directory::raw::{Duplicate, Rights};
use crate::dispatch::Ctx;
use crate::linux::Linux;
use crate::process::Process as Attachment;
use crate::raw::RawHandle;
use crate::word::handle::Reference;
use crate::word::value::Sort;
use crate::{DuplicateOptions, Error, Kind, Process, Result, Thread};

/// A handle of this program: the value behind it, its rights and its flags. Implemented by everything that can be
/// waited for.
pub trait Handle: Waitable {
    /// The handle as a number, which other parts of the program, or a child that inherits it, know it by. It goes on
    /// belonging to `self`, which closes it.
    ///
    /// # Errors
    /// [`Error::Forked`].
    fn as_raw(&self) -> Result<RawHandle> {
        self.inner().here().map(raw)
    }

    /// What the handle may be used for.
    fn access(&self) -> Access {
        self.inner().handle.access
    }

    /// Whether children may inherit the handle.
    ///
    /// # Errors
    /// [`Error::Forked`].
    fn is_inheritable(&self) -> Result<bool> {
        let inner = self.inner().here()?;
        let opened = inner
            .process
            .quietly(|ctx| ctx.opened(ctx.table(), inner.handle.number))?;
        Ok(opened.reference.inherit())
    }

    /// Lets children inherit the handle, or not. All clones are one handle.
    ///
    /// # Errors
    /// [`Error::Forked`].
    fn set_inheritable(&self, inherit: bool) -> Result<()> {
        change(self.inner(), |reference| Ok(reference.with_inherit(inherit)))
    }

    /// Makes a handle of another process to this object, and returns its value there, which the other process has to be
    /// told. See [`duplicate`](crate::duplicate), which can also act on handles of others.
    ///
    /// # Errors
    /// As [`duplicate`](crate::duplicate).
    fn duplicate_into(&self, target: &Process, options: DuplicateOptions) -> Result<RawHandle> {
        let inner = self.inner().here()?;
        let made = crate::duplicate::of_own(inner.process, inner.handle.number, Some(target), options)?;
        made.ok_or(crate::arena::corrupt("a duplicate was made nowhere"))
    }

    /// Whether both are handles to the same object, whatever their rights.
    ///
    /// # Errors
    /// [`Error::Forked`].
    fn is_same_object(&self, other: &dyn Handle) -> Result<bool> {
        let (one, two) = (self.inner().here()?, other.inner().here()?);
        Ok(std::ptr::eq(one.process, two.process)
            && (one.handle.object, one.handle.generation) == (two.handle.object, two.handle.generation))
    }
}

impl<T: Waitable> Handle for T {}

fn raw(inner: &Inner) -> RawHandle {
    RawHandle::new(inner.handle.number, inner.process.tag)
}

fn change(inner: &Inner, change: impl FnOnce(Reference) -> Result<Reference>) -> Result<()> {
    let inner = inner.here()?;
    inner
        .process
        .quietly(|ctx| ctx.change_flags(inner.handle.number, change))
        .map(drop)
}

/// Another handle of this process to the object of `inner`.
pub(super) fn duplicate(inner: &Inner, rights: Rights, claimed: bool) -> Result<Inner> {
    let inner = inner.here()?;
    let call = |ctx: &Ctx<'static, Linux>| {
        ctx.duplicate(&Duplicate {
            source: ctx.table(),
            number: inner.handle.number,
            target: Some(ctx.table()),
            rights,
            flags: Reference(0).with_claimed(claimed),
            close_source: false,
        })
    };
    let made = inner.process.quietly(call)?;
    let handle = made.ok_or(crate::arena::corrupt("a duplicate was made nowhere"))?;
    Ok(Inner::over(inner.process, handle))
}

/// Gives a handle away: the program has to close its value from now on.
fn into_raw(inner: Arc<Inner>) -> Result<RawHandle> {
    if Arc::strong_count(&inner) > 1 && !inner.is_given_away() {
        // Its clones keep it.
        let duplicate = duplicate(&inner, Rights::Same, false)?;
        duplicate.give_away();
        return Ok(raw(&duplicate));
    }
    change(&inner, |reference| Ok(reference.with_claimed(false)))?;
    let here = inner.here()?;
    here.give_away();
    let value = raw(here);
    inner.give_away();
    Ok(value)
}

/// What is open under a value.
fn look_up(value: RawHandle, expected: Option<Kind>) -> Result<(&'static Attachment, Opened)> {
    let (process, number) = value.place()?;
    let handle = process
        .quietly(|ctx| ctx.handle_at(number))
        .map_err(|e| value.explain(e))?;
    match expected.filter(|&k| k != handle.sort.kind()) {
        None => Ok((process, handle)),
        Some(expected) => Err(Error::WrongKind {
            name: format!("handle {value}"),
            expected,
            found: handle.sort.kind(),
        }),
    }
}

/// The handle of a current process or thread, for a pseudo handle.
fn pseudo(value: RawHandle, expected: Option<Kind>) -> Option<Result<Arc<Inner>>> {
    let kind = value.pseudo()?;
    if let Some(expected) = expected.filter(|&k| k != kind) {
        return Some(Err(Error::WrongKind {
            name: "a pseudo handle".to_owned(),
            expected,
            found: kind,
        }));
    }
    Some(match kind {
        Kind::Thread => Thread::current().map(|thread| Arc::clone(thread.inner())),
        _ => Process::current().map(|process| Arc::clone(process.inner())),
    })
}

fn view(value: RawHandle, expected: Option<Kind>) -> Result<Arc<Inner>> {
    if let Some(current) = pseudo(value, expected) {
        return current;
    }
    if let Some(kept) = views::kept(value.value())
        && expected.is_none_or(|kind| kind == kept.handle.sort.kind())
    {
        return Ok(kept);
    }
    let (process, handle) = look_up(value, expected)?;
    if handle.sort == Sort::Mutex {
        process.ensure_keeper();
    }
    let inner = Inner::over(process, handle);
    inner.give_away();
    let inner = Arc::new(inner);
    views::remember(&inner);
    Ok(inner)
}

/// Takes a handle over.
fn from_raw(value: RawHandle, expected: Option<Kind>) -> Result<Arc<Inner>> {
    if let Some(current) = pseudo(value, expected) {
        return current;
    }
    let (process, handle) = look_up(value, expected)?;
    let number = handle.number;
    process.quietly(|ctx| {
        ctx.change_flags(number, |reference| {
            if reference.claimed() {
                Err(Error::Claimed { value: value.value() })
            } else {
                Ok(reference.with_claimed(true))
            }
        })
    })?;
    if handle.sort == Sort::Mutex {
        process.ensure_keeper();
    }
    Ok(Arc::new(Inner::over(process, handle)))
}

/// Makes the conversions of a type that wraps a handle.
macro_rules! conversions {
    ($($type:ty: $wrap:expr, $kind:expr;)*) => {$(
        impl $type {
            /// Turns this into the number of its handle, which the program has to close. If there are clones, they
            /// keep the handle, and the number is that of a duplicate.
            ///
            /// # Errors
            /// [`Error::Forked`]; no room for a duplicate.
            pub fn into_raw(self) -> Result<RawHandle> {
                let inner = Arc::clone(super::sealed::Sealed::inner(&self));
                drop(self);
                into_raw(inner)
            }

            /// Takes over the handle with this number: inherited, duplicated into this process, or from
            /// [`into_raw`](Self::into_raw). It is closed with this value, and cannot be closed in another way.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`], [`Error::InheritanceLost`], [`Error::WrongKind`], [`Error::Claimed`].
            pub fn from_raw(handle: RawHandle) -> Result<Self> {
                from_raw(handle, $kind).map($wrap)
            }

            /// A view of the handle with this number, which stays whosever it is: for those who use a handle that others
            /// own and close. Once it is closed, calls through the view are errors; a wait that has begun goes on.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`], [`Error::InheritanceLost`], [`Error::WrongKind`].
            pub fn view_raw(handle: RawHandle) -> Result<Self> {
                view(handle, $kind).map($wrap)
            }

            /// Another handle to the same object, with these rights. More than those of this handle only if owner and
            /// mode of the object allow them.
            ///
            /// # Errors
            /// [`Error::AccessDenied`], [`Error::Forked`]; no room for a handle.
            pub fn duplicate(&self, access: Access) -> Result<Self> {
                let inner = super::sealed::Sealed::inner(self);
                duplicate(inner, Rights::Exactly(access), true).map(Arc::new).map($wrap)
            }
        }
    )*};
}

conversions! {
    crate::Event: Kinded::wrap, Some(Kind::Event);
    crate::Mutex: Kinded::wrap, Some(Kind::Mutex);
    crate::Semaphore: Kinded::wrap, Some(Kind::Semaphore);
    crate::Timer: Kinded::wrap, Some(Kind::Timer);
    crate::Process: crate::Process::wrap, Some(Kind::Process);
    crate::Thread: crate::Thread::wrap, Some(Kind::Thread);
    Object: Object::wrap, None;
}
