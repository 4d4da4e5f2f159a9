//! How late a process runs after each tick of a periodic timer.

use std::num::NonZeroU64;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use intersync::{Due, Timeout, Timer};
use rustix::fd::OwnedFd;
use rustix::thread::set_current_timer_slack;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use super::Row;
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab};
use crate::peer::Subject;
use crate::question::{Question, Target, Unit};
use crate::sys::clock::now;
use crate::worker::Worker;

/// The period in nanoseconds.
const PERIOD: u64 = 1_000_000;

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let ticks = if plan.quick { 300 } else { 1500 };
    let sample = move |subject: Subject| move |lab: &Lab| lateness(lab, subject, ticks);
    let question = |what: &str, figure: usize| {
        let question = Question::new(what, 0).figure(figure, Unit::Nanoseconds);
        question.against(1).target(Target::AtMost(1.0))
    };
    let experiment = Experiment::new(Row::Timer, plan.rounds.min(9))
        .contender(Subject::Timer, sample(Subject::Timer))
        .contender(Subject::Timerfd, sample(Subject::Timerfd))
        .called("timerfd, timer slack 1 ns");
    vec![
        experiment
            .question(question("mean", 0))
            .question(question("99th percentile", 1)),
    ]
}

fn lateness(lab: &Lab, subject: Subject, ticks: u64) -> Result<Vec<f64>> {
    lab.sample(
        &[Job::new(Row::Timer, "loop", subject)
            .on(lab.core(1))
            .numbers(&[ticks])],
        2,
    )
}

pub fn work(worker: &Worker) -> Result<()> {
    worker.board.arrive();
    match worker.subject {
        Subject::Timer => {
            let options = Timer::options()
                .high_resolution(true)
                .namespace(&worker.namespace()?);
            let timer = options.create_new("ticks")?;
            let period = Duration::from_nanos(PERIOD);
            // The first call that may have to wait does more than the others.
            timer.set(Due::In(period), Some(period))?;
            let _ = timer.wait(Timeout::INFINITE)?;
            timer.set(Due::In(period), Some(period))?;
            // The clock is read first, so the lateness is not flattered.
            let read = now();
            let remaining = timer.state()?.remaining.context("the timer is not armed")?;
            let start = read + remaining.as_nanos() as u64 - PERIOD;
            listen(worker, start, || {
                let _ = timer.wait(Timeout::INFINITE)?;
                Ok(())
            })
        }
        Subject::Timerfd => {
            set_current_timer_slack(NonZeroU64::new(1))?;
            let start = now();
            let timer = timerfd(start)?;
            listen(worker, start, || {
                let mut expirations = [0; 8];
                rustix::io::read(&timer, &mut expirations)?;
                Ok(())
            })
        }
        _ => worker.unknown(),
    }
}

/// A timer of the kernel that ticks after each period from `start`.
fn timerfd(start: u64) -> Result<OwnedFd> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC).context("timerfd_create")?;
    let time = |ns: u64| Timespec {
        tv_sec: (ns / 1_000_000_000) as i64,
        tv_nsec: (ns % 1_000_000_000) as rustix::time::Nsecs,
    };
    let schedule = Itimerspec {
        it_interval: time(PERIOD),
        it_value: time(start + PERIOD),
    };
    timerfd_settime(&timer, TimerfdTimerFlags::ABSTIME, &schedule).context("timerfd_settime")?;
    Ok(timer)
}

/// Measures each return of `wait` against the earliest tick that no wait has taken.
fn listen(worker: &Worker, start: u64, wait: impl Fn() -> Result<()>) -> Result<()> {
    let ticks = worker.number(0)?;
    let mut lateness = Histogram::<u64>::new(3)?;
    let (mut next, mut overrun) = (1, false);
    while next <= ticks {
        wait()?;
        let woken = now();
        let last_due = (woken - start) / PERIOD;
        // A tick that came due while the wait before was returning may be waiting still, or that
        // wait has taken it too. Only this return can tell.
        let taken = if overrun { next.min(last_due) } else { next };
        let due = start + taken * PERIOD;
        ensure!(
            woken >= due,
            "tick {taken} came {} ns before its time",
            due - woken
        );
        lateness.record(woken - due)?;
        (next, overrun) = (last_due + 1, last_due > taken);
    }
    worker
        .board
        .report(&[lateness.mean(), lateness.value_at_quantile(0.99) as f64]);
    Ok(())
}
