//! Timers, and the nudges they need.

use intersync::host::Rule;
use intersync::word::value::Sort;

use super::{every, from, kept, play, strike};
use crate::sim::explore::Strike;
use crate::sim::history::{Make, Op, Res};
use crate::sim::policy::Choice;
use crate::sim::scenario::{Play, Scenario, all, any, poll, wait};

const AUTO: Make = Make::new(Sort::EventAuto);
const TIMER: Make = Make::new(Sort::TimerManual);
const HOUR: i64 = 3_600_000_000_000;
const MS: i64 = 1_000_000;

/// These scenarios.
pub fn list() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "C7 a nudged waiter is granted",
            rules: &[Rule::NudgedIsGrantable, Rule::RescanAfterClear],
            play: nudged_is_grantable,
        },
        Scenario {
            name: "C7 a nudge meets one going to sleep",
            rules: &[Rule::NudgeAgain],
            play: nudge_again,
        },
        Scenario {
            name: "C7 M2 a nudger dies before it wakes",
            rules: &[Rule::NudgeKeepsAsleep],
            play: nudger_dies,
        },
        Scenario {
            name: "C7 the second timer is due",
            rules: &[Rule::RescanAll],
            play: second_timer,
        },
        Scenario {
            name: "H11 cancelled after it was due",
            rules: &[Rule::CatchUp],
            play: cancelled_late,
        },
        Scenario {
            name: "H11 set while somebody waits",
            rules: &[Rule::SetTimerNudges],
            play: set_while_waiting,
        },
        Scenario {
            name: "N2 a timer expired before the signal",
            rules: &[Rule::ExpiriesFirst],
            play: expired_before,
        },
        Scenario {
            name: "N2 a due timer completes a wait for all",
            rules: &[Rule::DueCountsAsSignaled],
            play: due_timer,
        },
    ]
}

fn nudged_is_grantable() -> Play {
    let cast = vec![
        kept(&[&[any(&[0, 1], None)]]),
        kept(&[&[Op::AwaitStage(2), Op::SetTimer(0, HOUR, 0), Op::Set(1), poll(1)]]),
    ];
    let mut play = play(&[TIMER, AUTO], cast, from(2, every(2)));
    play.expect = |seen| seen.expect(2, 2, &Res::TimedOut);
    play
}

fn nudge_again() -> Play {
    // The last one goes first in the straight order.
    let cast = vec![kept(&[&[Op::SetTimer(0, 5 * MS, 0)]]), kept(&[&[wait(0, None)]])];
    let mut play = play(&[TIMER], cast, every(2));
    play.expect = |seen| seen.expect(2, 0, &Res::Granted(0, false));
    play
}

fn nudger_dies() -> Play {
    let cast = vec![
        kept(&[&[wait(0, None)]]),
        kept(&[&[Op::AwaitStage(2), Op::SetTimer(0, HOUR, 0)]]),
        kept(&[&[Op::AwaitStage(2), Op::SetTimer(0, 0, 0)]]),
    ];
    play(&[TIMER], cast, from(2, strike(1, Strike::Kill(2))))
}

fn second_timer() -> Play {
    let cast = vec![
        kept(&[&[any(&[0, 1], None)]]),
        kept(&[&[
            Op::AwaitStage(2),
            Op::SetTimer(0, HOUR, 0),
            Op::SetTimer(1, 5 * MS, 0),
        ]]),
    ];
    let mut play = play(&[TIMER, TIMER], cast, from(2, every(2)));
    play.expect = |seen| seen.expect(1, 0, &Res::Granted(1, false));
    play
}

fn cancelled_late() -> Play {
    let calls = [
        Op::SetTimer(0, MS, 0),
        Op::Pause(2 * MS),
        Op::CancelTimer(0),
        Op::Query(0),
    ];
    let mut play = play(&[TIMER], vec![kept(&[&calls])], every(0));
    play.expect = |seen| seen.expect(1, 2, &Res::State(1, 0));
    play
}

fn set_while_waiting() -> Play {
    let cast = vec![
        kept(&[&[wait(0, None)]]),
        kept(&[&[Op::AwaitStage(2), Op::SetTimer(0, MS, 0)]]),
    ];
    let mut play = play(&[TIMER], cast, from(2, every(1)));
    play.expect = |seen| seen.expect(1, 0, &Res::Granted(0, false));
    play
}

fn due_timer() -> Play {
    let setter = [
        Op::AwaitStage(2),
        Op::SetTimer(0, MS, 0),
        Op::AwaitStage(3),
        Op::Fate(Choice::Stop(1, 1000 * MS)),
        Op::Pause(5 * MS),
        Op::Set(1),
        poll(1),
    ];
    let mut play = play(
        &[TIMER, AUTO],
        vec![kept(&[&[all(&[0, 1], None)]]), kept(&[&setter])],
        from(3, every(0)),
    );
    play.expect = |seen| seen.expect(2, 2, &Res::TimedOut);
    play
}

/// Nobody has looked at the timer since it expired. Its expiry was before the signal, so who waited for it alone
/// has it, and not who waits for both.
fn expired_before() -> Play {
    let setter = [
        Op::SetTimer(0, 5 * MS, 0),
        Op::AwaitStage(4),
        Op::Fate(Choice::Stop(1, 1000 * MS)),
        Op::Fate(Choice::Stop(2, 1000 * MS)),
        Op::Pause(10 * MS),
        Op::Set(1),
        poll(1),
    ];
    let cast = vec![
        kept(&[&[Op::AwaitStage(2), wait(0, None)]]),
        kept(&[&[Op::AwaitStage(3), all(&[1, 0], None)]]),
        kept(&[&setter]),
    ];
    let mut play = play(&[Make::new(Sort::TimerAuto), AUTO], cast, from(4, every(0)));
    play.expect = |seen| {
        seen.expect(1, 0, &Res::Granted(0, false))?;
        seen.expect(3, 2, &Res::Granted(0, false))
    };
    play
}
