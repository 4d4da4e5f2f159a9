//! Reaping: the victim takes back what another dead process had, and dies over it.

use intersync::{Event, Location, Mutex, Namespace, Timeout};

use super::super::cast::Cast;
use super::super::check::{Check, ORPHANED, Progress, expect, mutex_goes_round};
use super::{Act, OBJECT, Operation, PLAIN, act, must};
use crate::actor::Pending;
use crate::prelude::{DONE, Kind, Reset, SIGNALED};

/// A mutex that the doomed process owns, and that somebody waits for.
const WANTED: &str = OBJECT;
/// A mutex that it owns, and that nobody waits for.
const LONELY: &str = "lonely";
/// An event it waits for.
const EVENT: &str = "event";
/// A name that it alone has.
const HELD: &str = "held by the doomed";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "reap-by-the-keeper",
        victim: with_keeper,
        setup,
        ready: doomed_with_everything,
        // The keeper sleeps: the process it watches dies. When it sleeps again it has reaped.
        wake: Cast::kill_doomed,
        at_once: survivors_go_on,
        proceed: everything_comes_back,
        thread: Some("intersync"),
        ..PLAIN
    },
    Operation {
        name: "reap-by-opening-a-name",
        victim: || {
            let attached = must(Namespace::open(&Location::Local));
            act(move || {
                // Who comes second finds it gone, too: the keeper may be faster.
                assert!(Event::options().open(HELD).is_err());
                attached
            })
        },
        setup,
        ready: |cast| {
            let waits = doomed_with_everything(cast);
            assert!(cast.kill_doomed());
            waits
        },
        at_once: survivors_go_on,
        proceed: everything_comes_back,
        ..PLAIN
    },
    Operation {
        name: "acquire-from-the-dead",
        victim: || {
            let mutex = must(Mutex::options().open(LONELY));
            act(move || {
                assert!(must(mutex.wait(Timeout::INFINITE)).is_satisfied());
                mutex
            })
        },
        setup,
        ready: |cast| {
            let waits = doomed_with_everything(cast);
            assert!(cast.kill_doomed());
            waits
        },
        at_once: survivors_go_on,
        proceed: everything_comes_back,
        ..PLAIN
    },
];

fn setup(cast: &Cast) {
    for name in [WANTED, LONELY] {
        assert_eq!(cast.lead.mutex(name, false), Ok(false));
    }
    assert_eq!(cast.lead.event(EVENT, Reset::Auto, false), Ok(false));
    for waiter in &cast.waiters {
        for name in [WANTED, LONELY] {
            assert_eq!(waiter.open(Kind::Mutex, name), DONE);
        }
        assert_eq!(waiter.open(Kind::Event, EVENT), DONE);
    }
}

/// A victim whose keeper runs, because it has owned a mutex.
fn with_keeper() -> Act {
    let mutex = must(Mutex::options().unnamed());
    assert!(must(mutex.wait(Timeout::INFINITE)).is_satisfied());
    act(move || mutex)
}

/// A process that owns mutexes, waits, and has a name of its own; only the victim can act.
fn doomed_with_everything(cast: &Cast) -> Vec<Pending<'_>> {
    cast.start_doomed().unwrap_or_else(|error| panic!("{error}"));
    let doomed = cast.doomed.borrow();
    let doomed = doomed.as_ref().expect("it was just started");
    assert_eq!(doomed.event(HELD, Reset::Manual, true), Ok(false));
    for name in [WANTED, LONELY] {
        assert_eq!(doomed.open(Kind::Mutex, name), DONE);
        assert_eq!(doomed.wait(name, Timeout::INFINITE), SIGNALED);
    }
    let sibling = doomed.troupe().actor();
    assert_eq!(sibling.open(Kind::Event, EVENT), DONE);
    drop(sibling.begin_wait(EVENT, Timeout::INFINITE));
    cast.scratch.until_waiting(EVENT, 1);
    let wait = cast.waiters[0].begin_wait(WANTED, Timeout::INFINITE);
    cast.scratch.until_waiting(WANTED, 1);
    cast.stop();
    vec![wait]
}

fn survivors_go_on(cast: &Cast) -> Check {
    // A victim that died early has not seen the other die.
    cast.kill_doomed();
    cast.resume();
    cast.name_is_gone(HELD)
}

fn everything_comes_back(cast: &Cast, waits: Vec<Pending<'_>>, _: Progress) -> Check {
    mutex_goes_round(cast, WANTED, waits, ORPHANED)?;
    mutex_goes_round(cast, LONELY, Vec::new(), ORPHANED)?;
    crate::patience::until("the dead wait no longer", || {
        cast.scratch.waiters(EVENT).is_empty()
    });
    expect("setting the event", &cast.lead.set(EVENT), &DONE)?;
    expect(
        "taking its signal",
        &cast.waiters[1].wait(EVENT, Timeout::INFINITE),
        &SIGNALED,
    )
}
