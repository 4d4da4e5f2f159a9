//! Calls at random, with handles, pointers, sizes and names that may be anything: nothing crashes, hangs or fails within the
//! library, and when the process has ended nothing is left of it in its namespace.

mod support;

use std::fs;

use intersync::{Error, Location, inspect};
use support::program::{Program, Run};
use support::{declared, output, scratch_namespace, tests};

const SOURCE: &str = "c/fuzz.c";
/// How many runs, each with a seed of its own; this variable of the environment asks for another number.
const SEEDS: (&str, u32) = ("INTERSYNC_FUZZ_SEEDS", 6);
/// How many calls each of the three threads makes.
const CALLS: u32 = 4000;

/// What is not called at random, and why.
const NOT_CALLED: &[(&str, &[&str])] = &[
    (
        "take memory of the caller's for what it initialized, as on Windows, where they are not checked either",
        &[
            "AcquireSRWLockExclusive",
            "AcquireSRWLockShared",
            "DeleteCriticalSection",
            "DeleteProcThreadAttributeList",
            "DeleteSynchronizationBarrier",
            "EnterCriticalSection",
            "EnterSynchronizationBarrier",
            "InitOnceBeginInitialize",
            "InitOnceComplete",
            "InitOnceExecuteOnce",
            "InitOnceInitialize",
            "InitializeConditionVariable",
            "InitializeCriticalSection",
            "InitializeCriticalSectionAndSpinCount",
            "InitializeCriticalSectionEx",
            "InitializeProcThreadAttributeList",
            "InitializeSListHead",
            "InitializeSRWLock",
            "InitializeSynchronizationBarrier",
            "InterlockedFlushSList",
            "InterlockedPopEntrySList",
            "InterlockedPushEntrySList",
            "InterlockedPushListSListEx",
            "LeaveCriticalSection",
            "QueryDepthSList",
            "ReleaseSRWLockExclusive",
            "ReleaseSRWLockShared",
            "RtlFirstEntrySList",
            "SetCriticalSectionSpinCount",
            "SleepConditionVariableCS",
            "SleepConditionVariableSRW",
            "TryAcquireSRWLockExclusive",
            "TryAcquireSRWLockShared",
            "TryEnterCriticalSection",
            "UpdateProcThreadAttribute",
            "WaitOnAddress",
            "WakeAllConditionVariable",
            "WakeByAddressAll",
            "WakeByAddressSingle",
            "WakeConditionVariable",
        ],
    ),
    (
        "end their caller",
        &["ExitProcess", "ExitThread", "TerminateProcess", "TerminateThread"],
    ),
    (
        "start programs",
        &["CreateProcessA", "CreateProcessW", "intersync_spawn"],
    ),
    ("leave objects behind", &["NtMakePermanentObject"]),
];

#[test]
fn every_function_is_called_at_random_or_has_a_reason() {
    let source = fs::read_to_string(tests().join(SOURCE)).expect("the source");
    let excused = |name: &str| NOT_CALLED.iter().any(|(_, names)| names.contains(&name));
    let called = |name: &str| source.contains(&format!("{name}("));
    let all = declared();
    let forgotten: Vec<_> = all
        .iter()
        .filter(|name| !called(name) && !excused(name))
        .collect();
    assert!(forgotten.is_empty(), "not called at random: {forgotten:#?}");
    let needless: Vec<_> = all.iter().filter(|name| called(name) && excused(name)).collect();
    assert!(needless.is_empty(), "excused without need: {needless:#?}");
}

#[test]
fn nothing_that_is_passed_does_harm() {
    let (variable, few) = SEEDS;
    let seeds = std::env::var(variable).map_or(few, |number| number.parse().expect("a number of seeds"));
    let program = Program::build(SOURCE).unwrap_or_else(|errors| panic!("{errors}"));
    for seed in 0..seeds {
        let namespace = scratch_namespace();
        let mut command = program.command(namespace.path());
        command.args([seed.to_string(), CALLS.to_string()]);
        let run = Run::of(output(&mut command));
        assert_eq!(
            run.ended,
            Ok(()),
            "seed {seed}: {}{}",
            run.printed,
            run.complaints
        );
        assert_eq!(run.printed, "done\n", "seed {seed}: {}", run.complaints);
        let location = Location::Under(namespace.path().to_owned());
        match inspect::audit(&location) {
            Ok(violations) => assert!(violations.is_empty(), "seed {seed}: {violations:#?}"),
            // It has closed its last handle, and with it the file.
            Err(Error::NotFound { .. }) => {}
            Err(error) => panic!("seed {seed}: {error}"),
        }
        let left = inspect::snapshot(&location).expect("a snapshot").objects;
        assert!(left.is_empty(), "seed {seed}: {left:#?}");
    }
}
