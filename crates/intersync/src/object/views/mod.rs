//! Views that are remembered: calls by the value of a handle that do not look it up each time.
//!
//! # Protocol
//! - A place of a fixed table ([`place`]) belongs to the values that are mapped to it, and remembers the one that was viewed
//!   last: with the word of its handle entry, what the handle may be used for, and where entry and object are. It is never
//!   freed, and owns nothing.
//! - Each use loads the entry's word and compares it with the remembered one. It tells object, generation and *serial*: closing
//!   the handle clears it, whoever does that, and a handle that gets the number later has another serial. What is remembered
//!   beside it cannot change while the handle is open.
//! - From that load on it is as with every view: the handle may be closed before the exchange that acts on the object. All
//!   guesses have the generation of the remembered word, so the exchange fails if the object is gone.
//! - A forked child has another identity than the one remembered.
//! - Behind each place, the view that slow paths use is kept under a lock ([`kept`]), with what it has learned about spinning.
//!   Nobody waits for that lock: it may have been taken for ever by a fork, or by what a signal handler has interrupted.

mod calls;
mod kept;
mod place;
mod several;

use std::sync::Arc;

use super::inner::Inner;
use crate::word::value::Sort;

/// Values with their own place. A number is mapped to itself where a process uses no more handles than that.
const PLACES: usize = 4096;

/// The place of a value: numbers of one arena follow each other, those of the next are 256 behind.
#[inline(always)]
const fn place_of(value: u32) -> usize {
    let number = value >> 2;
    (number ^ (number >> 8)) as usize % PLACES
}

/// Remembers a view. Those of processes and threads are not: they watch, and stop when they are dropped.
pub(super) fn remember(inner: &Arc<Inner>) {
    if inner.handle.sort.is_end() {
        return;
    }
    kept::keep(inner);
    // Permits that come back are counted in the entry: no fast path.
    if !(inner.handle.sort == Sort::Semaphore && inner.give_back) {
        place::TABLE[place_of(inner.value())].remember(inner);
    }
}

pub(super) use kept::find as kept;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_arenas_that_are_in_use_together_have_places_of_their_own() {
        let mut places = std::collections::HashSet::new();
        for arena in 0..4u32 {
            for number in 1..250u32 {
                assert!(places.insert(place_of((arena << 16 | number) << 2)));
            }
        }
        let all = (0..PLACES as u32).map(|number| place_of(number << 2));
        assert_eq!(all.collect::<std::collections::HashSet<_>>().len(), PLACES);
    }
}
