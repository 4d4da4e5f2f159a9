//! What every process has one of. A forked child has another than its parent, whose locks may be taken for ever there.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// A value of each process, which begins as its default.
#[derive(Debug)]
pub(crate) struct Own<T: 'static> {
    first: Place<T>,
}

type Place<T> = OnceLock<&'static Node<T>>;

/// The value of a process, and that of its child. A list that only grows needs no lock to be read.
#[derive(Debug)]
struct Node<T: 'static> {
    process: u32,
    value: Mutex<T>,
    next: Place<T>,
}

impl<T: Default> Own<T> {
    pub(crate) const fn new() -> Own<T> {
        Own {
            first: OnceLock::new(),
        }
    }

    /// The value of the calling process.
    pub(crate) fn lock(&'static self) -> MutexGuard<'static, T> {
        let process = std::process::id();
        let mut place = &self.first;
        loop {
            match place.get() {
                Some(node) if node.process == process => {
                    return node.value.lock().unwrap_or_else(PoisonError::into_inner);
                }
                Some(node) => place = &node.next,
                None => {
                    let node = Box::new(Node {
                        process,
                        value: Mutex::default(),
                        next: OnceLock::new(),
                    });
                    // If another thread has been faster, its node is found next.
                    let _ = place.set(Box::leak(node));
                }
            }
        }
    }
}
