//! SIGKILL after the n-th instruction of every operation.

#![cfg(target_arch = "x86_64")]

use testkit::steps::{Points, Programs, find, kill_at_every_step};

fn programs() -> Programs {
    Programs {
        victim: env!("CARGO_BIN_EXE_victim").into(),
        actor: env!("CARGO_BIN_EXE_actor").into(),
    }
}

fn killed_in(operation: &str) {
    let operation = find(operation).unwrap_or_else(|| panic!("no operation is called {operation}"));
    let summary = kill_at_every_step(operation, Points::Visible, &programs());
    let summary = summary.unwrap_or_else(|problem| panic!("{problem}"));
    println!("{}: {summary:?}", operation.name);
    assert!(summary.killed > 1, "the operation has no points of death");
}

#[test]
fn all_operations() {
    for operation in testkit::steps::all() {
        killed_in(operation.name);
    }
}
