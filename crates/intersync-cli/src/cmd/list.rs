//! `ls`: the objects of a namespace.

use intersync::{Error, Kind, inspect};

use crate::args::LsArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::{Place, Scope};
use crate::report::view::ObjectView;
use crate::report::{Format, json, table, tsv};

/// Prints the objects, sorted by name. A namespace that nobody has used yet has none.
pub(crate) fn run(args: &LsArgs, place: &Place) -> Result<Exit, Failure> {
    let scope = if args.place.global {
        Scope::Global
    } else {
        Scope::Local
    };
    let mut objects = match inspect::snapshot(&place.location(scope)?) {
        Ok(snapshot) => ObjectView::all(scope, &snapshot),
        Err(Error::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error).trying(|| "list the objects".to_string()),
    };
    let kind = args.kind.map(Kind::from);
    objects
        .retain(|object| kind.is_none_or(|kind| object.kind == kind) && (args.all || object.name.is_some()));
    objects.sort_by(|a, b| (a.name.is_none(), &a.name, a.id).cmp(&(b.name.is_none(), &b.name, b.id)));
    output::print(match Format::choose(args.place.json) {
        Format::Table { width } => table::objects(&objects, width),
        Format::Tsv => tsv::objects(&objects),
        Format::Json => json::objects(&objects),
    })?;
    Ok(Exit::Success)
}
