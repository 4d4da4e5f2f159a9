//! Round trips between two processes over two auto-reset events.

use anyhow::Result;
use intersync::{Event, Timeout};

use super::Row;
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab};
use crate::peer::{Subject, word_event};
use crate::question::{Question, Target};
use crate::sys::clock::time_each;
use crate::worker::Worker;

/// Round trips between two looks at the clock.
const BATCH: u32 = 50;

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let sample = plan.microseconds(60);
    let places = [("same core", 0, 1.15), ("different cores", 1, 0.1)];
    let experiment = |(what, core, bound): (&str, usize, f64)| {
        Experiment::new(Row::Ping, plan.rounds)
            .contender(Subject::Event, move |lab| {
                round_trip(lab, Subject::Event, core, sample)
            })
            .contender(Subject::Futex, move |lab| {
                round_trip(lab, Subject::Futex, core, sample)
            })
            .called("raw futex without spin")
            .question(Question::new(what, 0).against(1).target(Target::AtMost(bound)))
    };
    places.into_iter().map(experiment).collect()
}

fn round_trip(lab: &Lab, subject: Subject, core: usize, sample: u64) -> Result<Vec<f64>> {
    let pong = Job::new(Row::Ping, "pong", subject).on(lab.core(core));
    let ping = Job::new(Row::Ping, "ping", subject)
        .on(lab.core(0))
        .numbers(&[sample]);
    lab.sample(&[pong, ping], 1)
}

pub fn work(worker: &Worker) -> Result<()> {
    let words = &worker.board.words;
    match worker.subject {
        Subject::Event => {
            let events = [worker.event("ping")?, worker.event("pong")?];
            play(
                worker,
                |event| Ok(events[event].set()?),
                |event| wait(&events[event]),
            )
        }
        Subject::Futex => play(
            worker,
            |event| {
                word_event::set(&words[event].word);
                Ok(())
            },
            |event| {
                word_event::wait(&words[event].word);
                Ok(())
            },
        ),
        _ => worker.unknown(),
    }
}

fn wait(event: &Event) -> Result<()> {
    let _ = event.wait(Timeout::INFINITE)?;
    Ok(())
}

/// Ping measures; pong answers until it is killed.
fn play(
    worker: &Worker,
    set: impl Fn(usize) -> Result<()>,
    wait: impl Fn(usize) -> Result<()>,
) -> Result<()> {
    worker.board.arrive();
    match worker.part.as_str() {
        "ping" => {
            let per_trip = time_each(worker.duration(0)?, BATCH, || set(0).and_then(|()| wait(1)))?;
            worker.board.report(&[per_trip]);
            Ok(())
        }
        "pong" => loop {
            wait(0)?;
            set(1)?;
        },
        _ => worker.unknown(),
    }
}
