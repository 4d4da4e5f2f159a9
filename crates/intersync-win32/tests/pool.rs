//! The thread pool: registered waits, work items, timer queues.

mod support;

use support::program::holds;

#[test]
fn registered_waits_work_as_documented() {
    holds("c/pool_waits.c");
}

#[test]
fn work_items_work_as_documented() {
    holds("c/pool_work.c");
}

#[test]
fn processes_end_while_their_pool_is_at_work() {
    holds("c/pool_exit.c");
}

#[test]
fn timer_queues_work_as_documented() {
    holds("c/pool_timers.c");
}
