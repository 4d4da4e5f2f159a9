//! `FormatMessage`: texts for codes, and texts with inserts.

use std::ffi::{CStr, c_char, c_void};

use super::{memory, number, va_list};
use crate::calls::messages::{self, ALLOCATE, ARRAY, Arguments, FROM_STRING, Request};
use crate::code::{Code, INSUFFICIENT_BUFFER, INVALID_PARAMETER, MORE_DATA, Result};
use crate::text;

/// The bytes that a text may have, with its NUL.
const MOST: usize = 0x1_0000;
/// The most columns and digits of a number.
const COLUMNS: i32 = 1024;

/// Arguments as a caller passes them.
struct Passed {
    /// A `va_list`, or an array of values as large as pointers.
    place: *mut c_void,
    array: bool,
    /// What has been taken from the `va_list`, in order.
    taken: Vec<u64>,
}

impl Arguments for Passed {
    fn get(&mut self, number: usize) -> Result<u64> {
        if self.place.is_null() {
            return Err(Code(INVALID_PARAMETER));
        }
        if self.array {
            // SAFETY: by the contract of `FormatMessage` the array has as many values as the text inserts.
            return Ok(unsafe { self.place.cast::<u64>().add(number).read() });
        }
        while self.taken.len() <= number {
            // SAFETY: by the contract of `FormatMessage` the list has as many values as the text inserts.
            self.taken.push(unsafe { va_list::next(self.place) }?);
        }
        Ok(self.taken[number])
    }

    fn text(&self, argument: u64, wide: bool) -> Result<Option<String>> {
        let place = argument as usize;
        match wide {
            // SAFETY: by the contract of `FormatMessage` such an insert leads to a text.
            true => unsafe { text::wide_text(place as *const u16) },
            // SAFETY: as above.
            false => unsafe { text::narrow_text(place as *const c_char) },
        }
    }

    fn number(
        &self,
        flags: &str,
        width: Option<i32>,
        precision: Option<i32>,
        kind: char,
        value: i64,
    ) -> String {
        let width = width.unwrap_or(0).clamp(-COLUMNS, COLUMNS);
        let precision = precision.unwrap_or(-1).min(COLUMNS);
        let format = format!("%{flags}*.*j{kind}\0");
        let mut digits = [0; 2 * COLUMNS as usize + 2];
        // SAFETY: the format is one number with its width and precision, and ends with NUL; the size is told.
        let written = unsafe {
            libc::snprintf(
                digits.as_mut_ptr(),
                digits.len(),
                format.as_ptr().cast(),
                width,
                precision,
                value,
            )
        };
        debug_assert!(
            (0..digits.len() as i32).contains(&written),
            "{format} wrote {written}"
        );
        // SAFETY: the call has written a text that ends with NUL.
        let digits = unsafe { CStr::from_ptr(digits.as_ptr()) };
        digits.to_string_lossy().into_owned()
    }
}

/// A unit of a text.
trait Unit: Copy {
    const WIDE: bool;
    const NUL: Self;

    fn units(text: &str) -> Vec<Self>;

    /// # Safety
    /// As [`text::narrow_text`].
    unsafe fn read(text: *const c_void) -> Result<Option<String>>;
}

impl Unit for u8 {
    const WIDE: bool = false;
    const NUL: u8 = 0;

    fn units(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    unsafe fn read(text: *const c_void) -> Result<Option<String>> {
        // SAFETY: the contracts are the same.
        unsafe { text::narrow_text(text.cast()) }
    }
}

impl Unit for u16 {
    const WIDE: bool = true;
    const NUL: u16 = 0;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    unsafe fn read(text: *const c_void) -> Result<Option<String>> {
        // SAFETY: the contracts are the same.
        unsafe { text::wide_text(text.cast()) }
    }
}

/// What `FormatMessage` does, and how many units it has stored without the NUL.
///
/// # Safety
/// As [`FormatMessageA`], for texts of these units.
unsafe fn format<T: Unit>(
    request: Request<'_>,
    source: *const c_void,
    buffer: *mut T,
    size: u32,
    arguments: *mut c_void,
) -> Result<u32> {
    if buffer.is_null() {
        return Err(Code(INVALID_PARAMETER));
    }
    let allocate = request.flags & ALLOCATE != 0;
    let place: *mut *mut T = buffer.cast();
    if allocate {
        // SAFETY: with this flag the argument leads to a pointer, by the contract of this function.
        unsafe { place.write(std::ptr::null_mut()) };
    }
    let given = match request.flags & FROM_STRING {
        0 => None,
        // SAFETY: with this flag the source is a text, by the contract of this function.
        _ => Some(unsafe { T::read(source) }?.ok_or(Code(INVALID_PARAMETER))?),
    };
    let mut passed = Passed {
        place: arguments,
        array: request.flags & ARRAY != 0,
        taken: Vec::new(),
    };
    let request = Request {
        source: given.as_deref(),
        ..request
    };
    let mut units = T::units(&messages::message(&request, &mut passed)?);
    let length = units.len();
    units.push(T::NUL);
    if size_of_val(&units[..]) > MOST {
        return Err(Code(MORE_DATA));
    }
    if allocate {
        units.resize(units.len().max((size as usize).min(MOST)), T::NUL);
        let made = memory::copy(&units)?;
        // SAFETY: as above.
        unsafe { place.write(made) };
    } else if units.len() > size as usize {
        return Err(Code(INSUFFICIENT_BUFFER));
    } else {
        // SAFETY: long enough by the check, and writable by the contract of this function.
        unsafe { buffer.copy_from_nonoverlapping(units.as_ptr(), units.len()) };
    }
    Ok(length as u32)
}

macro_rules! pair {
    ($($name:ident: $unit:ty;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// The source is a text if the flags say so; the buffer is null or may be written to for `size` units, or leads to a
        /// pointer if the flags say so; the arguments are null or as the flags say, and as many and of such types as the
        /// text inserts.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            flags: u32,
            source: *const c_void,
            code: u32,
            language: u32,
            buffer: *mut $unit,
            size: u32,
            arguments: *mut c_void,
        ) -> u32 {
            let request = Request { flags, source: None, code, language, wide: <$unit>::WIDE };
            // SAFETY: the contracts are the same.
            number(0, || unsafe { format(request, source, buffer, size, arguments) })
        }
    )*};
}

pair! {
    FormatMessageA: u8;
    FormatMessageW: u16;
}
