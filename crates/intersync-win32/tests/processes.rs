//! Processes that C programs create and end.

mod support;

use support::program::holds;

#[test]
fn processes_are_created_and_end_as_documented() {
    holds("c/processes.c");
}
