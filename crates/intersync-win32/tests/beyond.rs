//! What the conformance suite does not call: the rest of the pairs of names, numbers of processes and threads, and
//! `intersync_spawn` where it fails.

mod support;

use support::program::Program;

#[test]
fn what_the_suite_does_not_call_works_as_documented() {
    let program = Program::build("c/beyond.c").unwrap_or_else(|errors| panic!("{errors}"));
    let run = program.run();
    assert_eq!(run.ended, Ok(()), "{}{}", run.printed, run.complaints);
    assert_eq!(run.printed, "done\n", "{}", run.complaints);
}
