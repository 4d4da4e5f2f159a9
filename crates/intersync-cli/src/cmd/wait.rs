//! `wait`: until one, any or all of some objects are signaled.

use intersync::{Object, Outcome, Timeout, Waitable, wait_all, wait_any};

use crate::args::WaitArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::Place;
use crate::report::text::{Printable, quoted};

/// Waits, prints which objects satisfied the wait, and releases the mutexes it acquired.
pub(crate) fn run(args: &WaitArgs, place: &Place) -> Result<Exit, Failure> {
    let open = |name: &String| place.object(name, || format!("wait for {}", quoted(name)));
    let objects = args.names.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let waitables: Vec<&dyn Waitable> = objects.iter().map(|object| object as &dyn Waitable).collect();
    let timeout = Timeout::from(args.timeout);
    let outcome = match (args.any, args.all) {
        (_, true) => wait_all(&waitables, timeout),
        (_, false) => wait_any(&waitables, timeout),
    }
    .trying(|| format!("wait for {}", list(&args.names)))?;

    let Some(index) = outcome.index() else {
        return Ok(Exit::TimedOut);
    };
    let acquired = if args.all {
        0..objects.len()
    } else {
        index..index + 1
    };
    let printed = report(&args.names[acquired.clone()]);
    for (name, object) in args
        .names
        .iter()
        .zip(&objects)
        .skip(acquired.start)
        .take(acquired.len())
    {
        if let Object::Mutex(mutex) = object {
            mutex
                .release()
                .trying(|| format!("release mutex {}", quoted(name)))?;
        }
    }
    printed?;
    if let Outcome::Abandoned { .. } = outcome {
        let which = if args.all {
            "a mutex".to_string()
        } else {
            quoted(&args.names[index])
        };
        output::say(format_args!(
            "{which} was abandoned: its last owner ended without releasing it"
        ));
        return Ok(Exit::Abandoned);
    }
    Ok(Exit::Success)
}

/// Prints the names, one per line.
fn report(names: &[String]) -> Result<(), Failure> {
    let lines: String = names
        .iter()
        .map(|name| format!("{}\n", Printable(name)))
        .collect();
    output::print(lines)
}

/// The names as a message lists them.
fn list(names: &[String]) -> String {
    match names {
        [name] => quoted(name),
        [first, rest @ ..] => format!("{} and {} more", quoted(first), rest.len()),
        [] => "nothing".to_string(),
    }
}
