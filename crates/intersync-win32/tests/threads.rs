//! Threads that C programs create, suspend and end.

mod support;

use support::program::holds;

#[test]
fn threads_are_created_and_end_as_documented() {
    holds("c/threads.c");
}

#[test]
fn the_first_thread_may_end_before_the_others() {
    holds("c/first_thread.c");
}
