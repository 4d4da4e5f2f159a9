//! Objects and names that come and go, and entering a namespace.

use intersync::{Event, Location, Mutex, Namespace, Semaphore};

use super::super::cast::Cast;
use super::super::check::{Check, after_acquiring, expect, mutex_goes_round};
use super::{OBJECT, Operation, PLAIN, act, must};
use crate::actor::State;
use crate::prelude::{DONE, Kind, Reset, SIGNALED};

/// A name that only the victim ever has.
pub const OWN: &str = "the victim's own, with a name of several cells";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "create-named",
        victim: || {
            let attached = must(Namespace::open(&Location::Local));
            act(move || (attached, must(Event::options().create(OWN))))
        },
        at_once: own_is_gone,
        ..NAMES
    },
    Operation {
        name: "create-owned-mutex",
        victim: || {
            let attached = must(Namespace::open(&Location::Local));
            act(move || (attached, must(Mutex::options().owned(true).create(OWN))))
        },
        at_once: own_is_gone,
        ..NAMES
    },
    Operation {
        name: "create-existing",
        victim: || {
            let attached = must(Namespace::open(&Location::Local));
            act(move || {
                let created = must(Event::options().create(OBJECT));
                assert!(created.already_existed);
                (attached, created)
            })
        },
        at_once: shared_still_works,
        ..NAMES
    },
    Operation {
        name: "create-unnamed",
        victim: || {
            let attached = must(Namespace::open(&Location::Local));
            act(move || (attached, must(Semaphore::options().unnamed())))
        },
        ..NAMES
    },
    Operation {
        name: "create-permanent",
        victim: || {
            let attached = must(Namespace::open(&Location::Local));
            act(move || (attached, must(Event::options().permanent(true).create(OWN))))
        },
        proceed: |cast, _, progress| {
            let exists = cast.scratch.object(OWN).is_some();
            progress.allows(exists)?;
            if exists {
                expect("making it temporary", &cast.lead.set_permanent(OWN, false), &DONE)?;
            }
            own_is_gone(cast)
        },
        ..NAMES
    },
    Operation {
        name: "open",
        victim: || {
            let attached = must(Namespace::open(&Location::Local));
            act(move || (attached, must(Event::options().open(OBJECT))))
        },
        at_once: shared_still_works,
        ..NAMES
    },
    Operation {
        name: "close-last",
        victim: || {
            let event = must(Event::options().create(OWN));
            act(move || drop(event))
        },
        at_once: own_is_gone,
        ..NAMES
    },
    Operation {
        name: "close-shared",
        victim: || {
            let event = must(Event::options().open(OBJECT));
            act(move || drop(event))
        },
        at_once: shared_still_works,
        ..NAMES
    },
    Operation {
        name: "close-one-of-two",
        victim: || {
            let event = must(Event::options().create(OWN)).object;
            let second = event.clone();
            act(move || {
                drop(second);
                event
            })
        },
        at_once: own_is_gone,
        ..NAMES
    },
    Operation {
        name: "close-unnamed",
        victim: || {
            let semaphore = must(Semaphore::options().unnamed());
            act(move || drop(semaphore))
        },
        ..NAMES
    },
    Operation {
        name: "close-owned-mutex",
        victim: || {
            let mutex = must(Mutex::options().owned(true).create(OWN));
            act(move || drop(mutex))
        },
        at_once: own_is_gone,
        ..NAMES
    },
    Operation {
        name: "attach",
        victim: || act(|| must(Namespace::open(&Location::Local))),
        at_once: shared_still_works,
        ..NAMES
    },
    Operation {
        name: "attach-and-own",
        victim: || {
            act(|| {
                let mutex = must(Mutex::options().open(MUTEX));
                assert!(must(mutex.wait(intersync::Timeout::INFINITE)).is_satisfied());
                mutex
            })
        },
        setup: |cast| {
            setup(cast);
            assert_eq!(cast.waiters[0].mutex(MUTEX, false), Ok(false));
            assert_eq!(cast.lead.open(Kind::Mutex, MUTEX), DONE);
        },
        proceed: |cast, waits, progress| mutex_goes_round(cast, MUTEX, waits, after_acquiring(progress)),
        ..NAMES
    },
    Operation {
        name: "attach-first",
        victim: || act(|| must(Namespace::open(&Location::Local))),
        ..FIRST
    },
    Operation {
        name: "create-first",
        victim: || {
            let attached = must(Namespace::open(&Location::Local));
            act(move || (attached, must(Event::options().create(OWN))))
        },
        ..FIRST
    },
];

const MUTEX: &str = "mutex";

const NAMES: Operation = Operation { setup, ..PLAIN };

/// What is done for the first time in a namespace: it makes what later ones find.
const FIRST: Operation = Operation {
    at_once: |cast| {
        expect(
            "creating what the victim may have created",
            &cast.lead.event(OWN, Reset::Auto, true),
            &Ok(false),
        )?;
        expect("opening it", &cast.waiters[0].open(Kind::Event, OWN), &DONE)?;
        expect("waiting for it", &cast.waiters[0].poll(OWN), &SIGNALED)
    },
    proceed: |cast, _, _| {
        let objects = cast.scratch.snapshot().objects;
        expect("objects there are", &objects.len(), &1)
    },
    fresh: true,
    ..PLAIN
};

pub fn setup(cast: &Cast) {
    assert_eq!(cast.lead.event(OBJECT, Reset::Manual, true), Ok(false));
    for waiter in &cast.waiters {
        assert_eq!(waiter.open(Kind::Event, OBJECT), DONE);
    }
}

pub fn own_is_gone(cast: &Cast) -> Check {
    cast.name_is_gone(OWN)
}

pub fn shared_still_works(cast: &Cast) -> Check {
    expect(
        "opening the shared object",
        &cast.waiters[0].open_as("again", Kind::Event, OBJECT, None),
        &DONE,
    )?;
    let state = State::Event {
        manual: true,
        signaled: true,
    };
    expect("its state", &cast.waiters[0].state("again"), &Ok(state))?;
    expect("closing it", &cast.waiters[0].close("again"), &DONE)
}
