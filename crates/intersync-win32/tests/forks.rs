//! Forks of programs with several threads.

mod support;

use support::program::Program;

#[test]
fn a_child_can_use_the_library_whenever_it_was_forked() {
    let program = Program::build("c/forks.c").unwrap_or_else(|errors| panic!("{errors}"));
    let run = program.run();
    assert_eq!(run.ended, Ok(()), "{}{}", run.printed, run.complaints);
    assert_eq!(run.printed, "done\n", "{}", run.complaints);
}
