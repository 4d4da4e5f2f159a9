//! The owner of a mutex is killed while another process waits for it.

use std::sync::atomic::Ordering::SeqCst;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};
use intersync::{Outcome, Timeout};
use memmap2::MmapMut;

use super::Row;
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab};
use crate::peer::{Subject, robust_list};
use crate::question::{Question, Target};
use crate::stats::median;
use crate::sys::clock::now;
use crate::worker::Worker;

/// Deaths in one sample.
const DEATHS: usize = 3;
/// How much memory the owner has, which the kernel has to tear down.
const RESIDENT: usize = 128 << 20;
/// How long the waiter has to fall asleep.
const SETTLE: Duration = Duration::from_millis(3);

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let question = Question::new("owner of 128 MiB resident", 0).against(1);
    let experiment = Experiment::new(Row::Death, plan.rounds)
        .contender(Subject::Mutex, |lab| deaths(lab, Subject::Mutex))
        .contender(Subject::RobustList, |lab| deaths(lab, Subject::RobustList));
    vec![experiment.question(question.target(Target::AtMost(2.0)))]
}

fn deaths(lab: &Lab, subject: Subject) -> Result<Vec<f64>> {
    let times: Result<Vec<u64>> = (0..DEATHS).map(|_| death(lab, subject)).collect();
    Ok(vec![median(times?)])
}

/// From just before the kill until the waiter has the mutex.
fn death(lab: &Lab, subject: Subject) -> Result<u64> {
    let mut team = lab.team()?;
    let owner = team.spawn(&Job::new(Row::Death, "owner", subject))?;
    team.assemble()?;
    team.spawn(&Job::new(Row::Death, "waiter", subject))?;
    team.assemble()?;
    team.board.start();
    while team.board.blocked.word.load(SeqCst) == 0 {
        sleep(Duration::from_micros(100));
    }
    sleep(SETTLE);
    let killed = team.kill(owner)?;
    team.join_last()?;
    let taken = team.board.moment.value.load(SeqCst);
    ensure!(
        taken >= killed,
        "the waiter had the mutex before its owner was killed"
    );
    Ok(taken - killed)
}

pub fn work(worker: &Worker) -> Result<()> {
    match worker.subject {
        Subject::Mutex => {
            let mutex = worker.mutex("owned")?;
            play(
                worker,
                || {
                    let _ = mutex.wait(Timeout::INFINITE)?;
                    Ok(())
                },
                || {
                    let outcome = mutex.wait(Timeout::INFINITE)?;
                    let moment = now();
                    ensure!(
                        outcome == Outcome::Abandoned { index: 0 },
                        "not abandoned: {outcome:?}"
                    );
                    Ok(moment)
                },
            )
        }
        Subject::RobustList => play(
            worker,
            || robust_list::own(&worker.board),
            || {
                robust_list::wait(&worker.board);
                Ok(now())
            },
        ),
        _ => worker.unknown(),
    }
}

/// The owner owns until it is killed; the waiter notes when it has the mutex.
fn play(worker: &Worker, own: impl Fn() -> Result<()>, take: impl Fn() -> Result<u64>) -> Result<()> {
    let board = &worker.board;
    match worker.part.as_str() {
        "owner" => {
            let mut memory = MmapMut::map_anon(RESIDENT)?;
            memory.fill(1);
            own()?;
            board.arrive();
            loop {
                std::thread::park();
            }
        }
        "waiter" => {
            board.arrive();
            board.blocked.word.store(1, SeqCst);
            board.moment.value.store(take()?, SeqCst);
            Ok(())
        }
        _ => worker.unknown(),
    }
}
