//! `timer set` and `timer cancel`.

use std::time::Duration;

use intersync::{Due, Kind, Object, Timer};

use crate::args::TimerCommand;
use crate::args::value::DueTime;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::place::{Place, wrong_kind};
use crate::report::text::quoted;

/// Arms or cancels timers.
pub(crate) fn run(action: &TimerCommand, place: &Place) -> Result<Exit, Failure> {
    match action {
        TimerCommand::Set {
            name,
            after,
            at,
            every,
        } => {
            let timer = open("set", name, place)?;
            timer
                .set(due(*after, *at), *every)
                .trying(|| format!("set timer {}", quoted(name)))?;
        }
        TimerCommand::Cancel(args) => {
            let timers = args
                .names
                .iter()
                .map(|name| open("cancel", name, place))
                .collect::<Result<Vec<_>, _>>()?;
            for (name, timer) in args.names.iter().zip(timers) {
                timer
                    .cancel()
                    .trying(|| format!("cancel timer {}", quoted(name)))?;
            }
        }
    }
    Ok(Exit::Success)
}

/// The due time. The parser has made sure that there is exactly one.
fn due(after: Option<Duration>, at: Option<DueTime>) -> Due {
    match at {
        Some(DueTime(at)) => Due::At(at),
        None => Due::In(after.unwrap_or_default()),
    }
}

fn open(verb: &str, name: &str, place: &Place) -> Result<Timer, Failure> {
    match place.object(name, || format!("{verb} timer {}", quoted(name)))? {
        Object::Timer(timer) => Ok(timer),
        other => Err(wrong_kind(verb, name, &other, Kind::Timer)),
    }
}
