//! Waiting.

use super::pointer::{aligned, there_or_null};
use super::{Bool, Handle, number, store};
use crate::calls::waits;
use crate::code::{Code, INVALID_PARAMETER, Result};

/// `WAIT_FAILED`.
const FAILED: u32 = u32::MAX;
/// `MAXIMUM_WAIT_OBJECTS`.
const MAXIMUM: u32 = 64;
/// The most objects of `IntersyncWaitForMultipleObjects`.
const MANY: u32 = intersync::MAXIMUM_WAIT_OBJECTS as u32;

/// `WaitForSingleObject`.
#[unsafe(no_mangle)]
extern "C" fn WaitForSingleObject(object: Handle, milliseconds: u32) -> u32 {
    number(FAILED, || waits::one(object as isize, milliseconds))
}

/// `WaitForSingleObjectEx`.
#[unsafe(no_mangle)]
extern "C" fn WaitForSingleObjectEx(object: Handle, milliseconds: u32, alertable: Bool) -> u32 {
    if alertable == 0 {
        return WaitForSingleObject(object, milliseconds);
    }
    number(FAILED, || waits::one_alertable(object as isize, milliseconds))
}

/// The values of the handles of a wait, where they are.
///
/// # Safety
/// `objects` is null or leads to `count` handles, which no other thread changes during the call.
unsafe fn handles<'c>(count: u32, maximum: u32, objects: *const Handle) -> Result<&'c [isize]> {
    if count == 0 || count > maximum {
        return Err(Code(INVALID_PARAMETER));
    }
    // SAFETY: not null, and leads to that many handles, which are as wide as their values, by the contract of this function.
    Ok(unsafe { std::slice::from_raw_parts(aligned(objects)?.cast::<isize>(), count as usize) })
}

/// `WaitForMultipleObjects`.
///
/// # Safety
/// `objects` is null or leads to `count` handles, which no other thread changes during the call.
#[unsafe(no_mangle)]
unsafe extern "C" fn WaitForMultipleObjects(
    count: u32,
    objects: *const Handle,
    all: Bool,
    milliseconds: u32,
) -> u32 {
    // SAFETY: the contracts are the same.
    unsafe { WaitForMultipleObjectsEx(count, objects, all, milliseconds, 0) }
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
    alertable: Bool,
) -> u32 {
    number(FAILED, || {
        // SAFETY: by the contract of this function.
        let values = unsafe { handles(count, MAXIMUM, objects) }?;
        if alertable == 0 {
            return waits::several(values, all != 0, milliseconds);
        }
        // The calls that run meanwhile may change the caller's list.
        let values = values.to_vec();
        waits::several_alertable(&values, all != 0, milliseconds)
    })
}

/// `IntersyncWaitForMultipleObjects`.
///
/// # Safety
/// As [`WaitForMultipleObjects`]; `index` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn IntersyncWaitForMultipleObjects(
    count: u32,
    objects: *const Handle,
    all: Bool,
    milliseconds: u32,
    alertable: Bool,
    index: *mut u32,
) -> u32 {
    number(FAILED, || {
        // SAFETY: by the contract of this function.
        let values = unsafe { handles(count, MANY, objects) }?;
        there_or_null(index)?;
        // The calls that run meanwhile may change the caller's list.
        let values = values.to_vec();
        let (result, which) = waits::many(&values, all != 0, milliseconds, alertable != 0)?;
        if let Some(which) = which {
            // SAFETY: by the contract of this function.
            unsafe { store(index, which) };
        }
        Ok(result)
    })
}

/// `SignalObjectAndWait`.
#[unsafe(no_mangle)]
extern "C" fn SignalObjectAndWait(signal: Handle, wait: Handle, milliseconds: u32, alertable: Bool) -> u32 {
    number(FAILED, || {
        waits::signal_and_wait(signal as isize, wait as isize, milliseconds, alertable != 0)
    })
}

/// `Sleep`.
#[unsafe(no_mangle)]
extern "C" fn Sleep(milliseconds: u32) {
    waits::sleep(milliseconds);
}

/// `SleepEx`.
#[unsafe(no_mangle)]
extern "C" fn SleepEx(milliseconds: u32, alertable: Bool) -> u32 {
    if alertable == 0 {
        waits::sleep(milliseconds);
        return 0;
    }
    number(0, || Ok(waits::sleep_alertable(milliseconds)))
}
