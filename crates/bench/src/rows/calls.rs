//! How many system calls a free acquire and release make: none. A peer that makes two shows that
//! the counter counts.

use anyhow::Result;

use super::Row;
use super::free::{event_pair, mutex_pair, semaphore_empty, semaphore_pair};
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab};
use crate::peer::Subject;
use crate::peer::system_v::{self, SystemV};
use crate::question::{Question, Target, Unit};
use crate::sys::tracer;
use crate::worker::Worker;

/// Pairs that are counted together.
const PAIRS: u64 = 1000;

pub fn experiments(_: &Plan) -> Vec<Experiment> {
    let ours = [Subject::Mutex, Subject::Event, Subject::Semaphore];
    let mut experiment = Experiment::new(Row::Calls, 1);
    for (index, subject) in ours.into_iter().enumerate() {
        let what = subject.title().trim_start_matches("Intersync ");
        experiment = experiment
            .contender(subject, move |lab| {
                count(lab, &Job::new(Row::Calls, "loop", subject))
            })
            .question(
                Question::new(what, index)
                    .figure(0, Unit::Calls)
                    .target(Target::AtMost(0.0)),
            );
    }
    let check = Question::new("for comparison: System V semaphore", ours.len()).figure(0, Unit::Calls);
    vec![
        experiment
            .contender(Subject::SystemV, count_system_v)
            .question(check),
    ]
}

/// As [`count`], with a semaphore of System V.
fn count_system_v(lab: &Lab) -> Result<Vec<f64>> {
    let semaphore = system_v::Owned::new()?;
    let job = Job::new(Row::Calls, "loop", Subject::SystemV);
    count(lab, &job.numbers(&[semaphore.0.number()]))
}

/// System calls in a pair, as a tracer of the worker sees them.
pub fn count(lab: &Lab, job: &Job) -> Result<Vec<f64>> {
    let mut team = lab.team()?;
    let worker = team.spawn(job)?;
    team.assemble()?;
    let calls = tracer::count_between_marks(worker, || team.board.start())?;
    team.join_last()?;
    Ok(vec![calls as f64 / PAIRS as f64])
}

pub fn work(worker: &Worker) -> Result<()> {
    match worker.subject {
        Subject::Mutex => {
            let mutex = worker.mutex("free")?;
            counted(worker, || mutex_pair(&mutex))
        }
        Subject::Event => {
            let event = worker.event("free")?;
            counted(worker, || event_pair(&event))
        }
        Subject::Semaphore => {
            let semaphore = worker.semaphore("free")?;
            semaphore_empty(&semaphore)?;
            counted(worker, || semaphore_pair(&semaphore))
        }
        Subject::SystemV => {
            let semaphore = SystemV::attach(worker.number(0)?)?;
            counted(worker, || semaphore.wait().and_then(|()| semaphore.post()))
        }
        _ => worker.unknown(),
    }
}

/// Does one pair to warm up, and then those that are counted, between two marks.
pub fn counted(worker: &Worker, mut pair: impl FnMut() -> Result<()>) -> Result<()> {
    pair()?;
    worker.board.arrive();
    tracer::mark();
    for _ in 0..PAIRS {
        pair()?;
    }
    tracer::mark();
    Ok(())
}
