//! Mutexes: acquired and released, free, contended, recursive.

use intersync::{Mutex, Outcome, Timeout};

use super::super::cast::Cast;
use super::super::check::{Check, ORPHANED, Progress, after_acquiring, after_releasing, mutex_goes_round};
use super::{Act, OBJECT, Operation, PLAIN, act, must, waiting};
use crate::actor::Pending;
use crate::prelude::{ABANDONED, DONE, Kind, SIGNALED, mine};

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "mutex-acquire-free",
        victim: || acquire(0),
        proceed: acquired,
        ..MUTEX
    },
    Operation {
        name: "mutex-acquire-recursive",
        victim: || acquire(1),
        proceed: |cast, waits, _| mutex_goes_round(cast, OBJECT, waits, ORPHANED),
        ..MUTEX
    },
    Operation {
        name: "mutex-acquire-abandoned",
        victim: || acquire(0),
        ready: abandoned,
        proceed: |cast, waits, _| mutex_goes_round(cast, OBJECT, waits, ORPHANED),
        ..MUTEX
    },
    Operation {
        name: "mutex-acquire-contended",
        victim: || acquire(0),
        ready: owned_by_the_lead,
        wake: |cast| cast.lead.release(OBJECT) == DONE,
        proceed: |cast, waits, progress| {
            released_by_the_lead(cast);
            acquired(cast, waits, progress)
        },
        ..MUTEX
    },
    Operation {
        name: "mutex-acquire-contended-behind-a-waiter",
        victim: || acquire(0),
        ready: |cast| {
            owned_by_the_lead(cast);
            waiting::<1>(cast)
        },
        wake: |cast| {
            // The waiter came first; it holds the mutex until the victim is dead.
            released_by_the_lead(cast);
            false
        },
        proceed: |cast, waits, _| {
            released_by_the_lead(cast);
            mutex_goes_round(cast, OBJECT, waits, &[SIGNALED])
        },
        ..MUTEX
    },
    Operation {
        name: "mutex-acquire-timed-out",
        victim: || {
            let mutex = open();
            act(move || {
                let outcome = must(mutex.wait(std::time::Duration::from_millis(30)));
                assert_eq!(outcome, Outcome::TimedOut);
                mutex
            })
        },
        ready: owned_by_the_lead,
        proceed: |cast, waits, _| {
            released_by_the_lead(cast);
            mutex_goes_round(cast, OBJECT, waits, &[SIGNALED])
        },
        ..MUTEX
    },
    Operation {
        name: "mutex-release-free",
        victim: || release(1),
        proceed: released,
        ..MUTEX
    },
    Operation {
        name: "mutex-release-one-waiter",
        victim: || release(1),
        ready: waiting::<1>,
        proceed: released,
        ..MUTEX
    },
    Operation {
        name: "mutex-release-three-waiters",
        victim: || release(1),
        ready: waiting::<3>,
        proceed: released,
        ..MUTEX
    },
    Operation {
        name: "mutex-release-recursive",
        victim: || release(2),
        ready: waiting::<1>,
        proceed: |cast, waits, _| mutex_goes_round(cast, OBJECT, waits, ORPHANED),
        ..MUTEX
    },
];

const MUTEX: Operation = Operation {
    setup: |cast| {
        assert_eq!(cast.lead.mutex(OBJECT, false), Ok(false));
        for waiter in &cast.waiters {
            assert_eq!(waiter.open(Kind::Mutex, OBJECT), DONE);
        }
    },
    ..PLAIN
};

fn open() -> Mutex {
    must(Mutex::options().open(OBJECT))
}

/// Acquires the mutex once more than it has been already.
fn acquire(already: u32) -> Act {
    let mutex = open();
    for _ in 0..already {
        assert!(must(mutex.wait(Timeout::INFINITE)).is_satisfied());
    }
    act(move || {
        assert!(must(mutex.wait(Timeout::INFINITE)).is_satisfied());
        mutex
    })
}

/// Releases one of so many levels.
fn release(levels: u32) -> Act {
    let mutex = open();
    for _ in 0..levels {
        assert!(must(mutex.wait(Timeout::INFINITE)).is_satisfied());
    }
    act(move || {
        must(mutex.release());
        mutex
    })
}

fn acquired(cast: &Cast, waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    mutex_goes_round(cast, OBJECT, waits, after_acquiring(progress))
}

fn released(cast: &Cast, waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    mutex_goes_round(cast, OBJECT, waits, after_releasing(progress))
}

/// A thread has ended while it owned the mutex.
fn abandoned(cast: &Cast) -> Vec<Pending<'_>> {
    let [owner, ..] = &cast.waiters;
    let outcome = owner.wait(OBJECT, Timeout::INFINITE);
    assert!(outcome == SIGNALED || outcome == ABANDONED);
    owner.end_thread();
    Vec::new()
}

fn owned_by_the_lead(cast: &Cast) -> Vec<Pending<'_>> {
    assert_eq!(cast.lead.wait(OBJECT, Timeout::INFINITE), SIGNALED);
    Vec::new()
}

/// The lead gives the mutex away, if it has not done so to wake the victim.
fn released_by_the_lead(cast: &Cast) {
    if cast.lead.state(OBJECT) == mine(1) {
        assert_eq!(cast.lead.release(OBJECT), DONE);
    }
}
