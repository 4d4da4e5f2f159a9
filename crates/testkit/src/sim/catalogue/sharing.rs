//! Handles that go from process to process: duplicates, bundles, forks, and the last close.

use intersync::host::Rule;
use intersync::word::value::Sort;

use super::{born, by_chance, every, from, kept, only, play, stranger, strike};
use crate::sim::explore::Strike;
use crate::sim::history::{Make, Op, Res};
use crate::sim::policy::{Choice, Faults};
use crate::sim::scenario::{Actor, Play, Scenario, Search, poll, wait};

const AUTO: Make = Make::new(Sort::EventAuto);
const SIGNALED: Make = Make::new(Sort::EventManual).initially(1);
const MUTEX: Make = Make::new(Sort::Mutex);
const MS: i64 = 1_000_000;

/// A name that only some of the cast use, and the handle they know it by.
const OWN: u8 = 5;
const H: usize = 1;
/// The handle by which a thread knows what another process has put into its table.
const GIVEN: usize = 10;

const fn scenario(name: &'static str, rules: &'static [Rule], play: fn() -> Play) -> Scenario {
    Scenario { name, rules, play }
}

/// These scenarios.
pub fn list() -> Vec<Scenario> {
    vec![
        scenario("M7 a duplicator is killed", &[Rule::RebuildStructure], || {
            duplicate(1, Strike::Kill(1))
        }),
        scenario("M7 the target of a duplicate is killed", &[], || Play {
            search: from(2, only(1, strike(1, Strike::Kill(2)))),
            ..duplicate(1, Strike::Nothing)
        }),
        scenario(
            "M7 the target of a duplicate is reaped before it is there",
            &[Rule::TargetLives],
            reaped_target,
        ),
        scenario("M7 a stopped duplicator and a stopped target", &[], || {
            let mut play = duplicate(1, Strike::Stop(1, 50 * MS));
            play.cast[2].threads[0].insert(1, Op::Fate(Choice::Stop(2, 30 * MS)));
            play
        }),
        scenario("M7 a duplicate of what is being closed", &[], || {
            closed_meanwhile(Strike::Nothing)
        }),
        scenario("M7 a duplicator of what is being closed is killed", &[], || {
            closed_meanwhile(Strike::Kill(1))
        }),
        scenario(
            "M9 a duplicate comes before what is inherited",
            &[Rule::ArriveFirst],
            before_the_inherited,
        ),
        scenario(
            "H2 a handle is looked up while the structure is in pieces",
            &[Rule::FindUnlinked],
            looked_up,
        ),
        scenario(
            "H2 a handle is used that is remembered while it is closed and its number given out again",
            &[Rule::CompareRemembered],
            remembered,
        ),
        scenario("C4 a parent is killed", &[], || inherited(1, Strike::Kill(1))),
        scenario("C4 a child is killed", &[], || inherited(0, Strike::Kill(2))),
        scenario("C4 a parent, its child and others at once", &[], || Play {
            search: from(2, only(2, every(1))),
            ..inherited(0, Strike::Nothing)
        }),
        scenario("C4 a parent and its child are killed", &[], || {
            let faults = Faults {
                kills: 2,
                from: 2,
                ..Faults::default()
            };
            Play {
                search: by_chance(faults, 1000),
                ..inherited(0, Strike::Nothing)
            }
        }),
        scenario(
            "C4 a stranger holds handles as long as it lives",
            &[],
            strangers_handles,
        ),
        scenario("C4 a child does not live on its descendants", &[], descendants),
        scenario(
            "N6 another object at a forked child's value",
            &[Rule::CompareForked],
            || forked(1, Strike::Nothing),
        ),
        scenario("N6 the parent of a forked child is killed", &[], || {
            forked(1, Strike::Kill(1))
        }),
        scenario("N6 a forked child is killed", &[], || forked(1, Strike::Kill(2))),
        scenario(
            "M6 N7 the last handle is closed while others open the name",
            &[],
            || last_close(2, Strike::Nothing),
        ),
        scenario("M6 N7 who closes the last handle is killed", &[], || {
            last_close(1, Strike::Kill(1))
        }),
        scenario("M6 N7 who opens the name is killed", &[], || {
            last_close(1, Strike::Kill(2))
        }),
    ]
}

/// All orders with so many turns and a blow of fate, which strikes who is interrupted.
fn interrupted(turns: u32, fate: Strike) -> Search {
    match fate {
        Strike::Kill(p) | Strike::Stop(p, _) => only(p, strike(turns, fate)),
        _ => strike(turns, fate),
    }
}

/// One duplicates the only handle of a name into another process, and then closes it with a second duplicate; a third
/// one makes the name anew or finds it.
fn duplicate(turns: u32, fate: Strike) -> Play {
    let giver = [
        Op::Create(H, OWN, AUTO),
        Op::AwaitStage(2),
        Op::Duplicate(H, 2, GIVEN, false),
        Op::Duplicate(H, 2, GIVEN + 1, true),
    ];
    let opener = [Op::AwaitStage(2), Op::Create(H, OWN, AUTO), Op::Close(H)];
    let cast = vec![kept(&[&giver]), kept(&[&[]]), kept(&[&opener])];
    play(&[AUTO], cast, from(2, interrupted(turns, fate)))
}

/// The target is killed and reaped between being found and getting the handle.
fn reaped_target() -> Play {
    let giver = [Op::AwaitStage(2), Op::Set(0), Op::Duplicate(0, 2, GIVEN, false)];
    // Awake when the other one is on its way.
    let reaper = [wait(0, None), Op::Fate(Choice::Kill(2)), Op::Create(H, OWN, AUTO)];
    let cast = vec![
        kept(&[&giver]),
        kept(&[&[Op::Create(H, OWN, AUTO)]]),
        kept(&[&reaper]),
    ];
    play(&[AUTO], cast, from(2, only(1, every(1))))
}

/// A thread closes the last handle while its sibling duplicates it and somebody opens the name.
fn closed_meanwhile(fate: Strike) -> Play {
    let giver = [
        Op::Create(H, OWN, AUTO),
        Op::AwaitStage(2),
        Op::Duplicate(H, 3, GIVEN, false),
    ];
    let closer = [Op::AwaitStage(2), Op::CloseOf(1, H)];
    let opener = [Op::AwaitStage(2), Op::Open(H, OWN)];
    let cast = vec![kept(&[&giver, &closer]), kept(&[&[]]), kept(&[&opener])];
    play(&[AUTO], cast, from(2, interrupted(1, fate)))
}

/// A process uses a handle that another one has put into its table, while a third one makes the structure anew.
fn looked_up() -> Play {
    let giver = [Op::Create(H, OWN, SIGNALED), Op::Duplicate(H, 4, GIVEN, false)];
    let victim = [
        Op::AwaitStage(2),
        Op::Create(H, OWN + 1, AUTO),
        Op::Fate(Choice::Kill(2)),
    ];
    let next = [
        Op::AwaitStage(2),
        Op::AwaitGone(2),
        Op::Set(0),
        Op::Create(H, OWN + 2, AUTO),
    ];
    // Awake when the next one is on its way.
    let user = [wait(0, None), Op::Query(GIVEN)];
    let cast = vec![kept(&[&giver]), kept(&[&victim]), kept(&[&next]), kept(&[&user])];
    play(&[AUTO], cast, from(2, only(3, strike(1, Strike::Kill(2)))))
}

/// A thread uses a handle by its number, of which it remembers what it was, while its sibling closes it, and opens and
/// closes another one that gets the number.
fn remembered() -> Play {
    let closer = [
        Op::AwaitStage(2),
        Op::Set(1),
        Op::CloseOf(2, 0),
        Op::Create(2, OWN, AUTO),
        Op::Close(2),
    ];
    // Awake when the other one is on its way.
    let user = [wait(1, None), Op::SetByNumber(0)];
    let looker = [Op::AwaitStage(3), Op::Query(0)];
    let cast = vec![kept(&[&closer, &user]), kept(&[&looker])];
    let mut play = play(&[AUTO, AUTO], cast, from(2, only(1, every(2))));
    play.checked = false;
    play.expect = |seen| {
        let closed = seen.call(1, 0, |op| matches!(op, Op::CloseOf(..)));
        let used = seen.call(2, 0, |op| matches!(op, Op::SetByNumber(_)));
        let looked = seen.call(3, 0, |_| true);
        let (closed, used, looked) = closed
            .zip(used)
            .zip(looked)
            .map(|((closed, used), looked)| (closed, used, looked))
            .ok_or("somebody made no call")?;
        let is_set = match &looked.returned {
            Some((_, _, Res::State(value, _))) => *value != 0,
            other => return Err(format!("the object is not seen: {other:?}")),
        };
        let late = closed.returned.as_ref().is_some_and(|done| done.0 < used.called);
        match used.returned.as_ref().map(|done| &done.2) {
            Some(Res::Done) if is_set && late => {
                Err("an object was set by a handle that was closed".to_owned())
            }
            Some(Res::Done) => Ok(()),
            Some(Res::Invalid) if !is_set => Ok(()),
            other => Err(format!(
                "the use came back with {other:?}, the object is set: {is_set}"
            )),
        }
    };
    play
}

/// The child's values are those of its parent, whoever finds it as soon as it is attached.
fn before_the_inherited() -> Play {
    let parent = [
        Op::Create(H, OWN, AUTO),
        Op::Prepare(0),
        Op::AwaitStage(2),
        Op::Spawn(2),
        Op::Unprepare(0),
        Op::Set(0),
    ];
    let giver = [
        Op::Create(H, OWN + 1, SIGNALED),
        wait(0, None),
        Op::Duplicate(H, 2, GIVEN, false),
    ];
    let cast = vec![kept(&[&parent]), born(&[Op::Query(0), poll(H)]), kept(&[&giver])];
    play(&[AUTO], cast, from(2, only(2, every(2))))
}

/// A parent starts a child that inherits the only handle of a name, and goes on without it.
fn inherited(turns: u32, fate: Strike) -> Play {
    let parent = [
        Op::Create(H, OWN, AUTO),
        Op::AwaitStage(2),
        Op::Prepare(0),
        Op::Spawn(2),
        Op::Unprepare(0),
        Op::Close(H),
    ];
    let opener = [Op::AwaitStage(2), Op::Create(H, OWN, AUTO), Op::Close(H)];
    let cast = vec![
        kept(&[&parent]),
        born(&[Op::Set(H), Op::Query(H), Op::Close(H)]),
        kept(&[&opener]),
    ];
    play(&[AUTO], cast, from(2, interrupted(turns, fate)))
}

/// A process that never uses the library holds what it was started with, and nobody else does.
fn strangers_handles() -> Play {
    let parent = [
        Op::Create(H, OWN, AUTO),
        Op::AwaitStage(2),
        Op::Prepare(0),
        Op::Spawn(2),
        Op::Unprepare(0),
        Op::Close(H),
    ];
    let opener = [
        Op::AwaitStage(3),
        Op::Open(H, OWN),
        Op::Fate(Choice::Kill(2)),
        Op::AwaitGone(2),
        Op::Open(H + 1, OWN),
    ];
    let cast = vec![kept(&[&parent]), stranger(), kept(&[&opener])];
    play(&[AUTO], cast, from(2, strike(0, Strike::Kill(1))))
}

/// A child that uses the library is dead when it is killed, although another one has the same descriptor.
fn descendants() -> Play {
    let parent = [
        Op::Create(H, OWN, MUTEX),
        Op::Prepare(0),
        Op::Spawn(2),
        Op::Spawn(3),
        Op::Unprepare(0),
        Op::AwaitStage(2),
        wait(H, None),
    ];
    let killer = [Op::AwaitStage(3), Op::Fate(Choice::Kill(2))];
    let cast = vec![kept(&[&parent]), born(&[poll(H)]), stranger(), kept(&[&killer])];
    let mut play = play(&[], cast, from(3, every(1)));
    play.expect = |seen| {
        seen.expect(2, 0, &Res::Granted(0, false))?;
        seen.expect(1, 4, &Res::Granted(0, true))
    };
    play
}

/// The parent closes a handle and opens another object at its value while the child takes over.
fn forked(turns: u32, fate: Strike) -> Play {
    let parent = [
        Op::Create(H, OWN, AUTO),
        Op::Create(H + 1, OWN + 1, AUTO),
        Op::AwaitStage(2),
        Op::Fork(2),
        Op::Close(H),
        Op::Create(H, OWN + 2, SIGNALED),
    ];
    let cast: Vec<Actor> = vec![
        kept(&[&parent]),
        born(&[]),
        kept(&[&[Op::AwaitStage(2), Op::Open(H, OWN)]]),
    ];
    play(&[AUTO], cast, from(2, interrupted(turns, fate)))
}

/// The last handle of a name is closed while one opens the name and another one makes it.
fn last_close(turns: u32, fate: Strike) -> Play {
    let closer = [Op::Create(H, OWN, AUTO), Op::AwaitStage(2), Op::Close(H)];
    let opener = [Op::AwaitStage(2), Op::Open(H, OWN), Op::Open(H + 1, OWN)];
    let maker = [Op::AwaitStage(2), Op::Create(H, OWN, AUTO), Op::Close(H)];
    let cast = vec![kept(&[&closer]), kept(&[&opener]), kept(&[&maker])];
    play(&[], cast, from(2, interrupted(turns, fate)))
}
