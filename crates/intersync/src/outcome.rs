//! How a wait ends.

/// How a wait ended. None of these is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a wait may time out, and an abandoned mutex guards data that may be half-written"]
pub enum Outcome {
    /// The wait was satisfied.
    Signaled {
        /// Wait for any: the index of the object that was acquired. Otherwise 0.
        index: usize,
    },
    /// The wait was satisfied, and a mutex it acquired was abandoned by its previous owner,
    /// which ended while it owned it. The mutex is yours; what it guards may be half-written.
    Abandoned {
        /// Wait for any: the index of the abandoned mutex. Otherwise 0.
        index: usize,
    },
    /// The time passed first. Nothing was acquired.
    TimedOut,
}

impl Outcome {
    /// Whether the wait was satisfied, abandoned or not.
    pub fn is_satisfied(self) -> bool {
        self != Outcome::TimedOut
    }

    /// The index of the object that satisfied the wait, if one did.
    pub fn index(self) -> Option<usize> {
        match self {
            Outcome::Signaled { index } | Outcome::Abandoned { index } => Some(index),
            Outcome::TimedOut => None,
        }
    }
}
