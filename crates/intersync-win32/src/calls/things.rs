//! What a program holds by values that are no handles of objects.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where the values begin: no handle of an object is so large.
const FIRST: isize = 1 << 40;

/// All of a type that the program holds, by their values.
#[derive(Debug)]
pub(super) struct Things<T: 'static> {
    /// Whether there has been one. Until then the lock is not taken: the handlers of `fork` may not be installed yet.
    any: AtomicBool,
    held: Mutex<Held<T>>,
}

/// What a lock of [`Things`] is for.
#[derive(Debug)]
pub(super) struct Held<T> {
    next: isize,
    by_value: Option<HashMap<isize, T>>,
}

impl<T> Things<T> {
    /// None yet, whose values begin so far behind the first.
    pub(super) const fn starting_at(next: isize) -> Things<T> {
        let held = Held { next, by_value: None };
        Things {
            any: AtomicBool::new(false),
            held: Mutex::new(held),
        }
    }

    /// Nobody changes anything as long as this is held.
    pub(super) fn lock(&self) -> MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one; its value. The handlers of `fork` have to be installed.
    pub(super) fn keep(&self, thing: T) -> isize {
        let mut held = self.lock();
        self.any.store(true, Ordering::Relaxed);
        held.next += 8;
        let value = FIRST + held.next;
        held.by_value.get_or_insert_default().insert(value, thing);
        value
    }

    /// Does something with that of this value, if there is one.
    pub(super) fn with<R>(&self, value: isize, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.look(|things| things.get_mut(&value).map(act))
    }

    /// Lets go of that of this value.
    pub(super) fn take(&self, value: isize) -> Option<T> {
        self.look(|things| things.remove(&value))
    }

    fn look<R>(&self, act: impl FnOnce(&mut HashMap<isize, T>) -> Option<R>) -> Option<R> {
        // Who has a value has got it from somebody who has seen this set.
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        self.lock().by_value.as_mut().and_then(act)
    }
}
