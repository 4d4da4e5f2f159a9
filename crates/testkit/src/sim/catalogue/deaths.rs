//! Deaths at any step, and what the living do then.

use intersync::host::Rule;
use intersync::word::value::Sort;

use super::{by_chance, every, from, keeperless, kept, only, play, slowly, strike, watched};
use crate::sim::explore::Strike;
use crate::sim::history::{Make, Op, Res};
use crate::sim::policy::{Choice, Faults};
use crate::sim::scenario::{Actor, Play, Scenario, Seen, all, poll, stay, wait};
use crate::sim::state::Run;

const AUTO: Make = Make::new(Sort::EventAuto);
const MANUAL: Make = Make::new(Sort::EventManual);
const MUTEX: Make = Make::new(Sort::Mutex);
const MS: i64 = 1_000_000;

/// These scenarios.
pub fn list() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "C2 a release of two dies",
            rules: &[Rule::ResumeOperation, Rule::WakeGranted],
            play: release_of_two,
        },
        Scenario {
            name: "C2 a pulse dies",
            rules: &[Rule::PulseEndsUnsignaled],
            play: pulse_dies,
        },
        Scenario {
            name: "C3 the byte comes late",
            rules: &[Rule::LifelineIsDeath],
            play: byte_comes_late,
        },
        Scenario {
            name: "C5 N9 two reapers",
            rules: &[Rule::RightToReap],
            play: two_reapers,
        },
        Scenario {
            name: "N11 a set comes back as a whole",
            rules: &[Rule::GiveBackWhole],
            play: comes_back_whole,
        },
        Scenario {
            name: "C6 B1 who is granted leaves after the unlock",
            rules: &[Rule::LeaveRule],
            play: leave_rule,
        },
        Scenario {
            name: "C6 B3 who is granted several leaves after the last unlock",
            rules: &[Rule::LeaveRule, Rule::LeaveRuleWholeSet],
            play: leave_whole_set,
        },
        Scenario {
            name: "C8 a signal for the dead",
            rules: &[Rule::SkipDoomed],
            play: signal_for_the_dead,
        },
        Scenario {
            name: "C8 a grant nobody acknowledged",
            rules: &[Rule::GiveBack],
            play: unacknowledged,
        },
        Scenario {
            name: "N11 M2 a pulse nobody acknowledged",
            rules: &[Rule::PulseIsNotGivenBack],
            play: dead_pulse,
        },
        Scenario {
            name: "H2 cancel before abandon",
            rules: &[Rule::CancelBeforeAbandon],
            play: cancel_first,
        },
        Scenario {
            name: "H4 a queue in pieces",
            rules: &[Rule::RebuildQueue],
            play: queue_in_pieces,
        },
        Scenario {
            name: "H6 N10 an owner dies with its note",
            rules: &[Rule::NoteBeforeAcquire, Rule::ForgetAfterRelease],
            play: owner_dies,
        },
        Scenario {
            name: "H8 nobody watches the dead",
            rules: &[Rule::SafetyNet],
            play: nobody_watches,
        },
        Scenario {
            name: "N12 a fenced process",
            rules: &[Rule::FenceMutex],
            play: fenced,
        },
        Scenario {
            name: "N13 a thread vanishes",
            rules: &[Rule::VanishedThreads],
            play: vanished,
        },
    ]
}

fn release_of_two() -> Play {
    let waiter: &[Op] = &[wait(0, None)];
    let cast = vec![
        kept(&[waiter]),
        kept(&[waiter]),
        kept(&[&[Op::AwaitStage(2), Op::Release(0, 2)]]),
    ];
    play(
        &[Make::semaphore(0, 5)],
        cast,
        from(2, strike(0, Strike::Kill(3))),
    )
}

fn pulse_dies() -> Play {
    let waiter: &[Op] = &[wait(0, None)];
    let cast = vec![
        kept(&[waiter]),
        kept(&[waiter]),
        kept(&[&[Op::AwaitStage(2), Op::Pulse(0)]]),
    ];
    play(&[MANUAL], cast, from(2, strike(0, Strike::Kill(3))))
}

fn byte_comes_late() -> Play {
    let cast = vec![
        kept(&[&[poll(0), Op::AwaitStage(9)]]),
        kept(&[&[Op::AwaitStage(2), wait(0, None)]]),
        kept(&[&[Op::AwaitStage(3), Op::Fate(Choice::Kill(1))]]),
    ];
    let mut play = play(&[MUTEX], cast, slowly((0, 10_000 * MS), from(3, every(0))));
    play.expect = |seen| {
        seen.expect(2, 0, &Res::Granted(0, true))?;
        seen.within(2, 0, 100 * MS)
    };
    play
}

fn two_reapers() -> Play {
    let waiter: &[Op] = &[wait(0, Some(MS)), wait(0, None)];
    let cast = vec![
        kept(&[waiter]),
        kept(&[waiter]),
        kept(&[&[Op::AwaitStage(2), Op::Release(0, 2), wait(0, None)]]),
    ];
    let faults = Faults {
        kills: 2,
        from: 2,
        ..Faults::default()
    };
    play(&[Make::semaphore(0, 5)], cast, by_chance(faults, 2_000))
}

/// The waiter is granted, and ends perhaps before its granter has unlocked.
fn leaves(waiter: Op, granter: &[Op]) -> Vec<Actor> {
    vec![
        kept(&[&[Op::AwaitStage(2), waiter, Op::Exit]]),
        // The granter wakes nobody before it has unlocked everything; a sleep may end any time.
        kept(&[&[Op::AwaitStage(3), Op::Fate(Choice::Wake(1))]]),
        kept(&[granter]),
    ]
}

fn leave_rule() -> Play {
    let granter = [poll(0), Op::AwaitStage(3), Op::ReleaseMutex(0)];
    let cast = leaves(wait(0, None), &granter);
    play(&[MUTEX], cast, only(3, from(3, strike(1, Strike::Kill(3)))))
}

fn leave_whole_set() -> Play {
    let granter = [poll(1), Op::AwaitStage(3), Op::ReleaseMutex(1)];
    let cast = leaves(all(&[0, 1], None), &granter);
    play(
        &[MUTEX, MUTEX],
        cast,
        only(3, from(3, strike(1, Strike::Kill(3)))),
    )
}

fn signal_for_the_dead() -> Play {
    let cast = vec![
        kept(&[&[wait(0, None)]]),
        kept(&[&[Op::AwaitStage(2), wait(0, None)]]),
        kept(&[&[
            Op::AwaitStage(3),
            Op::Fate(Choice::Kill(1)),
            Op::AwaitGone(1),
            Op::Set(0),
            Op::Set(0),
            Op::Query(0),
        ]]),
    ];
    play(&[AUTO], cast, from(3, every(1)))
}

fn unacknowledged() -> Play {
    let cast = vec![
        kept(&[&[wait(0, None)]]),
        kept(&[&[Op::AwaitStage(2), wait(0, None)]]),
        kept(&[&[Op::AwaitStage(3), Op::Fate(Choice::Kill(1)), Op::Set(0)]]),
    ];
    let mut play = play(&[AUTO], cast, slowly((1000 * MS, 0), from(3, every(0))));
    play.expect = |seen| seen.expect(2, 0, &Res::Granted(0, false));
    play
}

fn dead_pulse() -> Play {
    let cast = vec![
        kept(&[&[wait(0, None)]]),
        kept(&[&[
            Op::AwaitStage(2),
            Op::Fate(Choice::Kill(1)),
            Op::Pulse(0),
            Op::AwaitGone(1),
            Op::Pause(1000 * MS),
            Op::Query(0),
        ]]),
    ];
    play(&[AUTO], cast, slowly((1000 * MS, 0), from(2, every(0))))
}

fn cancel_first() -> Play {
    let owner = [poll(0), Op::AwaitStage(9)];
    let doomed = [Op::AwaitStage(2), wait(0, None)];
    let cast = vec![
        keeperless(&[&owner, &doomed]),
        kept(&[&[Op::AwaitStage(3), wait(0, None)]]),
        kept(&[&[
            Op::AwaitStage(4),
            Op::Fate(Choice::Kill(1)),
            Op::AwaitGone(1),
            poll(0),
        ]]),
    ];
    let mut play = play(&[MUTEX], cast, from(4, every(0)));
    play.expect = |seen| seen.expect(3, 0, &Res::Granted(0, true));
    play
}

fn queue_in_pieces() -> Play {
    let cast = vec![
        kept(&[&[wait(0, None)]]),
        kept(&[&[Op::AwaitStage(2), wait(0, Some(MS))]]),
        kept(&[&[Op::AwaitStage(3), wait(0, None)]]),
    ];
    play(&[AUTO], cast, from(2, strike(0, Strike::Kill(2))))
}

fn owner_dies() -> Play {
    let cast = vec![
        kept(&[&[poll(0), Op::ReleaseMutex(0), wait(0, None), Op::ReleaseMutex(0)]]),
        kept(&[&[Op::AwaitStage(2), wait(0, None)]]),
    ];
    let mut play = play(&[MUTEX], cast, strike(0, Strike::Kill(1)));
    play.expect = |seen| match seen.result(2, 0) {
        Some(Res::Granted(0, _)) => Ok(()),
        other => Err(format!("the mutex of the dead came back with {other:?}")),
    };
    play
}

/// No object is locked once nobody runs any more.
fn nothing_is_locked(seen: &Seen<'_>) -> Result<(), String> {
    use intersync::arena::layout::{Section, object};
    use intersync::word::state::State;
    let arena = seen.world.arena;
    for index in 0..arena.high_water(Section::Objects).map_err(|e| e.to_string())? as u32 {
        let o = arena.object(index).map_err(|e| e.to_string())?;
        let word = State(arena.get(o, object::STATE));
        if word.locker() != 0 {
            return Err(format!("object {index} stays locked by {}", word.locker()));
        }
    }
    Ok(())
}

fn nobody_watches() -> Play {
    let cast = vec![
        kept(&[&[wait(0, None)]]),
        keeperless(&[&[Op::AwaitStage(2), Op::Set(0)]]),
    ];
    let search = watched(from(2, strike(0, Strike::Kill(2))));
    let mut play = play(&[AUTO], cast, search);
    play.net = true;
    play.expect = nothing_is_locked;
    play
}

fn fenced() -> Play {
    let stays = stay();
    let cast = vec![
        kept(&[&[Op::AwaitStage(4), poll(0)]]),
        kept(&[&[Op::AwaitStage(2), Op::Fate(Choice::LoseKeeper(1))]]),
        Actor {
            start: Run::UntilStage(3),
            ..kept(&[&[poll(0), stays[0].clone(), stays[1].clone()]])
        },
    ];
    let mut play = play(&[MUTEX], cast, from(2, every(0)));
    play.checked = false;
    play.expect = |seen| seen.expect(1, 0, &Res::Fenced);
    play
}

fn vanished() -> Play {
    let stays = stay();
    let cast = vec![kept(&[
        &[poll(0), Op::Set(1), stays[0].clone(), stays[1].clone()],
        &[Op::AwaitStage(2), wait(0, None)],
        &[wait(1, None)],
    ])];
    let mut play = play(&[MUTEX, AUTO], cast, watched(strike(0, Strike::Vanish(1, 1))));
    play.net = true;
    play.checked = false;
    play.expect = |seen| match seen.result(2, 0) {
        Some(Res::Granted(0, _)) => nothing_is_locked(seen),
        None if seen.history.vanished.is_empty() => Ok(()),
        other => Err(format!("the mutex of the vanished came back with {other:?}")),
    };
    play
}

/// The granter is stopped between two unlocks, then the waiter, who has noted the mutex, dies: what it had not acknowledged comes back when
/// both objects are unlocked, and the mutex not before.
fn comes_back_whole() -> Play {
    let killer = [
        Op::AwaitStage(5),
        Op::Fate(Choice::Wake(1)),
        Op::Pause(MS),
        Op::Fate(Choice::Kill(1)),
        Op::AwaitGone(1),
        Op::Pause(3000 * MS),
        Op::Query(1),
    ];
    let cast = vec![
        kept(&[&[Op::AwaitStage(2), all(&[0, 1], None)]]),
        kept(&[&[Op::AwaitStage(3), wait(0, None)]]),
        kept(&[&[poll(0), Op::Set(1), Op::AwaitStage(4), Op::ReleaseMutex(0)]]),
        kept(&[&killer]),
    ];
    let stop = Strike::Stop(3, 1000 * MS);
    play(&[MUTEX, AUTO], cast, from(4, strike(0, stop)))
}
