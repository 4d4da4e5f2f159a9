//! `why`: why an object is not to be had.

use intersync::inspect::{self, WaitGraph};

use super::show;
use crate::args::sharing::WhyArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::Place;
use crate::report::text::quoted;
use crate::report::view::ObjectView;
use crate::report::waits::Waits;
use crate::report::{Format, table, tsv};

/// Prints what is known of the object, and the chain of those who hold it.
pub(crate) fn run(args: &WhyArgs, place: &Place) -> Result<Exit, Failure> {
    // Whatever is wrong with its own namespace is the answer.
    let first = show::find(&args.name, place)?;
    let (scopes, looks): (Vec<_>, Vec<_>) = place.looks()?.into_iter().unzip();
    let again = scopes
        .iter()
        .zip(&looks)
        .find(|(scope, _)| **scope == first.scope)
        .and_then(|(scope, look)| {
            let mut objects = ObjectView::all(*scope, look).into_iter();
            objects.find(|object| object.name == first.name)
        });
    let object = again.unwrap_or(first);
    let waits = Waits {
        graph: WaitGraph::new(&looks),
        scopes,
    };
    let chain = waits
        .find(object.scope, object.id)
        .map(|at| waits.chain(at))
        .unwrap_or_default();
    let deadlock = is_deadlocked(&object, &waits, place)?;
    let mut facts = object.details();
    for &link in &chain {
        facts.extend(waits.sentences(link).into_iter().map(|words| ("chain", words)));
    }
    if deadlock {
        let words = "it is part of one: see `intersync deadlocks`".to_string();
        facts.push(("deadlock", words));
    }
    output::print(match Format::choose(args.json) {
        Format::Table { width } => table::pairs(facts, width),
        Format::Tsv => facts
            .into_iter()
            .map(|(word, value)| tsv::line(&[word.to_string(), value]))
            .collect(),
        Format::Json => waits.why_json(&object, &chain, deadlock),
    })?;
    Ok(Exit::Success)
}

/// Whether the object is part of a deadlock, looked at more than once: so that waits that come and go do not count.
fn is_deadlocked(object: &ObjectView, waits: &Waits, place: &Place) -> Result<bool, Failure> {
    let locations = waits
        .scopes
        .iter()
        .map(|scope| place.location(*scope))
        .collect::<Result<Vec<_>, _>>()?;
    let graph = inspect::wait_graph(&locations)
        .trying(|| format!("find out who waits for {}", quoted(&object.label())))?;
    let certain = Waits {
        graph,
        scopes: waits.scopes.clone(),
    };
    let node = certain.find(object.scope, object.id);
    let mut found = certain.graph.cycles().into_iter();
    Ok(found.any(|deadlock| node.is_some_and(|node| deadlock.objects.contains(&node))))
}
