//! Texts and codes of the native functions.

use std::ffi::CStr;

use super::attributes::{AnsiString, UnicodeString};
use super::status;
use crate::dos_error;
use crate::status::{NAME_TOO_LONG, Status};

/// The most bytes of a text in UTF-16, its NUL included, and of another one.
const WIDE: usize = 0xFFFE;
const NARROW: usize = 0xFFFF;

/// `RtlNtStatusToDosError`.
#[unsafe(no_mangle)]
extern "C" fn RtlNtStatusToDosError(status: u32) -> u32 {
    dos_error::of(status)
}

/// How many units there are before the NUL.
///
/// # Safety
/// `text` is null or a text that ends with NUL.
unsafe fn length(text: *const u16) -> usize {
    let mut length = 0;
    // SAFETY: everything up to the NUL can be read, by the contract of this function.
    while !text.is_null() && unsafe { text.add(length).read_unaligned() } != 0 {
        length += 1;
    }
    length
}

/// A text of so many bytes, at most so many with its end.
fn bytes(length: usize, end: usize, most: usize) -> (u16, u16) {
    let length = length.min(most - end);
    (length as u16, (length + end) as u16)
}

/// Fills a description of a text, which is cut off if it is too long.
///
/// # Safety
/// `string` may be written to; `text` is null or a text that ends with NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn RtlInitUnicodeString(string: *mut UnicodeString, text: *const u16) {
    let (length, maximum) = match text.is_null() {
        true => (0, 0),
        // SAFETY: by the contract of this function.
        false => bytes(2 * unsafe { length(text) }, 2, WIDE),
    };
    let filled = UnicodeString {
        length,
        maximum,
        buffer: text.cast_mut(),
    };
    // SAFETY: by the contract of this function.
    unsafe { string.write_unaligned(filled) };
}

/// As [`RtlInitUnicodeString`], but fails if the text is too long.
///
/// # Safety
/// As [`RtlInitUnicodeString`].
#[unsafe(no_mangle)]
unsafe extern "C" fn RtlInitUnicodeStringEx(string: *mut UnicodeString, text: *const u16) -> u32 {
    status(|| {
        // SAFETY: by the contract of this function.
        if 2 * unsafe { length(text) } + 2 > WIDE {
            return Err(Status(NAME_TOO_LONG));
        }
        // SAFETY: the contracts are the same.
        unsafe { RtlInitUnicodeString(string, text) };
        Ok(())
    })
}

/// As [`RtlInitUnicodeString`], for a text of bytes.
///
/// # Safety
/// As [`RtlInitUnicodeString`].
#[unsafe(no_mangle)]
unsafe extern "C" fn RtlInitAnsiString(string: *mut AnsiString, text: *const u8) {
    let (length, maximum) = match text.is_null() {
        true => (0, 0),
        // SAFETY: not null, and ended by NUL by the contract of this function.
        false => bytes(unsafe { CStr::from_ptr(text.cast()) }.count_bytes(), 1, NARROW),
    };
    let filled = AnsiString {
        length,
        maximum,
        buffer: text.cast_mut(),
    };
    // SAFETY: by the contract of this function.
    unsafe { string.write_unaligned(filled) };
}
