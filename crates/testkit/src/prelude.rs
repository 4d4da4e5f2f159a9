//! What semantic tables are written with.

pub use std::time::Duration;

pub use intersync::{Due, Kind, Outcome, Reset, Timeout};

pub use crate::actor::protocol::{Command, CreateOptions, Sort, State};
pub use crate::actor::{Actor, Failure, refused};
pub use crate::patience::until;
pub use crate::semantics;
pub use crate::stage::Stage;

/// A satisfied wait for one or for all.
pub const SIGNALED: Result<Outcome, Failure> = Ok(Outcome::Signaled { index: 0 });
/// A satisfied wait that took an abandoned mutex.
pub const ABANDONED: Result<Outcome, Failure> = Ok(Outcome::Abandoned { index: 0 });
/// A wait that ended at its time-out.
pub const TIMED_OUT: Result<Outcome, Failure> = Ok(Outcome::TimedOut);
/// A call that did what it should.
pub const DONE: Result<(), Failure> = Ok(());
/// Longer than any test: a time-out that must not be reached.
pub const LONG: Duration = Duration::from_secs(3600);
/// Short, for time-outs that must be reached.
pub const SHORT: Duration = Duration::from_millis(20);

/// A wait for any that was satisfied by the object at `index`.
pub const fn signaled(index: usize) -> Result<Outcome, Failure> {
    Ok(Outcome::Signaled { index })
}

/// A wait for any that was satisfied by an abandoned mutex at `index`.
pub const fn abandoned(index: usize) -> Result<Outcome, Failure> {
    Ok(Outcome::Abandoned { index })
}

/// A mutex as its owner sees it.
pub const fn mine(recursion: u32) -> Result<State, Failure> {
    Ok(State::Mutex {
        owned: true,
        owned_by_caller: true,
        recursion,
        abandoned: false,
    })
}

/// A mutex as others see it while it is owned.
pub const fn foreign(recursion: u32) -> Result<State, Failure> {
    Ok(State::Mutex {
        owned: true,
        owned_by_caller: false,
        recursion,
        abandoned: false,
    })
}

/// A mutex that nobody owns.
pub const FREE: Result<State, Failure> = Ok(State::FREE_MUTEX);

/// A mutex whose owner ended.
pub const LEFT_BEHIND: Result<State, Failure> = Ok(State::Mutex {
    owned: false,
    owned_by_caller: false,
    recursion: 0,
    abandoned: true,
});
