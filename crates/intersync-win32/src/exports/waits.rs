//! Waiting.

use super::{Bool, Handle, number, there};
use crate::calls::waits;
use crate::code::{Code, INVALID_PARAMETER};

/// `WAIT_FAILED`.
const FAILED: u32 = u32::MAX;
/// `MAXIMUM_WAIT_OBJECTS`.
const MAXIMUM: u32 = 64;

/// `WaitForSingleObject`.
#[unsafe(no_mangle)]
extern "C" fn WaitForSingleObject(object: Handle, milliseconds: u32) -> u32 {
    number(FAILED, || waits::one(object as isize, milliseconds))
}

/// `WaitForSingleObjectEx`.
#[unsafe(no_mangle)]
extern "C" fn WaitForSingleObjectEx(object: Handle, milliseconds: u32, _alertable: Bool) -> u32 {
    WaitForSingleObject(object, milliseconds)
}

/// `WaitForMultipleObjects`.
///
/// # Safety
/// `objects` is null or leads to `count` handles.
#[unsafe(no_mangle)]
unsafe extern "C" fn WaitForMultipleObjects(
    count: u32,
    objects: *const Handle,
    all: Bool,
    milliseconds: u32,
) -> u32 {
    number(FAILED, || {
        if count == 0 || count > MAXIMUM {
            return Err(Code(INVALID_PARAMETER));
        }
        // SAFETY: not null, and leads to that many handles by the contract of this function.
        let handles = unsafe { std::slice::from_raw_parts(there(objects)?, count as usize) };
        let values: Vec<isize> = handles.iter().map(|&handle| handle as isize).collect();
        waits::several(&values, all != 0, milliseconds)
    })
}

/// `WaitForMultipleObjectsEx`.
///
/// # Safety
/// As [`WaitForMultipleObjects`].
#[unsafe(no_mangle)]
unsafe extern "C" fn WaitForMultipleObjectsEx(
    count: u32,
    objects: *const Handle,
    all: Bool,
    milliseconds: u32,
    _alertable: Bool,
) -> u32 {
    // SAFETY: the contracts are the same.
    unsafe { WaitForMultipleObjects(count, objects, all, milliseconds) }
}

/// `SignalObjectAndWait`.
#[unsafe(no_mangle)]
extern "C" fn SignalObjectAndWait(signal: Handle, wait: Handle, milliseconds: u32, _alertable: Bool) -> u32 {
    number(FAILED, || {
        waits::signal_and_wait(signal as isize, wait as isize, milliseconds)
    })
}

/// `Sleep`.
#[unsafe(no_mangle)]
extern "C" fn Sleep(milliseconds: u32) {
    waits::sleep(milliseconds);
}

/// `SleepEx`.
#[unsafe(no_mangle)]
extern "C" fn SleepEx(milliseconds: u32, _alertable: Bool) -> u32 {
    waits::sleep(milliseconds);
    0
}
