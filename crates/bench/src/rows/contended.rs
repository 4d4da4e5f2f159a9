//! Processes that all want the same mutex, on two cores.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};
use intersync::Timeout;

use super::Row;
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab, Team};
use crate::peer::Subject;
use crate::peer::robust_mutex::RobustMutex;
use crate::peer::system_v::{self, SystemV};
use crate::question::{Question, Target, Unit};
use crate::sys::clock::{now, work as busy};
use crate::worker::Worker;

/// What the processes do.
#[derive(Debug, Clone, Copy)]
struct Load {
    processes: usize,
    /// Nanoseconds with the mutex, and between release and the next acquire.
    held: u64,
    outside: u64,
    duration: Duration,
}

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let mut experiments = Vec::new();
    for (what, held, outside) in [("100 ns held", 100, 0), ("1 µs held, 1 µs outside", 1000, 1000)] {
        for processes in [2, 4, 8] {
            let load = Load {
                processes,
                held,
                outside,
                duration: plan.duration(160),
            };
            experiments.push(experiment(plan, load, &format!("{processes} processes, {what}")));
        }
    }
    experiments
}

fn experiment(plan: &Plan, load: Load, what: &str) -> Experiment {
    let (peer, bound) = if load.processes == 2 {
        (Subject::RobustMutex, 1.0)
    } else {
        (Subject::SystemV, 1.2)
    };
    let throughput = Question::new(what, 0).figure(0, Unit::PerSecond).against(1);
    let experiment = Experiment::new(Row::Contended, plan.rounds)
        .contender(Subject::Mutex, move |lab| sample(lab, Subject::Mutex, load))
        .contender(peer, move |lab| sample(lab, peer, load))
        .question(throughput.target(Target::AtLeast(bound)));
    if load.processes == 2 {
        return experiment;
    }
    let fairness = Question::new(format!("{what}: smallest share of largest"), 0).figure(1, Unit::Share);
    experiment.question(fairness.target(Target::AtLeast(0.9)))
}

/// Acquisitions in a second, and the smallest share divided by the largest.
fn sample(lab: &Lab, subject: Subject, load: Load) -> Result<Vec<f64>> {
    let semaphore = system_v::Owned::new()?;
    let steps = |ns: u64| (ns as f64 * lab.steps_per_ns) as u64;
    let numbers = [steps(load.held), steps(load.outside), semaphore.0.number()];
    let mut team = lab.team()?;
    RobustMutex::initialize(&team.board)?;
    for index in 0..load.processes {
        team.spawn(
            &Job::new(Row::Contended, "loop", subject)
                .on(lab.core(index))
                .numbers(&numbers),
        )?;
    }
    team.assemble()?;
    team.board.start();
    // The start is not even; what counts begins when everybody has had the mutex.
    let counts = |team: &Team| -> Vec<u64> {
        team.board.members[..load.processes]
            .iter()
            .map(|line| line.value.load(SeqCst))
            .collect()
    };
    let patience = now() + 10_000_000_000;
    while counts(&team).contains(&0) {
        ensure!(now() < patience, "a worker never got the lock");
        sleep(Duration::from_millis(1));
    }
    let (before, start) = (counts(&team), now());
    sleep(load.duration);
    let (after, end) = (counts(&team), now());
    team.board.stop.word.store(1, SeqCst);
    team.join_last()?;
    let shares: Vec<f64> = after
        .iter()
        .zip(before)
        .map(|(after, before)| (after - before) as f64)
        .collect();
    let smallest = shares.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = shares.iter().copied().fold(0.0, f64::max);
    let per_second = shares.iter().sum::<f64>() * 1e9 / (end - start) as f64;
    Ok(vec![
        per_second,
        if largest > 0.0 { smallest / largest } else { 0.0 },
    ])
}

pub fn work(worker: &Worker) -> Result<()> {
    match worker.subject {
        Subject::Mutex => {
            let mutex = worker.mutex("contended")?;
            contend(
                worker,
                || {
                    let _ = mutex.wait(Timeout::INFINITE)?;
                    Ok(())
                },
                || Ok(mutex.release()?),
            )
        }
        Subject::RobustMutex => {
            let mutex = RobustMutex::attach(&worker.board);
            contend(worker, || mutex.lock(), || mutex.unlock())
        }
        Subject::SystemV => {
            let semaphore = SystemV::attach(worker.number(2)?)?;
            contend(worker, || semaphore.wait(), || semaphore.post())
        }
        _ => worker.unknown(),
    }
}

/// Takes the lock again and again, and counts.
fn contend(worker: &Worker, lock: impl Fn() -> Result<()>, unlock: impl Fn() -> Result<()>) -> Result<()> {
    let (held, outside) = (worker.number(0)?, worker.number(1)?);
    let count = &worker.board.members[worker.index].value;
    worker.board.arrive();
    let mut taken = 0;
    while !worker.board.stopped() {
        lock()?;
        busy(held);
        unlock()?;
        busy(outside);
        taken += 1;
        count.store(taken, Relaxed);
    }
    Ok(())
}
