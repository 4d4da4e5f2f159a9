//! Threads and processes that do what a test tells them, one command at a time.
//!
//! An [`Actor`] is one thread: of the test's own process, or of a child process, where it is
//! told its commands over a pipe, one line in, one line out. A test cannot tell the
//! difference, so one semantic table runs on any mixture of both.

mod client;
mod ends;
mod host;
mod perform;
pub mod protocol;

pub use client::{Actor, Pending, Troupe};
pub use host::serve;
pub use protocol::{Failure, State, refused};
