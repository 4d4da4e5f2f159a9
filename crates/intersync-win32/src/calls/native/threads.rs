//! Threads: asynchronous procedure calls, and alerts.

use intersync::alertable::{self, Ended};
use intersync::{Error, Thread, Timeout};

use super::handles;
use crate::status::{ALERTED, Result, SUCCESS, Status, UNSUCCESSFUL};

/// `NtQueueApcThread`.
pub(crate) fn queue(value: isize, call: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = Thread::view_raw(handles::find(value)?)?;
    thread.queue_call(call).map_err(|e| match e {
        Error::NoSuchThread { .. } => Status(UNSUCCESSFUL),
        other => other.into(),
    })
}

/// `NtAlertThread`.
pub(crate) fn alert(value: isize) -> Result<()> {
    match Thread::view_raw(handles::find(value)?)?.alert() {
        // Windows alerts threads that have ended, which is of no effect.
        Err(Error::NoSuchThread { .. }) => Ok(()),
        other => Ok(other?),
    }
}

/// `NtTestAlert`: an alert, or else the calls that are queued.
pub(crate) fn test_alert() -> u32 {
    match alertable::sleep(Timeout::ZERO) {
        Ended::Alerted => ALERTED,
        Ended::Called | Ended::Wait(_) => SUCCESS,
    }
}
