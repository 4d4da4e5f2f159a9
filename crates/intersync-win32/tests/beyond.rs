//! What the conformance suite does not call: the rest of the pairs of names, numbers of processes and threads, and
//! `intersync_spawn` where it fails.

mod support;

use support::program::holds;

#[test]
fn pointers_that_lead_nowhere_are_refused_before_anything_is_done() {
    holds("c/pointers.c");
}

#[test]
fn what_the_suite_does_not_call_works_as_documented() {
    holds("c/beyond.c");
}
