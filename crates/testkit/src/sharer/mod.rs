//! Processes that share handles: each does what the lines say that it reads, and starts others like itself.
//!
//! A line is a command with its arguments, the answer is one line: a value, a word, or the name of an error. Handles are
//! known by their values, as a program in C would know them.

mod client;
mod forking;
mod server;

pub use client::Sharer;
pub use server::{serve, set_and_leave};
