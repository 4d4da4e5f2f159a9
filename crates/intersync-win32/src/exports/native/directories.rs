//! Directories and symbolic links.

use std::ffi::c_void;

use super::attributes::{ObjectAttributes, UnicodeString, capture, capture_all, text};
use super::{Handle, aligned, answer, make, open, status, store, there, there_or_null};
use crate::calls::native::directories::{self, Type};
use crate::calls::native::objects::Made;
use crate::calls::native::records;
use crate::exports::forks;
use crate::status::{BUFFER_TOO_SMALL, INVALID_PARAMETER, OBJECT_NAME_INVALID, Result, Status};

/// Opens a directory or a link.
///
/// # Safety
/// As [`NtOpenDirectoryObject`].
unsafe fn open_one(kind: Type, opened: *mut Handle, access: u32, attributes: *const ObjectAttributes) -> u32 {
    let call = || {
        // SAFETY: by the contract of this function.
        let captured = unsafe { capture_all(attributes) }?;
        forks::prepare();
        directories::open(kind, access, &captured.given()?)
    };
    // SAFETY: by the contract of this function.
    unsafe { open(opened, call) }
}

/// Opens a directory or a link, by a function that would create one.
///
/// # Safety
/// As [`NtOpenDirectoryObject`].
unsafe fn create_one(kind: Type, access: u32, attributes: *const ObjectAttributes) -> Result<Made> {
    // SAFETY: by the contract of this function.
    let captured = unsafe { capture(attributes) }?;
    let given = captured.as_ref().map(|captured| captured.given()).transpose()?;
    forks::prepare();
    directories::create(kind, access, given.as_ref())
}

/// `NtOpenDirectoryObject`.
///
/// # Safety
/// `opened` is null or may be written to; the attributes are null or valid.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtOpenDirectoryObject(
    opened: *mut Handle,
    access: u32,
    attributes: *const ObjectAttributes,
) -> u32 {
    // SAFETY: the contracts are the same.
    unsafe { open_one(Type::Directory, opened, access, attributes) }
}

/// `NtCreateDirectoryObject`.
///
/// # Safety
/// As [`NtOpenDirectoryObject`].
#[unsafe(no_mangle)]
unsafe extern "C" fn NtCreateDirectoryObject(
    made: *mut Handle,
    access: u32,
    attributes: *const ObjectAttributes,
) -> u32 {
    // SAFETY: the contracts are the same.
    unsafe { make(made, || create_one(Type::Directory, access, attributes)) }
}

/// `NtQueryDirectoryObject`.
///
/// # Safety
/// `to` is null or may be written to for `length` bytes; `context` is null or leads to a number that may be written to;
/// `returned` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtQueryDirectoryObject(
    directory: Handle,
    to: *mut c_void,
    length: u32,
    single: u8,
    restart: u8,
    context: *mut u32,
    returned: *mut u32,
) -> u32 {
    answer(|| {
        there(context)?;
        there_or_null(returned)?;
        if length > 0 {
            aligned(to, 2)?;
        }
        let from = match restart {
            // SAFETY: not null, and a number by the contract of this function.
            0 => unsafe { context.read_unaligned() },
            _ => 0,
        };
        let entries = directories::list(directory as isize)?;
        let room = (to.addr(), length as usize);
        let listing = records::directory(&entries, from as usize, single != 0, room);
        let bytes = &listing.bytes;
        if !bytes.is_empty() {
            // SAFETY: the listing is not longer than the room, which is not null; the rest by the contract of this function.
            unsafe {
                to.cast::<u8>()
                    .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len())
            };
        }
        // SAFETY: not null, and writable by the contract of this function.
        unsafe { context.write_unaligned(listing.next as u32) };
        // SAFETY: by the contract of this function.
        unsafe { store(returned, listing.needed as u32) };
        Ok(listing.status)
    })
}

/// `NtOpenSymbolicLinkObject`.
///
/// # Safety
/// As [`NtOpenDirectoryObject`].
#[unsafe(no_mangle)]
unsafe extern "C" fn NtOpenSymbolicLinkObject(
    opened: *mut Handle,
    access: u32,
    attributes: *const ObjectAttributes,
) -> u32 {
    // SAFETY: the contracts are the same.
    unsafe { open_one(Type::Link, opened, access, attributes) }
}

/// `NtCreateSymbolicLinkObject`.
///
/// # Safety
/// As [`NtOpenDirectoryObject`]; `target` is null or leads to a text.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtCreateSymbolicLinkObject(
    made: *mut Handle,
    access: u32,
    attributes: *const ObjectAttributes,
    target: *const UnicodeString,
) -> u32 {
    let call = || {
        // SAFETY: by the contract of this function.
        let units = unsafe { text(target) }.map_err(|e| match e {
            Status(OBJECT_NAME_INVALID) => Status(INVALID_PARAMETER),
            other => other,
        })?;
        // SAFETY: it has just been read.
        let maximum = unsafe { target.read_unaligned() }.maximum;
        if maximum == 0 || usize::from(maximum) < 2 * units.len() {
            return Err(Status(INVALID_PARAMETER));
        }
        // SAFETY: by the contract of this function.
        unsafe { create_one(Type::Link, access, attributes) }
    };
    // SAFETY: by the contract of this function.
    unsafe { make(made, call) }
}

/// `NtQuerySymbolicLinkObject`.
///
/// # Safety
/// `target` is null or leads to a text whose buffer may be written to; `returned` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtQuerySymbolicLinkObject(
    link: Handle,
    target: *mut UnicodeString,
    returned: *mut u32,
) -> u32 {
    status(|| {
        // SAFETY: not null, and such a text by the contract of this function.
        let mut string = unsafe { there(target)?.read_unaligned() };
        there_or_null(returned)?;
        let mut units = directories::target(link as isize)?;
        let length = 2 * units.len() as u16;
        units.push(0);
        // SAFETY: by the contract of this function.
        unsafe { store(returned, u32::from(length) + 2) };
        // Only who asks for the length gets the NUL.
        let stored = if returned.is_null() { length } else { length + 2 };
        if string.maximum < stored {
            return Err(Status(BUFFER_TOO_SMALL));
        }
        there(string.buffer)?;
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_ne_bytes()).collect();
        // SAFETY: not null, and long enough by the check above and the contract of this function.
        unsafe {
            string
                .buffer
                .cast::<u8>()
                .copy_from_nonoverlapping(bytes.as_ptr(), stored.into())
        };
        string.length = length;
        // SAFETY: it was read from there.
        unsafe { target.write_unaligned(string) };
        Ok(())
    })
}
