//! Processes that this one has created suspended and that have not begun yet.

use std::collections::HashMap;
use std::sync::MutexGuard;

use intersync::{Process, Suspended, Thread};

use super::births::MAXIMUM_SUSPEND_COUNT;
use super::own::Own;
use crate::code::Result;

#[derive(Debug)]
struct Entry {
    /// How many times it has to be resumed.
    count: u32,
    held: Suspended,
    process: Process,
}

/// By their numbers.
static ENTRIES: Own<HashMap<u32, Entry>> = Own::new();

/// The entries, without those of processes that have been ended: another process may have such a number soon.
fn entries() -> MutexGuard<'static, HashMap<u32, Entry>> {
    let mut entries = ENTRIES.lock();
    entries.retain(|_, entry| entry.process.has_exited() != Ok(true));
    entries
}

/// Notes that a new process is suspended.
pub(crate) fn remember(process: Process, held: Suspended) {
    let entry = Entry {
        count: 1,
        held,
        process,
    };
    entries().insert(entry.process.id(), entry);
}

/// Suspends a thread once more if it is the first of such a process. Returns how many times it was suspended before.
pub(crate) fn suspend(thread: &Thread) -> Option<u32> {
    let mut entries = entries();
    let entry = entries.get_mut(&thread.process_id())?;
    let before = entry.count;
    entry.count = (before + 1).min(MAXIMUM_SUSPEND_COUNT);
    Some(before)
}

/// Resumes it; `None` if it is not suspended.
pub(crate) fn resume(thread: &Thread) -> Result<Option<u32>> {
    let mut entries = entries();
    let Some(entry) = entries.get_mut(&thread.process_id()) else {
        return Ok(None);
    };
    let before = entry.count;
    entry.count -= 1;
    if entry.count == 0
        && let Some(entry) = entries.remove(&thread.process_id())
    {
        entry.held.resume()?;
    }
    Ok(Some(before))
}

/// Ends the process if the thread is the first of it, and the only one; `false`: it is not.
pub(crate) fn end(thread: &Thread, code: u32) -> Result<bool> {
    match entries().get(&thread.process_id()) {
        Some(entry) => Ok(entry.process.terminate(code).map(|()| true)?),
        None => Ok(false),
    }
}
