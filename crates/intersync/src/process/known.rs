//! The attachments of this process and of those it was forked from, in the order in which they were made.
//!
//! They are looked at with every handle that comes as a number, and a child may be forked by another thread at that
//! moment. So there is no lock, which nobody in the child would release: the list only grows, at its end.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Process;

static FIRST: OnceLock<&'static Process> = OnceLock::new();
/// The number, from 1, of the one that names without a namespace are in; 0: none.
static LOCAL: AtomicUsize = AtomicUsize::new(0);

/// All of them, the oldest first.
pub(super) fn all() -> impl Iterator<Item = &'static Process> {
    std::iter::successors(FIRST.get().copied(), |process| process.next.get().copied())
}

/// Adds one. For one thread at a time, which [holds up forks](crate::sys::life::ForkHeldUp).
pub(super) fn add(process: &'static Process) {
    let end = all().last().map_or(&FIRST, |last| &last.next);
    let _ = end.set(process);
}

/// The one that names without a namespace are in.
pub(super) fn local() -> Option<&'static Process> {
    let number = LOCAL.load(Ordering::Relaxed);
    all().nth(number.checked_sub(1)?)
}

/// Makes it the one that names without a namespace are in.
pub(super) fn set_local(process: &'static Process) {
    let position = all().position(|known| std::ptr::eq(known, process));
    LOCAL.store(position.map_or(0, |at| at + 1), Ordering::Relaxed);
}
