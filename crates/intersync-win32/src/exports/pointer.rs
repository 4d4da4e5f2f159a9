//! Pointers of the caller that the kernel of Windows would look at before it does anything.
//!
//! What can be told without a system call is told: a null pointer, one into the first 64 KiB, which Linux maps for nobody, and one
//! outside of what a process can have. Others are followed, and a process whose pointers lead nowhere faults.

use crate::code::{Code, NOACCESS, Result};

/// The first address that may be mapped: Windows' rule, and what `vm.mmap_min_addr` is set to.
const LOWEST: usize = 0x1_0000;
/// No user space reaches so far, with five levels of page tables either.
const END: usize = 1 << 56;

/// A pointer that must lead somewhere.
///
/// # Errors
/// `ERROR_NOACCESS`: it does not.
pub(super) fn there<T>(pointer: *const T) -> Result<*const T> {
    let start = pointer as usize;
    match start.checked_add(size_of::<T>()) {
        Some(end) if start >= LOWEST && end <= END => Ok(pointer),
        _ => Err(Code(NOACCESS)),
    }
}

/// As [`there`], for a pointer that must be aligned: Windows checks that of arrays.
///
/// # Errors
/// `ERROR_NOACCESS`.
pub(super) fn aligned<T>(pointer: *const T) -> Result<*const T> {
    match there(pointer)?.is_aligned() {
        true => Ok(pointer),
        false => Err(Code(NOACCESS)),
    }
}

/// As [`there`], for a pointer to where a result is stored, which may be null if the caller does not want it.
///
/// # Errors
/// `ERROR_NOACCESS`.
pub(super) fn there_or_null<T>(pointer: *mut T) -> Result<()> {
    match pointer.is_null() {
        true => Ok(()),
        false => there(pointer.cast_const()).map(|_| ()),
    }
}

/// Stores a value where the caller wants it, if it does.
///
/// # Safety
/// `to` is null or may be written to. It need not be aligned.
pub(super) unsafe fn store<T>(to: *mut T, value: T) {
    if !to.is_null() {
        // SAFETY: not null, and writable by the contract of this function.
        unsafe { to.write_unaligned(value) };
    }
}
