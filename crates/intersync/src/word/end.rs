//! The word of a thread record that names the object for the thread's end.
//!
//! One word, so that whoever makes the object known and the thread that ends cannot miss each other: the
//! one changes it from "none" to the object, the other to "ended", each by an exchange.

use super::{field, flag};

/// The object that stands for the end of a thread, if somebody has asked for one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct End(pub u64);

impl End {
    field!(
        /// The object's index plus one, or 0.
        object_plus_one, with_object_plus_one, 0, 24, u32
    );
    field!(
        /// The object's generation.
        generation, with_generation, 24, 12, u16
    );
    flag!(
        /// Whether the thread has ended.
        ended, with_ended, 36
    );
    field!(
        /// Which use of the record this is: a thread id may come again in the same record.
        life, with_life, 37, 27, u32
    );

    /// The record in its next use, by a thread that begins.
    pub const fn next_life(self) -> End {
        End(0).with_life(self.life().wrapping_add(1))
    }

    /// With this object.
    pub const fn with_object(self, index: u32, generation: u16) -> End {
        self.with_object_plus_one(index + 1).with_generation(generation)
    }

    /// After the thread's end, with nobody left to be told.
    pub const fn over(self) -> End {
        End(0).with_life(self.life()).with_ended(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_begins_without_an_object_and_another_number() {
        let used = End(0).next_life().with_object(7, 3);
        assert_eq!(
            (used.object_plus_one(), used.generation(), used.ended()),
            (8, 3, false)
        );
        let over = used.over();
        assert!(over.ended() && over.object_plus_one() == 0 && over.life() == used.life());
        let next = over.next_life();
        assert!(!next.ended() && next.object_plus_one() == 0 && next.life() != used.life());
    }

    #[test]
    fn lives_wrap_within_their_field() {
        let last = End(0).with_life((1 << 27) - 1);
        assert_eq!(last.next_life(), End(0));
    }
}
