//! Lists made from what somebody is to get or to lose.

use std::ffi::c_void;

use super::{acls, guarded, memory, sids};
use crate::calls::acl;
use crate::calls::entries::{self, Change};
use crate::calls::sid::Sid;
use crate::code::{Code, INVALID_PARAMETER, Result, SUCCESS};
use crate::text;

/// `TRUSTEE_IS_SID`.
const IS_SID: u32 = 0;
/// `TRUSTEE_IS_NAME`.
const IS_NAME: u32 = 1;

/// `TRUSTEE_A` and `TRUSTEE_W`.
#[repr(C)]
struct Trustee {
    multiple: *const c_void,
    operation: u32,
    form: u32,
    kind: u32,
    name: *const c_void,
}

/// `EXPLICIT_ACCESS_A` and `EXPLICIT_ACCESS_W`.
#[repr(C)]
struct ExplicitAccess {
    mask: u32,
    mode: u32,
    inheritance: u32,
    trustee: Trustee,
}

layout!(Trustee: 32, multiple: 0, operation: 8, form: 12, kind: 16, name: 24);
layout!(ExplicitAccess: 48, mask: 0, mode: 4, inheritance: 8, trustee: 16);

/// Whom an entry is for.
///
/// # Safety
/// `trustee` leads to what its form says; `name` reads a text.
unsafe fn whom(trustee: &Trustee, name: unsafe fn(*const c_void) -> Result<Option<String>>) -> Result<Sid> {
    if !trustee.multiple.is_null() || trustee.operation != 0 {
        return Err(Code(INVALID_PARAMETER));
    }
    match trustee.form {
        // SAFETY: by the contract of this function.
        IS_SID => unsafe { sids::read(trustee.name.cast()) },
        // SAFETY: as above.
        IS_NAME => entries::named(&unsafe { name(trustee.name) }?.ok_or(Code(INVALID_PARAMETER))?),
        _ => Err(Code(INVALID_PARAMETER)),
    }
}

/// What `SetEntriesInAcl` does.
///
/// # Safety
/// `given` is null or has `count` entries, whose trustees are as [`whom`] wants; `old` is null or leads to an access control
/// list; `new` is null or may be written to.
unsafe fn set(
    count: u32,
    given: *const ExplicitAccess,
    old: *const u8,
    new: *mut *mut u8,
    name: unsafe fn(*const c_void) -> Result<Option<String>>,
) -> Result<()> {
    if new.is_null() || (given.is_null() && count != 0) {
        return Err(Code(INVALID_PARAMETER));
    }
    let mut changes = Vec::new();
    for number in 0..count as usize {
        // SAFETY: not null, and there are so many, by the contract of this function.
        let one = unsafe { &*given.add(number) };
        changes.push(Change {
            mask: one.mask,
            mode: one.mode,
            inheritance: one.inheritance,
            // SAFETY: by the contract of this function.
            sid: unsafe { whom(&one.trustee, name) }?,
        });
    }
    let old = match old.is_null() {
        true => Vec::new(),
        // SAFETY: not null, and a list by the contract of this function.
        false => acl::entries(unsafe { acls::bytes(old) }?)?,
    };
    let made = memory::copy(&entries::merged(&old, &changes)?)?;
    // SAFETY: not null, and writable by the contract of this function.
    unsafe { new.write(made) };
    Ok(())
}

/// # Safety
/// As [`text::narrow_text`].
unsafe fn narrow(name: *const c_void) -> Result<Option<String>> {
    // SAFETY: the contracts are the same.
    unsafe { text::narrow_text(name.cast()) }
}

/// # Safety
/// As [`text::wide_text`].
unsafe fn wide(name: *const c_void) -> Result<Option<String>> {
    // SAFETY: the contracts are the same.
    unsafe { text::wide_text(name.cast()) }
}

macro_rules! pair {
    ($($name:ident: $text:ident;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// As [`set`].
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            count: u32,
            given: *const ExplicitAccess,
            old: *const u8,
            new: *mut *mut u8,
        ) -> u32 {
            // SAFETY: the contracts are the same.
            match guarded(|| unsafe { set(count, given, old, new, $text) }) {
                Ok(()) => SUCCESS,
                Err(Code(error)) => error,
            }
        }
    )*};
}

pair! {
    SetEntriesInAclA: narrow;
    SetEntriesInAclW: wide;
}
