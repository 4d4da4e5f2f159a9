//! Taking arguments from a `va_list`, which Rust has no stable type for. It is laid out by the calling convention of each
//! architecture.

use std::ffi::c_void;

use crate::code::Result;

/// Takes the next argument: an integer or a pointer.
///
/// # Safety
/// `list` leads to a `va_list` with another argument, which is neither a structure nor a floating-point number.
#[cfg(target_arch = "x86_64")]
pub(super) unsafe fn next(list: *mut c_void) -> Result<u64> {
    /// Where the next argument in a register is, relative to `saved`.
    #[repr(C)]
    struct VaList {
        general: u32,
        floating: u32,
        overflow: *const u64,
        saved: *const u8,
    }
    /// The bytes of the six registers for integers and pointers.
    const REGISTERS: u32 = 48;

    // SAFETY: by the contract of this function, and the System V convention for this architecture.
    let list = unsafe { &mut *list.cast::<VaList>() };
    let place = if list.general < REGISTERS {
        let place = list.saved.wrapping_add(list.general as usize).cast();
        list.general += 8;
        place
    } else {
        let place = list.overflow;
        list.overflow = place.wrapping_add(1);
        place
    };
    // SAFETY: the argument is there, by the contract of this function.
    Ok(unsafe { place.read() })
}

/// As above.
///
/// # Safety
/// As above.
#[cfg(target_arch = "aarch64")]
pub(super) unsafe fn next(list: *mut c_void) -> Result<u64> {
    /// The next argument in a register is at `general_offset` before `general_top`, as long as that is negative.
    #[repr(C)]
    struct VaList {
        stack: *const u64,
        general_top: *const u8,
        floating_top: *const u8,
        general_offset: i32,
        floating_offset: i32,
    }

    // SAFETY: by the contract of this function, and the procedure call standard of this architecture.
    let list = unsafe { &mut *list.cast::<VaList>() };
    let place = if list.general_offset < 0 {
        let place = list
            .general_top
            .wrapping_offset(list.general_offset as isize)
            .cast();
        list.general_offset += 8;
        place
    } else {
        let place = list.stack;
        list.stack = place.wrapping_add(1);
        place
    };
    // SAFETY: the argument is there, by the contract of this function.
    Ok(unsafe { place.read() })
}

/// As above.
///
/// # Errors
/// `ERROR_NOT_SUPPORTED`: for this architecture there is the array of arguments only.
///
/// # Safety
/// As above.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) unsafe fn next(_list: *mut c_void) -> Result<u64> {
    Err(crate::code::Code(crate::code::NOT_SUPPORTED))
}
