//! Security descriptors in memory.

use std::ffi::c_void;

use super::{Bool, SecurityAttributes, acls, guarded, sids, store, succeeds, there};
use crate::calls::acl::{self, Entry};
use crate::calls::descriptor::{
    DACL_DEFAULTED, DACL_PRESENT, Descriptor, GROUP_DEFAULTED, List, OWNER_DEFAULTED, REVISION, SACL_PRESENT,
    SELF_RELATIVE,
};
use crate::code::{Code, INVALID_SECURITY_DESCR, Result, UNKNOWN_REVISION};

/// `SECURITY_DESCRIPTOR`.
#[repr(C)]
struct Absolute {
    revision: u8,
    zero: u8,
    control: u16,
    owner: *const u8,
    group: *const u8,
    system_list: *const u8,
    list: *const u8,
}

/// `SECURITY_DESCRIPTOR_RELATIVE`.
#[repr(C)]
struct Relative {
    revision: u8,
    zero: u8,
    control: u16,
    owner: u32,
    group: u32,
    system_list: u32,
    list: u32,
}

layout!(Absolute: 40, revision: 0, control: 2, owner: 8, group: 16, system_list: 24, list: 32);
layout!(Relative: 20, revision: 0, control: 2, owner: 4, group: 8, system_list: 12, list: 16);

/// Reads where the parts of a descriptor are, whichever form it has.
///
/// # Errors
/// `ERROR_UNKNOWN_REVISION`.
///
/// # Safety
/// `descriptor` leads to a security descriptor.
unsafe fn parts(descriptor: *const c_void) -> Result<Absolute> {
    let start: *const u8 = there(descriptor)?.cast();
    // SAFETY: both forms are at least as large as the relative one.
    let relative = unsafe { start.cast::<Relative>().read_unaligned() };
    if relative.revision != REVISION {
        return Err(Code(UNKNOWN_REVISION));
    }
    if relative.control & SELF_RELATIVE == 0 {
        // SAFETY: the control bits tell that it has this form.
        return Ok(unsafe { start.cast::<Absolute>().read_unaligned() });
    }
    let at = |place: u32| match place {
        0 => std::ptr::null(),
        place => start.wrapping_add(place as usize),
    };
    Ok(Absolute {
        revision: relative.revision,
        zero: relative.zero,
        control: relative.control,
        owner: at(relative.owner),
        group: at(relative.group),
        system_list: at(relative.system_list),
        list: at(relative.list),
    })
}

/// Reads all of a descriptor.
///
/// # Errors
/// `ERROR_UNKNOWN_REVISION`, `ERROR_INVALID_SID`, `ERROR_INVALID_ACL`.
///
/// # Safety
/// `descriptor` leads to a security descriptor.
unsafe fn read(descriptor: *const c_void) -> Result<Descriptor> {
    // SAFETY: the contracts are the same.
    let parts = unsafe { parts(descriptor) }?;
    let sid = |at: *const u8| match at.is_null() {
        true => Ok(None),
        // SAFETY: where a descriptor says that it has a security identifier, it has one.
        false => unsafe { sids::read(at) }.map(Some),
    };
    let entries = |at: *const u8| -> Result<Option<Vec<Entry>>> {
        match at.is_null() {
            true => Ok(None),
            // SAFETY: where a descriptor says that it has a list, it has one.
            false => acl::entries(unsafe { acls::bytes(at) }?).map(Some),
        }
    };
    let list = match parts.control & DACL_PRESENT {
        0 => List::Absent,
        _ => entries(parts.list)?.map_or(List::Null, List::Entries),
    };
    let system = match parts.control & SACL_PRESENT {
        0 => None,
        _ => entries(parts.system_list)?,
    };
    Ok(Descriptor {
        owner: sid(parts.owner)?,
        group: sid(parts.group)?,
        list,
        system,
    })
}

/// The security descriptor that the attributes of a new object have, if they have one.
///
/// # Errors
/// It is not well-formed.
pub(super) fn of(attributes: Option<&SecurityAttributes>) -> Result<Option<Descriptor>> {
    let descriptor = attributes.map_or(std::ptr::null_mut(), |given| given.descriptor);
    // SAFETY: the attributes are valid by the contract of every creator.
    unsafe { optional(descriptor) }
}

/// A security descriptor, if there is one.
///
/// # Errors
/// It is not well-formed.
///
/// # Safety
/// `descriptor` is null or leads to a security descriptor.
pub(super) unsafe fn optional(descriptor: *const c_void) -> Result<Option<Descriptor>> {
    match descriptor.is_null() {
        true => Ok(None),
        // SAFETY: not null, by the contract of this function.
        false => unsafe { read(descriptor) }.map(Some),
    }
}

/// Changes a descriptor that is in the absolute form.
///
/// # Safety
/// `descriptor` is null or leads to a security descriptor that may be written to.
unsafe fn change(descriptor: *mut c_void, with: impl FnOnce(&mut Absolute)) -> Bool {
    succeeds(|| {
        // SAFETY: not null behind the check, and a descriptor by the contract of this function.
        let mut parts = unsafe { parts(descriptor) }?;
        if parts.control & SELF_RELATIVE != 0 {
            return Err(Code(INVALID_SECURITY_DESCR));
        }
        with(&mut parts);
        // SAFETY: as above, and it has this form.
        unsafe { descriptor.cast::<Absolute>().write_unaligned(parts) };
        Ok(())
    })
}

fn set_bit(control: &mut u16, bit: u16, on: bool) {
    *control = if on { *control | bit } else { *control & !bit };
}

/// `InitializeSecurityDescriptor`.
///
/// # Safety
/// `descriptor` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn InitializeSecurityDescriptor(descriptor: *mut c_void, revision: u32) -> Bool {
    succeeds(|| {
        there(descriptor.cast_const())?;
        if revision != u32::from(REVISION) {
            return Err(Code(UNKNOWN_REVISION));
        }
        let empty = Absolute {
            revision: REVISION,
            zero: 0,
            control: 0,
            owner: std::ptr::null(),
            group: std::ptr::null(),
            system_list: std::ptr::null(),
            list: std::ptr::null(),
        };
        // SAFETY: not null, and writable by the contract of this function.
        unsafe { descriptor.cast::<Absolute>().write_unaligned(empty) };
        Ok(())
    })
}

/// `IsValidSecurityDescriptor`.
///
/// # Safety
/// `descriptor` is null or leads to a security descriptor.
#[unsafe(no_mangle)]
unsafe extern "C" fn IsValidSecurityDescriptor(descriptor: *const c_void) -> Bool {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let valid = unsafe { read(descriptor) };
        valid.map(drop).map_err(|_| Code(INVALID_SECURITY_DESCR))
    })
}

/// `GetSecurityDescriptorLength`.
///
/// # Safety
/// `descriptor` is null or leads to a security descriptor.
#[unsafe(no_mangle)]
unsafe extern "C" fn GetSecurityDescriptorLength(descriptor: *const c_void) -> u32 {
    let length = guarded(|| {
        // SAFETY: by the contract of this function.
        let parts = unsafe { parts(descriptor) }?;
        let mut length = match parts.control & SELF_RELATIVE {
            0 => size_of::<Absolute>(),
            _ => size_of::<Relative>(),
        };
        for sid in [parts.owner, parts.group] {
            if !sid.is_null() {
                // SAFETY: where a descriptor says that it has a security identifier, it has one.
                length += unsafe { sids::read(sid) }?.to_bytes().len();
            }
        }
        for (list, bit) in [(parts.list, DACL_PRESENT), (parts.system_list, SACL_PRESENT)] {
            if parts.control & bit != 0 && !list.is_null() {
                // SAFETY: where a descriptor says that it has a list, it has one.
                length += unsafe { acls::bytes(list) }?.len();
            }
        }
        Ok(length as u32)
    });
    length.unwrap_or(0)
}

/// `GetSecurityDescriptorControl`.
///
/// # Safety
/// `descriptor` is null or leads to a security descriptor; the others are null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn GetSecurityDescriptorControl(
    descriptor: *const c_void,
    control: *mut u16,
    revision: *mut u32,
) -> Bool {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let parts = unsafe { parts(descriptor) }?;
        // SAFETY: as above.
        unsafe { store(control, parts.control) };
        // SAFETY: as above.
        unsafe { store(revision, u32::from(parts.revision)) };
        Ok(())
    })
}

/// `SetSecurityDescriptorDacl`.
///
/// # Safety
/// `descriptor` is null or leads to a security descriptor that may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn SetSecurityDescriptorDacl(
    descriptor: *mut c_void,
    present: Bool,
    list: *const u8,
    defaulted: Bool,
) -> Bool {
    let with = |parts: &mut Absolute| {
        set_bit(&mut parts.control, DACL_PRESENT, present != 0);
        set_bit(&mut parts.control, DACL_DEFAULTED, present != 0 && defaulted != 0);
        parts.list = if present != 0 { list } else { std::ptr::null() };
    };
    // SAFETY: the contracts are the same.
    unsafe { change(descriptor, with) }
}

/// `GetSecurityDescriptorDacl`.
///
/// # Safety
/// `descriptor` is null or leads to a security descriptor; the others are null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn GetSecurityDescriptorDacl(
    descriptor: *const c_void,
    present: *mut Bool,
    list: *mut *const u8,
    defaulted: *mut Bool,
) -> Bool {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let parts = unsafe { parts(descriptor) }?;
        let has = parts.control & DACL_PRESENT != 0;
        // SAFETY: by the contract of this function.
        unsafe { store(present, Bool::from(has)) };
        if has {
            // SAFETY: as above.
            unsafe { store(list, parts.list) };
            // SAFETY: as above.
            unsafe { store(defaulted, Bool::from(parts.control & DACL_DEFAULTED != 0)) };
        }
        Ok(())
    })
}

macro_rules! members {
    ($($set:ident, $get:ident: $part:ident, $bit:expr;)*) => {$(
        #[doc = concat!("`", stringify!($set), "`.")]
        ///
        /// # Safety
        /// `descriptor` is null or leads to a security descriptor that may be written to.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $set(descriptor: *mut c_void, sid: *const u8, defaulted: Bool) -> Bool {
            let with = |parts: &mut Absolute| {
                parts.$part = sid;
                set_bit(&mut parts.control, $bit, defaulted != 0);
            };
            // SAFETY: the contracts are the same.
            unsafe { change(descriptor, with) }
        }

        #[doc = concat!("`", stringify!($get), "`.")]
        ///
        /// # Safety
        /// `descriptor` is null or leads to a security descriptor; the others are null or may be written to.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $get(
            descriptor: *const c_void,
            sid: *mut *const u8,
            defaulted: *mut Bool,
        ) -> Bool {
            succeeds(|| {
                // SAFETY: by the contract of this function.
                let parts = unsafe { parts(descriptor) }?;
                // SAFETY: by the contract of this function.
                unsafe { store(sid, parts.$part) };
                // SAFETY: as above.
                unsafe { store(defaulted, Bool::from(parts.control & $bit != 0)) };
                Ok(())
            })
        }
    )*};
}

members! {
    SetSecurityDescriptorOwner, GetSecurityDescriptorOwner: owner, OWNER_DEFAULTED;
    SetSecurityDescriptorGroup, GetSecurityDescriptorGroup: group, GROUP_DEFAULTED;
}
