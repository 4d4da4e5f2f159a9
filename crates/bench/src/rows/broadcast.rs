//! One set of a manual-reset event releases many waiters, each a process.

use std::sync::atomic::Ordering::SeqCst;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};
use intersync::{Event, Timeout};

use super::Row;
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab};
use crate::peer::Subject;
use crate::question::{Question, Target};
use crate::stats::median;
use crate::sys::clock::now;
use crate::sys::futex;
use crate::worker::Worker;

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let experiment = |waiters: usize| {
        let what = if waiters == 1 {
            "1 waiter".to_owned()
        } else {
            format!("{waiters} waiters")
        };
        let rounds = if waiters < 100 {
            plan.rounds
        } else {
            plan.long_rounds
        };
        Experiment::new(Row::Broadcast, rounds)
            .contender(Subject::Event, move |lab| release(lab, Subject::Event, waiters))
            .contender(Subject::Futex, move |lab| release(lab, Subject::Futex, waiters))
            .called("futex wake-all")
            .question(Question::new(what, 0).against(1).target(Target::AtMost(1.25)))
    };
    [1, 8, 100, 1000].into_iter().map(experiment).collect()
}

/// How many broadcasts one sample has.
fn broadcasts(waiters: usize) -> u64 {
    match waiters {
        1000.. => 7,
        100.. => 15,
        _ => 41,
    }
}

fn release(lab: &Lab, subject: Subject, waiters: usize) -> Result<Vec<f64>> {
    let numbers = [waiters as u64, broadcasts(waiters)];
    let mut team = lab.team()?;
    for _ in 0..waiters {
        team.spawn(&Job::new(Row::Broadcast, "waiter", subject).numbers(&numbers))?;
    }
    team.spawn(&Job::new(Row::Broadcast, "setter", subject).numbers(&numbers))?;
    team.run(1)
}

pub fn work(worker: &Worker) -> Result<()> {
    match worker.subject {
        Subject::Event => {
            // Two events in turn, so that each can be reset while nobody waits for it.
            let events = [worker.manual_event("even")?, worker.manual_event("odd")?];
            let of = |number: u64| &events[(number % 2) as usize];
            play(
                worker,
                |number| Ok(of(number + 1).reset()?),
                |number| Ok(of(number).set()?),
                |number| wait(of(number)),
            )
        }
        Subject::Futex => {
            let gate = &worker.board.words[0].word;
            play(
                worker,
                |_| Ok(()),
                |number| {
                    gate.store(number as u32, SeqCst);
                    futex::wake(gate, u32::MAX >> 1);
                    Ok(())
                },
                |number| {
                    while gate.load(SeqCst) < number as u32 {
                        futex::wait(gate, number as u32 - 1);
                    }
                    Ok(())
                },
            )
        }
        _ => worker.unknown(),
    }
}

fn wait(event: &Event) -> Result<()> {
    let _ = event.wait(Timeout::INFINITE)?;
    Ok(())
}

/// The setter measures; each waiter waits for broadcast 1, 2, 3 and so on until it is killed.
fn play(
    worker: &Worker,
    prepare: impl Fn(u64) -> Result<()>,
    set: impl Fn(u64) -> Result<()>,
    wait: impl Fn(u64) -> Result<()>,
) -> Result<()> {
    let (board, waiters) = (&worker.board, worker.number(0)? as u32);
    board.arrive();
    match worker.part.as_str() {
        "setter" => {
            let mut times = Vec::new();
            for number in 1..=worker.number(1)? {
                await_blocked(worker, waiters, number)?;
                prepare(number)?;
                board.woken.word.store(0, SeqCst);
                let start = now();
                set(number)?;
                await_done(worker, number);
                times.push(board.moment.value.load(SeqCst) - start);
            }
            board.report(&[median(times)]);
            Ok(())
        }
        "waiter" => {
            for number in 1.. {
                board.blocked.word.fetch_add(1, SeqCst);
                wait(number)?;
                let woken = now();
                if board.woken.word.fetch_add(1, SeqCst) + 1 == waiters {
                    board.moment.value.store(woken, SeqCst);
                    board.done.word.store(number as u32, SeqCst);
                    futex::wake(&board.done.word, u32::MAX >> 1);
                }
                // What the next wait costs does not delay those who have yet to run.
                await_done(worker, number);
            }
            Ok(())
        }
        _ => worker.unknown(),
    }
}

/// Waits until everybody has seen this broadcast.
fn await_done(worker: &Worker, number: u64) {
    let done = &worker.board.done.word;
    while u64::from(done.load(SeqCst)) < number {
        futex::wait(done, number as u32 - 1);
    }
}

/// Waits until everybody is about to block for this broadcast, and then long enough for it.
fn await_blocked(worker: &Worker, waiters: u32, number: u64) -> Result<()> {
    let patience = now() + 30_000_000_000;
    while u64::from(worker.board.blocked.word.load(SeqCst)) < u64::from(waiters) * number {
        ensure!(now() < patience, "not every waiter came back to wait");
        sleep(Duration::from_micros(100));
    }
    sleep(Duration::from_micros(300 + 2 * u64::from(waiters)));
    Ok(())
}
