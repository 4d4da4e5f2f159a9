//! Threads that C programs create, suspend and end.

mod support;

use support::program::Program;

#[track_caller]
fn succeeds(source: &str) {
    let program = Program::build(source).unwrap_or_else(|errors| panic!("{errors}"));
    let run = program.run();
    assert_eq!(run.ended, Ok(()), "{}{}", run.printed, run.complaints);
    assert_eq!(run.printed, "done\n", "{}", run.complaints);
}

#[test]
fn threads_are_created_and_end_as_documented() {
    succeeds("c/threads.c");
}

#[test]
fn the_first_thread_may_end_before_the_others() {
    succeeds("c/first_thread.c");
}
