//! The native functions: a status instead of a last error.

mod attributes;
mod clients;
mod directories;
mod handles;
mod objects;
mod registered;
mod rtl;
mod states;
mod threads;
mod waits;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Handle, pointer, store};
use crate::calls::native::objects::Made;
use crate::status::{DATATYPE_MISALIGNMENT, INTERNAL_ERROR, OBJECT_NAME_EXISTS, Result, SUCCESS, Status};

/// Runs a call that gives its status, also one that is no failure.
fn answer(call: impl FnOnce() -> Result<u32>) -> u32 {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(status) | Err(Status(status))) => status,
        Err(_) => INTERNAL_ERROR,
    }
}

/// Runs a call; its status.
fn status(call: impl FnOnce() -> Result<()>) -> u32 {
    answer(|| call().map(|()| SUCCESS))
}

/// A pointer that must lead somewhere.
fn there<T>(pointer: *const T) -> Result<*const T> {
    Ok(pointer::there(pointer)?)
}

/// As [`there`], for a place for what the caller may not want: null then.
fn there_or_null<T>(pointer: *mut T) -> Result<()> {
    Ok(pointer::there_or_null(pointer)?)
}

/// A pointer that must lead somewhere, and not to an address that is no multiple of this.
fn aligned<T>(pointer: *const T, to: usize) -> Result<*const T> {
    if there(pointer)?.addr().is_multiple_of(to) {
        Ok(pointer)
    } else {
        Err(Status(DATATYPE_MISALIGNMENT))
    }
}

/// Runs a call that makes or opens something, and stores the handle.
///
/// # Safety
/// `to` is null or may be written to.
unsafe fn make(to: *mut Handle, call: impl FnOnce() -> Result<Made>) -> u32 {
    answer(|| {
        there(to)?;
        let made = call()?;
        // SAFETY: by the contract of this function.
        unsafe { store(to, made.value as Handle) };
        Ok(if made.existed { OBJECT_NAME_EXISTS } else { SUCCESS })
    })
}

/// As [`make`], for what opens only.
///
/// # Safety
/// As [`make`].
unsafe fn open(to: *mut Handle, call: impl FnOnce() -> Result<isize>) -> u32 {
    let made = |value| Made {
        value,
        existed: false,
    };
    // SAFETY: the contracts are the same.
    unsafe { make(to, || call().map(made)) }
}
