//! Asynchronous procedure calls.

use intersync::{Error, Thread};

use crate::code::{Code, GEN_FAILURE, INVALID_PARAMETER, Result};
use crate::handle;

/// `QueueUserAPC`.
pub(crate) fn queue(thread: isize, call: impl FnOnce() + Send + 'static) -> Result<()> {
    match Thread::view_raw(handle::raw(thread)?)?.queue_call(call) {
        Err(Error::NoSuchThread { .. }) => Err(Code(GEN_FAILURE)),
        other => Ok(other?),
    }
}

/// Checks the flags of `QueueUserAPC2`: only ordinary calls, without data of their own.
pub(crate) fn check_flags(flags: u32) -> Result<()> {
    if flags == 0 {
        Ok(())
    } else {
        Err(Code(INVALID_PARAMETER))
    }
}
