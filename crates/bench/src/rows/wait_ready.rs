//! A wait for any of several objects of which the last one is signaled.

use std::sync::atomic::Ordering::SeqCst;

use anyhow::{Result, ensure};
use intersync::{Event, Timeout, Waitable, wait_any};

use super::Row;
use crate::experiment::{Experiment, Plan};
use crate::lab::Job;
use crate::peer::{Subject, word_event};
use crate::question::{Question, Target};
use crate::sys::clock::time_each;
use crate::worker::Worker;

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let sample = plan.microseconds(16);
    let experiment = |objects: u64| {
        let mut experiment = Experiment::new(Row::WaitReady, plan.rounds);
        for subject in [Subject::Event, Subject::Scan] {
            experiment = experiment.contender(subject, move |lab| {
                let job = Job::new(Row::WaitReady, "loop", subject);
                lab.sample(&[job.on(lab.core(1)).numbers(&[sample, objects])], 1)
            });
        }
        let what = format!("{objects} objects, the last one signaled");
        experiment.question(Question::new(what, 0).against(1).target(Target::AtMost(3.0)))
    };
    [2, 16, 64].into_iter().map(experiment).collect()
}

pub fn work(worker: &Worker) -> Result<()> {
    let (duration, count) = (worker.duration(0)?, worker.number(1)? as usize);
    worker.board.arrive();
    let per_wait = match worker.subject {
        Subject::Event => {
            let events = events(worker, count)?;
            let objects: Vec<&dyn Waitable> = events.iter().map(|event| event as &dyn Waitable).collect();
            time_each(duration, 100, || {
                events[count - 1].set()?;
                let outcome = wait_any(&objects, Timeout::INFINITE)?;
                ensure!(outcome.index() == Some(count - 1), "another object was signaled");
                Ok(())
            })
        }
        Subject::Scan => {
            let lines = &worker.board.words[..count];
            time_each(duration, 100, || {
                lines[count - 1].word.store(1, SeqCst);
                ensure!(
                    word_event::take_any(lines) == Some(count - 1),
                    "another object was signaled"
                );
                Ok(())
            })
        }
        _ => worker.unknown(),
    };
    worker.board.report(&[per_wait?]);
    Ok(())
}

/// So many auto-reset events.
pub fn events(worker: &Worker, count: usize) -> Result<Vec<Event>> {
    (0..count)
        .map(|number| worker.event(&format!("event {number}")))
        .collect()
}
