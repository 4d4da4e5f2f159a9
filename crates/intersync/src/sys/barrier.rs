//! The expedited memory barrier over all processes that have registered for it.
//!
//! After a process's lifeline is marked, its other threads are condemned but may still run; the
//! barrier forces each of them through the kernel, where it ends. What they wrote before is then
//! visible, and nothing follows.

use rustix::thread::{MembarrierCommand, membarrier};

/// Includes this process in the barriers of others. `false`: refused, so its death is judged by its life byte.
pub(crate) fn register() -> bool {
    membarrier(MembarrierCommand::RegisterGlobalExpedited).is_ok()
}

/// Makes every running thread of every registered process pass through the kernel. `false`: refused.
pub(crate) fn barrier() -> bool {
    membarrier(MembarrierCommand::GlobalExpedited).is_ok()
}
