//! Access control lists in memory.

use std::ffi::c_void;

use super::{Bool, sids, succeeds, there};
use crate::calls::acl::{self, ALLOWED, DENIED, HEAD};
use crate::code::{Code, INVALID_ACL, Result};

/// The bytes of a list.
///
/// # Errors
/// `ERROR_INVALID_ACL`: null, or too short to be one; `ERROR_NOACCESS`: it cannot be anywhere.
///
/// # Safety
/// `list` is null or leads to an access control list.
pub(super) unsafe fn bytes<'l>(list: *const u8) -> Result<&'l [u8]> {
    // SAFETY: the contracts are the same.
    let size = unsafe { size(list) }?;
    // SAFETY: a list is as long as its head says; nobody changes it during the call.
    Ok(unsafe { std::slice::from_raw_parts(list, size) })
}

/// The same for a list that may be written to.
///
/// # Safety
/// As [`bytes`].
unsafe fn bytes_mut<'l>(list: *mut u8) -> Result<&'l mut [u8]> {
    // SAFETY: the contracts are the same.
    let size = unsafe { size(list) }?;
    // SAFETY: a list is as long as its head says; nobody else uses it during the call.
    Ok(unsafe { std::slice::from_raw_parts_mut(list, size) })
}

/// The size that the head of a list tells.
///
/// # Safety
/// As [`bytes`].
unsafe fn size(list: *const u8) -> Result<usize> {
    if list.is_null() {
        return Err(Code(INVALID_ACL));
    }
    there(list)?;
    // SAFETY: not null, and a list has a head.
    let size = acl::size(unsafe { &*list.cast::<[u8; HEAD]>() });
    if size < HEAD {
        return Err(Code(INVALID_ACL));
    }
    Ok(size)
}

/// `InitializeAcl`.
///
/// # Safety
/// `list` is null or may be written to for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn InitializeAcl(list: *mut u8, length: u32, revision: u32) -> Bool {
    succeeds(|| {
        there(list.cast_const())?;
        let head = acl::initialize(length, revision)?;
        // SAFETY: not null, and long enough by the check of the length and the contract of this function.
        unsafe { list.cast::<[u8; HEAD]>().write(head) };
        Ok(())
    })
}

/// `IsValidAcl`.
///
/// # Safety
/// As [`bytes`].
#[unsafe(no_mangle)]
unsafe extern "C" fn IsValidAcl(list: *const u8) -> Bool {
    // SAFETY: the contracts are the same.
    succeeds(|| acl::entries(unsafe { bytes(list) }?).map(drop))
}

/// `GetAce`.
///
/// # Safety
/// As [`bytes`]; `entry` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn GetAce(list: *const u8, index: u32, entry: *mut *const c_void) -> Bool {
    succeeds(|| {
        there(entry.cast_const())?;
        // SAFETY: by the contract of this function.
        let place = acl::find(unsafe { bytes(list) }?, index)?;
        // SAFETY: not null, and writable by the contract of this function.
        unsafe { entry.write(list.wrapping_add(place).cast()) };
        Ok(())
    })
}

macro_rules! adders {
    ($($name:ident ($($flags:ident)?): $kind:expr, $with:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// `list` is null or leads to an access control list that may be written to, `sid` to a security identifier.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            list: *mut u8,
            revision: u32,
            $($flags: u32,)?
            mask: u32,
            sid: *const u8,
        ) -> Bool {
            succeeds(|| {
                // SAFETY: by the contract of this function.
                let sid = unsafe { sids::read(sid) }?;
                // SAFETY: by the contract of this function.
                acl::add(unsafe { bytes_mut(list) }?, revision, $kind, $with, mask, &sid)
            })
        }
    )*};
}

adders! {
    AddAccessAllowedAce (): ALLOWED, 0;
    AddAccessAllowedAceEx (flags): ALLOWED, flags;
    AddAccessDeniedAce (): DENIED, 0;
    AddAccessDeniedAceEx (flags): DENIED, flags;
}
