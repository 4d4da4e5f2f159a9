//! Processes that are stopped in the middle of something.

use intersync::host::Rule;
use intersync::word::value::Sort;

use super::{from, kept, play, strike};
use crate::sim::explore::Strike;
use crate::sim::history::{Make, Op, Res};
use crate::sim::policy::Choice;
use crate::sim::scenario::{Play, Scenario, all, poll, wait};

const AUTO: Make = Make::new(Sort::EventAuto);
const MANUAL: Make = Make::new(Sort::EventManual);
const MUTEX: Make = Make::new(Sort::Mutex);
const MS: i64 = 1_000_000;
const LONG: i64 = 10_000 * MS;

/// These scenarios.
pub fn list() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "H1 a stopped process delays only its own object",
            rules: &[Rule::ReleaseBeforeSleep],
            play: stopped_in_a_set,
        },
        Scenario {
            name: "M4 a poll of a locked event",
            rules: &[Rule::AnswerFromLocked],
            play: poll_of_locked,
        },
        Scenario {
            name: "M4 N1 a waiter knows of what is not unlocked",
            rules: &[Rule::AnswerBeforeCommit],
            play: waiter_knows,
        },
        Scenario {
            name: "N1 N8 a wait left behind",
            rules: &[Rule::KeepContext],
            play: left_behind,
        },
        Scenario {
            name: "H2 a reaper keeps the leave rule",
            rules: &[Rule::ReaperKeepsLeaveRule],
            play: reaped_left_behind,
        },
        Scenario {
            name: "N1 a mutex from a stopped releaser",
            rules: &[Rule::OwnerInFlight],
            play: owner_in_flight,
        },
        Scenario {
            name: "N1 a level from a stopped signaler",
            rules: &[Rule::LevelsInFlight],
            play: level_in_flight,
        },
        Scenario {
            name: "M18 one more level of a locked mutex",
            rules: &[Rule::LevelsUnlocked],
            play: level_of_locked,
        },
    ]
}

fn stopped_in_a_set() -> Play {
    let cast = vec![
        kept(&[&[all(&[0, 1], None)]]),
        kept(&[&[Op::AwaitStage(2), Op::Set(1)]]),
        kept(&[&[Op::AwaitStage(3), Op::Set(0)]]),
        kept(&[&[Op::AwaitStage(4), Op::Reset(0)]]),
    ];
    let mut play = play(&[AUTO, AUTO], cast, from(2, strike(0, Strike::Stop(2, LONG))));
    play.expect = |seen| seen.within(4, 0, MS / 10);
    play
}

fn poll_of_locked() -> Play {
    let cast = vec![
        // Keeps the event on the slow path.
        kept(&[&[wait(0, None)]]),
        kept(&[&[Op::AwaitStage(2), Op::Reset(0)]]),
        kept(&[&[Op::AwaitStage(3), poll(0)]]),
    ];
    let mut play = play(&[AUTO], cast, from(2, strike(0, Strike::Stop(2, LONG))));
    play.expect = |seen| {
        seen.expect(3, 0, &Res::TimedOut)?;
        seen.within(3, 0, MS)
    };
    play
}

fn waiter_knows() -> Play {
    let cast = vec![
        kept(&[&[wait(0, Some(20 * MS)), poll(0)]]),
        kept(&[&[Op::AwaitStage(2), Op::Set(0)]]),
    ];
    play(&[MANUAL], cast, from(2, strike(0, Strike::Stop(2, LONG))))
}

fn left_behind() -> Play {
    let cast = vec![
        kept(&[&[
            wait(0, Some(5 * MS)),
            wait(1, Some(5 * MS)),
            wait(1, Some(5 * MS)),
        ]]),
        kept(&[&[Op::AwaitStage(2), Op::Release(0, 1)]]),
        kept(&[&[Op::AwaitStage(2), Op::Pause(200 * MS), Op::Fate(Choice::Kill(2))]]),
    ];
    play(
        &[Make::semaphore(0, 5), AUTO],
        cast,
        from(2, strike(0, Strike::Stop(2, LONG))),
    )
}

fn owner_in_flight() -> Play {
    let cast = vec![
        kept(&[&[Op::AwaitStage(2), wait(0, Some(5 * MS)), Op::ReleaseMutex(0)]]),
        kept(&[&[poll(0), Op::AwaitStage(3), Op::ReleaseMutex(0)]]),
    ];
    play(&[MUTEX], cast, from(3, strike(0, Strike::Stop(2, LONG))))
}

fn level_in_flight() -> Play {
    let cast = vec![
        kept(&[&[
            poll(0),
            all(&[0, 1], Some(5 * MS)),
            Op::ReleaseMutex(0),
            Op::ReleaseMutex(0),
        ]]),
        kept(&[&[Op::AwaitStage(2), Op::Set(1)]]),
    ];
    play(&[MUTEX, AUTO], cast, from(2, strike(0, Strike::Stop(2, LONG))))
}

fn level_of_locked() -> Play {
    let cast = vec![
        kept(&[&[poll(0), Op::AwaitStage(3), poll(0)]]),
        kept(&[&[Op::AwaitStage(2), wait(0, None)]]),
    ];
    let mut play = play(&[MUTEX], cast, from(2, strike(0, Strike::Stop(2, LONG))));
    play.expect = |seen| {
        seen.expect(1, 1, &Res::Granted(0, false))?;
        seen.within(1, 1, MS / 10)
    };
    play
}

/// A waiter that was granted leaves its context behind and dies, then its granter, stopped all the time, dies too:
/// whether the grant counts is in the claim that was left.
fn reaped_left_behind() -> Play {
    let killer = [
        Op::AwaitStage(2),
        Op::Pause(200 * MS),
        Op::Fate(Choice::Kill(1)),
        Op::AwaitGone(1),
        Op::Pause(200 * MS),
        Op::Fate(Choice::Kill(2)),
        Op::AwaitGone(2),
        Op::Pause(3000 * MS),
        Op::Query(0),
    ];
    let cast = vec![
        kept(&[&[wait(0, Some(5 * MS))]]),
        kept(&[&[Op::AwaitStage(2), Op::Release(0, 1)]]),
        kept(&[&killer]),
    ];
    let stop = Strike::Stop(2, LONG);
    play(&[Make::semaphore(0, 5)], cast, from(2, strike(0, stop)))
}
