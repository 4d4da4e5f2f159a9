//! Runs simulations: seed after seed, or one of them with its trace.

use testkit::sim::policy::{Chance, Faults};
use testkit::sim::rules;
use testkit::sim::seed::{self, PROFILE};
use testkit::sim::world::World;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        args.iter()
            .position(|a| a == name)
            .and_then(|i| args.get(i + 1))
            .and_then(|v| v.parse::<u64>().ok())
    };
    let quiet = Chance::new(fastrand::Rng::with_seed(0), &Faults::default());
    let world = World::new(PROFILE, Box::new(quiet));
    if let Some(seed) = value("--seed") {
        println!("{:?}", seed::run(world, seed, false, true));
        return;
    }
    let text = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1));
    if let Some(name) = text("--without") {
        // The first seed that fails when a rule is taken out.
        for scenario in rules::ALL
            .iter()
            .filter(|s| name == "all" || format!("{:?}", s.rule) == *name)
        {
            let seeds = value("--seeds").unwrap_or(20_000);
            let found = (0..seeds).find(|&seed| seed::run_without(world, seed, scenario.rule).is_err());
            println!("{:?} {found:?}", scenario.rule);
        }
        return;
    }
    let mut steps = 0;
    let mut failed = 0;
    let mut undecided = 0;
    for seed in value("--from").unwrap_or(0)..value("--seeds").unwrap_or(20_000) {
        match seed::run(world, seed, false, false) {
            Ok(played) => {
                steps += played.steps;
                undecided += u32::from(!played.decided);
            }
            Err(e) => {
                failed += 1;
                println!("seed {seed}: {e}");
                if failed > 20 {
                    break;
                }
            }
        }
    }
    println!("{steps} steps, {failed} failures, {undecided} undecided");
    if failed > 0 {
        println!("replay one with: cargo run --release -p testkit --bin simulate -- --seed N");
        std::process::exit(1);
    }
}
