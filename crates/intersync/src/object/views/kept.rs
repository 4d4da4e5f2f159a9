//! The views behind the places: what slow paths use.

use std::sync::{Arc, Mutex, TryLockError};

use super::{PLACES, place_of};
use crate::object::inner::Inner;

static KEPT: [Mutex<Option<Arc<Inner>>>; PLACES] = [const { Mutex::new(None) }; PLACES];

/// What the place of a value keeps. `None`: somebody else is at it.
fn with<T>(value: u32, work: impl FnOnce(&mut Option<Arc<Inner>>) -> T) -> Option<T> {
    match KEPT[place_of(value)].try_lock() {
        Ok(mut kept) => Some(work(&mut kept)),
        Err(TryLockError::Poisoned(kept)) => Some(work(&mut kept.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Keeps a view.
pub(super) fn keep(inner: &Arc<Inner>) {
    let before = with(inner.value(), |kept| kept.replace(Arc::clone(inner)));
    // Not under the lock.
    drop(before);
}

/// The view of the handle with this value, if it is kept and the handle is still open.
pub(in crate::object) fn find(value: u32) -> Option<Arc<Inner>> {
    let kept = with(value, |kept| kept.as_ref().map(Arc::clone))??;
    let is_it = kept.value() == value && kept.is_mine();
    (is_it && kept.handle.is_open(kept.process.arena)).then_some(kept)
}
