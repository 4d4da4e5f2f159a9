//! `demo`: all objects at work between processes, one of which is killed.
//!
//! The director (this process) starts worker processes, which are this program again. They share
//! objects by name and take the same acts in step: gates, which are manual-reset events, begin and
//! end each act. What the workers saw they report on their standard output, one JSON line each;
//! the director compares that with what must happen.

mod acts;
mod board;
mod crew;
mod figures;
mod progress;
mod props;
mod protocol;
pub(crate) mod worker;

use std::time::{Duration, Instant};

use intersync::{Event, inspect};

use crate::args::DemoArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::{Place, Scope};
use crate::report::Format;
use acts::Acts;
use crew::Crew;
use figures::Seen;
use progress::Progress;
use props::{PATIENCE, Props};

/// How long to wait before another look.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Runs the demo. Successful only if everything that must happen was seen.
pub(crate) fn run(args: &DemoArgs, place: &Place) -> Result<Exit, Failure> {
    let location = place.location(Scope::Local)?;
    let prefix = format!("intersync-demo-{}-", std::process::id());
    let progress = Progress::new(args.plain);
    let props = Props::create(place, &prefix).trying(|| "create the objects of the demo".to_string())?;
    let crew = Crew::start(args.workers, &prefix, place)?;
    let mut seen = Acts::new(&props, crew, &progress, &location).play()?;
    drop(props);
    look_at_what_is_left(place, &prefix, &mut seen)?;

    let width = match Format::choose(false) {
        Format::Table { width } => width,
        _ => 0,
    };
    output::print(seen.report(width))?;
    let unmet = seen.unmet();
    for expectation in &unmet {
        output::say(format_args!("not as it must be: {expectation}"));
    }
    Ok(if unmet.is_empty() {
        Exit::Success
    } else {
        Exit::Error
    })
}

/// Looks for names of the demo, which must be gone, and for broken rules. The workers have ended
/// just now: what they left is being cleared away by the living, which takes a moment.
fn look_at_what_is_left(place: &Place, prefix: &str, seen: &mut Seen) -> Result<(), Failure> {
    let attempt = || "look at the namespace after the demo".to_string();
    let location = place.location(Scope::Local)?;
    let namespace = place.local_namespace().trying(attempt)?;
    let never = Event::options().namespace(&namespace).unnamed().trying(attempt)?;
    let begun = Instant::now();
    loop {
        let objects = inspect::snapshot(&location).trying(attempt)?.objects;
        let is_ours = |name: &String| name.starts_with(prefix);
        seen.names_left = objects
            .iter()
            .filter(|object| object.name.as_ref().is_some_and(is_ours))
            .count();
        let violations = inspect::audit(&location).trying(attempt)?;
        seen.broken_rules = violations.iter().map(ToString::to_string).collect();
        let clean = seen.names_left == 0 && seen.broken_rules.is_empty();
        if clean || begun.elapsed() > PATIENCE {
            return Ok(());
        }
        let _ = never.wait(LOOK_AGAIN).trying(attempt)?;
    }
}
