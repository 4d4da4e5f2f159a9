//! A process sleeps until any of two objects is signaled, and then replies.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use intersync::{Timeout, Waitable, wait_any};

use super::Row;
use super::wait_ready::events;
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab};
use crate::peer::{Subject, word_event};
use crate::question::{Question, Target};
use crate::stats::median;
use crate::sys::clock::now;
use crate::sys::futex::Words;
use crate::worker::Worker;

/// Objects that are waited for.
const OBJECTS: usize = 2;
/// How long the signaler pauses before each signal, so that the other one sleeps for certain.
const PAUSE: Duration = Duration::from_micros(200);
/// First signals, which are not counted.
const WARM_UP: usize = 10;

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let signals = if plan.quick { 40 } else { 160 };
    let experiment = |(what, core): (&str, usize)| {
        Experiment::new(Row::WaitBlocked, plan.rounds)
            .contender(Subject::Event, move |lab| {
                reply(lab, Subject::Event, core, signals)
            })
            .contender(Subject::FutexWaitv, move |lab| {
                reply(lab, Subject::FutexWaitv, core, signals)
            })
            .question(Question::new(what, 0).against(1).target(Target::AtMost(1.15)))
    };
    [("same core", 0), ("different cores", 1)]
        .into_iter()
        .map(experiment)
        .collect()
}

fn reply(lab: &Lab, subject: Subject, core: usize, signals: u64) -> Result<Vec<f64>> {
    let waiter = Job::new(Row::WaitBlocked, "waiter", subject).on(lab.core(core));
    let signaler = Job::new(Row::WaitBlocked, "signaler", subject)
        .on(lab.core(0))
        .numbers(&[signals]);
    lab.sample(&[waiter, signaler], 1)
}

pub fn work(worker: &Worker) -> Result<()> {
    match worker.subject {
        Subject::Event => {
            let events = events(worker, OBJECTS + 1)?;
            let objects: Vec<&dyn Waitable> = events[..OBJECTS]
                .iter()
                .map(|event| event as &dyn Waitable)
                .collect();
            play(
                worker,
                |event| Ok(events[event].set()?),
                || {
                    let _ = wait_any(&objects, Timeout::INFINITE)?;
                    Ok(())
                },
                || {
                    let _ = events[OBJECTS].wait(Timeout::INFINITE)?;
                    Ok(())
                },
            )
        }
        Subject::FutexWaitv => {
            let lines = &worker.board.words;
            let words = Words::new(lines[..OBJECTS].iter().map(|line| &line.word));
            play(
                worker,
                |event| {
                    word_event::set(&lines[event].word);
                    Ok(())
                },
                || {
                    word_event::wait_any(&lines[..OBJECTS], &words);
                    Ok(())
                },
                || {
                    word_event::wait(&lines[OBJECTS].word);
                    Ok(())
                },
            )
        }
        _ => worker.unknown(),
    }
}

/// The signaler measures; the waiter replies until it is killed.
fn play(
    worker: &Worker,
    set: impl Fn(usize) -> Result<()>,
    wait_any: impl Fn() -> Result<()>,
    wait_reply: impl Fn() -> Result<()>,
) -> Result<()> {
    worker.board.arrive();
    match worker.part.as_str() {
        "signaler" => {
            let mut times = Vec::new();
            for _ in 0..WARM_UP + worker.number(0)? as usize {
                sleep(PAUSE);
                let start = now();
                set(OBJECTS - 1)?;
                wait_reply()?;
                times.push(now() - start);
            }
            worker.board.report(&[median(times.into_iter().skip(WARM_UP))]);
            Ok(())
        }
        "waiter" => loop {
            wait_any()?;
            set(OBJECTS)?;
        },
        _ => worker.unknown(),
    }
}
