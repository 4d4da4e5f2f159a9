//! SIGKILL after the n-th instruction, for every n.
//!
//! A real process, the *victim*, prepares itself, raises a marker and begins an operation of the
//! library. The harness runs it one instruction at a time and kills it after the n-th. Then the
//! survivors, who are attached already, must be able to go on, nothing that belongs to the
//! living may be lost, no operation may be half done, the audit must find nothing, and nothing
//! of the victim may be left. Then again, with the next n, until the operation ends first.

mod cast;
mod check;
mod effect;
mod operations;
mod run;
mod tracee;
mod victim;
mod walk;

pub use operations::{Operation, all, find};
pub use run::{Points, Programs, Summary, kill_at_every_step};
pub use victim::victim_main;
