//! The scenarios of the review of the protocols, and the rules without which they fail.
//!
//! The names begin with the numbers of the review: C1 to C8, H1 to H11, M1 to M18, N1 to N14. What a simulation of the
//! protocols cannot show is listed in [`ELSEWHERE`], with what shows it.

mod deaths;
mod directory;
mod elsewhere;
mod ends;
mod sharing;
mod stops;
mod timers;
mod waits;

use intersync::host::Rule;

use super::explore::{Bounds, Strike};
use super::history::{Make, Op};
use super::policy::Faults;
use super::scenario::{Actor, Order, Play, Scenario, Search, Seen};
use super::state::Run;
use super::world::World;

pub use elsewhere::{ELSEWHERE, Proof, Row};

/// All scenarios.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    all.extend(waits::list());
    all.extend(deaths::list());
    all.extend(stops::list());
    all.extend(timers::list());
    all.extend(directory::list());
    all.extend(ends::list());
    all.extend(sharing::list());
    all
}

/// The rule of this name.
///
/// # Errors
/// There is none.
pub fn rule(name: &str) -> Result<Rule, String> {
    let found = Rule::ALL
        .iter()
        .find(|rule| format!("{rule:?}").eq_ignore_ascii_case(name));
    found.copied().ok_or_else(|| format!("no rule is named {name}"))
}

/// Orders that a search looks at, at most.
const MOST: usize = 60_000;

/// All orders with so many turns, from the stage at which all are ready.
fn every(turns: u32) -> Search {
    strike(turns, Strike::Nothing)
}

/// All orders with so many turns and one blow of fate at any step.
fn strike(turns: u32, strike: Strike) -> Search {
    Search::Every(
        Bounds {
            turns,
            only: None,
            strike,
            keepers: false,
            from: 1,
            death: (0, 0),
            quiet_ns: 200_000_000,
        },
        MOST,
    )
}

/// The same from another stage on.
fn from(stage: u32, search: Search) -> Search {
    match search {
        Search::Every(bounds, most) => Search::Every(
            Bounds {
                from: stage,
                ..bounds
            },
            most,
        ),
        random => random,
    }
}

/// The same with keepers that have time for a look at everything before a run is over.
fn watched(search: Search) -> Search {
    match search {
        Search::Every(bounds, most) => Search::Every(
            Bounds {
                quiet_ns: 2_500_000_000,
                ..bounds
            },
            most,
        ),
        random => random,
    }
}

/// The same, but only one process is interrupted.
fn only(process: usize, search: Search) -> Search {
    match search {
        Search::Every(bounds, most) => {
            let bounds = Bounds {
                only: Some(process),
                ..bounds
            };
            Search::Every(bounds, most)
        }
        random => random,
    }
}

/// The same with a death that takes time: until the mark, and until the free byte.
fn slowly(death: (i64, i64), search: Search) -> Search {
    match search {
        Search::Every(bounds, most) => Search::Every(Bounds { death, ..bounds }, most),
        random => random,
    }
}

/// A process with a keeper and these threads.
fn kept(threads: &[&[Op]]) -> Actor {
    Actor {
        keeper: true,
        start: Run::Ready,
        stranger: false,
        threads: threads.iter().map(|t| t.to_vec()).collect(),
    }
}

/// A process without a keeper.
fn keeperless(threads: &[&[Op]]) -> Actor {
    Actor {
        keeper: false,
        ..kept(threads)
    }
}

/// A process that another one starts.
fn born(calls: &[Op]) -> Actor {
    Actor {
        start: Run::UntilBorn,
        ..kept(&[calls])
    }
}

/// A process that another one starts and that never uses the library.
fn stranger() -> Actor {
    Actor {
        stranger: true,
        ..born(&[])
    }
}

/// Random orders, in which faults strike from a stage on.
fn by_chance(faults: Faults, seeds: u64) -> Search {
    let usual = Faults {
        every: 30,
        quantum: 2,
        quiet_ns: 200_000_000,
        ..faults
    };
    Search::Random(usual, seeds)
}

fn nothing(_: &Seen<'_>) -> Result<(), String> {
    Ok(())
}

/// A play with a bystander and all checks.
fn play(makes: &[Make], cast: Vec<Actor>, search: Search) -> Play {
    Play {
        makes: makes.to_vec(),
        bystander: true,
        cast,
        search,
        net: false,
        checked: true,
        expect: nothing,
    }
}

/// What came of a scenario with all rules, and without each of its own.
///
/// # Errors
/// An order that fails although nothing is missing, or a rule without which none fails.
pub fn check(world: World, scenario: &Scenario) -> Result<(), String> {
    scenario.search(world, &[]).map_err(|failure| {
        let again = replay(scenario, &failure.order, &[]);
        format!("{} fails: {}\n  replay: {again}", scenario.name, failure.why)
    })?;
    for &rule in scenario.rules {
        if let Ok(searched) = scenario.search(world, &[rule]) {
            return Err(format!(
                "{} does not fail without {rule:?}: {searched}",
                scenario.name
            ));
        }
    }
    Ok(())
}

/// The command that runs the simulator.
pub const COMMAND: &str = "cargo xtask sim";

/// The command that runs one order of a scenario again.
pub fn replay(scenario: &Scenario, order: &Order, off: &[Rule]) -> String {
    let without: String = off.iter().map(|rule| format!(" --without {rule:?}")).collect();
    format!(
        "{COMMAND} --scenario '{}' --order {order}{without}",
        scenario.name
    )
}
