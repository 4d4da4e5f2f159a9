//! What the handlers of `fork` do: they hold the locks that a child needs, so that none of them is taken for ever there.

use std::cell::RefCell;

use super::namespaces;
use super::native::directories;
use super::pool::forked;
use super::slist;

thread_local! {
    static HELD: RefCell<Option<(namespaces::Locked, directories::Locked)>> = const { RefCell::new(None) };
}

/// Before a fork, in the thread that forks.
pub(crate) fn before() {
    forked::before();
    let locked = (namespaces::locked(), directories::locked());
    // A thread that is about to end cannot keep them, and its child has to take its chance.
    let _ = HELD.try_with(|held| held.replace(Some(locked)));
}

/// After a fork, in the parent.
pub(crate) fn after_in_parent() {
    release();
    forked::after_in_parent();
}

/// After a fork, in the child.
pub(crate) fn after_in_child() {
    release();
    slist::forget_removals();
    forked::after_in_child();
}

fn release() {
    let _ = HELD.try_with(|held| held.take());
}
