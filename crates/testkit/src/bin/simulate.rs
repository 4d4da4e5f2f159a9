//! Runs simulations: seed after seed, the scenarios of the review, or one failure again with its trace.

use std::process::ExitCode;

use clap::Parser;
use intersync::host::Rule;
use testkit::sim::catalogue::{self, COMMAND};
use testkit::sim::policy::{Chance, Faults};
use testkit::sim::scenario::{Failure, Order, Scenario};
use testkit::sim::seed::{self, Mix};
use testkit::sim::world::World;

/// Simulates the protocols of Intersync: production code under a scheduler that decides before every access to
/// shared memory who runs, who is stopped and who dies.
#[derive(Parser)]
struct Args {
    /// How many seeds to run.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// The calls of every thread are more, and their kills and stops are spread over the run.
    #[arg(long)]
    long: bool,
    /// The processes duplicate handles into each other, and one starts others that inherit them.
    #[arg(long, conflicts_with_all = ["long", "scenario"])]
    sharing: bool,
    /// Run this seed alone, with its trace.
    #[arg(long)]
    seed: Option<u64>,
    /// Search this scenario, or all whose names contain this; `all` for all.
    #[arg(long, conflicts_with = "seed")]
    scenario: Option<String>,
    /// Run this order of a scenario alone, with its trace.
    #[arg(long, requires = "scenario")]
    order: Option<Order>,
    /// Take a rule out, by its name.
    #[arg(long, value_parser = catalogue::rule)]
    without: Vec<Rule>,
    /// List the scenarios and the rules without which they fail.
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let quiet = Chance::new(fastrand::Rng::with_seed(0), &Faults::default());
    let world = World::new(args.mix().profile(), Box::new(quiet));
    let passed = match (&args.scenario, args.seed) {
        _ if args.list => list(),
        (Some(name), _) => scenarios(world, name, &args),
        (None, Some(seed)) => match seed::run(world, seed, args.mix(), &args.without, true) {
            Ok(played) => {
                println!("seed {seed} is fine: {played:?}");
                true
            }
            Err(e) => {
                println!("seed {seed}: {e}");
                false
            }
        },
        (None, None) => seeds(world, &args),
    };
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Args {
    fn mix(&self) -> Mix {
        match (self.long, self.sharing) {
            (_, true) => Mix::Sharing,
            (true, false) => Mix::Long,
            (false, false) => Mix::Short,
        }
    }

    /// The flags that a replay needs too.
    fn flags(&self) -> String {
        let without = self.without.iter().map(|rule| format!(" --without {rule:?}"));
        let long = self.long.then(|| " --long".to_owned());
        let sharing = self.sharing.then(|| " --sharing".to_owned());
        long.into_iter().chain(sharing).chain(without).collect()
    }
}

fn list() -> bool {
    for scenario in catalogue::all() {
        println!("{}: {:?}", scenario.name, scenario.rules);
    }
    println!("\nshown elsewhere:");
    for row in catalogue::ELSEWHERE {
        println!("{} {}: {:?}", row.id, row.what, row.proof);
    }
    true
}

/// Runs seeds until twenty have failed.
fn seeds(world: World, args: &Args) -> bool {
    let (mut steps, mut failed, mut undecided) = (0, 0, 0);
    for seed in args.from..args.from.saturating_add(args.seeds) {
        match seed::run(world, seed, args.mix(), &args.without, false) {
            Ok(played) => {
                steps += played.steps;
                undecided += u32::from(!played.decided);
            }
            Err(e) => {
                failed += 1;
                println!(
                    "seed {seed}: {e}\n  replay: {COMMAND} --seed {seed}{}",
                    args.flags()
                );
                if failed == 20 {
                    break;
                }
            }
        }
    }
    println!("{steps} steps, {failed} failures, {undecided} undecided");
    failed == 0
}

/// Searches scenarios, or repeats one order.
fn scenarios(world: World, name: &str, args: &Args) -> bool {
    let matches = |s: &Scenario| name == "all" || s.name.to_lowercase().contains(&name.to_lowercase());
    let chosen: Vec<Scenario> = catalogue::all().into_iter().filter(matches).collect();
    if chosen.is_empty() {
        println!("no scenario is named {name}; --list shows them");
        return false;
    }
    let mut passed = true;
    for scenario in chosen {
        if let Some(order) = &args.order {
            let replayed = scenario.replay(world, order, &args.without);
            println!("{}: {replayed:?}", scenario.name);
            passed &= replayed.is_ok();
            continue;
        }
        match scenario.search(world, &args.without) {
            Ok(searched) => println!("{}: {searched}", scenario.name),
            Err(failure) => {
                passed = false;
                report(&scenario, &failure, args);
            }
        }
    }
    passed
}

fn report(scenario: &Scenario, failure: &Failure, args: &Args) {
    println!(
        "{}: after {} orders: {}",
        scenario.name, failure.after, failure.why
    );
    println!(
        "  replay: {}",
        catalogue::replay(scenario, &failure.order, &args.without)
    );
}
