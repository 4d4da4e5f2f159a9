//! Asynchronous procedure calls.

use super::{Bool, Handle, succeeds};
use crate::calls::{apc, threads};
use crate::code::{Code, INVALID_PARAMETER, Result};

/// `PAPCFUNC`.
type Function = Option<unsafe extern "C" fn(usize)>;

fn queue(function: Function, thread: Handle, data: usize) -> Result<()> {
    let function = function.ok_or(Code(INVALID_PARAMETER))?;
    apc::queue(thread as isize, move || {
        // SAFETY: whoever queued it promises that the function may be called with this value, in that thread.
        threads::call(|| unsafe { function(data) });
    })
}

/// `QueueUserAPC`.
///
/// # Safety
/// The function may be called with `data`, in that thread, until that ends.
#[unsafe(no_mangle)]
unsafe extern "C" fn QueueUserAPC(function: Function, thread: Handle, data: usize) -> u32 {
    succeeds(|| queue(function, thread, data)) as u32
}

/// `QueueUserAPC2`.
///
/// # Safety
/// As [`QueueUserAPC`].
#[unsafe(no_mangle)]
unsafe extern "C" fn QueueUserAPC2(function: Function, thread: Handle, data: usize, flags: i32) -> Bool {
    succeeds(|| {
        apc::check_flags(flags as u32)?;
        queue(function, thread, data)
    })
}
