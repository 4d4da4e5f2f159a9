//! The few things of the operating system that every row needs.

pub mod clock;
pub mod futex;
pub mod load;
pub mod place;
pub mod tracer;
