//! The thread pool: registered waits, work items, timer queues.

mod support;

use support::program::Program;

#[track_caller]
fn runs_well(source: &str) {
    let program = Program::build(source).unwrap_or_else(|errors| panic!("{errors}"));
    let run = program.run();
    assert_eq!(run.ended, Ok(()), "{}{}", run.printed, run.complaints);
    assert_eq!(run.printed, "done\n", "{}", run.complaints);
}

#[test]
fn registered_waits_work_as_documented() {
    runs_well("c/pool_waits.c");
}

#[test]
fn work_items_work_as_documented() {
    runs_well("c/pool_work.c");
}

#[test]
fn processes_end_while_their_pool_is_at_work() {
    runs_well("c/pool_exit.c");
}

#[test]
fn timer_queues_work_as_documented() {
    runs_well("c/pool_timers.c");
}
