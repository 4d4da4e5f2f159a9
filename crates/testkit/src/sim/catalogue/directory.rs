//! Names, handles and the lives of objects.

use intersync::host::Rule;
use intersync::word::value::Sort;

use super::{every, from, keeperless, kept, play, slowly, strike};
use crate::sim::explore::Strike;
use crate::sim::history::{Make, Op, Res};
use crate::sim::policy::Choice;
use crate::sim::scenario::{Play, Scenario, stay, wait};

const AUTO: Make = Make::new(Sort::EventAuto);
const MS: i64 = 1_000_000;

/// These scenarios.
pub fn list() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "H10 closed while somebody waits",
            rules: &[Rule::CondemnedIsFreed],
            play: condemned,
        },
        Scenario {
            name: "M6 N7 only the dead hold the name",
            rules: &[Rule::DeadHoldersDoNotCount],
            play: dead_holder,
        },
        Scenario {
            name: "N4 M1 a grant outlives its object",
            rules: &[Rule::CompareGeneration, Rule::GenerationOnFree],
            play: outlived,
        },
        Scenario {
            name: "H2 the structure in pieces",
            rules: &[Rule::RebuildStructure],
            play: structure_in_pieces,
        },
    ]
}

fn condemned() -> Play {
    let cast = vec![kept(&[
        &[wait(0, Some(5 * MS)), Op::Exit],
        &[Op::AwaitStage(2), Op::CloseOf(0, 0), Op::CloseOf(1, 0), Op::Exit],
    ])];
    let mut play = play(&[AUTO], cast, from(2, every(0)));
    play.bystander = false;
    play
}

fn dead_holder() -> Play {
    let stays = stay();
    let holder = [Op::Create(0, 1, AUTO), stays[0].clone(), stays[1].clone()];
    let opener = [
        Op::AwaitStage(2),
        Op::Fate(Choice::Kill(1)),
        Op::AwaitGone(1),
        Op::Create(0, 1, AUTO),
    ];
    play(
        &[],
        vec![keeperless(&[&holder]), kept(&[&opener])],
        from(2, every(0)),
    )
}

/// W is granted when it is dead already, and its object is freed before it is reaped: what comes back must
/// not go to the object that has the record then.
fn outlived() -> Play {
    let closer = [Op::AwaitStage(2), Op::CloseOf(0, 0), Op::CloseOf(1, 0)];
    let mut setter = vec![
        Op::AwaitStage(3),
        Op::Fate(Choice::Kill(0)),
        Op::Set(0),
        Op::Close(0),
    ];
    // Freed records are used again in turn: go through all of them.
    for name in 10..26 {
        setter.push(Op::Create(usize::from(name), name, AUTO));
    }
    setter.push(Op::AwaitGone(0));
    setter.push(Op::Pause(1000 * MS));
    for h in 10..26 {
        setter.push(Op::Query(h));
    }
    let stays = stay();
    let mut waits = vec![wait(0, None)];
    waits.extend(stays);
    let cast = vec![kept(&[&waits, &closer]), kept(&[&setter])];
    let mut play = play(&[AUTO], cast, slowly((1000 * MS, 0), from(3, every(0))));
    play.bystander = false;
    play.checked = false;
    play.expect = |seen| {
        for n in 0..16 {
            let query = seen.call(2, n, |op| matches!(op, Op::Query(_)));
            match query.and_then(|q| q.returned.as_ref()).map(|r| &r.2) {
                Some(Res::State(0, 0)) => {}
                other => return Err(format!("a new event is {other:?}")),
            }
        }
        Ok(())
    };
    play
}

fn structure_in_pieces() -> Play {
    let cast = vec![
        kept(&[&[
            Op::Create(1, 5, AUTO),
            Op::Create(2, 6, AUTO),
            Op::Close(1),
            Op::Close(2),
        ]]),
        kept(&[&[Op::AwaitStage(2), Op::Create(1, 5, AUTO), Op::Create(2, 7, AUTO)]]),
    ];
    play(&[], cast, strike(0, Strike::Kill(1)))
}
