//! Memory that callers free with `LocalFree` or `FreeSid`.

use std::ffi::c_void;

use super::guarded;
use crate::code::{self, Code, INVALID_PARAMETER, NOT_ENOUGH_MEMORY, Result};

/// `LMEM_ZEROINIT`; `LMEM_FIXED` is 0.
const ZEROED: u32 = 0x40;

/// A copy of these values in memory of their own.
///
/// # Errors
/// `ERROR_NOT_ENOUGH_MEMORY`.
pub(super) fn copy<T: Copy>(values: &[T]) -> Result<*mut T> {
    // SAFETY: the call takes any size; of 0 it may give null, so it gets more.
    let memory: *mut T = unsafe { libc::malloc(size_of_val(values).max(1)) }.cast();
    if memory.is_null() {
        return Err(Code(NOT_ENOUGH_MEMORY));
    }
    // SAFETY: the new memory is as large as the values, aligned for every type, and nobody else's.
    unsafe { memory.copy_from_nonoverlapping(values.as_ptr(), values.len()) };
    Ok(memory)
}

/// `LocalAlloc`.
#[unsafe(no_mangle)]
extern "C" fn LocalAlloc(flags: u32, size: usize) -> *mut c_void {
    let made = guarded(|| {
        if flags & !ZEROED != 0 {
            return Err(Code(INVALID_PARAMETER));
        }
        // Zeros in either case: what is left in memory is nobody's business.
        // SAFETY: the call takes any size; of 0 it may give null, so it gets more.
        let memory = unsafe { libc::calloc(size.max(1), 1) };
        if memory.is_null() {
            return Err(Code(NOT_ENOUGH_MEMORY));
        }
        Ok(memory)
    });
    made.unwrap_or_else(|Code(error)| {
        code::set(error);
        std::ptr::null_mut()
    })
}

/// `LocalFree`.
///
/// # Safety
/// `memory` is null or comes from a function that says so.
#[unsafe(no_mangle)]
unsafe extern "C" fn LocalFree(memory: *mut c_void) -> *mut c_void {
    // SAFETY: all such functions get it from the allocator of C; by the contract of this one.
    unsafe { libc::free(memory) };
    std::ptr::null_mut()
}

/// `FreeSid`.
///
/// # Safety
/// As [`LocalFree`].
#[unsafe(no_mangle)]
unsafe extern "C" fn FreeSid(sid: *mut c_void) -> *mut c_void {
    // SAFETY: the contracts are the same.
    unsafe { LocalFree(sid) }
}
