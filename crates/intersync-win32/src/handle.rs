//! `HANDLE`s: values as wide as a pointer, of which the low 32 bits count.

use intersync::{Access, Error, Handle, Object, RawHandle};

use crate::code::{Code, INVALID_HANDLE, Result};

/// The handle with this value.
///
/// # Errors
/// No handle has such a value.
pub(crate) fn raw(value: isize) -> Result<RawHandle> {
    read(value).ok_or(Code(INVALID_HANDLE))
}

/// As [`raw`], for calls whose errors are the library's.
///
/// # Errors
/// [`Error::InvalidHandle`].
pub(crate) fn find(value: isize) -> intersync::Result<RawHandle> {
    read(value).ok_or(Error::InvalidHandle { value: value as u32 })
}

fn read(value: isize) -> Option<RawHandle> {
    match value {
        -1 => Some(RawHandle::CURRENT_PROCESS),
        -2 => Some(RawHandle::CURRENT_THREAD),
        value => u32::try_from(value)
            .ok()
            .and_then(RawHandle::from_value)
            .filter(|handle| !is_pseudo(*handle)),
    }
}

/// Whether it is a pseudo handle.
pub(crate) fn is_pseudo(handle: RawHandle) -> bool {
    handle == RawHandle::CURRENT_PROCESS || handle == RawHandle::CURRENT_THREAD
}

/// The value of a handle.
pub(crate) fn value(handle: RawHandle) -> isize {
    handle.value() as isize
}

/// A new handle to what was opened by its number.
///
/// # Errors
/// No right is asked for, or one that is not granted; there is no room for a handle.
pub(crate) fn give(opened: &Object, access: u32, inherit: bool) -> intersync::Result<isize> {
    if access == 0 {
        return Err(Error::AccessDenied {
            what: "a handle without any right".to_owned(),
        });
    }
    let handle = opened.duplicate(Access::from_bits_retain(access))?;
    handle.set_inheritable(inherit)?;
    Ok(value(handle.into_raw()?))
}

/// The object behind a handle, for the time of a call.
pub(crate) fn view(value: isize) -> Result<Object> {
    Ok(Object::view_raw(raw(value)?)?)
}
