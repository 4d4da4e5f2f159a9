//! Security identifiers in memory.

use std::ffi::c_void;

use super::memory;
use super::{Bool, guarded, succeeds, there};
use crate::calls::sid::{HEAD, PARTS, Sid};
use crate::code::{self, Code, INSUFFICIENT_BUFFER, INVALID_PARAMETER, INVALID_SID, Result, SUCCESS};

/// Reads a security identifier.
///
/// # Errors
/// `ERROR_INVALID_SID`: null, or not one; `ERROR_NOACCESS`: it cannot be anywhere.
///
/// # Safety
/// `sid` is null or leads to a security identifier.
pub(super) unsafe fn read(sid: *const u8) -> Result<Sid> {
    if sid.is_null() {
        return Err(Code(INVALID_SID));
    }
    there(sid)?;
    // SAFETY: not null, and a security identifier has a head.
    let count = usize::from(unsafe { sid.add(1).read() });
    if count > PARTS {
        return Err(Code(INVALID_SID));
    }
    // SAFETY: the head says that there are so many parts; nobody changes them during the call.
    Sid::from_bytes(unsafe { std::slice::from_raw_parts(sid, size(count)) })
}

/// The size of a security identifier with so many sub-authorities.
fn size(count: usize) -> usize {
    HEAD + 4 * count
}

/// Writes to memory of the caller.
///
/// # Safety
/// `to` is null or may be written to for `length` bytes.
unsafe fn write(to: *mut u8, length: usize, bytes: &[u8]) -> Result<()> {
    there(to.cast_const())?;
    if length < bytes.len() {
        return Err(Code(INSUFFICIENT_BUFFER));
    }
    // SAFETY: not null and long enough, by the checks above and the contract of this function; `bytes` is not in it.
    unsafe { to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Ok(())
}

/// `IsValidSid`.
///
/// # Safety
/// As [`read`].
#[unsafe(no_mangle)]
unsafe extern "C" fn IsValidSid(sid: *const u8) -> Bool {
    // SAFETY: the contracts are the same.
    Bool::from(unsafe { read(sid) }.is_ok())
}

/// `EqualSid`.
///
/// # Safety
/// As [`read`], for both.
#[unsafe(no_mangle)]
unsafe extern "C" fn EqualSid(one: *const u8, two: *const u8) -> Bool {
    // SAFETY: the contracts are the same.
    match (unsafe { read(one) }, unsafe { read(two) }) {
        (Ok(one), Ok(two)) => Bool::from(one == two),
        _ => 0,
    }
}

/// `GetLengthSid`.
///
/// # Safety
/// As [`read`].
#[unsafe(no_mangle)]
unsafe extern "C" fn GetLengthSid(sid: *const u8) -> u32 {
    // SAFETY: the contracts are the same.
    unsafe { read(sid) }.map_or(0, |sid| sid.to_bytes().len() as u32)
}

/// `GetSidLengthRequired`.
#[unsafe(no_mangle)]
extern "C" fn GetSidLengthRequired(count: u8) -> u32 {
    size(usize::from(count)) as u32
}

/// `CopySid`.
///
/// # Safety
/// `to` is null or may be written to for `length` bytes; `sid` as for [`read`].
#[unsafe(no_mangle)]
unsafe extern "C" fn CopySid(length: u32, to: *mut u8, sid: *const u8) -> Bool {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let bytes = unsafe { read(sid) }?.to_bytes();
        // SAFETY: by the contract of this function.
        unsafe { write(to, length as usize, &bytes) }
    })
}

/// `InitializeSid`.
///
/// # Safety
/// `sid` is null or may be written to for as long as a security identifier with `count` sub-authorities is; `authority` is
/// null or has 6 bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn InitializeSid(sid: *mut u8, authority: Option<&[u8; 6]>, count: u8) -> Bool {
    succeeds(|| {
        there(sid.cast_const())?;
        let authority = *authority.ok_or(Code(INVALID_PARAMETER))?;
        let none = [0; PARTS];
        let parts = none.get(..usize::from(count)).ok_or(Code(INVALID_PARAMETER))?;
        let bytes = Sid::new(authority, parts)?.to_bytes();
        // SAFETY: not null, and long enough by the contract of this function.
        unsafe { write(sid, bytes.len(), &bytes) }
    })
}

/// Where a part of a security identifier is. The last error tells whether it is there.
///
/// # Safety
/// As [`read`].
unsafe fn part<T>(sid: *const u8, place: usize) -> *const T {
    let found = guarded(|| {
        // SAFETY: the contracts are the same.
        let sid = unsafe { read(sid) }?;
        match place + size_of::<T>() <= sid.to_bytes().len() {
            true => Ok(()),
            false => Err(Code(INVALID_PARAMETER)),
        }
    });
    match found {
        Ok(()) => {
            code::set(SUCCESS);
            sid.wrapping_add(place).cast()
        }
        Err(Code(error)) => {
            code::set(error);
            std::ptr::null()
        }
    }
}

/// `GetSidSubAuthority`.
///
/// # Safety
/// As [`read`].
#[unsafe(no_mangle)]
unsafe extern "C" fn GetSidSubAuthority(sid: *const u8, index: u32) -> *const u32 {
    // SAFETY: the contracts are the same.
    unsafe { part(sid, size((index as usize).min(PARTS))) }
}

/// `GetSidSubAuthorityCount`.
///
/// # Safety
/// As [`read`].
#[unsafe(no_mangle)]
unsafe extern "C" fn GetSidSubAuthorityCount(sid: *const u8) -> *const u8 {
    // SAFETY: the contracts are the same.
    unsafe { part(sid, 1) }
}

/// `GetSidIdentifierAuthority`.
///
/// # Safety
/// As [`read`].
#[unsafe(no_mangle)]
unsafe extern "C" fn GetSidIdentifierAuthority(sid: *const u8) -> *const [u8; 6] {
    // SAFETY: the contracts are the same.
    unsafe { part(sid, 2) }
}

/// `AllocateAndInitializeSid`.
///
/// # Safety
/// `authority` is null or has 6 bytes; `sid` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn AllocateAndInitializeSid(
    authority: Option<&[u8; 6]>,
    count: u8,
    part0: u32,
    part1: u32,
    part2: u32,
    part3: u32,
    part4: u32,
    part5: u32,
    part6: u32,
    part7: u32,
    sid: *mut *mut u8,
) -> Bool {
    succeeds(|| {
        there(sid.cast_const())?;
        let authority = *authority.ok_or(Code(INVALID_PARAMETER))?;
        let given = [part0, part1, part2, part3, part4, part5, part6, part7];
        let parts = given.get(..usize::from(count)).ok_or(Code(INVALID_SID))?;
        let made = memory::copy(&Sid::new(authority, parts)?.to_bytes())?;
        // SAFETY: not null, and writable by the contract of this function.
        unsafe { sid.write(made) };
        Ok(())
    })
}

/// `CreateWellKnownSid`.
///
/// # Safety
/// `length` is null or may be read and written; `sid` is null or may be written to for so many bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn CreateWellKnownSid(
    number: i32,
    _domain: *const c_void,
    sid: *mut u8,
    length: Option<&mut u32>,
) -> Bool {
    succeeds(|| {
        let length = length.ok_or(Code(INVALID_PARAMETER))?;
        let bytes = Sid::well_known(number)?.to_bytes();
        let given = std::mem::replace(length, bytes.len() as u32) as usize;
        if given < bytes.len() {
            return Err(Code(INSUFFICIENT_BUFFER));
        }
        if sid.is_null() {
            return Err(Code(INVALID_PARAMETER));
        }
        // SAFETY: by the contract of this function.
        unsafe { write(sid, given, &bytes) }
    })
}
