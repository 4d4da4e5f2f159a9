//! What the threads of one process share: locks, condition variables, one-time initialization, waiting at addresses, barriers
//! and lists. One C program for each.

mod support;

use support::program::Program;

#[track_caller]
fn holds(topic: &str) {
    let source = format!("c/neighbours_{topic}.c");
    let program = Program::build(&source).unwrap_or_else(|errors| panic!("{errors}"));
    let run = program.run();
    assert_eq!(run.ended, Ok(()), "{}{}", run.printed, run.complaints);
    assert_eq!(run.printed, "done\n", "{}", run.complaints);
}

#[test]
fn critical_sections() {
    holds("critical_sections");
}

#[test]
fn srw_locks() {
    holds("srw_locks");
}

#[test]
fn condition_variables() {
    holds("condition_variables");
}

#[test]
fn init_once() {
    holds("init_once");
}

#[test]
fn addresses() {
    holds("addresses");
}

#[test]
fn barriers() {
    holds("barriers");
}

#[test]
fn lists() {
    holds("lists");
}

#[test]
fn list_removal() {
    holds("list_removal");
}
