//! What must hold at the end of every run.

use fastrand::Rng;
use intersync::arena::Header;
use intersync::arena::layout::{Section, header, slot, thread};
use intersync::dispatch::Ctx;
use intersync::recover::audit::audit;
use intersync::word::slot::{Belongs, SlotWord};
use intersync::word::value::Sort;

use super::history::{Make, Op};
use super::linear::{self, Facts, Verdict};
use super::policy::{Chance, Faults};
use super::state::Life;
use super::worker::launch;
use super::world::{End, World};

/// A private object of a process that only stays.
pub const HOLD: u8 = 9;

/// Makes all checks; `stalls`: calls may have given up because of somebody stopped. Tells whether the comparison
/// with the model came to an end.
///
/// # Errors
/// What is wrong.
pub fn all(world: World, makes: &[Make], stalls: bool) -> Result<bool, String> {
    if somebody_watches(world) {
        all_watched_are_reaped(world)?;
    }
    visit(world, makes)?;
    inspect(world, "at the end")?;
    let decided = judge(world, stalls)?;
    bury_all(world)?;
    Ok(decided)
}

/// Whether a keeper is alive: the dead are reaped then.
fn somebody_watches(world: World) -> bool {
    world
        .core
        .state
        .borrow()
        .processes
        .iter()
        .any(|p| p.kept && p.life == Life::Alive)
}

/// A process that died when it was watched must have been reaped by now.
fn all_watched_are_reaped(world: World) -> Result<(), String> {
    let dead: Vec<(u16, u32)> = {
        let state = world.core.state.borrow();
        let dead = state.processes.iter().filter(|p| p.kept && p.life != Life::Alive);
        dead.filter_map(|p| p.place).collect()
    };
    for (index, nonce) in dead {
        let s = world.arena.slot(index).map_err(|e| e.to_string())?;
        if SlotWord(world.arena.get(s, slot::WORD)).is_attached(nonce) {
            return Err(format!(
                "the process in slot {index} is dead and watched, and was not reaped"
            ));
        }
    }
    Ok(())
}

/// A newcomer attaches, reaps those whom nobody watched, and looks at every object.
fn visit(world: World, makes: &[Make]) -> Result<(), String> {
    let quiet = Chance::new(
        Rng::with_seed(7),
        &Faults {
            quantum: 1000,
            quiet_ns: 200_000_000,
            ..Faults::default()
        },
    );
    *world.core.policy.borrow_mut() = Box::new(quiet);
    let visitor = world.process(false, false);
    let mut calls: Vec<Op> = makes
        .iter()
        .enumerate()
        .flat_map(|(i, &make)| [Op::Create(i, i as u8, make), Op::Query(i)])
        .collect();
    calls.push(Op::Create(makes.len(), HOLD, Make::new(Sort::EventManual)));
    calls.push(Op::Wait {
        list: vec![makes.len()],
        all: false,
        timeout: None,
    });
    calls.reverse();
    launch(world, visitor, true, Box::new(move |_| calls.pop()));
    match world.run() {
        End::Quiet => Ok(()),
        End::Trouble => Err(format!(
            "a visitor met trouble: {}",
            world.core.trouble.take().unwrap_or_default()
        )),
        end => Err(format!("the run with a visitor ended as {end:?}")),
    }
}

/// Compares all that was called with the model.
fn judge(world: World, stalls: bool) -> Result<bool, String> {
    let facts = {
        let state = world.core.state.borrow();
        Facts {
            process_of: state.threads.iter().map(|t| t.process).collect(),
            kept: state.processes.iter().map(|p| p.kept).collect(),
            stalls,
            end: world.core.now.get(),
        }
    };
    match linear::check(&world.core.history.borrow(), &facts) {
        Verdict::Linear => Ok(true),
        Verdict::Undecided => Ok(false),
        Verdict::Impossible(why) => Err(format!("no order of the calls gives these results: {why}")),
    }
}

/// Checks all rules of an arena at rest.
///
/// # Errors
/// The first that is broken.
pub fn inspect(world: World, when: &str) -> Result<(), String> {
    let fail = |e: intersync::Error| format!("{when}: {e}");
    let ctx = Ctx {
        arena: world.arena,
        me: world.arena.thread(1).map_err(fail)?,
        slot: world.arena.slot(0).map_err(fail)?,
        nonce: 0,
    };
    let found = audit(&ctx).map_err(fail)?;
    match found.first() {
        None => Ok(()),
        Some(first) => Err(format!(
            "{when}: {} {} (and {} more)",
            first.place,
            first.rule,
            found.len() - 1
        )),
    }
}

/// Kills everybody and lets a newcomer reap: nothing may be left.
fn bury_all(world: World) -> Result<(), String> {
    let processes = world.core.state.borrow().processes.len();
    for p in 0..processes {
        if world.core.state.borrow().processes[p].life == Life::Alive {
            world.core.kill(p);
        }
    }
    let heir = world.process(false, false);
    let mut calls = vec![Op::Close(0), Op::Create(0, HOLD, Make::new(Sort::EventAuto))];
    launch(world, heir, true, Box::new(move |_| calls.pop()));
    match world.run() {
        End::Quiet => {}
        End::Trouble => {
            return Err(format!(
                "after all were killed: {}",
                world.core.trouble.take().unwrap_or_default()
            ));
        }
        end => return Err(format!("the run after all were killed ended as {end:?}")),
    }
    for (word, what) in [
        (header::OBJECTS, "objects"),
        (header::HANDLES, "handles"),
        (header::NAMED, "names"),
        (header::CELLS, "cells"),
    ] {
        let left = world.arena.get(Header, word);
        if left != 0 {
            return Err(format!("{left} {what} are left after everybody is dead"));
        }
    }
    let heir_slot = world.core.state.borrow().processes[heir]
        .place
        .map_or(0, |(slot, _)| slot);
    for index in 0..world
        .arena
        .high_water(Section::Slots)
        .map_err(|e| e.to_string())? as u16
    {
        let s = world.arena.slot(index).map_err(|e| e.to_string())?;
        let word = SlotWord(world.arena.get(s, slot::WORD));
        if word.is_attached(word.nonce()) && index != heir_slot {
            return Err(format!("slot {index} is left after everybody is dead"));
        }
    }
    for index in 1..world
        .arena
        .high_water(Section::Threads)
        .map_err(|e| e.to_string())? as u16
    {
        let t = world.arena.thread(index).map_err(|e| e.to_string())?;
        let belongs = Belongs(world.arena.get(t, thread::BELONGS));
        if belongs.slot().is_some_and(|s| s != heir_slot) {
            return Err(format!("thread record {index} is left after everybody is dead"));
        }
    }
    Ok(())
}
