//! Security identifiers and descriptors as texts.

use std::ffi::{c_char, c_void};

use super::{Bool, memory, sids, store, succeeds};
use crate::calls::sddl;
use crate::calls::sid::Sid;
use crate::code::{Code, INVALID_PARAMETER, INVALID_SID, Result};
use crate::text;

/// A pointer that a call without it is wrong.
fn given<T>(pointer: *mut T) -> Result<*mut T> {
    match pointer.is_null() {
        true => Err(Code(INVALID_PARAMETER)),
        false => Ok(pointer),
    }
}

/// Makes the "A" and the "W" function of a pair that read a text.
macro_rules! readers {
    ($($narrow:ident, $wide:ident ($($argument:ident: $type:ty),*), $text:ident: $call:expr;)*) => {$(
        #[doc = concat!("`", stringify!($narrow), "`.")]
        ///
        /// # Safety
        /// The text is null or ends with NUL; pointers are null or may be written to.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $narrow($text: *const c_char, $($argument: $type),*) -> Bool {
            succeeds(|| {
                // SAFETY: by the contract of this function.
                let $text = unsafe { text::narrow_text($text) }?.ok_or(Code(INVALID_PARAMETER))?;
                $call
            })
        }

        #[doc = concat!("`", stringify!($wide), "`.")]
        ///
        /// # Safety
        /// The text is null or ends with NUL; pointers are null or may be written to.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $wide($text: *const u16, $($argument: $type),*) -> Bool {
            succeeds(|| {
                // SAFETY: by the contract of this function.
                let $text = unsafe { text::wide_text($text) }?.ok_or(Code(INVALID_PARAMETER))?;
                $call
            })
        }
    )*};
}

readers! {
    ConvertStringSidToSidA, ConvertStringSidToSidW (sid: *mut *mut u8), text: {
        // SAFETY: by the contract of this function.
        unsafe { string_to_sid(&text, sid) }
    };
    ConvertStringSecurityDescriptorToSecurityDescriptorA, ConvertStringSecurityDescriptorToSecurityDescriptorW
        (revision: u32, descriptor: *mut *mut u8, length: *mut u32), text: {
        // SAFETY: by the contract of this function.
        unsafe { string_to_descriptor(&text, revision, descriptor, length) }
    };
}

/// # Safety
/// `sid` is null or may be written to.
unsafe fn string_to_sid(text: &str, sid: *mut *mut u8) -> Result<()> {
    let sid = given(sid)?;
    let made = memory::copy(&Sid::parse(text)?.to_bytes())?;
    // SAFETY: not null, and writable by the contract of this function.
    unsafe { sid.write(made) };
    Ok(())
}

/// # Safety
/// Pointers are null or may be written to.
unsafe fn string_to_descriptor(
    text: &str,
    revision: u32,
    descriptor: *mut *mut u8,
    length: *mut u32,
) -> Result<()> {
    let descriptor = given(descriptor)?;
    let bytes = sddl::convert(text, revision)?;
    let made = memory::copy(&bytes)?;
    // SAFETY: not null, and writable by the contract of this function.
    unsafe { descriptor.write(made) };
    // SAFETY: by the contract of this function.
    unsafe { store(length, bytes.len() as u32) };
    Ok(())
}

/// The text of a security identifier.
///
/// # Safety
/// `sid` is null or leads to one.
unsafe fn sid_to_string<T>(sid: *const c_void, text: *mut T) -> Result<(String, *mut T)> {
    if sid.is_null() {
        return Err(Code(INVALID_PARAMETER));
    }
    let text = given(text)?;
    // SAFETY: by the contract of this function.
    let sid = unsafe { sids::read(sid.cast()) }.map_err(|_| Code(INVALID_SID))?;
    Ok((format!("{sid}\0"), text))
}

/// `ConvertSidToStringSidA`.
///
/// # Safety
/// `sid` is null or leads to a security identifier; `text` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn ConvertSidToStringSidA(sid: *const c_void, text: *mut *mut u8) -> Bool {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let (string, text) = unsafe { sid_to_string(sid, text) }?;
        let made = memory::copy(string.as_bytes())?;
        // SAFETY: not null, and writable by the contract of this function.
        unsafe { text.write(made) };
        Ok(())
    })
}

/// `ConvertSidToStringSidW`.
///
/// # Safety
/// As [`ConvertSidToStringSidA`].
#[unsafe(no_mangle)]
unsafe extern "C" fn ConvertSidToStringSidW(sid: *const c_void, text: *mut *mut u16) -> Bool {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let (string, text) = unsafe { sid_to_string(sid, text) }?;
        let units: Vec<u16> = string.encode_utf16().collect();
        let made = memory::copy(&units)?;
        // SAFETY: not null, and writable by the contract of this function.
        unsafe { text.write(made) };
        Ok(())
    })
}
