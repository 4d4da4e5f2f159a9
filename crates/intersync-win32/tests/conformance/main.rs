//! The conformance suite: C programs that use only what Windows offers and print what happens, one line a case. They must
//! print what they print on Windows, which is in `golden`.

mod compare;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;

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
    let program = Program::build(&format!("conformance/cases/{topic}.c"));
    let program = program.unwrap_or_else(|errors| panic!("{topic} does not compile:\n{errors}"));
    let run = program.run();
    let comparison = compare::compare(&golden(topic), &run.printed);
    let problems: Vec<String> = comparison.differences.iter().map(ToString::to_string).collect();
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
