//! The pool of the calling process: a forked child has another than its parent, whose threads it does not have.
//!
//! The handlers of `fork` hold the one lock that leads to the pool, so that the child can take it. All other locks of the
//! parent's pool may be held by threads that the child does not have: it leaves that pool alone.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Pool, lock};

static POOL: Mutex<Option<Arc<Pool>>> = Mutex::new(None);
/// How many forks lead from the first process to this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static HELD: RefCell<Option<MutexGuard<'static, Option<Arc<Pool>>>>> = const { RefCell::new(None) };
}

/// The pool of the calling process. The handlers of `fork` have to be installed.
pub(crate) fn pool() -> Arc<Pool> {
    Arc::clone(lock(&POOL).get_or_insert_with(|| Arc::new(Pool::new())))
}

/// Before a fork, in the thread that forks.
pub(crate) fn before() {
    let guard = lock(&POOL);
    // A thread that is about to end cannot keep it, and its child has to take its chance.
    let _ = HELD.try_with(|held| held.replace(Some(guard)));
}

/// After a fork, in the parent.
pub(crate) fn after_in_parent() {
    let _ = HELD.try_with(|held| held.take());
}

/// After a fork, in the child.
pub(crate) fn after_in_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    if let Ok(Some(mut pool)) = HELD.try_with(|held| held.take()) {
        // Not dropped: that could take its locks.
        std::mem::forget(pool.take());
    }
}

/// Which process a thread was started in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin(u32);

impl Origin {
    /// The calling process.
    pub(super) fn here() -> Origin {
        Origin(FORKS.load(Ordering::Relaxed))
    }

    /// Whether this thread is a copy, in a child that a callback has forked: the pool it knows is the parent's.
    pub(super) fn is_left(self) -> bool {
        self != Origin::here()
    }
}
