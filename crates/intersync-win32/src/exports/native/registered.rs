//! Registered waits.

use std::ffi::c_void;

use super::super::pool::{WaitOrTimer, pool, registering};
use super::super::store;
use super::{Handle, status, there};

/// `RtlRegisterWait`.
///
/// # Safety
/// `wait` is null or may be written to; the callback may be called with this context from any thread until the wait is
/// deregistered.
#[unsafe(no_mangle)]
unsafe extern "C" fn RtlRegisterWait(
    wait: *mut Handle,
    object: Handle,
    function: WaitOrTimer,
    context: *mut c_void,
    milliseconds: u32,
    flags: u32,
) -> u32 {
    status(|| {
        there(wait)?;
        let given = registering(object, function, context, milliseconds, flags)?;
        let publish = |value: isize| {
            // SAFETY: by the contract of this function.
            unsafe { store(wait, value as Handle) };
        };
        Ok(pool().register(given, publish)?)
    })
}

/// `RtlDeregisterWait`.
#[unsafe(no_mangle)]
extern "C" fn RtlDeregisterWait(wait: Handle) -> u32 {
    RtlDeregisterWaitEx(wait, std::ptr::null_mut())
}

/// `RtlDeregisterWaitEx`.
#[unsafe(no_mangle)]
extern "C" fn RtlDeregisterWaitEx(wait: Handle, completion: Handle) -> u32 {
    status(|| Ok(pool().unregister(wait as isize, completion as isize)?))
}
