//! The words of handles: an entry, the head of a chunk of entries, and the value that users know.

use super::{field, flag};
use crate::limits::CHUNK_ENTRIES;

/// What a handle entry refers to. Zero: free.
///
/// | bits   | name              | meaning                                                        |
/// |--------|-------------------|----------------------------------------------------------------|
/// | 0..24  | `object_plus_one` | the object                                                     |
/// | 24..36 | `generation`      | its generation                                                 |
/// | 36     | `inherit`         | children inherit it                                            |
/// | 37     | `protect`         | it is protected from closing                                   |
/// | 38     | `claimed`         | a value of a type of its process's program owns it             |
/// | 39..64 | `serial`          | which handle of its table it is, modulo 2^25                   |
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct Reference(pub u64);

impl Reference {
    field!(
        /// The object's index plus one.
        object_plus_one, with_object_plus_one, 0, 24, u32
    );
    field!(
        /// The object's generation.
        generation, with_generation, 24, 12, u16
    );
    flag!(
        /// Whether children inherit it.
        inherit, with_inherit, 36
    );
    flag!(
        /// Whether it is protected from closing.
        protect, with_protect, 37
    );
    flag!(
        /// Whether a value such as an [`Event`](crate::Event) owns it: then only that value may close it.
        claimed, with_claimed, 38
    );
    field!(
        /// Which handle of its table it is, counted from the first ever: a number that is given out again comes with
        /// another one.
        serial, with_serial, 39, 25, u32
    );

    /// The flags alone.
    pub const fn flags(self) -> Reference {
        Reference(self.0 & (0b111 << 36))
    }

    /// Whether both are of one handle, whatever its flags.
    pub const fn is_of(self, other: Reference) -> bool {
        self.0 & !(0b111 << 36) == other.0 & !(0b111 << 36)
    }

    /// The part that tells the object, without flags and serial.
    pub const fn target(self) -> u64 {
        self.0 & ((1 << 36) - 1)
    }
}

/// The second word of the head of a handle chunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct Head(pub u64);

impl Head {
    field!(
        /// The next chunk of the same table plus one; 0 = none. A cache.
        next_plus_one, with_next_plus_one, 0, 24, u32
    );
    field!(
        /// Which chunk of its table it is.
        ordinal, with_ordinal, 24, 16, u16
    );
}

/// Where the handles of a process in one arena are among those of its other arenas. Stored in its slot, so
/// that others can compute the values of the handles they put into its table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct Tag(pub u64);

impl Tag {
    field!(
        /// Which of its arenas this is.
        arena, with_arena, 0, 8, u8
    );
    field!(
        /// Which copy of the library in its process.
        copy, with_copy, 8, 6, u8
    );
    flag!(
        /// Whether the slot is a bundle: handles on their way from a parent to its children.
        bundle, with_bundle, 16
    );
    flag!(
        /// Whether the process still takes over the handles that it was started with: their numbers are theirs until then.
        arriving, with_arriving, 17
    );
}

/// The most chunks of one table: what a value has room for.
pub const CHUNKS_PER_TABLE: u16 = 1024;
/// The copies of the library there can be in a process. The last number is never used, so that no value looks like a
/// pseudo handle.
pub const COPIES: u8 = 63;

/// The number of a handle in its table: the chunk's ordinal and the place in the chunk, which is never 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Number(u16);

impl Number {
    /// The handle at a place of a chunk; `None` where there can be none.
    pub const fn at(ordinal: u16, place: u16) -> Option<Number> {
        if ordinal < CHUNKS_PER_TABLE && place != 0 && (place as usize) < CHUNK_ENTRIES {
            Some(Number(ordinal * CHUNK_ENTRIES as u16 + place))
        } else {
            None
        }
    }

    /// The chunk's ordinal.
    pub const fn ordinal(self) -> u16 {
        self.0 / CHUNK_ENTRIES as u16
    }

    /// The place in the chunk.
    pub const fn place(self) -> u16 {
        self.0 % CHUNK_ENTRIES as u16
    }

    /// As it is stored.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The value of the handle with this number under a tag.
    pub const fn value(self, tag: Tag) -> u32 {
        ((tag.copy() as u32) << 24 | (tag.arena() as u32) << 16 | self.0 as u32) << 2
    }

    /// Whether a handle can have this value, whose two low bits are ignored.
    #[inline(always)]
    pub const fn is_value(value: u32) -> bool {
        let place = (value >> 2) as usize % CHUNK_ENTRIES;
        place != 0 && value >> 26 < COPIES as u32
    }

    /// Number and tag of a value, whose two low bits are ignored.
    pub const fn of_value(value: u32) -> Option<(Number, Tag)> {
        let value = value >> 2;
        let number = value as u16;
        let tag = Tag(0)
            .with_arena((value >> 16) as u8)
            .with_copy((value >> 24) as u8);
        match Number::at(number / CHUNK_ENTRIES as u16, number % CHUNK_ENTRIES as u16) {
            Some(number) if tag.copy() < COPIES => Some((number, tag)),
            _ => None,
        }
    }
}

const _: () = assert!(CHUNKS_PER_TABLE as usize * CHUNK_ENTRIES == 1 << 16);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_multiples_of_4_and_come_back() {
        let tag = Tag(0).with_arena(3).with_copy(COPIES - 1);
        for (ordinal, place) in [(0, 1), (0, 63), (1, 1), (CHUNKS_PER_TABLE - 1, 63)] {
            let number = Number::at(ordinal, place).expect("a number");
            let value = number.value(tag);
            assert_eq!(value % 4, 0);
            for low in 0..4 {
                assert_eq!(Number::of_value(value | low), Some((number, tag)));
            }
        }
        assert_eq!(Number::at(0, 1).map(|n| n.value(Tag(0))), Some(4));
    }

    #[test]
    fn what_no_handle_can_have_is_no_number() {
        assert_eq!(Number::at(0, 0), None);
        assert_eq!(Number::at(CHUNKS_PER_TABLE, 1), None);
        for value in (0..=u32::MAX).step_by(0x4321) {
            assert_eq!(
                Number::is_value(value),
                Number::of_value(value).is_some(),
                "{value:#x}"
            );
        }
        for value in [0, 3, 64 << 2, u32::MAX, u32::MAX - 1] {
            assert_eq!(Number::of_value(value), None, "{value:#x}");
        }
    }

    #[test]
    fn flags_are_no_part_of_the_target() {
        let plain = Reference(0).with_object_plus_one(7).with_generation(9);
        let flags = Reference(0)
            .with_inherit(true)
            .with_protect(true)
            .with_claimed(true);
        let full = Reference(plain.0 | flags.0).with_serial(u32::MAX);
        assert_ne!(plain, full);
        assert_eq!(plain.target(), full.target());
        assert!(Reference(plain.0 | flags.0).is_of(plain) && !full.is_of(plain));
        assert_eq!(full.flags(), flags);
        assert_eq!(full.serial(), (1 << 25) - 1);
        assert_eq!(full.with_serial(0), Reference(plain.0 | flags.0));
    }
}
