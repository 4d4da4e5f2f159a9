//! Waiting for a change at an address.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

use super::{Bool, succeeds, there};
use crate::calls::address;
use crate::code::{Code, INVALID_PARAMETER, Result};
use crate::parking::Word;

/// What is at an address.
///
/// # Errors
/// There is no type of this size, or no address.
///
/// # Safety
/// So many bytes there can be read as long as the word is used.
unsafe fn word<'m>(address: *const c_void, size: usize) -> Result<Word<'m>> {
    if !matches!(size, 1 | 2 | 4 | 8) {
        return Err(Code(INVALID_PARAMETER));
    }
    let address = there(address)?.cast_mut();
    let aligned = address.addr().is_multiple_of(size);
    // SAFETY: so many bytes can be read, by the contract of this function, and have the alignment of the type, which the first
    // condition ensures where it is more than that of a byte. Nothing writes through the pointers.
    unsafe {
        Ok(match size {
            _ if !aligned => Word::Bytes(std::slice::from_raw_parts(address.cast(), size)),
            1 => Word::One(AtomicU8::from_ptr(address.cast())),
            2 => Word::Two(AtomicU16::from_ptr(address.cast())),
            4 => Word::Four(AtomicU32::from_ptr(address.cast())),
            _ => Word::Eight(AtomicU64::from_ptr(address.cast())),
        })
    }
}

/// `WaitOnAddress`.
///
/// # Safety
/// So many bytes can be read at both addresses during the call.
#[unsafe(no_mangle)]
unsafe extern "C" fn WaitOnAddress(
    address: *const c_void,
    undesired: *const c_void,
    size: usize,
    milliseconds: u32,
) -> Bool {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let (word, undesired) = unsafe { (word(address, size)?, word(undesired, size)?) };
        address::wait(&word, undesired.value(), milliseconds)
    })
}

/// `WakeByAddressSingle`.
#[unsafe(no_mangle)]
extern "C" fn WakeByAddressSingle(address: *const c_void) {
    address::wake_one(address.addr());
}

/// `WakeByAddressAll`.
#[unsafe(no_mangle)]
extern "C" fn WakeByAddressAll(address: *const c_void) {
    address::wake_all(address.addr());
}
