//! Events: set, reset and pulsed with 0, 1 and 3 waiters.

use intersync::{Event, Reset};

use super::super::cast::Cast;
use super::super::check::{Check, Progress, expect, is_signaled, let_through, satisfied};
use super::{Act, OBJECT, Operation, PLAIN, act, must, waiting};
use crate::actor::Pending;
use crate::prelude::{DONE, Kind};

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "auto-event-set",
        victim: set,
        proceed: auto_set,
        ..AUTO
    },
    Operation {
        name: "auto-event-set-one-waiter",
        victim: set,
        ready: waiting::<1>,
        proceed: auto_set,
        ..AUTO
    },
    Operation {
        name: "auto-event-set-three-waiters",
        victim: set,
        ready: waiting::<3>,
        proceed: auto_set,
        ..AUTO
    },
    Operation {
        name: "manual-event-set",
        victim: set,
        proceed: manual_set,
        ..MANUAL
    },
    Operation {
        name: "manual-event-set-one-waiter",
        victim: set,
        ready: waiting::<1>,
        proceed: manual_set,
        ..MANUAL
    },
    Operation {
        name: "manual-event-set-three-waiters",
        victim: set,
        ready: waiting::<3>,
        proceed: manual_set,
        ..MANUAL
    },
    Operation {
        name: "auto-event-reset",
        victim: reset,
        ready: signaled,
        proceed: was_reset,
        ..AUTO
    },
    Operation {
        name: "manual-event-reset",
        victim: reset,
        ready: signaled,
        proceed: was_reset,
        ..MANUAL
    },
    Operation {
        name: "auto-event-reset-one-waiter",
        victim: reset,
        ready: waiting::<1>,
        proceed: nobody_was_let_through,
        ..AUTO
    },
    Operation {
        name: "auto-event-reset-three-waiters",
        victim: reset,
        ready: waiting::<3>,
        proceed: nobody_was_let_through,
        ..AUTO
    },
    Operation {
        name: "manual-event-reset-one-waiter",
        victim: reset,
        ready: waiting::<1>,
        proceed: nobody_was_let_through,
        ..MANUAL
    },
    Operation {
        name: "manual-event-reset-three-waiters",
        victim: reset,
        ready: waiting::<3>,
        proceed: nobody_was_let_through,
        ..MANUAL
    },
    Operation {
        name: "auto-event-pulse",
        victim: pulse,
        ready: signaled,
        proceed: was_reset,
        ..AUTO
    },
    Operation {
        name: "manual-event-pulse",
        victim: pulse,
        ready: signaled,
        proceed: was_reset,
        ..MANUAL
    },
    Operation {
        name: "auto-event-pulse-one-waiter",
        victim: pulse,
        ready: waiting::<1>,
        proceed: auto_pulsed,
        ..AUTO
    },
    Operation {
        name: "auto-event-pulse-three-waiters",
        victim: pulse,
        ready: waiting::<3>,
        proceed: auto_pulsed,
        ..AUTO
    },
    Operation {
        name: "manual-event-pulse-one-waiter",
        victim: pulse,
        ready: waiting::<1>,
        proceed: manual_pulsed,
        ..MANUAL
    },
    Operation {
        name: "manual-event-pulse-three-waiters",
        victim: pulse,
        ready: waiting::<3>,
        proceed: manual_pulsed,
        ..MANUAL
    },
];

const AUTO: Operation = Operation {
    setup: |cast| setup(cast, Reset::Auto),
    ..PLAIN
};
const MANUAL: Operation = Operation {
    setup: |cast| setup(cast, Reset::Manual),
    ..PLAIN
};

fn setup(cast: &Cast, reset: Reset) {
    assert_eq!(cast.lead.event(OBJECT, reset, false), Ok(false));
    for waiter in &cast.waiters {
        assert_eq!(waiter.open(Kind::Event, OBJECT), DONE);
    }
}

fn signaled(cast: &Cast) -> Vec<Pending<'_>> {
    assert_eq!(cast.lead.set(OBJECT), DONE);
    Vec::new()
}

fn call(operation: fn(&Event) -> intersync::Result<()>) -> Act {
    let event = must(Event::options().open(OBJECT));
    act(move || {
        must(operation(&event));
        event
    })
}

fn set() -> Act {
    call(Event::set)
}

fn reset() -> Act {
    call(Event::reset)
}

fn pulse() -> Act {
    call(Event::pulse)
}

fn auto_set(cast: &Cast, waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    let through = let_through(cast, OBJECT, &waits);
    let signaled = is_signaled(&cast.lead, OBJECT)?;
    if waits.is_empty() {
        progress.allows(signaled)?;
    } else {
        expect("signaled with waiters", &signaled, &false)?;
        expect("at most one waiter is let through", &(through <= 1), &true)?;
        progress.allows(through == 1)?;
    }
    rest_is_served(cast, waits, through)
}

fn manual_set(cast: &Cast, waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    let through = let_through(cast, OBJECT, &waits);
    let signaled = is_signaled(&cast.lead, OBJECT)?;
    progress.allows(signaled)?;
    expect(
        "waiters let through",
        &through,
        &if signaled { waits.len() } else { 0 },
    )?;
    rest_is_served(cast, waits, through)
}

fn auto_pulsed(cast: &Cast, waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    let through = let_through(cast, OBJECT, &waits);
    expect(
        "signaled after a pulse",
        &is_signaled(&cast.lead, OBJECT)?,
        &false,
    )?;
    expect("at most one waiter is let through", &(through <= 1), &true)?;
    progress.allows(through == 1)?;
    rest_is_served(cast, waits, through)
}

fn manual_pulsed(cast: &Cast, waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    let through = let_through(cast, OBJECT, &waits);
    expect(
        "signaled after a pulse",
        &is_signaled(&cast.lead, OBJECT)?,
        &false,
    )?;
    expect(
        "all are let through, or none",
        &(through == 0 || through == waits.len()),
        &true,
    )?;
    progress.allows(through > 0)?;
    rest_is_served(cast, waits, through)
}

fn was_reset(cast: &Cast, waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    progress.allows(!is_signaled(&cast.lead, OBJECT)?)?;
    rest_is_served(cast, waits, 0)
}

fn nobody_was_let_through(cast: &Cast, waits: Vec<Pending<'_>>, _: Progress) -> Check {
    expect("waiters let through", &let_through(cast, OBJECT, &waits), &0)?;
    expect(
        "signaled after a reset",
        &is_signaled(&cast.lead, OBJECT)?,
        &false,
    )?;
    rest_is_served(cast, waits, 0)
}

/// The event still lets those through who were not; then it is as at first.
fn rest_is_served(cast: &Cast, mut waits: Vec<Pending<'_>>, through: usize) -> Check {
    satisfied(&mut waits, through)?;
    let rest = waits.len();
    for _ in 0..rest {
        expect("setting it for the rest", &cast.lead.set(OBJECT), &DONE)?;
    }
    satisfied(&mut waits, rest)?;
    expect("resetting it", &cast.lead.reset(OBJECT), &DONE)
}
