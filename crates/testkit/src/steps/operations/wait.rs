//! Waits that block and are satisfied or time out, waits for any and for all, signal-and-wait.

use std::time::Duration;

use intersync::{Event, Mutex, Outcome, Timeout, signal_and_wait, wait_all, wait_any};

use super::super::cast::Cast;
use super::super::check::{
    Check, Progress, UNTOUCHED, after_acquiring, auto_event_works, expect, is_signaled, mutex_goes_round,
    satisfied,
};
use super::{Act, OBJECT, Operation, PLAIN, act, must};
use crate::actor::Pending;
use crate::prelude::{DONE, Kind, Reset};

const SECOND: &str = "second";
const THIRD: &str = "third";
const EVENTS: [&str; 3] = [OBJECT, SECOND, THIRD];
const MUTEX: &str = "mutex";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "wait-satisfied-at-once",
        victim: one,
        ready: |cast| set(cast, OBJECT),
        ..WAIT
    },
    Operation {
        name: "wait-blocks-and-is-satisfied",
        victim: one,
        wake: |cast| wake_by(cast, OBJECT),
        ..WAIT
    },
    Operation {
        name: "wait-blocks-and-times-out",
        victim: || {
            let event = open(OBJECT);
            act(move || {
                assert_eq!(must(event.wait(Duration::from_millis(30))), Outcome::TimedOut);
                event
            })
        },
        ..WAIT
    },
    Operation {
        name: "wait-any-satisfied-at-once",
        victim: any,
        ready: |cast| set(cast, SECOND),
        ..WAIT
    },
    Operation {
        name: "wait-any-blocks-and-is-satisfied",
        victim: any,
        wake: |cast| wake_by(cast, SECOND),
        ..WAIT
    },
    Operation {
        name: "wait-any-blocks-and-times-out",
        victim: || {
            let events = EVENTS.map(open);
            act(move || {
                let [a, b, c] = &events;
                assert_eq!(
                    must(wait_any(&[a, b, c], Duration::from_millis(30))),
                    Outcome::TimedOut
                );
                events
            })
        },
        ..WAIT
    },
    Operation {
        name: "wait-all-satisfied-at-once",
        victim: all,
        ready: |cast| {
            set(cast, OBJECT);
            set(cast, SECOND)
        },
        proceed: took_all,
        ..WAIT
    },
    Operation {
        name: "wait-all-blocks-and-is-satisfied",
        victim: all,
        ready: |cast| set(cast, OBJECT),
        wake: |cast| wake_by(cast, SECOND),
        proceed: |cast, waits, progress| {
            // It may have died before the second event was set.
            if is_signaled(&cast.lead, OBJECT)? && !is_signaled(&cast.lead, SECOND)? {
                expect("setting the other event", &cast.lead.set(SECOND), &DONE)?;
            }
            took_all(cast, waits, progress)
        },
        ..WAIT
    },
    Operation {
        name: "wait-all-blocks-and-times-out",
        victim: || {
            let (events, mutex) = open_all();
            act(move || {
                let [a, b] = &events;
                let outcome = must(wait_all(&[a, b, &mutex], Duration::from_millis(30)));
                assert_eq!(outcome, Outcome::TimedOut);
                (events, mutex)
            })
        },
        ready: |cast| set(cast, OBJECT),
        proceed: |cast, waits, _| {
            expect(
                "the event that was signaled",
                &is_signaled(&cast.lead, OBJECT)?,
                &true,
            )?;
            expect(
                "the event that was not",
                &is_signaled(&cast.lead, SECOND)?,
                &false,
            )?;
            mutex_goes_round(cast, MUTEX, waits, UNTOUCHED)?;
            events_work(cast)
        },
        ..WAIT
    },
    Operation {
        name: "event-reset-under-a-wait-all",
        victim: || {
            let event = open(OBJECT);
            act(move || {
                must(event.reset());
                event
            })
        },
        ready: |cast| {
            set(cast, OBJECT);
            vec![begin_wait_all(cast)]
        },
        proceed: |cast, mut waits, progress| {
            progress.allows(!is_signaled(&cast.lead, OBJECT)?)?;
            expect("its waiters", &cast.scratch.waiters(OBJECT).len(), &1)?;
            for name in [OBJECT, SECOND] {
                expect("setting it for the waiter", &cast.lead.set(name), &DONE)?;
            }
            satisfied(&mut waits, 1)?;
            expect("releasing the mutex", &cast.waiters[0].release(MUTEX), &DONE)?;
            mutex_goes_round(cast, MUTEX, waits, UNTOUCHED)?;
            events_work(cast)
        },
        ..WAIT
    },
    Operation {
        name: "event-set-completes-a-wait-all",
        victim: || {
            let event = open(OBJECT);
            act(move || {
                must(event.set());
                event
            })
        },
        ready: |cast| {
            set(cast, SECOND);
            vec![begin_wait_all(cast)]
        },
        proceed: granted_all,
        ..WAIT
    },
    Operation {
        name: "signal-and-wait",
        victim: || {
            let [signal, wait] = [OBJECT, SECOND].map(open);
            act(move || {
                assert!(must(signal_and_wait(&signal, &wait, Timeout::INFINITE)).is_satisfied());
                [signal, wait]
            })
        },
        ready: |cast| {
            let wait = cast.waiters[0].begin_wait(OBJECT, Timeout::INFINITE);
            cast.scratch.until_waiting(OBJECT, 1);
            vec![wait]
        },
        wake: |cast| wake_by(cast, SECOND),
        proceed: |cast, mut waits, progress| {
            let through = cast.scratch.waiters(OBJECT).is_empty();
            progress.allows(through)?;
            if !through {
                expect("setting it for the waiter", &cast.lead.set(OBJECT), &DONE)?;
            }
            satisfied(&mut waits, 1)?;
            events_work(cast)
        },
        ..WAIT
    },
];

const WAIT: Operation = Operation {
    setup: |cast| {
        for name in EVENTS {
            assert_eq!(cast.lead.event(name, Reset::Auto, false), Ok(false));
        }
        assert_eq!(cast.lead.mutex(MUTEX, false), Ok(false));
        for waiter in &cast.waiters {
            for name in EVENTS {
                assert_eq!(waiter.open(Kind::Event, name), DONE);
            }
            assert_eq!(waiter.open(Kind::Mutex, MUTEX), DONE);
        }
    },
    proceed: |cast, _, _| events_work(cast),
    ..PLAIN
};

fn open(name: &str) -> Event {
    must(Event::options().open(name))
}

fn set<'a>(cast: &'a Cast, name: &str) -> Vec<Pending<'a>> {
    assert_eq!(cast.lead.set(name), DONE);
    Vec::new()
}

fn wake_by(cast: &Cast, name: &str) -> bool {
    cast.lead.set(name) == DONE
}

fn one() -> Act {
    let event = open(OBJECT);
    act(move || {
        assert!(must(event.wait(Timeout::INFINITE)).is_satisfied());
        event
    })
}

fn any() -> Act {
    let events = EVENTS.map(open);
    act(move || {
        let [a, b, c] = &events;
        assert_eq!(must(wait_any(&[a, b, c], Timeout::INFINITE)).index(), Some(1));
        events
    })
}

fn open_all() -> ([Event; 2], Mutex) {
    ([OBJECT, SECOND].map(open), must(Mutex::options().open(MUTEX)))
}

fn begin_wait_all(cast: &Cast) -> Pending<'_> {
    let wait = cast.waiters[0].begin_wait_all(&[OBJECT, SECOND, MUTEX], Timeout::INFINITE);
    cast.scratch.until_waiting(OBJECT, 1);
    cast.scratch.until_waiting(MUTEX, 1);
    wait
}

fn all() -> Act {
    let (events, mutex) = open_all();
    act(move || {
        let [a, b] = &events;
        assert!(must(wait_all(&[a, b, &mutex], Timeout::INFINITE)).is_satisfied());
        (events, mutex)
    })
}

/// Whatever the victim did to them, the events still do their work.
fn events_work(cast: &Cast) -> Check {
    EVENTS
        .into_iter()
        .try_for_each(|name| auto_event_works(cast, name))
}

/// The victim took both events and the mutex, or nothing.
fn took_all(cast: &Cast, waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    let left = [is_signaled(&cast.lead, OBJECT)?, is_signaled(&cast.lead, SECOND)?];
    expect("both events are taken, or none", &left[0], &left[1])?;
    progress.allows(!left[0])?;
    // What a dead waiter did not acknowledge is given back, the mutex with its mark.
    let progress = if left[0] {
        Progress::NotBegun
    } else {
        Progress::Finished
    };
    mutex_goes_round(cast, MUTEX, waits, after_acquiring(progress))?;
    events_work(cast)
}

/// The waiter got everything, or nothing.
fn granted_all(cast: &Cast, mut waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    let through = cast.scratch.waiters(OBJECT).is_empty();
    progress.allows(through)?;
    expect(
        "the event that completes the wait",
        &is_signaled(&cast.lead, OBJECT)?,
        &false,
    )?;
    expect(
        "the event that was signaled",
        &is_signaled(&cast.lead, SECOND)?,
        &!through,
    )?;
    if !through {
        expect("setting it for the waiter", &cast.lead.set(OBJECT), &DONE)?;
    }
    satisfied(&mut waits, 1)?;
    expect("releasing the mutex", &cast.waiters[0].release(MUTEX), &DONE)?;
    mutex_goes_round(cast, MUTEX, waits, UNTOUCHED)?;
    events_work(cast)
}
