//! Timers: set, cancelled, and brought to now with waiters.

use std::time::Duration;

use intersync::{Due, Timeout, Timer};

use super::super::cast::Cast;
use super::super::check::{Check, Progress, expect, is_signaled, let_through, satisfied};
use super::{OBJECT, Operation, PLAIN, act, must, waiting};
use crate::actor::{Pending, State};
use crate::prelude::{DONE, Kind, LONG, Reset};

const NOW: Due = Due::In(Duration::ZERO);

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "timer-set",
        victim: || set(Due::In(LONG)),
        proceed: armed,
        ..TIMER
    },
    Operation {
        name: "timer-set-due-now",
        victim: || set(NOW),
        proceed: fired,
        ..TIMER
    },
    Operation {
        name: "timer-set-due-now-one-waiter",
        victim: || set(NOW),
        ready: waiting::<1>,
        proceed: fired,
        ..TIMER
    },
    Operation {
        name: "timer-set-due-now-three-waiters",
        victim: || set(NOW),
        ready: waiting::<3>,
        proceed: fired,
        ..TIMER
    },
    Operation {
        name: "timer-cancel",
        victim: || {
            let timer = must(Timer::options().open(OBJECT));
            act(move || {
                must(timer.cancel());
                timer
            })
        },
        ready: |cast| {
            assert_eq!(cast.lead.set_timer(OBJECT, Due::In(LONG), Some(LONG)), DONE);
            Vec::new()
        },
        proceed: |cast, _, progress| {
            progress.allows(!is_armed(cast)?)?;
            back_to_idle(cast)
        },
        ..TIMER
    },
    Operation {
        name: "timer-wait-due",
        victim: || {
            let timer = must(Timer::options().open(OBJECT));
            act(move || {
                assert!(must(timer.wait(Timeout::INFINITE)).is_satisfied());
                timer
            })
        },
        ready: |cast| {
            assert_eq!(cast.lead.set_timer(OBJECT, NOW, None), DONE);
            Vec::new()
        },
        proceed: |cast, _, progress| {
            progress.allows(!is_signaled(&cast.lead, OBJECT)?)?;
            back_to_idle(cast)
        },
        ..TIMER
    },
];

const TIMER: Operation = Operation {
    setup: |cast| {
        assert_eq!(cast.lead.timer(OBJECT, Reset::Auto), Ok(false));
        for waiter in &cast.waiters {
            assert_eq!(waiter.open(Kind::Timer, OBJECT), DONE);
        }
    },
    ..PLAIN
};

fn set(due: Due) -> super::Act {
    let timer = must(Timer::options().open(OBJECT));
    act(move || {
        must(timer.set(due, None));
        timer
    })
}

fn is_armed(cast: &Cast) -> Result<bool, String> {
    match cast.lead.state(OBJECT) {
        Ok(State::Timer { remaining, .. }) => Ok(remaining.is_some()),
        other => Err(format!("the state of a timer is {other:?}")),
    }
}

fn back_to_idle(cast: &Cast) -> Check {
    expect(
        "setting the timer far off",
        &cast.lead.set_timer(OBJECT, Due::In(LONG), None),
        &DONE,
    )?;
    expect("cancelling it", &cast.lead.cancel(OBJECT), &DONE)?;
    expect("signaled after all", &is_signaled(&cast.lead, OBJECT)?, &false)
}

fn armed(cast: &Cast, _: Vec<Pending<'_>>, progress: Progress) -> Check {
    progress.allows(is_armed(cast)?)?;
    back_to_idle(cast)
}

fn fired(cast: &Cast, mut waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    // Set and due, but not yet fired is a state of its own; any operation fires it.
    let signaled = is_signaled(&cast.lead, OBJECT)?;
    let through = let_through(cast, OBJECT, &waits);
    if waits.is_empty() {
        progress.allows(signaled)?;
    } else {
        expect("signaled with waiters", &signaled, &false)?;
        expect("at most one waiter is let through", &(through <= 1), &true)?;
        progress.allows(through == 1)?;
    }
    satisfied(&mut waits, through)?;
    let rest = waits.len();
    for _ in 0..rest {
        expect(
            "setting it for the rest",
            &cast.lead.set_timer(OBJECT, NOW, None),
            &DONE,
        )?;
    }
    satisfied(&mut waits, rest)?;
    back_to_idle(cast)
}
