//! `cargo xtask test`: every check, one after the other, and what came of it.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::tally::Tally;
use crate::{memory, models, shell, tidy, tools};

/// Seeds of each mix that are simulated each time, and with `--long`.
const SEEDS: u64 = 20_000;
const SEEDS_LONG: u64 = 500_000;

/// What has come of a stage.
struct Outcome {
    name: &'static str,
    result: Result<bool>,
    time: Duration,
}

/// Runs every stage, also after one has failed, and prints the summary; `true` if all passed.
///
/// # Errors
/// If a program that the stages need is missing.
pub fn run(long: bool) -> Result<bool> {
    let begun = Instant::now();
    tools::need(tools::FOR_ALL)?;
    let mut tally = Tally::default();
    let seeds = if long { SEEDS_LONG } else { SEEDS };
    let outcomes = [
        stage("format", || {
            shell::run(&mut shell::cargo(&["fmt", "--all", "--check"]))
        }),
        stage("tidy", || Ok(tidy::run()? == 0)),
        stage("lints", lints),
        stage("build", || {
            shell::run(&mut shell::cargo(&["build", "--workspace", "--release"]))
        }),
        stage("tests", || tests(&mut tally)),
        stage("simulation", || simulation(seeds)),
        stage("memory", memory::run),
        stage("models", || models::run(long, None)),
        stage("documentation", documentation),
    ];
    Ok(summarise(&outcomes, tally, begun.elapsed()))
}

fn stage(name: &'static str, work: impl FnOnce() -> Result<bool>) -> Outcome {
    println!("\n== {name}");
    let begun = Instant::now();
    let result = work();
    if let Err(e) = &result {
        println!("error: {e:#}");
    }
    Outcome {
        name,
        result,
        time: begun.elapsed(),
    }
}

fn lints() -> Result<bool> {
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    shell::run(&mut shell::cargo(&clippy))
}

fn tests(tally: &mut Tally) -> Result<bool> {
    let test = ["test", "--workspace", "--release", "--no-fail-fast"];
    let passed = shell::watch(&mut shell::cargo(&test), |line| tally.see(line))?;
    if !passed && tally.failed == 0 {
        // A test program that was killed, or did not compile, has no result line.
        tally.failed = 1;
    }
    Ok(passed)
}

fn documentation() -> Result<bool> {
    let mut doc = shell::cargo(&["doc", "--workspace", "--no-deps", "--lib"]);
    shell::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// All mixes of seeds: with few calls each, with more and the faults spread over them, and with shared handles.
fn simulation(seeds: u64) -> Result<bool> {
    let seeds = seeds.to_string();
    let short = simulate(&["--seeds".to_owned(), seeds.clone()])?;
    let long = simulate(&["--long".to_owned(), "--seeds".to_owned(), seeds.clone()])?;
    let sharing = simulate(&["--sharing".to_owned(), "--seeds".to_owned(), seeds])?;
    Ok(short && long && sharing)
}

/// Runs the simulator.
///
/// # Errors
/// If it cannot be started.
pub fn simulate(arguments: &[String]) -> Result<bool> {
    let run = [
        "run",
        "--release",
        "--quiet",
        "--package",
        "testkit",
        "--bin",
        "simulate",
        "--",
    ];
    shell::run(shell::cargo(&run).args(arguments))
}

fn summarise(outcomes: &[Outcome], tally: Tally, time: Duration) -> bool {
    println!("\n== summary");
    for outcome in outcomes {
        let passed = matches!(outcome.result, Ok(true));
        let word = if passed { "ok" } else { "FAILED" };
        println!(
            "{word:<6}  {:<14} {:>7.1} s",
            outcome.name,
            outcome.time.as_secs_f64()
        );
    }
    println!("all of it took {:.1} s", time.as_secs_f64());
    println!("{tally}");
    tally.failed == 0 && outcomes.iter().all(|outcome| matches!(outcome.result, Ok(true)))
}
