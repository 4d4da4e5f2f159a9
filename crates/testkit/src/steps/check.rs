//! What may be true after the victim's death, and how the survivors go on.

use intersync::{Outcome, Timeout};

use super::cast::Cast;
use crate::actor::{Actor, Failure, Pending, State};
use crate::prelude::{ABANDONED, DONE, FREE, SIGNALED, TIMED_OUT, mine};

/// A check, or what it found wrong.
pub type Check = Result<(), String>;

/// How far the victim got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It died before its first instruction: nothing may have happened.
    NotBegun,
    /// It died on the way: all or nothing may have happened.
    Midway,
    /// It died after its operation: all must have happened.
    Finished,
}

impl Progress {
    /// Checks what happened, for an operation that happens wholly or not at all.
    ///
    /// # Errors
    /// It cannot have.
    pub fn allows(self, happened: bool) -> Check {
        match (self, happened) {
            (Progress::NotBegun, true) => Err("it happened before it began".to_owned()),
            (Progress::Finished, false) => Err("it is finished and has not happened".to_owned()),
            _ => Ok(()),
        }
    }
}

/// Checks one result.
///
/// # Errors
/// It is another one.
pub fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, wanted: &T) -> Check {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {got:?}, but should be {wanted:?}"))
    }
}

/// Whether the event or timer is signaled.
///
/// # Errors
/// The query fails.
pub fn is_signaled(actor: &Actor, name: &str) -> Result<bool, String> {
    actor
        .state(name)
        .map(State::signaled)
        .map_err(|failure| failure.to_string())
}

/// How many of the threads that waited for `name` wait no longer.
pub fn let_through(cast: &Cast, name: &str, waits: &[Pending<'_>]) -> usize {
    waits.len() - cast.scratch.waiters(name).len()
}

/// Checks that the first waits, in queue order, were satisfied, and takes them out.
///
/// # Errors
/// One was not.
pub fn satisfied(waits: &mut Vec<Pending<'_>>, count: usize) -> Check {
    for wait in waits.drain(..count) {
        expect("a wait that was let through", &wait.outcome(), &SIGNALED)?;
    }
    Ok(())
}

/// The survivors take the mutex in turn: those that wait, then the lead. One of them is told
/// that the owner died, if it did: the first.
///
/// # Errors
/// They cannot.
pub fn mutex_goes_round(cast: &Cast, name: &str, waits: Vec<Pending<'_>>, first: &[Answer]) -> Check {
    let mut allowed = first.to_vec();
    for (wait, waiter) in waits.into_iter().zip(&cast.waiters) {
        taken(waiter, name, wait.outcome(), &mut allowed)?;
    }
    for _ in 0..2 {
        taken(
            &cast.lead,
            name,
            cast.lead.wait(name, Timeout::INFINITE),
            &mut allowed,
        )?;
    }
    expect("the mutex at the end", &cast.lead.state(name), &FREE)
}

type Answer = Result<Outcome, Failure>;

fn taken(actor: &Actor, name: &str, outcome: Answer, allowed: &mut Vec<Answer>) -> Check {
    if !allowed.contains(&outcome) {
        return Err(format!(
            "acquiring \"{name}\": {outcome:?}, but should be one of {allowed:?}"
        ));
    }
    expect("the mutex in its new owner's hands", &actor.state(name), &mine(1))?;
    expect("releasing it", &actor.release(name), &DONE)?;
    *allowed = vec![SIGNALED];
    Ok(())
}

/// Who acquires a mutex of the victim is told so, or not.
pub const EITHER: &[Answer] = &[SIGNALED, ABANDONED];
/// The victim has owned it.
pub const ORPHANED: &[Answer] = &[ABANDONED];
/// The victim has never owned it.
pub const UNTOUCHED: &[Answer] = &[SIGNALED];

/// What is to be expected of a mutex that the victim acquires.
pub fn after_acquiring(progress: Progress) -> &'static [Answer] {
    match progress {
        Progress::NotBegun => UNTOUCHED,
        Progress::Midway => EITHER,
        Progress::Finished => ORPHANED,
    }
}

/// What is to be expected of a mutex that the victim owns and releases.
pub fn after_releasing(progress: Progress) -> &'static [Answer] {
    match progress {
        Progress::NotBegun => ORPHANED,
        Progress::Midway => EITHER,
        Progress::Finished => UNTOUCHED,
    }
}

/// An auto-reset event still does its work: one set lets one wait through.
///
/// # Errors
/// It does not.
pub fn auto_event_works(cast: &Cast, name: &str) -> Check {
    expect("resetting", &cast.lead.reset(name), &DONE)?;
    let wait = cast.waiters[0].begin_wait(name, Timeout::INFINITE);
    cast.scratch.until_waiting(name, 1);
    expect("setting", &cast.lead.set(name), &DONE)?;
    expect("a wait", &wait.outcome(), &SIGNALED)?;
    expect("a poll after it", &cast.lead.poll(name), &TIMED_OUT)
}
