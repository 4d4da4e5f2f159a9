//! Guesses at state words, for the fast paths.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::word::state::State;

/// A guess at a state word, kept between calls.
pub trait Hint {
    /// The guess. Always of the object's generation: the exchange that believes it acts on that object or not at all.
    fn guess(&self) -> State;
    /// Notes the word as it is now.
    fn note(&self, word: State);
}

/// A hint that belongs to one handle.
impl Hint for AtomicU64 {
    #[inline(always)]
    fn guess(&self) -> State {
        State(self.load(Ordering::Relaxed))
    }

    #[inline(always)]
    fn note(&self, word: State) {
        self.store(word.0, Ordering::Relaxed);
    }
}

impl<G: Hint> Hint for &G {
    #[inline(always)]
    fn guess(&self) -> State {
        (**self).guess()
    }

    #[inline(always)]
    fn note(&self, word: State) {
        (**self).note(word);
    }
}
