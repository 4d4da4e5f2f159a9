//! `show`: everything about some objects.

use intersync::inspect;

use crate::args::ShowArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::{Place, Scope};
use crate::report::text::quoted;
use crate::report::view::ObjectView;
use crate::report::{Format, json, table, tsv};

/// Prints the objects in the order of their names on the command line.
pub(crate) fn run(args: &ShowArgs, place: &Place) -> Result<Exit, Failure> {
    let objects = args
        .names
        .iter()
        .map(|name| find(name, place))
        .collect::<Result<Vec<_>, _>>()?;
    output::print(match Format::choose(args.json) {
        Format::Table { width } => objects
            .iter()
            .map(|object| table::pairs(object.details(), width))
            .collect::<Vec<_>>()
            .join("\n"),
        Format::Tsv => tsv::details(&objects),
        Format::Json => json::objects(&objects),
    })?;
    Ok(Exit::Success)
}

/// The object called `name`.
pub(super) fn find(name: &str, place: &Place) -> Result<ObjectView, Failure> {
    let attempt = || format!("show {}", quoted(name));
    let (scope, bare) = Scope::split(name);
    let missing = || intersync::Error::NotFound {
        name: name.to_string(),
    };
    let objects = match inspect::snapshot(&place.location(scope)?) {
        Ok(snapshot) => ObjectView::all(scope, &snapshot),
        Err(intersync::Error::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error).trying(attempt),
    };
    objects
        .into_iter()
        .find(|object| object.name.as_deref() == Some(bare))
        .ok_or_else(missing)
        .trying(attempt)
}
