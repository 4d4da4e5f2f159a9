//! Comparing what a program printed with what it should have printed, case by case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What has come of the cases.
pub struct Comparison {
    /// The cases that are as they should be.
    pub equal: BTreeSet<String>,
    /// All that is not, in the order of the expected output, then of the printed one.
    pub differences: Vec<Difference>,
}

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub enum Difference {
    Differs {
        id: String,
        golden: String,
        got: String,
    },
    Missing {
        id: String,
        golden: String,
    },
    /// A case that is not expected.
    Extra {
        line: String,
    },
    /// A line that is not a case.
    Noise {
        line: String,
    },
    /// A case that was printed more than once.
    Twice {
        id: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Differs { id, golden, got } => {
                write!(f, "  differs  {id}\n    golden {golden}\n    got    {got}")
            }
            Difference::Missing { id, golden } => write!(f, "  missing  {id}: {golden}"),
            Difference::Extra { line } => write!(f, "  extra    {line}"),
            Difference::Noise { line } => write!(f, "  noise    {line}"),
            Difference::Twice { id } => write!(f, "  twice    {id}"),
        }
    }
}

/// Compares two outputs. A line is a case and its value, with a colon and a space between.
pub fn compare(golden: &str, printed: &str) -> Comparison {
    let expected: Vec<(&str, &str)> = golden.lines().filter_map(|line| line.split_once(": ")).collect();
    let ids: BTreeSet<&str> = expected.iter().map(|&(id, _)| id).collect();
    let mut got = BTreeMap::new();
    let mut surplus = Vec::new();
    for line in printed.lines() {
        let Some((id, value)) = line.split_once(": ") else {
            surplus.push(Difference::Noise {
                line: line.to_owned(),
            });
            continue;
        };
        if !ids.contains(id) {
            surplus.push(Difference::Extra {
                line: line.to_owned(),
            });
        }
        if got.insert(id, value).is_some() {
            surplus.push(Difference::Twice { id: id.to_owned() });
        }
    }
    let mut equal = BTreeSet::new();
    let mut differences = Vec::new();
    for (id, golden) in expected {
        let (id, golden) = (id.to_owned(), golden.to_owned());
        match got.get(id.as_str()) {
            Some(&value) if value == golden => {
                equal.insert(id);
            }
            Some(&value) => differences.push(Difference::Differs {
                id,
                golden,
                got: value.to_owned(),
            }),
            None => differences.push(Difference::Missing { id, golden }),
        }
    }
    differences.extend(surplus);
    Comparison { equal, differences }
}

#[test]
fn equal_outputs_have_no_differences_whatever_their_order() {
    let comparison = compare("t.a: 1\nt.b: x: y\n", "t.b: x: y\nt.a: 1\n");
    assert_eq!(comparison.equal.len(), 2);
    assert_eq!(comparison.differences, []);
}

#[test]
fn every_kind_of_difference_is_found() {
    let printed = "t.a: 2\nhello\nt.c: 3\nt.d: 4\nt.d: 4\n";
    let comparison = compare("t.a: 1\nt.b: 2\nt.c: 3\n", printed);
    assert_eq!(comparison.equal, BTreeSet::from(["t.c".to_owned()]));
    let shown: Vec<String> = comparison.differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "  differs  t.a\n    golden 1\n    got    2",
            "  missing  t.b: 2",
            "  noise    hello",
            "  extra    t.d: 4",
            "  extra    t.d: 4",
            "  twice    t.d",
        ]
    );
}
