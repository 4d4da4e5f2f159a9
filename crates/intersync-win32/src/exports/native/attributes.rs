//! The structures that describe objects and texts.

use std::ffi::c_void;

use super::{Handle, aligned, there};
use crate::calls::descriptor::Descriptor;
use crate::calls::native::objects::{Attributes, check_flags};
use crate::exports::descriptors;
use crate::status::{INVALID_PARAMETER, OBJECT_NAME_INVALID, Result, Status};

/// `UNICODE_STRING`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct UnicodeString {
    /// In bytes, without the NUL.
    pub(super) length: u16,
    /// In bytes.
    pub(super) maximum: u16,
    pub(super) buffer: *mut u16,
}

/// `STRING`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct AnsiString {
    /// In bytes, without the NUL.
    pub(super) length: u16,
    /// In bytes.
    pub(super) maximum: u16,
    pub(super) buffer: *mut u8,
}

/// `OBJECT_ATTRIBUTES`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct ObjectAttributes {
    length: u32,
    root: Handle,
    name: *const UnicodeString,
    flags: u32,
    descriptor: *mut c_void,
    quality: *mut c_void,
}

layout!(UnicodeString: 16, length: 0, maximum: 2, buffer: 8);
layout!(AnsiString: 16, length: 0, maximum: 2, buffer: 8);
layout!(ObjectAttributes: 48, length: 0, root: 8, name: 16, flags: 24, descriptor: 32, quality: 40);

/// The attributes as they were when the call began.
pub(super) struct Captured {
    root: isize,
    name: Option<Vec<u16>>,
    flags: u32,
    security: Option<Descriptor>,
}

impl Captured {
    /// For the functions behind.
    ///
    /// # Errors
    /// Those of [`Attributes::new`].
    pub(super) fn given(&self) -> Result<Attributes<'_>> {
        let given = Attributes::new(self.root, self.name.as_deref(), self.flags)?;
        Ok(given.with_security(self.security.as_ref()))
    }
}

/// Copies and checks attributes; `None`: there are none.
///
/// # Errors
/// A wrong address or size, unknown flags, a security descriptor or a name that is malformed, or no name.
///
/// # Safety
/// `attributes` is null or leads to such a structure, whose pointers are null or lead to what they should.
pub(super) unsafe fn capture(attributes: *const ObjectAttributes) -> Result<Option<Captured>> {
    if attributes.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, and such a structure by the contract of this function.
    let given = unsafe { aligned(attributes, 4)?.read_unaligned() };
    if given.length as usize != size_of::<ObjectAttributes>() {
        return Err(Status(INVALID_PARAMETER));
    }
    check_flags(given.flags)?;
    // SAFETY: null or a descriptor by the contract of this function.
    let security = unsafe { descriptors::optional(given.descriptor) }?;
    let name = match given.name.is_null() {
        true => None,
        // SAFETY: not null, and a text by the contract of this function.
        false => Some(unsafe { text(given.name) }?),
    };
    Ok(Some(Captured {
        root: given.root as isize,
        name,
        flags: given.flags,
        security,
    }))
}

/// As [`capture`], for functions that open: there must be attributes.
///
/// # Errors
/// As [`capture`].
///
/// # Safety
/// As [`capture`].
pub(super) unsafe fn capture_all(attributes: *const ObjectAttributes) -> Result<Captured> {
    // SAFETY: the contracts are the same.
    let captured = unsafe { capture(attributes) }?;
    captured.ok_or(Status(INVALID_PARAMETER))
}

/// Copies a text.
///
/// # Errors
/// Half a unit, no buffer, or one at an odd address.
///
/// # Safety
/// `string` is null or leads to a text.
pub(super) unsafe fn text(string: *const UnicodeString) -> Result<Vec<u16>> {
    // SAFETY: not null, and a text by the contract of this function.
    let string = unsafe { there(string)?.read_unaligned() };
    if string.length % 2 != 0 {
        return Err(Status(OBJECT_NAME_INVALID));
    }
    if string.length == 0 {
        return Ok(Vec::new());
    }
    let units = aligned(string.buffer, align_of::<u16>())?;
    // SAFETY: aligned, and so many units by the contract of this function.
    Ok(unsafe { std::slice::from_raw_parts(units, (string.length / 2).into()) }.to_vec())
}
