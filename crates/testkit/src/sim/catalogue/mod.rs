//! The scenarios of the review of the protocols, and the rules without which they fail.

mod deaths;
mod directory;
mod stops;
mod timers;
mod waits;

use super::explore::{Bounds, Strike};
use super::history::{Make, Op};
use super::scenario::{Actor, Play, Scenario, Search, Seen};

/// All scenarios.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    all.extend(waits::list());
    all.extend(deaths::list());
    all.extend(stops::list());
    all.extend(timers::list());
    all.extend(directory::list());
    all
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

/// The same with keepers that are interrupted too.
fn with_keepers(search: Search) -> Search {
    match search {
        Search::Every(bounds, most) => Search::Every(
            Bounds {
                keepers: true,
                ..bounds
            },
            most,
        ),
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
        stage: 0,
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
