//! Processes that C programs create and end.

mod support;

use support::program::Program;

#[test]
fn processes_are_created_and_end_as_documented() {
    let program = Program::build("c/processes.c").unwrap_or_else(|errors| panic!("{errors}"));
    let run = program.run();
    assert_eq!(run.ended, Ok(()), "{}{}", run.printed, run.complaints);
    assert_eq!(run.printed, "done\n", "{}", run.complaints);
}
