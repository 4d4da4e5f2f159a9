//! `docs/win32.md` lists every function of the headers once, with what differs and the tests that cover it.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use support::{declared, tests};

/// A row of the tables of functions.
struct Row {
    functions: Vec<String>,
    differences: String,
    covered_by: Vec<String>,
}

/// The rows whose first cell names functions, in all tables with the columns function, differences, tests.
fn rows() -> Vec<Row> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/win32.md");
    let page = fs::read_to_string(page).expect("the page");
    let mut rows = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [functions, differences, covered_by] = cells[..] else {
            continue;
        };
        rows.push(Row {
            functions: functions
                .split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect(),
            differences: differences.to_owned(),
            covered_by: covered_by.split(", ").map(str::to_owned).collect(),
        });
    }
    rows
}

#[test]
fn every_function_has_one_row() {
    let mut listed: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows() {
        assert!(
            !row.differences.is_empty(),
            "{:?} may differ in nothing, but has to say so",
            row.functions
        );
        for function in row.functions {
            *listed.entry(function).or_default() += 1;
        }
    }
    let twice: Vec<_> = listed.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "listed more than once: {twice:#?}");
    let listed: BTreeSet<String> = listed.into_keys().collect();
    let declared = declared();
    let missing: Vec<_> = declared.difference(&listed).collect();
    assert!(missing.is_empty(), "without a row: {missing:#?}");
    let unknown: Vec<_> = listed.difference(&declared).collect();
    assert!(unknown.is_empty(), "not declared: {unknown:#?}");
}

#[test]
fn the_tests_that_are_named_exist() {
    let unknown: BTreeSet<String> = rows()
        .into_iter()
        .flat_map(|row| row.covered_by)
        .filter(|test| test != "all")
        .filter(|test| {
            let sources =
                ["conformance/cases", "c"].map(|directory| tests().join(directory).join(format!("{test}.c")));
            !sources.iter().any(|source| source.is_file())
        })
        .collect();
    assert!(
        unknown.is_empty(),
        "neither a topic of the suite nor a program: {unknown:#?}"
    );
}
