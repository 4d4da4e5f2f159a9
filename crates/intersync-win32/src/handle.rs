//! `HANDLE`s: values as wide as a pointer, of which the low 32 bits count.

use intersync::{Object, RawHandle};

use crate::code::{Code, INVALID_HANDLE, Result};

/// The handle with this value.
///
/// # Errors
/// No handle has such a value.
pub(crate) fn raw(value: isize) -> Result<RawHandle> {
    match value {
        -1 => Ok(RawHandle::CURRENT_PROCESS),
        -2 => Ok(RawHandle::CURRENT_THREAD),
        value => u32::try_from(value)
            .ok()
            .and_then(RawHandle::from_value)
            .filter(|handle| !is_pseudo(*handle))
            .ok_or(Code(INVALID_HANDLE)),
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

/// The object behind a handle, for the time of a call.
pub(crate) fn view(value: isize) -> Result<Object> {
    Ok(Object::view_raw(raw(value)?)?)
}
