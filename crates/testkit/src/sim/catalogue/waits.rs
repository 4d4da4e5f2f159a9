//! Waits and hand-over among the living.

use intersync::host::Rule;
use intersync::word::value::Sort;

use super::{every, from, kept, only, play};
use crate::sim::history::{Make, Op, Res};
use crate::sim::scenario::{Play, Scenario, all, any, poll, wait};

const AUTO: Make = Make::new(Sort::EventAuto);
const MANUAL: Make = Make::new(Sort::EventManual);
const MUTEX: Make = Make::new(Sort::Mutex);

/// These scenarios.
pub fn list() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "C1 a released mutex is its waiter's",
            rules: &[Rule::HandOver],
            play: hand_over,
        },
        Scenario {
            name: "H1 B4 two signals complete a wait for all",
            rules: &[Rule::LookRespectsLocks],
            play: two_signals,
        },
        Scenario {
            name: "H3 N5 the first look",
            rules: &[Rule::FirstLook],
            play: first_look,
        },
        Scenario {
            name: "H3 a pulse while entering",
            rules: &[Rule::PulseSkipsEntering],
            play: pulse_while_entering,
        },
        Scenario {
            name: "H3 a pulse and a poll",
            rules: &[Rule::PulseSkipsEntering],
            play: pulse_and_poll,
        },
        Scenario {
            name: "M3 two sleep on a lock",
            rules: &[Rule::TakeContended],
            play: two_sleep_on_a_lock,
        },
        Scenario {
            name: "M5 a wait for all comes late",
            rules: &[Rule::DecideUnderLock],
            play: late_wait_all,
        },
        Scenario {
            name: "M5 who waits for one is not overtaken",
            rules: &[Rule::SignaledFirst],
            play: not_overtaken,
        },
        Scenario {
            name: "N5 words come round again",
            rules: &[Rule::ChangeCounter],
            play: round_again,
        },
        Scenario {
            name: "N2 own mutex in a wait for all",
            rules: &[Rule::SignaledForWaiter],
            play: own_mutex,
        },
        Scenario {
            name: "N3 a poll of a locked semaphore",
            rules: &[Rule::Grace],
            play: poll_of_locked,
        },
    ]
}

fn hand_over() -> Play {
    let releaser = kept(&[&[
        poll(0),
        Op::AwaitStage(3),
        Op::ReleaseMutex(0),
        poll(0),
        Op::ReleaseMutex(0),
    ]]);
    let waiter = kept(&[&[Op::AwaitStage(2), wait(0, None), Op::ReleaseMutex(0)]]);
    let mut play = play(&[MUTEX], vec![releaser, waiter], from(3, every(0)));
    play.expect = |seen| {
        seen.expect(1, 2, &Res::TimedOut)?;
        seen.expect(1, 3, &Res::NotOwner)
    };
    play
}

fn two_signals() -> Play {
    let cast = vec![
        kept(&[&[all(&[0, 1], None)]]),
        kept(&[&[Op::AwaitStage(2), Op::Set(0)]]),
        kept(&[&[Op::AwaitStage(2), Op::Set(1)]]),
    ];
    play(&[AUTO, AUTO], cast, from(2, every(2)))
}

fn first_look() -> Play {
    let cast = vec![
        kept(&[&[any(&[0, 1], Some(0))]]),
        kept(&[&[Op::Set(0), Op::Set(1)]]),
    ];
    play(&[AUTO, AUTO], cast, every(2))
}

fn pulse_while_entering() -> Play {
    let cast = vec![
        kept(&[&[any(&[0, 1], None)]]),
        kept(&[&[Op::Set(1), Op::Pulse(0)]]),
    ];
    play(&[MANUAL, AUTO], cast, every(2))
}

fn pulse_and_poll() -> Play {
    let poller = kept(&[&[any(&[0, 1], Some(0))]]);
    let pulser = kept(&[&[Op::Pulse(0)]]);
    // Semaphores have no change counter: with one in the list the poll takes the slow path.
    play(&[MANUAL, Make::semaphore(0, 1)], vec![poller, pulser], every(2))
}

fn two_sleep_on_a_lock() -> Play {
    let reset: &[Op] = &[Op::AwaitStage(2), Op::Reset(0)];
    let cast = vec![
        kept(&[&[wait(0, None)]]),
        kept(&[reset]),
        kept(&[reset]),
        kept(&[reset]),
    ];
    let mut play = play(&[AUTO], cast, from(2, every(1)));
    // Time passes only when nobody can run: nobody must be saved by the end of a sleep.
    play.expect = |seen| (2..5).try_for_each(|t| seen.within(t, 0, 0));
    play
}

fn late_wait_all() -> Play {
    let cast = vec![kept(&[&[all(&[0, 1], None)]]), kept(&[&[Op::Set(0)]])];
    play(&[AUTO, AUTO.initially(1)], cast, every(2))
}

fn own_mutex() -> Play {
    let cast = vec![
        kept(&[&[poll(0), all(&[0, 1], None)]]),
        kept(&[&[Op::AwaitStage(2), Op::Set(1)]]),
    ];
    let mut play = play(&[MUTEX, AUTO], cast, from(2, every(1)));
    play.expect = |seen| seen.expect(1, 1, &Res::Granted(0, false));
    play
}

fn poll_of_locked() -> Play {
    let cast = vec![
        // Keeps the semaphore on the slow path.
        kept(&[&[all(&[0, 1], None)]]),
        kept(&[&[Op::AwaitStage(2), Op::Release(0, 1)]]),
        kept(&[&[Op::AwaitStage(2), poll(0)]]),
    ];
    let mut play = play(&[Make::semaphore(5, 10), AUTO], cast, from(2, every(2)));
    play.expect = |seen| seen.expect(3, 0, &Res::Granted(0, false));
    play
}

/// Nothing is wanting for the wait for all but the event that somebody else has waited for longer.
fn not_overtaken() -> Play {
    let cast = vec![
        kept(&[&[Op::AwaitStage(2), wait(1, None)]]),
        kept(&[&[Op::AwaitStage(3), all(&[1, 0], None)]]),
        kept(&[&[Op::AwaitStage(4), Op::Set(1)]]),
    ];
    let mut play = play(&[MANUAL.initially(1), AUTO], cast, from(4, every(0)));
    play.expect = |seen| seen.expect(1, 0, &Res::Granted(0, false));
    play
}

/// One of the first two events is signaled at every instant while the others toggle them one after the other: the third,
/// signaled too, is never the answer. But each of the first two can be unsignaled whenever it is looked at.
fn round_again() -> Play {
    // The first call only lets the looker begin before the words change.
    let toggle = |on, off| kept(&[&[Op::AwaitStage(2), Op::Set(2), Op::Set(on), Op::Reset(off)]]);
    let looker = kept(&[&[Op::AwaitStage(2), any(&[0, 1, 2], Some(0))]]);
    let cast = vec![toggle(0, 1), toggle(1, 0), toggle(0, 1), looker];
    let makes = [MANUAL, MANUAL.initially(1), MANUAL.initially(1)];
    play(&makes, cast, from(2, only(4, every(5))))
}
