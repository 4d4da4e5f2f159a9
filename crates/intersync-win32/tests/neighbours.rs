//! What the threads of one process share: locks, condition variables, one-time initialization, waiting at addresses, barriers,
//! lists and the order of accesses to memory. One C program for each.

mod support;

use support::program::holds;

#[test]
fn critical_sections() {
    holds("c/neighbours_critical_sections.c");
}

#[test]
fn srw_locks() {
    holds("c/neighbours_srw_locks.c");
}

#[test]
fn condition_variables() {
    holds("c/neighbours_condition_variables.c");
}

#[test]
fn init_once() {
    holds("c/neighbours_init_once.c");
}

#[test]
fn addresses() {
    holds("c/neighbours_addresses.c");
}

#[test]
fn barriers() {
    holds("c/neighbours_barriers.c");
}

#[test]
fn memory() {
    holds("c/neighbours_memory.c");
}

#[test]
fn lists() {
    holds("c/neighbours_lists.c");
}

#[test]
fn list_removal() {
    holds("c/neighbours_list_removal.c");
}
