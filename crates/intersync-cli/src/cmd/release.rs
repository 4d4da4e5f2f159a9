//! `release`: permits for a semaphore.

use intersync::{Kind, Object, inspect};

use crate::args::ReleaseArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::place::{Place, Scope, wrong_kind};
use crate::report::text::quoted;
use crate::report::view::ObjectView;

/// Adds permits to the semaphore.
pub(crate) fn run(args: &ReleaseArgs, place: &Place) -> Result<Exit, Failure> {
    let attempt = || format!("release semaphore {}", quoted(&args.name));
    match place.object(&args.name, attempt)? {
        Object::Semaphore(semaphore) => {
            semaphore.release(args.count).trying(attempt)?;
            Ok(Exit::Success)
        }
        Object::Mutex(_) => Err(owned_by_another(&args.name, place)),
        other => Err(wrong_kind("release", &args.name, &other, Kind::Semaphore)),
    }
}

/// Says why no command can release a mutex, and who can.
fn owned_by_another(name: &str, place: &Place) -> Failure {
    let (scope, bare) = Scope::split(name);
    let owner = place
        .location(scope)
        .ok()
        .and_then(|location| inspect::snapshot(&location).ok())
        .map(|snapshot| ObjectView::all(scope, &snapshot))
        .and_then(|objects| {
            objects
                .into_iter()
                .find(|object| object.name.as_deref() == Some(bare))
        })
        .and_then(|object| object.state.owner());
    let fact = match owner {
        Some(owner) if owner.alive => format!("thread {} of process {} owns it", owner.tid, owner.pid),
        Some(owner) => format!(
            "process {} has ended while it owned it; the next wait is told",
            owner.pid
        ),
        None => "nobody owns it".to_string(),
    };
    Failure::new(format!(
        "cannot release mutex {}: only the thread that owns a mutex can release it, and {fact}",
        quoted(name)
    ))
}
