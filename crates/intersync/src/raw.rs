//! Handles as numbers: the layer under the types, for those who must pass them on or have them from elsewhere.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::access::Access;
use crate::directory::raw::Opened;
use crate::process::{Process, inherited};
use crate::word::handle::{Number, Reference, Tag};
use crate::{Error, Kind, Result};

/// The number of a handle in this process: not zero, a multiple of 4. Closed numbers are given out again, the lowest
/// first.
///
/// A value that was made by a type of this crate is *claimed* by it: only that value closes it. A raw one has to be
/// [closed](RawHandle::close), or taken over by a type with `from_raw`; else it goes with the process.
///
/// Source: the Win32 `HANDLE`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RawHandle(NonZeroU32);

bitflags::bitflags! {
    /// The flags of a handle, with the numbers of Win32 (`HANDLE_FLAG_INHERIT` and its kin).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct HandleFlags: u32 {
        /// Children may inherit it.
        const INHERIT = 1;
        /// It cannot be closed.
        const PROTECT_FROM_CLOSE = 2;
    }
}

impl RawHandle {
    pub(crate) fn new(number: Number, tag: Tag) -> RawHandle {
        // A number is never 0, so no value is.
        RawHandle(NonZeroU32::new(number.value(tag)).unwrap_or(NonZeroU32::MIN))
    }

    /// The pseudo handle of the calling process: -1, the value of `GetCurrentProcess` and of `INVALID_HANDLE_VALUE`. Its
    /// table has no entry for it; closing it does nothing, and a [duplicate](RawHandle::duplicate) is a real handle.
    pub const CURRENT_PROCESS: RawHandle = RawHandle(NonZeroU32::MAX);

    /// The pseudo handle of the calling thread: -2, the value of `GetCurrentThread`. Everything else as for the process.
    pub const CURRENT_THREAD: RawHandle = RawHandle(match NonZeroU32::new(u32::MAX - 1) {
        Some(value) => value,
        None => NonZeroU32::MAX,
    });

    /// The handle with this value, whose two low bits are ignored unless it is a pseudo handle. `None`: no handle has
    /// such a value.
    #[inline]
    pub fn from_value(value: u32) -> Option<RawHandle> {
        let is_pseudo = value >= RawHandle::CURRENT_THREAD.value();
        if is_pseudo || Number::is_value(value) {
            NonZeroU32::new(if is_pseudo { value } else { value & !3 }).map(RawHandle)
        } else {
            None
        }
    }

    /// What a pseudo handle stands for; `None`: it is none.
    pub(crate) fn pseudo(self) -> Option<Kind> {
        match self {
            RawHandle::CURRENT_PROCESS => Some(Kind::Process),
            RawHandle::CURRENT_THREAD => Some(Kind::Thread),
            _ => None,
        }
    }

    /// Its value.
    pub fn value(self) -> u32 {
        self.0.get()
    }

    /// Closes the handle. With the last handle in any process the object goes, and its name.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`], [`Error::Protected`], [`Error::Claimed`].
    pub fn close(self) -> Result<()> {
        if self.pseudo().is_some() {
            return Ok(());
        }
        let (process, number) = self.place()?;
        process.close(number, false).map_err(|e| self.explain(e))
    }

    /// The flags.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`].
    pub fn flags(self) -> Result<HandleFlags> {
        let reference = self.opened()?.reference;
        let mut flags = HandleFlags::empty();
        flags.set(HandleFlags::INHERIT, reference.inherit());
        flags.set(HandleFlags::PROTECT_FROM_CLOSE, reference.protect());
        Ok(flags)
    }

    /// Gives the flags in `mask` the values they have in `flags`.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`].
    pub fn set_flags(self, mask: HandleFlags, flags: HandleFlags) -> Result<()> {
        let (process, number) = self.place()?;
        let change = |mut reference: Reference| {
            if mask.contains(HandleFlags::INHERIT) {
                reference = reference.with_inherit(flags.contains(HandleFlags::INHERIT));
            }
            if mask.contains(HandleFlags::PROTECT_FROM_CLOSE) {
                reference = reference.with_protect(flags.contains(HandleFlags::PROTECT_FROM_CLOSE));
            }
            Ok(reference)
        };
        process
            .quietly(|ctx| ctx.change_flags(number, change))
            .map(drop)
            .map_err(|e| self.explain(e))
    }

    /// What the handle may be used for.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`].
    pub fn access(self) -> Result<Access> {
        match self.pseudo() {
            Some(kind) => Ok(Access::full(kind)),
            None => self.opened().map(|opened| opened.access),
        }
    }

    /// The kind of the object.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`].
    pub fn kind(self) -> Result<Kind> {
        if let Some(kind) = self.pseudo() {
            return Ok(kind);
        }
        let (process, number) = self.place()?;
        let handle = process.quietly(|ctx| ctx.handle_at(number));
        handle.map(|h| h.sort.kind()).map_err(|e| self.explain(e))
    }

    /// The namespace whose table it is in, and its number there.
    pub(crate) fn place(self) -> Result<(&'static Process, Number)> {
        let invalid = || inherited::invalid(self.value());
        let (number, tag) = Number::of_value(self.value()).ok_or_else(invalid)?;
        match Process::by_tag(tag)? {
            Some(process) => Ok((process, number)),
            None => Err(invalid()),
        }
    }

    pub(crate) fn opened(self) -> Result<Opened> {
        let (process, number) = self.place()?;
        process
            .quietly(|ctx| ctx.opened(ctx.table(), number))
            .map_err(|e| self.explain(e))
    }

    /// An error about this handle, with what is known of how it may have been lost.
    pub(crate) fn explain(self, error: Error) -> Error {
        match error {
            Error::InvalidHandle { value } => inherited::invalid(value),
            other => other,
        }
    }
}

impl fmt::Display for RawHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for RawHandle {
    type Err = Error;

    /// Reads a value in decimal, or in hexadecimal after `0x`: how it is passed in an argument or a variable.
    fn from_str(text: &str) -> Result<RawHandle> {
        let value = match text.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => text.parse(),
        };
        value
            .ok()
            .and_then(RawHandle::from_value)
            .ok_or_else(|| Error::InvalidArgument {
                what: format!("\"{text}\" is not the value of a handle"),
            })
    }
}
