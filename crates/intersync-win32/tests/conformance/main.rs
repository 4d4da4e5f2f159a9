//! The conformance suite: C programs that use only what Windows offers and print what happens, one line a case. They must
//! print what they print on Windows, which is in `golden`. What cannot be yet is listed in `not-yet.txt`, and nowhere else.

mod compare;
mod not_yet;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;

use compare::{Comparison, Difference};
use not_yet::{Absent, Table};
use support::program::Program;
use support::tell;

macro_rules! topics {
    ($($topic:ident),* $(,)?) => {
        /// The topics that are tested.
        const TOPICS: &[&str] = &[$(stringify!($topic)),*];
        $(
            #[test]
            fn $topic() {
                check(stringify!($topic));
            }
        )*
    };
}

topics![
    abandoned,
    access,
    apc,
    duplicate,
    events,
    handles,
    inherit,
    mutexes,
    names,
    namespaces,
    pulse,
    query,
    registered,
    semaphores,
    signal_and_wait,
    threads,
    timers,
    waits_all,
    waits_any,
    waits_single,
];

/// Compiles the program of a topic, runs it in a namespace of its own, and compares what it prints.
#[track_caller]
fn check(topic: &str) {
    if topic == "names" && !is_root() {
        tell("skipped: the topic names: only root can make the namespace of the machine, which it uses");
        return;
    }
    let table = Table::read();
    let program = Program::build(&format!("conformance/cases/{topic}.c"));
    if let Some(absent) = table.topic(topic) {
        check_absent(topic, absent, &program);
        return;
    }
    let program = program.unwrap_or_else(|errors| panic!("{topic} does not compile:\n{errors}"));
    let run = program.run();
    let comparison = compare::compare(&golden(topic), &run.printed);
    let problems = problems(topic, &table, &comparison);
    for (id, reason) in table.cases_of(topic) {
        tell(&format!("not yet: {id}: {reason}"));
    }
    assert!(
        problems.is_empty() && run.ended.is_ok(),
        "{topic}: {} cases equal, {} problems; the program {}\n{}\n{}",
        comparison.equal.len(),
        problems.len(),
        run.ended.err().unwrap_or("ended well".to_owned()),
        problems.join("\n"),
        run.complaints
    );
}

/// What is wrong with a topic: differences that are not listed, and listed cases that do not differ.
fn problems(topic: &str, table: &Table, comparison: &Comparison) -> Vec<String> {
    let unlisted = |difference: &&Difference| match difference.case() {
        Some(id) => table.case(id).is_none(),
        None => true,
    };
    let mut problems: Vec<String> = comparison
        .differences
        .iter()
        .filter(unlisted)
        .map(ToString::to_string)
        .collect();
    for (id, _) in table.cases_of(topic) {
        if comparison.equal.contains(id) {
            problems.push(format!(
                "  as golden {id}, although not-yet.txt lists it: strike it from there"
            ));
        }
    }
    problems
}

/// Checks that a topic which is listed as a whole cannot be run, and for the reason given.
#[track_caller]
fn check_absent(topic: &str, absent: &Absent, program: &Result<Program, String>) {
    let function = &absent.function;
    assert!(
        !support::declared().contains(function),
        "{function} is declared: strike the topic {topic} from not-yet.txt"
    );
    match program {
        Err(errors) => assert!(
            errors.contains(function.as_str()),
            "{topic} does not compile, but not for want of {function}:\n{errors}"
        ),
        Ok(program) => assert_eq!(
            program.run().printed,
            format!("{topic}.unsupported: yes\n"),
            "{topic} compiles and runs: strike it from not-yet.txt"
        ),
    }
    let reason = &absent.reason;
    tell(&format!(
        "not yet: the topic {topic}, which needs {function}: {reason}"
    ));
}

fn golden(topic: &str) -> String {
    let file = support::tests()
        .join("conformance/golden")
        .join(format!("{topic}.txt"));
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").expect("this process").uid() == 0
}

#[test]
fn every_program_is_a_topic() {
    let entries = fs::read_dir(support::tests().join("conformance/cases")).expect("the programs");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let programs: BTreeSet<String> = names
        .filter_map(|name| name.strip_suffix(".c").map(str::to_owned))
        .collect();
    assert_eq!(programs, TOPICS.iter().map(|&topic| topic.to_owned()).collect());
}

#[test]
fn what_is_listed_exists() {
    let table = Table::read();
    for topic in table.topics() {
        assert!(TOPICS.contains(&topic), "there is no topic {topic}");
    }
    for id in table.cases() {
        let topic = compare::topic_of(id);
        assert!(TOPICS.contains(&topic), "there is no topic of the case {id}");
        assert!(
            table.topic(topic).is_none(),
            "{topic} is listed as a whole, {id} too"
        );
        let golden = golden(topic);
        let case = format!("{id}: ");
        assert!(
            golden.lines().any(|line| line.starts_with(&case)),
            "there is no case {id}"
        );
    }
}
