//! The operations a victim is killed in.

mod event;
mod lifetime;
mod mutex;
mod reap;
mod semaphore;
mod sharing;
mod timer;
mod wait;

use std::any::Any;

use intersync::Timeout;

use super::cast::Cast;
use super::check::{Check, Progress};
use crate::actor::Pending;

/// What a victim does between its markers. What it returns stays open until it is killed.
pub type Act = Box<dyn FnOnce() -> Box<dyn Any>>;

/// An operation, and what is to be true whenever it is cut off.
pub struct Operation {
    /// What it is called.
    pub name: &'static str,
    /// In the victim: prepares, and returns the operation.
    pub victim: fn() -> Act,
    /// The survivors make what is needed, once.
    pub setup: fn(&Cast),
    /// Before a victim is started.
    pub before: fn(&Cast),
    /// The victim is about to begin: the survivors get ready.
    pub ready: for<'a> fn(&'a Cast) -> Vec<Pending<'a>>,
    /// The victim sleeps: they wake it. Returns whether it goes on.
    pub wake: fn(&Cast) -> bool,
    /// The victim is dead and reaped by its parent: what must be true at once.
    pub at_once: fn(&Cast) -> Check,
    /// The survivors go on, and put everything back for the next victim.
    pub proceed: for<'a> fn(&'a Cast, Vec<Pending<'a>>, Progress) -> Check,
    /// The thread of the victim that is stepped, if not the one that prepares.
    pub thread: Option<&'static str>,
    /// Each victim gets a namespace of its own, which nobody has used before.
    pub fresh: bool,
}

/// What most operations have in common.
const PLAIN: Operation = Operation {
    name: "",
    victim: || Box::new(|| Box::new(())),
    setup: |_| {},
    before: |_| {},
    ready: |_| Vec::new(),
    wake: |_| true,
    at_once: |_| Ok(()),
    proceed: |_, _, _| Ok(()),
    thread: None,
    fresh: false,
};

/// All operations.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    [
        mutex::OPERATIONS,
        event::OPERATIONS,
        semaphore::OPERATIONS,
        timer::OPERATIONS,
        wait::OPERATIONS,
        lifetime::OPERATIONS,
        reap::OPERATIONS,
        sharing::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}

/// The operation called `name`.
pub fn find(name: &str) -> Option<&'static Operation> {
    all().find(|operation| operation.name == name)
}

/// `N` survivors wait for the object, in this order.
fn waiting<'a, const N: usize>(cast: &'a Cast) -> Vec<Pending<'a>> {
    let mut waits = Vec::new();
    for waiter in &cast.waiters[..N] {
        waits.push(waiter.begin_wait(OBJECT, Timeout::INFINITE));
        cast.scratch.until_waiting(OBJECT, waits.len());
    }
    waits
}

/// The object most operations are about.
const OBJECT: &str = "object";

/// An act; what it returns stays open until the victim is killed.
fn act<T: 'static>(operation: impl FnOnce() -> T + 'static) -> Act {
    Box::new(|| Box::new(operation()))
}

/// What the victim cannot do without. Its death says the rest.
fn must<T>(result: intersync::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("the victim cannot go on: {error}"))
}
