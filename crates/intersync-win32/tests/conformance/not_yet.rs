//! The list of what differs from Windows because it is not offered yet.

use std::collections::BTreeMap;
use std::fs;

use super::compare::topic_of;
use super::support;

/// Why a topic cannot be run.
#[derive(Debug, PartialEq, Eq)]
pub struct Absent {
    /// A function that its program uses and the headers do not declare.
    pub function: String,
    pub reason: String,
}

/// What `not-yet.txt` says.
#[derive(Debug, Default)]
pub struct Table {
    topics: BTreeMap<String, Absent>,
    cases: BTreeMap<String, String>,
}

impl Table {
    /// Reads the file.
    pub fn read() -> Table {
        let file = support::tests().join("conformance/not-yet.txt");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Table::parse(&text).unwrap_or_else(|line| panic!("{}: not understood: {line}", file.display()))
    }

    /// Takes the text apart.
    ///
    /// # Errors
    /// The line that is neither a topic nor a case, has no reason, or repeats an earlier one.
    fn parse(text: &str) -> Result<Table, String> {
        let mut table = Table::default();
        for line in text.lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            table.add(line).ok_or_else(|| line.to_owned())?;
        }
        Ok(table)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let (entry, reason) = line.split_once(": ")?;
        let reason = reason.to_owned();
        let words: Vec<&str> = entry.split(' ').collect();
        let is_new = match words[..] {
            ["topic", topic, function] => {
                let function = function.to_owned();
                let absent = Absent { function, reason };
                self.topics.insert(topic.to_owned(), absent).is_none()
            }
            ["case", id] => self.cases.insert(id.to_owned(), reason).is_none(),
            _ => false,
        };
        is_new.then_some(())
    }

    /// Why this topic is not run, if it is not.
    pub fn topic(&self, topic: &str) -> Option<&Absent> {
        self.topics.get(topic)
    }

    /// Why this case differs, if it may.
    pub fn case(&self, id: &str) -> Option<&String> {
        self.cases.get(id)
    }

    /// The listed cases of a topic, and why they differ.
    pub fn cases_of<'a>(&'a self, topic: &'a str) -> impl Iterator<Item = (&'a String, &'a String)> {
        self.cases.iter().filter(move |(id, _)| topic_of(id) == topic)
    }

    /// All listed topics.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.topics.keys().map(String::as_str)
    }

    /// All listed cases.
    pub fn cases(&self) -> impl Iterator<Item = &str> {
        self.cases.keys().map(String::as_str)
    }
}

#[test]
fn topics_and_cases_are_told_apart() {
    let table =
        Table::parse("# why\n\ntopic t Function: not there\ncase u.a.b: later: soon\n").expect("good");
    let absent = Absent {
        function: "Function".to_owned(),
        reason: "not there".to_owned(),
    };
    assert_eq!(table.topic("t"), Some(&absent));
    assert_eq!(table.case("u.a.b").map(String::as_str), Some("later: soon"));
    assert_eq!(table.cases_of("u").count(), 1);
    assert_eq!(table.cases_of("t").count(), 0);
}

#[test]
fn lines_without_a_reason_and_repeated_ones_are_refused() {
    for bad in [
        "case t.a",
        "topic t: why",
        "t.a: why",
        "case t.a: why\ncase t.a: again",
    ] {
        assert!(Table::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_listed_case_that_does_not_differ_is_a_problem_and_one_that_does_is_none() {
    let table = Table::parse("case t.a: later\n").expect("good");
    let golden = "t.a: 1\nt.b: 2\n";
    let problems = |printed| super::problems("t", &table, &super::compare::compare(golden, printed)).len();
    assert_eq!(problems("t.a: 0\nt.b: 2\n"), 0);
    assert_eq!(problems("t.b: 2\n"), 0);
    assert_eq!(problems("t.a: 1\nt.b: 2\n"), 1);
    assert_eq!(problems("t.a: 0\nt.b: 0\n"), 1);
    assert_eq!(problems("t.a: 0\nt.b: 2\nnoise\n"), 1);
}
