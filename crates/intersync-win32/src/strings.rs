//! Texts as C programs pass them that are no names of objects: paths, command lines, environments.
#![allow(unsafe_code, reason = "texts of C end with NUL, wherever that is")]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::code::{Code, NO_UNICODE_TRANSLATION, Result};

/// What a text consists of: bytes, or units of UTF-16. Zero ends it.
pub(crate) trait Unit: Copy + Default + PartialEq {
    /// The text that these units are.
    ///
    /// # Errors
    /// They are none.
    fn decode(units: &[Self]) -> Result<OsString>;
}

impl Unit for u8 {
    fn decode(units: &[u8]) -> Result<OsString> {
        Ok(OsString::from_vec(units.to_vec()))
    }
}

impl Unit for u16 {
    fn decode(units: &[u16]) -> Result<OsString> {
        let text = String::from_utf16(units).map_err(|_| Code(NO_UNICODE_TRANSLATION))?;
        Ok(OsString::from(text))
    }
}

/// The units of a text.
///
/// # Safety
/// It ends with zero, and nobody changes it as long as this is used.
unsafe fn units<'t, U: Unit>(text: *const U) -> &'t [U] {
    let mut length = 0;
    // SAFETY: everything up to the zero can be read, by the contract of this function.
    while unsafe { *text.add(length) } != U::default() {
        length += 1;
    }
    // SAFETY: the loop has read these units.
    unsafe { std::slice::from_raw_parts(text, length) }
}

/// A text and its length in units; `None`: there is none.
///
/// # Errors
/// It means nothing.
///
/// # Safety
/// `text` is null or leads to a text that ends with zero.
pub(crate) unsafe fn text<U: Unit>(text: *const U) -> Result<Option<(OsString, usize)>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, and such a text by the contract of this function.
    let units = unsafe { units(text) };
    Ok(Some((U::decode(units)?, units.len())))
}

/// The texts of a block, which ends with an empty one.
///
/// # Errors
/// One of them means nothing.
///
/// # Safety
/// It is such a block.
pub(crate) unsafe fn block<U: Unit>(block: *const U) -> Result<Vec<OsString>> {
    let mut texts = Vec::new();
    let mut next = block;
    loop {
        // SAFETY: a text of the block: the one before was not empty.
        let units = unsafe { units(next) };
        if units.is_empty() {
            return Ok(texts);
        }
        texts.push(U::decode(units)?);
        // SAFETY: the next text begins after the zero.
        next = unsafe { next.add(units.len() + 1) };
    }
}
