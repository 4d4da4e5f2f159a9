//! `deadlocks`: threads that wait for one another.

use intersync::inspect;

use crate::args::sharing::{DeadlocksArgs, GraphFormat};
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::Place;
use crate::report::picture::{Picture, dot, svg};
use crate::report::waits::Waits;
use crate::report::{Format, table, tsv};

/// The header of the table.
const HEADER: [&str; 7] = [
    "DEADLOCK",
    "PART",
    "THREAD",
    "COMMAND",
    "WAITS FOR",
    "HELD BY",
    "ENDS IN",
];

/// Prints the deadlocks, or the whole graph.
pub(crate) fn run(args: &DeadlocksArgs, place: &Place) -> Result<Exit, Failure> {
    let scopes: Vec<_> = place.looks()?.into_iter().map(|(scope, _)| scope).collect();
    let locations = scopes
        .iter()
        .map(|scope| place.location(*scope))
        .collect::<Result<Vec<_>, _>>()?;
    let graph = inspect::wait_graph(&locations).trying(|| "find out who waits for whom".to_string())?;
    let deadlocks = graph.cycles();
    let waits = Waits { graph, scopes };
    output::print(match (args.graph, Format::choose(args.json)) {
        (Some(GraphFormat::Dot), _) => dot::draw(&Picture::new(&waits, &deadlocks)),
        (Some(GraphFormat::Svg), _) => svg::draw(&Picture::new(&waits, &deadlocks)),
        (None, Format::Json) => waits.json(&deadlocks),
        (None, Format::Table { width }) if !deadlocks.is_empty() => {
            table::columns(&HEADER, &waits.rows(&deadlocks), width)
        }
        (None, _) => waits.rows(&deadlocks).iter().map(|row| tsv::line(row)).collect(),
    })?;
    Ok(if deadlocks.is_empty() {
        Exit::Success
    } else {
        Exit::Findings
    })
}
