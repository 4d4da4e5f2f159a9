//! Threads: asynchronous procedure calls, and alerts.

use intersync::alertable::{self, Ended};
use intersync::{Error, Object, Thread, Timeout};

use super::handles;
use crate::calls::threads::process_of;
use crate::handle;
use crate::status::{ALERTED, INVALID_CID, Result, SUCCESS, Status, UNSUCCESSFUL};

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

/// `NtOpenThread`; a process of 0: whichever it is of.
pub(crate) fn open(access: u32, inherit: bool, pid: usize, tid: usize) -> Result<isize> {
    let id = |id: usize| u32::try_from(id).map_err(|_| Status(INVALID_CID));
    let tid = id(tid)?;
    let pid = match id(pid)? {
        0 => process_of(tid).ok_or(Status(INVALID_CID))?,
        pid => pid,
    };
    let thread = Thread::open(pid, tid)?;
    Ok(handle::give(&Object::Thread(thread), access, inherit)?)
}
