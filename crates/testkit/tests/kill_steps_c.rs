//! SIGKILL after the n-th instruction of every operation, called from C.

#![cfg(target_arch = "x86_64")]

use testkit::c_program::CProgram;
use testkit::steps::{Points, Programs, find, kill_at_every_step};

/// What has no call in C, or in C no moment of its own: inheritances are made and dropped inside the call that starts a process.
const NOT_IN_C: [&str; 4] = [
    "create-permanent",
    "inheritance-prepare",
    "inheritance-drop",
    "inherit",
];

fn killed_in(operation: &str) {
    let victim = CProgram::build("tests/c/victim.c");
    let programs = Programs {
        victim: victim.path().to_owned(),
        actor: env!("CARGO_BIN_EXE_actor").into(),
    };
    let operation = find(operation).unwrap_or_else(|| panic!("no operation is called {operation}"));
    let summary = kill_at_every_step(operation, Points::Visible, &programs);
    let summary = summary.unwrap_or_else(|problem| panic!("{problem}"));
    println!("{}: {summary:?}", operation.name);
    assert!(summary.killed > 1, "the operation has no points of death");
}

macro_rules! operations {
    ($($test:ident: $operation:literal,)*) => {
        $(
            #[test]
            fn $test() {
                killed_in($operation);
            }
        )*

        #[test]
        fn every_operation_of_c_has_its_test() {
            let tested = [$($operation),*];
            let all = testkit::steps::all().map(|operation| operation.name);
            let in_c: Vec<_> = all.filter(|name| !NOT_IN_C.contains(name)).collect();
            assert_eq!(tested.as_slice(), in_c);
        }
    };
}

operations! {
    mutex_acquire_free: "mutex-acquire-free",
    mutex_acquire_recursive: "mutex-acquire-recursive",
    mutex_acquire_abandoned: "mutex-acquire-abandoned",
    mutex_acquire_contended: "mutex-acquire-contended",
    mutex_acquire_contended_behind_a_waiter: "mutex-acquire-contended-behind-a-waiter",
    mutex_acquire_timed_out: "mutex-acquire-timed-out",
    mutex_release_free: "mutex-release-free",
    mutex_release_one_waiter: "mutex-release-one-waiter",
    mutex_release_three_waiters: "mutex-release-three-waiters",
    mutex_release_recursive: "mutex-release-recursive",
    auto_event_set: "auto-event-set",
    auto_event_set_one_waiter: "auto-event-set-one-waiter",
    auto_event_set_three_waiters: "auto-event-set-three-waiters",
    manual_event_set: "manual-event-set",
    manual_event_set_one_waiter: "manual-event-set-one-waiter",
    manual_event_set_three_waiters: "manual-event-set-three-waiters",
    auto_event_reset: "auto-event-reset",
    manual_event_reset: "manual-event-reset",
    auto_event_reset_one_waiter: "auto-event-reset-one-waiter",
    auto_event_reset_three_waiters: "auto-event-reset-three-waiters",
    manual_event_reset_one_waiter: "manual-event-reset-one-waiter",
    manual_event_reset_three_waiters: "manual-event-reset-three-waiters",
    auto_event_pulse: "auto-event-pulse",
    manual_event_pulse: "manual-event-pulse",
    auto_event_pulse_one_waiter: "auto-event-pulse-one-waiter",
    auto_event_pulse_three_waiters: "auto-event-pulse-three-waiters",
    manual_event_pulse_one_waiter: "manual-event-pulse-one-waiter",
    manual_event_pulse_three_waiters: "manual-event-pulse-three-waiters",
    semaphore_release: "semaphore-release",
    semaphore_release_one_waiter: "semaphore-release-one-waiter",
    semaphore_release_three_waiters: "semaphore-release-three-waiters",
    semaphore_take: "semaphore-take",
    semaphore_take_give_back: "semaphore-take-give-back",
    semaphore_release_give_back: "semaphore-release-give-back",
    timer_set: "timer-set",
    timer_set_due_now: "timer-set-due-now",
    timer_set_due_now_one_waiter: "timer-set-due-now-one-waiter",
    timer_set_due_now_three_waiters: "timer-set-due-now-three-waiters",
    timer_cancel: "timer-cancel",
    timer_wait_due: "timer-wait-due",
    wait_satisfied_at_once: "wait-satisfied-at-once",
    wait_blocks_and_is_satisfied: "wait-blocks-and-is-satisfied",
    wait_blocks_and_times_out: "wait-blocks-and-times-out",
    wait_any_satisfied_at_once: "wait-any-satisfied-at-once",
    wait_any_blocks_and_is_satisfied: "wait-any-blocks-and-is-satisfied",
    wait_any_blocks_and_times_out: "wait-any-blocks-and-times-out",
    wait_all_satisfied_at_once: "wait-all-satisfied-at-once",
    wait_all_blocks_and_is_satisfied: "wait-all-blocks-and-is-satisfied",
    wait_all_blocks_and_times_out: "wait-all-blocks-and-times-out",
    event_reset_under_a_wait_all: "event-reset-under-a-wait-all",
    event_set_completes_a_wait_all: "event-set-completes-a-wait-all",
    signal_and_wait: "signal-and-wait",
    create_named: "create-named",
    create_owned_mutex: "create-owned-mutex",
    create_existing: "create-existing",
    create_unnamed: "create-unnamed",
    open: "open",
    close_last: "close-last",
    close_shared: "close-shared",
    close_one_of_two: "close-one-of-two",
    close_unnamed: "close-unnamed",
    close_owned_mutex: "close-owned-mutex",
    attach: "attach",
    attach_and_own: "attach-and-own",
    attach_first: "attach-first",
    create_first: "create-first",
    reap_by_the_keeper: "reap-by-the-keeper",
    reap_by_opening_a_name: "reap-by-opening-a-name",
    acquire_from_the_dead: "acquire-from-the-dead",
    duplicate: "duplicate",
    duplicate_into_another: "duplicate-into-another",
    duplicate_into_another_and_close: "duplicate-into-another-and-close",
    duplicate_from_another: "duplicate-from-another",
    close_last_raw: "close-last-raw",
}
