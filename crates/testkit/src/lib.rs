//! Simulator, crash harness and test processes of Intersync.
//!
//! - [`actor`]: threads and processes that do what a test tells them, one command at a time, so
//!   that one semantic table runs on threads, across processes and on a mixture.
//! - [`c_program`]: compiles programs in C against the C interface.
//! - [`process`]: child processes that can be stopped, continued and killed.
//! - [`scratch`]: a namespace of its own for every test.
//! - [`sharer`]: processes that inherit, duplicate and pass on handles, told line by line.
//! - [`stage`]: where the actors of a test run.
//! - [`prelude`]: what semantic tables are written with.
//! - [`sim`]: the dispatcher on a simulated machine.
//! - `steps`: kills a process after the n-th instruction of an operation, for every n (x86-64).
//! - [`parts`]: a test program that runs itself again as a process of another user.
//! - [`patience`]: waiting for conditions, with a generous bound.

pub mod actor;
pub mod c_program;
pub mod parts;
pub mod patience;
pub mod prelude;
pub mod process;
pub mod scratch;
pub mod sharer;
pub mod sim;
pub mod stage;
#[cfg(target_arch = "x86_64")]
pub mod steps;
