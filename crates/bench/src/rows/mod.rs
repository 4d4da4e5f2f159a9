//! The rows of the table. Each module has the experiments of a row and the parts of its workers.

mod broadcast;
mod calls;
mod contended;
mod death;
mod free;
mod named;
mod ping;
mod scale;
mod sharing;
mod through_c;
mod timer;
mod wait_blocked;
mod wait_ready;

use anyhow::Result;
use clap::ValueEnum;

use crate::experiment::{Experiment, Plan};
use crate::worker::Worker;

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Row {
    /// Acquire and release without contention.
    Free,
    /// System calls without contention.
    Calls,
    /// The C interface beside the Rust interface.
    ThroughC,
    /// Ping-pong on two auto-reset events.
    Ping,
    /// Wait for any, satisfied at once.
    WaitReady,
    /// Wait for any, blocked and then woken.
    WaitBlocked,
    /// A mutex that several processes want.
    Contended,
    /// A manual-reset event that releases many processes.
    Broadcast,
    /// Creating, opening and closing by name.
    Named,
    /// Opening, duplicating, closing and inheriting handles.
    Sharing,
    /// The owner of a mutex is killed.
    Death,
    /// A periodic timer.
    Timer,
    /// Many objects and processes.
    Scale,
}

impl Row {
    /// Its heading in the table.
    pub fn title(self) -> &'static str {
        match self {
            Row::Free => "free object, acquire and release",
            Row::Calls => "system calls, acquire and release",
            Row::ThroughC => "through the C interface",
            Row::Ping => "ping-pong, two auto-reset events",
            Row::WaitReady => "set and wait for any, satisfied at once",
            Row::WaitBlocked => "wait for any of 2, blocked, signal to reply",
            Row::Contended => "contended mutex",
            Row::Broadcast => "manual-reset set until the last waiter runs",
            Row::Named => "named object",
            Row::Sharing => "handles",
            Row::Death => "owner killed until the waiter has the mutex",
            Row::Timer => "periodic timer of 1 ms, lateness",
            Row::Scale => "60,000 objects and 1,000 processes",
        }
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            self.to_possible_value()
                .as_ref()
                .map_or("", |value| value.get_name()),
        )
    }
}

/// The experiments of a row.
pub fn experiments(row: Row, plan: &Plan) -> Vec<Experiment> {
    match row {
        Row::Free => free::experiments(plan),
        Row::Calls => calls::experiments(plan),
        Row::ThroughC => through_c::experiments(plan),
        Row::Ping => ping::experiments(plan),
        Row::WaitReady => wait_ready::experiments(plan),
        Row::WaitBlocked => wait_blocked::experiments(plan),
        Row::Contended => contended::experiments(plan),
        Row::Broadcast => broadcast::experiments(plan),
        Row::Named => named::experiments(plan),
        Row::Sharing => sharing::experiments(plan),
        Row::Death => death::experiments(plan),
        Row::Timer => timer::experiments(plan),
        Row::Scale => scale::experiments(plan),
    }
}

/// Does a worker's part in a row.
pub fn work(row: Row, worker: &Worker) -> Result<()> {
    match row {
        Row::Free => free::work(worker),
        Row::Calls => calls::work(worker),
        Row::ThroughC => through_c::work(worker),
        Row::Ping => ping::work(worker),
        Row::WaitReady => wait_ready::work(worker),
        Row::WaitBlocked => wait_blocked::work(worker),
        Row::Contended => contended::work(worker),
        Row::Broadcast => broadcast::work(worker),
        Row::Named => named::work(worker),
        Row::Sharing => sharing::work(worker),
        Row::Death => death::work(worker),
        Row::Timer => timer::work(worker),
        Row::Scale => scale::work(worker),
    }
}
