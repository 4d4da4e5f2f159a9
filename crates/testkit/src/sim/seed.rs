//! A run from a seed: a random cast of processes and objects, random calls, random faults.

use fastrand::Rng;
use intersync::arena::Header;
use intersync::arena::layout::{Profile, Section, header, thread};
use intersync::dispatch::Ctx;
use intersync::host::Rule;
use intersync::recover::audit::audit;
use intersync::word::value::Sort;

use super::history::{Make, Op, Res};
use super::linear::{self, Facts, Verdict};
use super::policy::{Chance, Faults};
use super::worker::{Script, Worker, launch};
use super::world::{End, World};

/// The arena of a simulated world: small, so that everything in it is used again and again.
pub const PROFILE: Profile = Profile::of(8, 24, 16, 64, 8, 32);

/// A private object of the process that keeps the others alive.
const HOLD: u8 = 9;

/// What is simulated by one seed.
#[derive(Clone, Debug)]
pub struct Cast {
    /// What may go wrong.
    pub faults: Faults,
    /// Rules taken out.
    pub off: Vec<Rule>,
    /// The objects.
    pub makes: Vec<Make>,
    /// Whether a process keeps all objects alive.
    pub holder: bool,
    /// Threads of each process, and whether it has a keeper.
    pub processes: Vec<(usize, bool)>,
    /// Calls of each thread.
    pub calls: usize,
}

/// How a run went.
#[derive(Clone, Copy, Debug)]
pub struct Played {
    /// Steps taken.
    pub steps: u64,
    /// Whether the comparison with the model came to an end.
    pub decided: bool,
}

/// The cast of a seed.
pub fn cast(rng: &mut Rng, long: bool) -> Cast {
    let kind = rng.u32(0..4);
    let (kills, stops) = (
        if kind & 1 != 0 { rng.u32(1..4) } else { 0 },
        if kind & 2 != 0 { rng.u32(1..4) } else { 0 },
    );
    let objects = rng.usize(1..4);
    let makes = (0..objects).map(|_| random_make(rng)).collect();
    let keepers = rng.u32(0..4) != 0;
    let processes = (0..rng.usize(2..5))
        .map(|_| (rng.usize(1..3), keepers || rng.bool()))
        .collect::<Vec<_>>();
    let all_kept = processes.iter().all(|p: &(usize, bool)| p.1);
    let faults = Faults {
        kills,
        stops,
        every: [30, 100, 300][rng.usize(0..3)],
        spurious: rng.bool(),
        slow_death: rng.bool(),
        quantum: [1, 3, 10, 40][rng.usize(0..4)],
        quiet_ns: if all_kept { 200_000_000 } else { 1_500_000_000 },
    };
    // With a keeper in every process nobody may need the safety net.
    let off = if all_kept {
        vec![Rule::SafetyNet]
    } else {
        Vec::new()
    };
    Cast {
        faults,
        off,
        makes,
        holder: rng.u32(0..4) != 0,
        processes,
        calls: rng.usize(2..if long { 20 } else { 7 }),
    }
}

fn random_make(rng: &mut Rng) -> Make {
    match rng.u32(0..8) {
        0 => Make::new(Sort::EventManual).initially(rng.u32(0..2)),
        1 | 2 => Make::new(Sort::EventAuto).initially(rng.u32(0..2)),
        3 | 4 => Make::new(Sort::Mutex),
        5 => Make::semaphore(rng.u32(0..3), rng.u32(2..5)),
        6 => Make::new(Sort::TimerManual),
        _ => Make::new(Sort::TimerAuto),
    }
}

/// Runs a seed; an error says what is wrong.
///
/// # Errors
/// What went wrong.
pub fn run(world: World, seed: u64, long: bool, tracing: bool) -> Result<Played, String> {
    let mut rng = Rng::with_seed(seed);
    let cast = cast(&mut rng, long);
    play(world, &mut rng, &cast, tracing)
}

/// Runs a seed with a rule taken out, without the safety net that might hide that.
///
/// # Errors
/// What went wrong, as it should.
pub fn run_without(world: World, seed: u64, rule: Rule) -> Result<Played, String> {
    let mut rng = Rng::with_seed(seed);
    let mut cast = cast(&mut rng, false);
    cast.off.push(rule);
    play(world, &mut rng, &cast, false)
}

fn play(world: World, rng: &mut Rng, cast: &Cast, tracing: bool) -> Result<Played, String> {
    world.reset(
        Box::new(Chance::new(rng.fork(), &cast.faults)),
        &cast.off,
        tracing,
    );
    if tracing {
        println!("{cast:#?}");
    }
    if cast.holder {
        let holder = world.process(true, false);
        launch(world, holder, true, holding(cast.makes.clone()));
    }
    for &(threads, keeper) in &cast.processes {
        let process = world.process(keeper, true);
        for t in 0..threads {
            launch(world, process, t == 0, random_script(rng.fork(), cast));
        }
    }
    match world.run() {
        End::Quiet => {}
        End::Trouble => return Err(world.core.trouble.take().unwrap_or_default()),
        end => return Err(format!("the run ended as {end:?}")),
    }
    let steps = world.core.steps.get();
    if somebody_watches(world) {
        all_watched_are_reaped(world)?;
    }
    visit(world, &cast.makes)?;
    inspect(world, "at the end")?;
    let decided = judge(world, cast)?;
    bury_all(world)?;
    Ok(Played { steps, decided })
}

/// Whether a keeper is alive: the dead are reaped then.
fn somebody_watches(world: World) -> bool {
    use super::world::Life;
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
    use super::world::Life;
    use intersync::arena::layout::slot;
    use intersync::word::slot::SlotWord;
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
fn judge(world: World, cast: &Cast) -> Result<bool, String> {
    let facts = {
        let state = world.core.state.borrow();
        Facts {
            process_of: state.threads.iter().map(|t| t.process).collect(),
            kept: state.processes.iter().map(|p| p.kept).collect(),
            stalls: cast.faults.stops > 0 || cast.faults.slow_death,
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
fn inspect(world: World, when: &str) -> Result<(), String> {
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
    use super::world::Life;
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
    for index in 1..world
        .arena
        .high_water(Section::Threads)
        .map_err(|e| e.to_string())? as u16
    {
        let t = world.arena.thread(index).map_err(|e| e.to_string())?;
        let belongs = intersync::word::slot::Belongs(world.arena.get(t, thread::BELONGS));
        if belongs.slot().is_some_and(|s| s != heir_slot) {
            return Err(format!("thread record {index} is left after everybody is dead"));
        }
    }
    Ok(())
}

/// The calls of the process that keeps all objects alive.
fn holding(makes: Vec<Make>) -> Script {
    let mut next = 0;
    Box::new(move |_| {
        next += 1;
        match next - 1 {
            i if i < makes.len() => Some(Op::Create(i, i as u8, makes[i])),
            i if i == makes.len() => Some(Op::Create(i, HOLD, Make::new(Sort::EventManual))),
            _ => Some(Op::Wait {
                list: vec![makes.len()],
                all: false,
                timeout: None,
            }),
        }
    })
}

/// Random calls on all objects.
fn random_script(mut rng: Rng, cast: &Cast) -> Script {
    let makes = cast.makes.clone();
    let mut left = cast.calls;
    let mut opened = 0;
    let mut last: Option<Op> = None;
    let mut owned = vec![0u32; makes.len()];
    Box::new(move |worker: &Worker| {
        if let (Some(op), Some(res)) = (last.take(), &worker.last) {
            count_owned(&makes, &op, res, &mut owned);
        }
        if opened < makes.len() {
            opened += 1;
            return Some(Op::Create(opened - 1, opened as u8 - 1, makes[opened - 1]));
        }
        if left == 0 {
            return Some(Op::Exit);
        }
        left -= 1;
        let op = random_op(&mut rng, &makes, &owned);
        last = Some(op.clone());
        Some(op)
    })
}

fn count_owned(makes: &[Make], op: &Op, res: &Res, owned: &mut [u32]) {
    match (op, res) {
        (Op::ReleaseMutex(h), Res::Done) => owned[*h] = owned[*h].saturating_sub(1),
        (Op::SignalAndWait(s, w, _), res) => {
            if makes[*s].sort == Sort::Mutex && !matches!(res, Res::NotOwner) {
                owned[*s] = owned[*s].saturating_sub(1);
            }
            if makes[*w].sort == Sort::Mutex && matches!(res, Res::Granted(..)) {
                owned[*w] += 1;
            }
        }
        (Op::Wait { list, all, .. }, Res::Granted(index, _)) => {
            for (i, &h) in list.iter().enumerate() {
                if (*all || i == *index) && makes[h].sort == Sort::Mutex {
                    owned[h] += 1;
                }
            }
        }
        _ => {}
    }
}

fn random_op(rng: &mut Rng, makes: &[Make], owned: &[u32]) -> Op {
    let h = rng.usize(0..makes.len());
    let timeout = |rng: &mut Rng| match rng.u32(0..6) {
        0 | 1 => Some(0),
        2 => Some(rng.i64(1..100_000)),
        3 => Some(rng.i64(1..20_000_000)),
        _ => None,
    };
    match rng.u32(0..10) {
        0..=3 => signal(rng, makes, h, owned),
        4 | 5 => Op::Wait {
            list: vec![h],
            all: false,
            timeout: timeout(rng),
        },
        6 | 7 if makes.len() > 1 => {
            let mut list: Vec<usize> = (0..makes.len()).collect();
            rng.shuffle(&mut list);
            list.truncate(rng.usize(2..makes.len() + 1));
            let all = rng.bool();
            if !all && rng.u32(0..8) == 0 {
                list.push(list[0]);
            }
            Op::Wait {
                list,
                all,
                timeout: timeout(rng),
            }
        }
        8 if !makes[h].sort.is_timer() => Op::SignalAndWait(h, rng.usize(0..makes.len()), timeout(rng)),
        9 => Op::Query(h),
        _ => Op::Wait {
            list: vec![h],
            all: false,
            timeout: timeout(rng),
        },
    }
}

fn signal(rng: &mut Rng, makes: &[Make], h: usize, owned: &[u32]) -> Op {
    match makes[h].sort {
        Sort::EventManual | Sort::EventAuto => match rng.u32(0..5) {
            0..=2 => Op::Set(h),
            3 => Op::Reset(h),
            _ => Op::Pulse(h),
        },
        Sort::Semaphore => Op::Release(h, rng.u32(1..3)),
        Sort::Mutex if owned[h] > 0 || rng.u32(0..8) == 0 => Op::ReleaseMutex(h),
        Sort::Mutex => Op::Wait {
            list: vec![h],
            all: false,
            timeout: Some(0),
        },
        Sort::TimerManual | Sort::TimerAuto if rng.u32(0..4) == 0 => Op::CancelTimer(h),
        Sort::TimerManual | Sort::TimerAuto => {
            let due = [0, 1_000, 50_000, 5_000_000][rng.usize(0..4)];
            let period = if rng.u32(0..3) == 0 {
                rng.i64(1..40) * 1_000_000
            } else {
                0
            };
            Op::SetTimer(h, due, period)
        }
    }
}
