//! Names as C programs pass them: UTF-16 or UTF-8, ended by NUL.
#![allow(unsafe_code, reason = "texts of C end with NUL, wherever that is")]

use std::ffi::{CStr, c_char};

use intersync::Name;

use crate::code::{Code, FILENAME_EXCED_RANGE, INVALID_NAME, INVALID_PARAMETER, Result};

/// The longest name of the "A" functions, in characters.
const A_CHARACTERS: usize = 260;
/// The longest name of the "W" functions, in UTF-16 units.
const W_UNITS: usize = 32_766;

/// A name of an "A" function, in UTF-8; `None`: there is none.
///
/// # Errors
/// It is too long, or not UTF-8.
///
/// # Safety
/// `name` is null or leads to a text that ends with NUL.
pub(crate) unsafe fn narrow(name: *const c_char) -> Result<Option<Name<'static>>> {
    if name.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, and ended by NUL, by the contract of this function.
    let bytes = unsafe { CStr::from_ptr(name) };
    let text = bytes.to_str().map_err(|_| Code(INVALID_NAME))?;
    if text.chars().count() > A_CHARACTERS {
        return Err(Code(FILENAME_EXCED_RANGE));
    }
    Ok(Some(Name::literal(text).into_owned()))
}

/// A text of an "A" function that is no name; `None`: there is none.
///
/// # Errors
/// It is not UTF-8.
///
/// # Safety
/// `text` is null or leads to a text that ends with NUL.
pub(crate) unsafe fn narrow_text(text: *const c_char) -> Result<Option<String>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, and ended by NUL, by the contract of this function.
    let text = unsafe { CStr::from_ptr(text) }.to_str();
    text.map(|text| Some(text.to_owned()))
        .map_err(|_| Code(INVALID_PARAMETER))
}

/// A text of a "W" function that is no name; `None`: there is none.
///
/// # Errors
/// It has half a surrogate pair.
///
/// # Safety
/// As [`narrow_text`].
pub(crate) unsafe fn wide_text(text: *const u16) -> Result<Option<String>> {
    if text.is_null() {
        return Ok(None);
    }
    let mut length = 0;
    // SAFETY: everything up to the NUL can be read, by the contract of this function.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: the loop has read these units; nobody changes them during the call.
    let text = String::from_utf16(unsafe { std::slice::from_raw_parts(text, length) });
    text.map(Some).map_err(|_| Code(INVALID_PARAMETER))
}

/// A name of a "W" function, in UTF-16; `None`: there is none.
///
/// # Errors
/// It is too long.
///
/// # Safety
/// As [`narrow`].
pub(crate) unsafe fn wide(name: *const u16) -> Result<Option<Name<'static>>> {
    if name.is_null() {
        return Ok(None);
    }
    let mut length = 0;
    // SAFETY: everything up to the NUL can be read, by the contract of this function.
    while unsafe { *name.add(length) } != 0 {
        length += 1;
        if length > W_UNITS {
            return Err(Code(INVALID_NAME));
        }
    }
    // SAFETY: the loop has read these units; nobody changes them during the call.
    let units = unsafe { std::slice::from_raw_parts(name, length) };
    Ok(Some(Name::from_utf16(units)))
}
