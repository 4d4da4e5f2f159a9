//! `run`: a command while holding a mutex or a permit.

pub(super) mod child;
pub(crate) mod exec;
mod hold;
pub(super) mod signals;

use intersync::{Event, Timeout, Waitable, wait_any};

use crate::args::RunArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::Place;
use hold::Hold;
use signals::Signals;

/// The variable that tells the command of an abandoned mutex.
const ABANDONED: &str = "INTERSYNC_ABANDONED";

/// Acquires, runs the command, gives back, and ends as the command ended.
pub(crate) fn run(args: &RunArgs, place: &Place) -> Result<Exit, Failure> {
    let hold = Hold::open(args, place)?;
    let attempt = || format!("wait for {hold}");

    // A signal during the wait is one more object of the same wait: so either the wait is
    // interrupted or the mutex is ours, never something in between.
    let interrupt = Event::options()
        .namespace(&place.namespace(hold.name(), attempt)?)
        .unnamed()
        .trying(attempt)?;
    let signals = Signals::catch(Some(interrupt.clone())).trying(|| "catch signals".to_string())?;
    let outcome = wait_any(
        &[&interrupt as &dyn Waitable, hold.object()],
        Timeout::from(args.timeout),
    )
    .trying(attempt)?;
    match outcome.index() {
        None => return Ok(Exit::Passed(args.timeout_code)),
        Some(0) => {
            drop((hold, interrupt));
            return Ok(signals.interrupted_by().map_or(Exit::Error, child::die_by));
        }
        Some(_) => {}
    }

    let abandoned = matches!(outcome, intersync::Outcome::Abandoned { .. });
    if abandoned {
        output::say(format_args!(
            "{hold} was abandoned: its last owner ended without releasing it"
        ));
    }
    let ended = child::run(&args.command, args.orphan_signal, &signals, |command| {
        match abandoned {
            true => command.env(ABANDONED, "1"),
            false => command.env_remove(ABANDONED),
        };
        command.spawn().trying(|| "start a process".to_string())
    });
    if let Err(failure) = hold.give_back() {
        output::say(failure);
    }
    drop((hold, interrupt));
    ended.map(child::Ended::exit)
}
