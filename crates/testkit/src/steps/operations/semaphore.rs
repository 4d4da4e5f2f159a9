//! Semaphores: taken, and released with 0, 1 and 3 waiters.

use intersync::{Semaphore, Timeout};

use super::super::cast::Cast;
use super::super::check::{Check, Progress, expect, let_through, satisfied};
use super::{OBJECT, Operation, PLAIN, act, must, waiting};
use crate::actor::{Pending, State};
use crate::prelude::{DONE, Kind, SIGNALED};

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "semaphore-release",
        ..RELEASE
    },
    Operation {
        name: "semaphore-release-one-waiter",
        ready: waiting::<1>,
        ..RELEASE
    },
    Operation {
        name: "semaphore-release-three-waiters",
        ready: waiting::<3>,
        ..RELEASE
    },
    Operation {
        name: "semaphore-take",
        victim: || {
            let semaphore = must(Semaphore::options().open(OBJECT));
            act(move || {
                assert!(must(semaphore.wait(Timeout::INFINITE)).is_satisfied());
                semaphore
            })
        },
        setup: |cast| setup(cast, false),
        ready: two_permits,
        proceed: taken,
        ..PLAIN
    },
    Operation {
        name: "semaphore-take-give-back",
        victim: || {
            let semaphore = must(Semaphore::options().open(OBJECT));
            act(move || {
                assert!(must(semaphore.wait(Timeout::INFINITE)).is_satisfied());
                semaphore
            })
        },
        setup: |cast| setup(cast, true),
        ready: two_permits,
        proceed: |cast, _, _| {
            expect("permits after the taker's death", &count(cast)?, &2)?;
            drain(cast)
        },
        ..PLAIN
    },
    Operation {
        name: "semaphore-release-give-back",
        victim: || {
            let semaphore = must(Semaphore::options().open(OBJECT));
            assert!(must(semaphore.wait(Timeout::INFINITE)).is_satisfied());
            act(move || {
                must(semaphore.release(1));
                semaphore
            })
        },
        setup: |cast| {
            let sort = crate::prelude::Sort::Semaphore {
                initial: 1,
                maximum: MAXIMUM,
                give_back: true,
            };
            assert_eq!(cast.lead.create(OBJECT, sort), Ok(false));
        },
        proceed: |cast, _, _| expect("permits after the releaser's death", &count(cast)?, &1),
        ..PLAIN
    },
];

const MAXIMUM: u32 = 100;
/// How many permits the victim releases.
const RELEASED: u32 = 2;

const RELEASE: Operation = Operation {
    victim: || {
        let semaphore = must(Semaphore::options().open(OBJECT));
        act(move || {
            assert_eq!(must(semaphore.release(RELEASED)), 0);
            semaphore
        })
    },
    setup: |cast| setup(cast, false),
    proceed: released,
    ..PLAIN
};

fn setup(cast: &Cast, give_back: bool) {
    let sort = crate::prelude::Sort::Semaphore {
        initial: 0,
        maximum: MAXIMUM,
        give_back,
    };
    assert_eq!(cast.lead.create(OBJECT, sort), Ok(false));
    for waiter in &cast.waiters {
        assert_eq!(waiter.open(Kind::Semaphore, OBJECT), DONE);
    }
}

fn two_permits(cast: &Cast) -> Vec<Pending<'_>> {
    assert_eq!(cast.lead.release_permits(OBJECT, 2), Ok(0));
    Vec::new()
}

fn count(cast: &Cast) -> Result<u32, String> {
    match cast.lead.state(OBJECT) {
        Ok(State::Semaphore { count, .. }) => Ok(count),
        other => Err(format!("the state of a semaphore is {other:?}")),
    }
}

fn drain(cast: &Cast) -> Check {
    while cast.lead.poll(OBJECT) == SIGNALED {}
    expect("permits after taking all", &count(cast)?, &0)
}

fn taken(cast: &Cast, _: Vec<Pending<'_>>, progress: Progress) -> Check {
    let left = count(cast)?;
    expect("one permit or none is taken", &(left == 1 || left == 2), &true)?;
    progress.allows(left == 1)?;
    drain(cast)
}

fn released(cast: &Cast, mut waits: Vec<Pending<'_>>, progress: Progress) -> Check {
    let through = let_through(cast, OBJECT, &waits);
    let left = count(cast)?;
    let happened = through > 0 || left > 0;
    progress.allows(happened)?;
    let handed = waits.len().min(RELEASED as usize);
    let wanted = if happened {
        (handed, RELEASED - handed as u32)
    } else {
        (0, 0)
    };
    expect("waiters let through, and permits", &(through, left), &wanted)?;
    satisfied(&mut waits, through)?;
    let rest = waits.len();
    if rest > 0 {
        expect(
            "releasing for the rest",
            &cast.lead.release_permits(OBJECT, rest as u32),
            &Ok(0),
        )?;
    }
    satisfied(&mut waits, rest)?;
    drain(cast)
}
