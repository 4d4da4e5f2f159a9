//! The examples in C do what they are to show, each by itself.

mod support;

use support::program::Program;

/// Runs an example, which must print this.
#[track_caller]
fn prints(example: &str, expected: &str) {
    let source = format!("../examples/c/{example}.c");
    let program = Program::build(&source).unwrap_or_else(|errors| panic!("{errors}"));
    let run = program.run();
    assert_eq!(run.ended, Ok(()), "{}{}", run.printed, run.complaints);
    assert_eq!(run.printed, expected);
}

#[test]
fn one_instance_keeps_others_from_running() {
    prints(
        "single_instance",
        "this: the only instance\nanother: there is an instance already\nanother: the only instance\n",
    );
}

#[test]
fn producers_and_consumers_share_a_buffer() {
    prints(
        "bounded_buffer",
        "3 producers, 2 consumers: the sum is 1501500, as it should be 1501500\n",
    );
}

#[test]
fn workers_inherit_what_they_need() {
    prints("worker_pool", "3 workers have done 30 tasks of 30\n");
}

#[test]
fn a_running_process_is_given_a_handle() {
    prints(
        "duplicate_into",
        "the other process has set the event by the handle it was given\n",
    );
}

#[test]
fn a_timer_calls_a_routine() {
    prints("timer_routine", "the routine was called 5 times\n");
}

#[test]
fn a_wait_ends_with_a_child_or_with_an_event() {
    prints(
        "child_or_stop",
        "sh -c \"exit 7\": ended by itself\nsleep 1000: stopped\nexit codes: 7, 99\n",
    );
}
