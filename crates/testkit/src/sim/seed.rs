//! A run from a seed: a random cast of processes and objects, random calls, random faults.

mod sharing;

use fastrand::Rng;
use intersync::arena::layout::Profile;
use intersync::host::Rule;
use intersync::word::value::Sort;

use super::checks::{self, HOLD};
use super::history::{Make, Op, Res};
use super::policy::{Chance, Faults};
use super::state::Run;
use super::worker::{Script, Worker, launch, launch_late};
use super::world::{End, World};

/// The arena of a simulated world: small, so that everything in it is used again and again.
pub const PROFILE: Profile = Profile::of(8, 24, 16, 64, 8, 32);

/// As [`PROFILE`], with room for bundles and the processes that get them.
pub const WIDE: Profile = Profile::of(16, 48, 16, 64, 16, 64);

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
fn cast(rng: &mut Rng) -> Cast {
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
        from: 0,
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
        calls: rng.usize(2..7),
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

/// What sort of runs the seeds stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mix {
    /// Few calls; faults mostly strike early, also while processes attach.
    Short,
    /// More calls, and in most runs faults spread over all of them.
    Long,
    /// Handles are duplicated and inherited.
    Sharing,
}

impl Mix {
    /// The arena it needs.
    pub fn profile(self) -> Profile {
        match self {
            Mix::Short | Mix::Long => PROFILE,
            Mix::Sharing => WIDE,
        }
    }
}

/// Runs a seed with some rules taken out; an error says what is wrong.
///
/// # Errors
/// What went wrong.
pub fn run(world: World, seed: u64, mix: Mix, off: &[Rule], tracing: bool) -> Result<Played, String> {
    let mut rng = Rng::with_seed(seed);
    let mut cast = cast(&mut rng);
    if mix == Mix::Long {
        cast.calls = rng.usize(5..15);
        if !seed.is_multiple_of(3) {
            cast.faults.every = [60, 150, 400, 900][rng.usize(0..4)];
            cast.faults.quantum = rng.u32(1..4);
            cast.faults.kills = rng.u32(1..4);
            cast.faults.slow_death = rng.bool();
            cast.holder = true;
        }
    }
    cast.off.extend_from_slice(off);
    play(world, &mut rng, &cast, mix, tracing)
}

fn play(world: World, rng: &mut Rng, cast: &Cast, mix: Mix, tracing: bool) -> Result<Played, String> {
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
    if mix == Mix::Sharing {
        launch_sharers(world, rng, cast);
    } else {
        for &(threads, keeper) in &cast.processes {
            let process = world.process(keeper, true);
            for t in 0..threads {
                launch(world, process, t == 0, random_script(rng.fork(), cast));
            }
        }
    }
    match world.run() {
        End::Quiet => {}
        End::Trouble => return Err(world.core.trouble.take().unwrap_or_default()),
        end => return Err(format!("the run ended as {end:?}")),
    }
    let steps = world.core.steps.get();
    let decided = checks::all(
        world,
        &cast.makes,
        cast.faults.stops > 0 || cast.faults.slow_death,
    )?;
    Ok(Played { steps, decided })
}

/// The cast, whose first process starts two more.
fn launch_sharers(world: World, rng: &mut Rng, cast: &Cast) {
    let first = usize::from(cast.holder);
    let count: usize = cast.processes.iter().map(|p| p.0).sum();
    let targets: Vec<usize> = (first..first + count + 2).collect();
    let (spawned, forked) = (first + cast.processes.len(), first + cast.processes.len() + 1);
    let mut births = sharing::births(spawned, forked);
    for &(threads, keeper) in &cast.processes {
        let process = world.process(keeper, true);
        for t in 0..threads {
            let others = random_script(rng.fork(), cast);
            let births = std::mem::take(&mut births);
            let script = sharing::mixed(rng.fork(), cast.makes.clone(), targets.clone(), births, others);
            launch(world, process, t == 0, script);
        }
    }
    for _ in 0..2 {
        let process = world.process(cast.processes[0].1, true);
        let others = sharing::idle(rng.usize(1..20));
        let script = sharing::mixed(
            rng.fork(),
            cast.makes.clone(),
            targets.clone(),
            Vec::new(),
            others,
        );
        launch_late(world, process, true, Run::UntilBorn, script);
    }
}

/// The calls of the process that keeps all objects alive.
pub fn holding(makes: Vec<Make>) -> Script {
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
        // Nobody but the one that sees the end signals these: they have scenarios of their own.
        Sort::Process | Sort::Thread => Op::Query(h),
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
