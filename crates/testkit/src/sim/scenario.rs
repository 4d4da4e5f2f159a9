//! Small scenarios with fixed calls, run in every order within bounds, or in many random ones.

use std::fmt;
use std::str::FromStr;

use fastrand::Rng;
use intersync::host::Rule;

pub use super::calls::{all, any, poll, stay, wait};
use super::checks;
use super::explore::{Bounds, Guided, Strike, next_path};
use super::history::{Call, History, Make, Op, Res};
use super::policy::{Chance, Faults, Policy};
use super::seed::holding;
use super::state::Run;
use super::worker::{Script, launch, launch_late, launch_stranger};
use super::world::{End, World};

/// How many times more random orders are tried to find one that fails.
const LUCK: u64 = 5;

/// How the orders are chosen.
#[derive(Clone, Copy, Debug)]
pub enum Search {
    /// All within bounds, at most so many.
    Every(Bounds, usize),
    /// So many random ones.
    Random(Faults, u64),
}

/// A process of a scenario.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Whether it has a keeper.
    pub keeper: bool,
    /// What it waits for before it attaches; `Ready`: nothing.
    pub start: Run,
    /// Whether it never attaches.
    pub stranger: bool,
    /// The calls of its threads. Every thread has all objects open, by their number.
    pub threads: Vec<Vec<Op>>,
}

/// What happens in a scenario. Process 0 is a bystander with a keeper that holds all objects; thread 0 is its
/// only thread. The threads of the others are numbered from 1 on, in order.
#[derive(Clone)]
pub struct Play {
    /// The objects.
    pub makes: Vec<Make>,
    /// Whether the bystander is there.
    pub bystander: bool,
    /// The processes from 1 on.
    pub cast: Vec<Actor>,
    /// In which orders.
    pub search: Search,
    /// Whether the safety net is there.
    pub net: bool,
    /// Whether the checks after the run are made, or only what the scenario expects.
    pub checked: bool,
    /// What must be true of the calls.
    pub expect: fn(&Seen<'_>) -> Result<(), String>,
}

/// What came of a run.
pub struct Seen<'h> {
    /// The calls.
    pub history: &'h History,
    /// Virtual time when all were ready.
    pub began: i64,
    /// The world.
    pub world: World,
}

impl Seen<'_> {
    /// The `n`-th call of a thread that matches.
    pub fn call(&self, thread: usize, n: usize, which: impl Fn(&Op) -> bool) -> Option<&Call> {
        let opening = |op: &Op| matches!(op, Op::Create(..) | Op::Open(..));
        self.history
            .calls
            .iter()
            .filter(|c| c.thread == thread && !opening(&c.op) && which(&c.op))
            .nth(n)
    }

    /// What the `n`-th call of a thread came back with; `None`: it did not.
    pub fn result(&self, thread: usize, n: usize) -> Option<&Res> {
        self.call(thread, n, |_| true)?.returned.as_ref().map(|r| &r.2)
    }

    /// Fails unless the `n`-th call of a thread came back as expected.
    ///
    /// # Errors
    /// It did not.
    pub fn expect(&self, thread: usize, n: usize, expected: &Res) -> Result<(), String> {
        match self.result(thread, n) {
            Some(res) if res == expected => Ok(()),
            other => Err(format!(
                "call {n} of t{thread} came back with {other:?}, not {expected:?}"
            )),
        }
    }

    /// Fails if the `n`-th call of a thread took longer than that.
    ///
    /// # Errors
    /// It did, or did not come back.
    pub fn within(&self, thread: usize, n: usize, ns: i64) -> Result<(), String> {
        let call = self
            .call(thread, n, |_| true)
            .ok_or(format!("t{thread} made no call {n}"))?;
        match &call.returned {
            Some((_, at, _)) if at - call.called_at <= ns => Ok(()),
            Some((_, at, _)) => Err(format!("call {n} of t{thread} took {} ns", at - call.called_at)),
            None => Err(format!("call {n} of t{thread} never came back")),
        }
    }
}

/// A scenario of the review of the protocols.
pub struct Scenario {
    /// Its name there, and what it is about.
    pub name: &'static str,
    /// The rules without which it fails.
    pub rules: &'static [Rule],
    /// What happens.
    pub play: fn() -> Play,
}

/// One order of a scenario's steps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// At each place of choice, which of the possibilities came.
    Path(Vec<u16>),
    /// What chance chose with this seed.
    Seed(u64),
}

impl fmt::Display for Order {
    /// A path is written as the choices that were not the first: `at:which`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Seed(seed) => write!(f, "seed:{seed}"),
            Order::Path(path) => {
                let turns = path.iter().enumerate().filter(|(_, which)| **which > 0);
                let turns: Vec<String> = turns.map(|(at, which)| format!("{at}:{which}")).collect();
                write!(
                    f,
                    "{}",
                    if turns.is_empty() {
                        "straight".to_owned()
                    } else {
                        turns.join(",")
                    }
                )
            }
        }
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Order, String> {
        let bad = || format!("{text} is no order; one is `straight`, `seed:7` or `3:1,17:2`");
        if text == "straight" {
            return Ok(Order::Path(Vec::new()));
        }
        if let Some(seed) = text.strip_prefix("seed:") {
            return seed.parse().map(Order::Seed).map_err(|_| bad());
        }
        let mut path = Vec::new();
        for turn in text.split(',') {
            let (at, which) = turn.split_once(':').ok_or_else(bad)?;
            let at: u16 = at.parse().map_err(|_| bad())?;
            if usize::from(at) < path.len() {
                return Err(bad());
            }
            path.resize(usize::from(at), 0);
            path.push(which.parse().map_err(|_| bad())?);
        }
        Ok(Order::Path(path))
    }
}

/// An order in which a scenario fails.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What is wrong.
    pub why: String,
    /// In which order.
    pub order: Order,
    /// How many orders were fine before.
    pub after: usize,
}

/// How a search went that found nothing wrong.
#[derive(Clone, Copy, Debug)]
pub struct Searched {
    /// Orders run.
    pub runs: usize,
    /// Whether these were all within the bounds.
    pub complete: bool,
}

impl fmt::Display for Searched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = if self.complete { "all " } else { "" };
        write!(f, "{all}{} orders are fine", self.runs)
    }
}

impl Scenario {
    /// Searches for an order that fails with `off` taken out.
    ///
    /// # Errors
    /// The first such order.
    pub fn search(&self, world: World, off: &[Rule]) -> Result<Searched, Box<Failure>> {
        let play = (self.play)();
        match play.search {
            Search::Every(bounds, most) => every(world, &play, bounds, most, off),
            Search::Random(faults, seeds) => by_chance(world, &play, &faults, seeds, off),
        }
    }

    /// Runs one order again, with its trace.
    ///
    /// # Errors
    /// What is wrong.
    pub fn replay(&self, world: World, order: &Order, off: &[Rule]) -> Result<(), String> {
        let play = (self.play)();
        let policy: Box<dyn Policy> = match (play.search, order) {
            (Search::Every(bounds, _), Order::Path(path)) => {
                Box::new(Guided::new(path.clone(), bounds, world.core.memory.profile()))
            }
            (Search::Random(faults, _), Order::Seed(seed)) => {
                Box::new(Chance::new(Rng::with_seed(*seed), &faults))
            }
            _ => return Err(format!("{} has no order {order}", self.name)),
        };
        run(world, &play, policy, off, true)
    }
}

fn by_chance(
    world: World,
    play: &Play,
    faults: &Faults,
    seeds: u64,
    off: &[Rule],
) -> Result<Searched, Box<Failure>> {
    // Without a rule the search ends with the first order that fails, which may take some luck.
    let seeds = if off.is_empty() { seeds } else { seeds * LUCK };
    for seed in 0..seeds {
        let policy = Chance::new(Rng::with_seed(seed), faults);
        run(world, play, Box::new(policy), off, false).map_err(|why| Failure {
            why,
            order: Order::Seed(seed),
            after: seed as usize,
        })?;
    }
    Ok(Searched {
        runs: seeds as usize,
        complete: false,
    })
}

fn every(
    world: World,
    play: &Play,
    bounds: Bounds,
    most: usize,
    off: &[Rule],
) -> Result<Searched, Box<Failure>> {
    let mut path = Some(Vec::new());
    let mut runs = 0;
    while let Some(this) = path {
        if runs == most {
            return Ok(Searched {
                runs,
                complete: false,
            });
        }
        let policy = Guided::new(this, bounds, world.core.memory.profile());
        let ended = run(world, play, Box::new(policy), off, false);
        let taken = world.core.record.take();
        if let Err(why) = ended {
            let order = Order::Path(taken.iter().map(|t| t.0).collect());
            return Err(Box::new(Failure {
                why,
                order,
                after: runs,
            }));
        }
        runs += 1;
        path = next_path(taken);
    }
    Ok(Searched { runs, complete: true })
}

/// Runs one order.
fn run(
    world: World,
    play: &Play,
    policy: Box<dyn Policy>,
    off: &[Rule],
    tracing: bool,
) -> Result<(), String> {
    let mut off = off.to_vec();
    if !play.net {
        off.push(Rule::SafetyNet);
    }
    world.reset(policy, &off, tracing);
    if play.bystander {
        let holder = world.process(true, false);
        launch(world, holder, true, holding(play.makes.clone()));
    }
    for actor in &play.cast {
        let process = world.process(actor.keeper, true);
        for (t, calls) in actor.threads.iter().enumerate() {
            if actor.stranger {
                launch_stranger(world, process);
                continue;
            }
            // Who is started by another one has what that one had.
            let makes = if actor.start == Run::UntilBorn {
                &[]
            } else {
                &play.makes[..]
            };
            launch_late(world, process, t == 0, actor.start, script(makes, calls));
        }
    }
    let end = world.run();
    world.core.record.replace(world.core.policy.borrow_mut().record());
    match end {
        End::Quiet => {}
        End::Trouble => return Err(world.core.trouble.take().unwrap_or_default()),
        end => return Err(format!("the run ended as {end:?}")),
    }
    {
        let history = world.core.history.borrow();
        (play.expect)(&Seen {
            history: &history,
            began: world.core.ready_at.get(),
            world,
        })?;
    }
    if play.checked {
        let stalls = match play.search {
            Search::Every(bounds, _) => matches!(bounds.strike, Strike::Stop(..)) || bounds.death != (0, 0),
            Search::Random(faults, _) => faults.stops > 0 || faults.slow_death,
        };
        checks::all(world, &play.makes, stalls)?;
    }
    Ok(())
}

/// Opens all objects, waits for the others, makes the calls, stays unless the last call is an exit.
fn script(makes: &[Make], calls: &[Op]) -> Script {
    let mut ops: Vec<Op> = makes
        .iter()
        .enumerate()
        .map(|(i, &make)| Op::Create(i, i as u8, make))
        .collect();
    ops.push(Op::AwaitStage(1));
    ops.extend_from_slice(calls);
    ops.push(Op::AwaitStage(u32::MAX));
    ops.reverse();
    Box::new(move |_| ops.pop())
}
