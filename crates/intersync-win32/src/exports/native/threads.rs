//! Threads.

use std::ffi::c_void;

use super::{Handle, answer, status};
use crate::calls::native::threads;
use crate::calls::threads::call;
use crate::status::{INVALID_PARAMETER, Status};

/// `PPS_APC_ROUTINE`.
type Function = Option<unsafe extern "C" fn(*mut c_void, *mut c_void, *mut c_void)>;

/// A function and its arguments.
struct Apc(
    unsafe extern "C" fn(*mut c_void, *mut c_void, *mut c_void),
    [*mut c_void; 3],
);

// SAFETY: whoever queues it promises that the function may be called with these arguments in that thread.
unsafe impl Send for Apc {}

impl Apc {
    fn call(self) {
        let Apc(function, [one, two, three]) = self;
        // SAFETY: by the promise of whoever queued it.
        call(|| unsafe { function(one, two, three) });
    }
}

/// `NtQueueApcThread`.
///
/// # Safety
/// The function may be called with the arguments, in that thread, until that ends.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtQueueApcThread(
    thread: Handle,
    function: Function,
    one: *mut c_void,
    two: *mut c_void,
    three: *mut c_void,
) -> u32 {
    status(|| {
        let function = function.ok_or(Status(INVALID_PARAMETER))?;
        let apc = Apc(function, [one, two, three]);
        threads::queue(thread as isize, move || apc.call())
    })
}

/// `NtAlertThread`.
#[unsafe(no_mangle)]
extern "C" fn NtAlertThread(thread: Handle) -> u32 {
    status(|| threads::alert(thread as isize))
}

/// `NtTestAlert`.
#[unsafe(no_mangle)]
extern "C" fn NtTestAlert() -> u32 {
    answer(|| Ok(threads::test_alert()))
}
