//! Forks of programs with several threads.

mod support;

use support::program::holds;

#[test]
fn a_child_can_use_the_library_whenever_it_was_forked() {
    holds("c/forks.c");
}
