//! The packed words of the arena: pure values and their transitions.
//!
//! No atomics, no input or output, no unsafe. Every function takes a word and gives a word,
//! so the dispatcher, the recovery, the simulator and the inspection share one meaning.

pub mod claim;
pub mod end;
pub mod handle;
pub mod slot;
pub mod state;
pub mod value;

/// Declares a field of a packed word: a getter and a `with_` setter.
macro_rules! field {
    ($(#[$doc:meta])* $get:ident, $with:ident, $shift:expr, $bits:expr, $type:ty) => {
        $(#[$doc])*
        pub const fn $get(self) -> $type {
            ((self.0 >> $shift) & ((1u64 << $bits) - 1)) as $type
        }
        #[doc = concat!("This word with another `", stringify!($get), "`.")]
        pub const fn $with(self, new: $type) -> Self {
            let mask = ((1u64 << $bits) - 1) << $shift;
            Self((self.0 & !mask) | (((new as u64) << $shift) & mask))
        }
    };
}

/// Declares a flag of a packed word.
macro_rules! flag {
    ($(#[$doc:meta])* $get:ident, $with:ident, $bit:expr) => {
        $(#[$doc])*
        pub const fn $get(self) -> bool {
            self.0 & (1u64 << $bit) != 0
        }
        #[doc = concat!("This word with the flag `", stringify!($get), "` as given.")]
        pub const fn $with(self, on: bool) -> Self {
            Self((self.0 & !(1u64 << $bit)) | ((on as u64) << $bit))
        }
    };
}

pub(crate) use {field, flag};
