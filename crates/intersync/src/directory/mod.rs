//! Names, handles, and the lives of objects.
//!
//! All of it is under one lock, the *structure lock*, and needs no journal: the handle
//! entries and the object records are the truth, everything else (counts, hash chains, free
//! lists) is derived from them. If the holder of the lock dies, whoever takes it over sets its
//! `rebuild` bit and derives everything anew ([`rebuild`]); if that one dies too, the bit is still set.
//!
//! # Order of stores
//! - Create: record, then `META`, then the handle entry, then what is derived.
//! - Close: the handle entry first, then what is derived.

pub mod handles;
pub mod names;
pub mod objects;
pub mod raw;
pub mod rebuild;
mod security;
pub mod structure;
pub mod table;
