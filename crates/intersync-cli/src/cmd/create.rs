//! `create`: objects that stay until they are removed.

use intersync::{Created, Event, Kind, Mutex, Options, Reset, Semaphore, Timer};

use crate::args::{CreateCommand, Existing};
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::Place;
use crate::report::text::quoted;

/// Creates the object, or makes the one that exists permanent.
pub(crate) fn run(object: &CreateCommand, place: &Place) -> Result<Exit, Failure> {
    match object {
        CreateCommand::Event {
            name,
            manual,
            signaled,
            existing,
        } => {
            let options = Event::options().reset(reset(*manual)).signaled(*signaled);
            create(options, Kind::Event, name, *existing, place)
        }
        CreateCommand::Mutex { name, existing } => {
            create(Mutex::options(), Kind::Mutex, name, *existing, place)
        }
        CreateCommand::Semaphore {
            name,
            maximum,
            initial,
            give_back,
            existing,
        } => {
            let initial = initial.unwrap_or(*maximum);
            if initial > *maximum {
                return Err(Failure::new(format!(
                    "cannot create semaphore {}: {initial} permits at first are more than its maximum of {maximum}",
                    quoted(name)
                )));
            }
            let options = Semaphore::options()
                .permits(initial, *maximum)
                .give_back(*give_back);
            create(options, Kind::Semaphore, name, *existing, place)
        }
        CreateCommand::Timer {
            name,
            manual,
            existing,
        } => create(
            Timer::options().reset(reset(*manual)),
            Kind::Timer,
            name,
            *existing,
            place,
        ),
    }
}

/// The reset mode a flag says.
fn reset(manual: bool) -> Reset {
    if manual { Reset::Manual } else { Reset::Auto }
}

/// Creates one object of kind `T`.
fn create<T>(
    options: Options<T>,
    kind: Kind,
    name: &str,
    existing: Existing,
    place: &Place,
) -> Result<Exit, Failure> {
    let attempt = || format!("create {kind} {}", quoted(name));
    let options = place.options(name, options.permanent(true))?;
    if existing.new {
        options.create_new(name).trying(attempt)?;
        return Ok(Exit::Success);
    }
    let Created {
        already_existed,
        object,
    } = options.create(name).trying(attempt)?;
    if already_existed {
        // The handle is still open, so the object cannot go away in between.
        place
            .namespace(name)?
            .set_permanent(name, true)
            .trying(|| format!("keep {kind} {}", quoted(name)))?;
        output::say(format_args!(
            "{kind} {} exists already; its state is unchanged",
            quoted(name)
        ));
    }
    drop(object);
    Ok(Exit::Success)
}
