//! Waiting and sleeping.

use super::super::Handle;
use super::{aligned, answer, there};
use crate::calls::native::waits::{self, Limit};
use crate::status::Result;

/// The limit that a pointer leads to; null: for ever.
///
/// # Errors
/// It leads nowhere.
///
/// # Safety
/// `timeout` is null or leads to a number.
unsafe fn limit(timeout: *const i64) -> Result<Limit> {
    if timeout.is_null() {
        return Ok(Limit::of(None));
    }
    // SAFETY: not null, and leads to a number by the contract of this function.
    Ok(Limit::of(Some(unsafe { there(timeout)?.read_unaligned() })))
}

/// `NtWaitForSingleObject`.
///
/// # Safety
/// `timeout` is null or leads to a number.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtWaitForSingleObject(object: Handle, alertable: u8, timeout: *const i64) -> u32 {
    answer(|| {
        // SAFETY: by the contract of this function.
        let limit = unsafe { limit(timeout) }?;
        waits::one(object as isize, alertable != 0, limit)
    })
}

/// `NtWaitForMultipleObjects`.
///
/// # Safety
/// `objects` is null or leads to `count` handles; `timeout` is null or leads to a number.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtWaitForMultipleObjects(
    count: u32,
    objects: *const Handle,
    kind: i32,
    alertable: u8,
    timeout: *const i64,
) -> u32 {
    answer(|| {
        waits::check(count, kind)?;
        // SAFETY: by the contract of this function.
        let limit = unsafe { limit(timeout) }?;
        let objects = aligned(objects, align_of::<Handle>())?;
        // SAFETY: aligned, and leads to so many handles by the contract of this function.
        let handles = unsafe { std::slice::from_raw_parts(objects, count as usize) };
        let values: Vec<isize> = handles.iter().map(|&handle| handle as isize).collect();
        waits::several(&values, kind == 0, alertable != 0, limit)
    })
}

/// `NtSignalAndWaitForSingleObject`.
///
/// # Safety
/// `timeout` is null or leads to a number.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtSignalAndWaitForSingleObject(
    signal: Handle,
    wait: Handle,
    alertable: u8,
    timeout: *const i64,
) -> u32 {
    answer(|| {
        // SAFETY: by the contract of this function.
        let limit = unsafe { limit(timeout) }?;
        waits::signal_and_wait(signal as isize, wait as isize, alertable != 0, limit)
    })
}

/// `NtDelayExecution`.
///
/// # Safety
/// `interval` is null or leads to a number.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtDelayExecution(alertable: u8, interval: *const i64) -> u32 {
    answer(|| {
        // SAFETY: not null, and leads to a number by the contract of this function.
        let interval = unsafe { there(interval)?.read_unaligned() };
        waits::delay(alertable != 0, Limit::of(Some(interval)))
    })
}
