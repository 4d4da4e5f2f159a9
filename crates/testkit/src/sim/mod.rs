//! The simulation: production code of the dispatcher over a simulated host.
//!
//! Many virtual processes with virtual threads ([`fiber`], [`worker`]) live in one [`world`] with
//! one arena ([`memory`]). Before every access to the arena a [`policy`] may let somebody else run,
//! let time pass, or kill or stop a process. What the threads called and what came of it is the
//! [`history`].

pub mod calls;
pub mod catalogue;
pub mod checks;
pub mod explore;
pub mod fate;
pub mod fiber;
pub mod futex;
pub mod handles;
pub mod history;
pub mod host;
pub mod linear;
pub mod memory;
pub mod model;
pub mod moments;
pub mod places;
pub mod policy;
pub mod scenario;
pub mod seed;
pub mod sharing;
pub mod state;
pub mod worker;
pub mod world;
