//! Waiting for several objects.

use crate::{Outcome, Result, Timeout, Waitable};

/// The most objects one wait can have.
pub const MAXIMUM_WAIT_OBJECTS: usize = 1024;

/// Waits until one of `objects` is signaled and acquires that one.
///
/// If several are signaled the lowest index wins. Objects of different kinds and different
/// namespaces may be mixed, and an object may occur more than once.
///
/// # Errors
/// An empty or too long list; [`Error::RecursionLimit`](crate::Error::RecursionLimit).
pub fn wait_any(objects: &[&dyn Waitable], timeout: impl Into<Timeout>) -> Result<Outcome> {
    let _ = (objects, timeout.into());
    todo!()
}

/// Waits until all of `objects` are signaled at the same moment and acquires them in one step.
/// Until then nothing is taken.
///
/// # Errors
/// An empty or too long list; [`Error::DuplicateObject`](crate::Error::DuplicateObject).
pub fn wait_all(objects: &[&dyn Waitable], timeout: impl Into<Timeout>) -> Result<Outcome> {
    let _ = (objects, timeout.into());
    todo!()
}

/// Signals one object (sets an event, releases a mutex once, adds one permit to a semaphore)
/// and waits for another; they may be the same.
///
/// If the wait times out the signal stays done.
///
/// # Errors
/// Those of the signal: then nothing was waited for. A timer cannot be signaled.
pub fn signal_and_wait(
    signal: &dyn Waitable,
    wait: &dyn Waitable,
    timeout: impl Into<Timeout>,
) -> Result<Outcome> {
    let _ = (signal, wait, timeout.into());
    todo!()
}
