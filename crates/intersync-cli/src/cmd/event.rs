//! `set`, `reset` and `pulse`.

use intersync::{Event, Kind, Object};

use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::place::{Place, wrong_kind};
use crate::report::text::quoted;

/// What to do with an event.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Set,
    Reset,
    Pulse,
}

impl Change {
    /// The word for it, as in the name of the command.
    fn word(self) -> &'static str {
        match self {
            Change::Set => "set",
            Change::Reset => "reset",
            Change::Pulse => "pulse",
        }
    }

    fn apply(self, event: &Event) -> intersync::Result<()> {
        match self {
            Change::Set => event.set(),
            Change::Reset => event.reset(),
            Change::Pulse => event.pulse(),
        }
    }
}

/// Changes the events called `names`, or none of them if one cannot be opened.
pub(crate) fn run(change: Change, names: &[String], place: &Place) -> Result<Exit, Failure> {
    let attempt = |name: &str| format!("{} event {}", change.word(), quoted(name));
    let mut events = Vec::with_capacity(names.len());
    for name in names {
        match place.object(name, || attempt(name))? {
            Object::Event(event) => events.push((name, event)),
            other => return Err(wrong_kind(change.word(), name, &other, Kind::Event)),
        }
    }
    for (name, event) in &events {
        change.apply(event).trying(|| attempt(name))?;
    }
    Ok(Exit::Success)
}
