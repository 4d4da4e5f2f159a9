//! `rm`: permanent objects become temporary again.

use intersync::inspect;

use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::{Place, Scope};
use crate::report::text::{count, quoted};

/// Makes each object temporary. Those that nobody uses are gone when this returns.
pub(crate) fn run(names: &[String], place: &Place) -> Result<Exit, Failure> {
    let mut exit = Exit::Success;
    for name in names {
        if let Err(failure) = remove(name, place) {
            output::say(&failure);
            exit = Exit::Error;
        }
    }
    Ok(exit)
}

/// Makes one object temporary.
fn remove(name: &str, place: &Place) -> Result<(), Failure> {
    let attempt = || format!("remove {}", quoted(name));
    let namespace = place.namespace(name, attempt)?;
    if find(name, place)?.is_some_and(|found| !found.permanent) {
        return Err(Failure::new(format!(
            "cannot {}: it is not permanent and goes by itself when its last user closes it",
            attempt()
        )));
    }
    namespace.set_permanent(name, false).trying(attempt)?;
    if let Some(left) = find(name, place)?.filter(|left| left.handles > 0) {
        let handles = count(left.handles.into(), "handle");
        output::say(format_args!(
            "{} is in use ({handles}) and goes with its last user",
            quoted(name)
        ));
    }
    Ok(())
}

/// What is known of the object called `name`.
fn find(name: &str, place: &Place) -> Result<Option<inspect::ObjectInfo>, Failure> {
    let (scope, bare) = Scope::split(name);
    let snapshot =
        inspect::snapshot(&place.location(scope)?).trying(|| format!("look at {}", quoted(name)))?;
    Ok(snapshot
        .objects
        .into_iter()
        .find(|object| object.name.as_deref() == Some(bare)))
}
