//! `check`: the audit of a namespace.

use intersync::{Error, inspect};
use serde::Serialize;

use crate::args::PlaceArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::{Place, Scope};
use crate::report::{Format, json, tsv};

/// A broken rule as JSON.
#[derive(Serialize)]
struct Violation<'a> {
    version: u32,
    namespace: &'static str,
    place: &'a str,
    rule: &'a str,
}

/// Prints every rule that is broken.
pub(crate) fn run(args: &PlaceArgs, place: &Place) -> Result<Exit, Failure> {
    let scope = if args.global { Scope::Global } else { Scope::Local };
    let violations = match inspect::audit(&place.location(scope)?) {
        Ok(violations) => violations,
        Err(Error::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error).trying(|| "check the namespace".to_string()),
    };
    let format = Format::choose(args.json);
    let lines = violations.iter().map(|violation| match format {
        Format::Json => json::line(&Violation {
            version: json::VERSION,
            namespace: scope.word(),
            place: &violation.place,
            rule: &violation.rule,
        }),
        Format::Table { .. } => tsv::line(&[violation.to_string()]),
        Format::Tsv => tsv::line(&[violation.place.clone(), violation.rule.clone()]),
    });
    output::print(lines.collect::<String>())?;
    Ok(if violations.is_empty() {
        Exit::Success
    } else {
        Exit::Findings
    })
}
