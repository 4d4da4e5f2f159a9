//! `create`: objects that stay until they are removed.

use intersync::{Created, Event, Kind, Mutex, Namespace, Object, Reset, Semaphore, Timer};

use crate::args::CreateCommand;
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
            let options = Event::options()
                .reset(reset(*manual))
                .signaled(*signaled)
                .permanent(true)
                .mode(existing.access.mode);
            let options = options.namespace(&namespace(Kind::Event, name, place)?);
            let made = make(
                existing.new,
                || options.create_new(name),
                || options.create(name),
                Object::Event,
            );
            finish(made, Kind::Event, name, place)
        }
        CreateCommand::Mutex { name, existing } => {
            let options = Mutex::options()
                .permanent(true)
                .mode(existing.access.mode)
                .namespace(&namespace(Kind::Mutex, name, place)?);
            let made = make(
                existing.new,
                || options.create_new(name),
                || options.create(name),
                Object::Mutex,
            );
            finish(made, Kind::Mutex, name, place)
        }
        CreateCommand::Semaphore {
            name,
            maximum,
            initial,
            give_back,
            existing,
        } => {
            let initial = initial_permits(name, *initial, *maximum)?;
            let options = Semaphore::options()
                .permits(initial, *maximum)
                .give_back(*give_back)
                .permanent(true)
                .mode(existing.access.mode);
            let options = options.namespace(&namespace(Kind::Semaphore, name, place)?);
            let made = make(
                existing.new,
                || options.create_new(name),
                || options.create(name),
                Object::Semaphore,
            );
            finish(made, Kind::Semaphore, name, place)
        }
        CreateCommand::Timer {
            name,
            manual,
            existing,
        } => {
            let options = Timer::options()
                .reset(reset(*manual))
                .permanent(true)
                .mode(existing.access.mode);
            let options = options.namespace(&namespace(Kind::Timer, name, place)?);
            let made = make(
                existing.new,
                || options.create_new(name),
                || options.create(name),
                Object::Timer,
            );
            finish(made, Kind::Timer, name, place)
        }
    }
}

/// The permits of a new semaphore: as many as it can have, unless fewer were asked for.
fn initial_permits(name: &str, initial: Option<u32>, maximum: u32) -> Result<u32, Failure> {
    match initial.unwrap_or(maximum) {
        initial if initial <= maximum => Ok(initial),
        initial => Err(Failure::new(format!(
            "cannot create semaphore {}: {initial} permits at first are more than its maximum of {maximum}",
            quoted(name)
        ))),
    }
}

/// The namespace of an object that is to be created.
fn namespace(kind: Kind, name: &str, place: &Place) -> Result<Namespace, Failure> {
    place.namespace(name, || format!("create {kind} {}", quoted(name)))
}

/// The reset mode a flag says.
fn reset(manual: bool) -> Reset {
    if manual { Reset::Manual } else { Reset::Auto }
}

/// Creates an object that must be new, or one that may be there already.
fn make<T>(
    new: bool,
    create_new: impl FnOnce() -> intersync::Result<T>,
    create: impl FnOnce() -> intersync::Result<Created<T>>,
    wrap: impl FnOnce(T) -> Object,
) -> intersync::Result<Created<Object>> {
    if new {
        return Ok(Created {
            object: wrap(create_new()?),
            already_existed: false,
        });
    }
    create().map(|made| Created {
        object: wrap(made.object),
        already_existed: made.already_existed,
    })
}

/// Makes an object that was there already permanent too, and says that it was.
fn finish(
    made: intersync::Result<Created<Object>>,
    kind: Kind,
    name: &str,
    place: &Place,
) -> Result<Exit, Failure> {
    let Created {
        object,
        already_existed,
    } = made.trying(|| format!("create {kind} {}", quoted(name)))?;
    if already_existed {
        let namespace = namespace(kind, name, place)?;
        namespace
            .set_permanent(name, true)
            .trying(|| format!("keep {kind} {}", quoted(name)))?;
        output::say(format_args!(
            "{kind} {} exists already; its state is unchanged",
            quoted(name)
        ));
    }
    // Until here the handle kept the object from going away.
    drop(object);
    Ok(Exit::Success)
}
