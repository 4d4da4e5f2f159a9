//! The same calls by the Rust interface and by the functions of the shared library, which look their handles up: how much
//! more the latter cost, and that they make no system calls.

use anyhow::{Result, ensure};
use intersync::{Event, Mutex, Reset, Semaphore, Timeout, Waitable, wait_all, wait_any};

use super::Row;
use super::calls::{count, counted};
use super::free::{event_pair, mutex_pair, semaphore_pair};
use crate::c_interface::{CInterface, Handle};
use crate::experiment::{Experiment, Plan};
use crate::lab::Job;
use crate::peer::Subject;
use crate::question::{Question, Target, Unit};
use crate::sys::clock::time_each;
use crate::worker::Worker;

/// The parts: how a worker calls.
const WAYS: [&str; 2] = ["C", "Rust"];
/// Objects in a wait for several.
const MANY: usize = 64;
/// How many pairs share one look at the clock, and waits for several.
const BATCH: (u32, u32) = (1000, 50);

/// What is done over and over.
#[derive(Debug, Clone, Copy)]
enum Task {
    /// An object is signaled and taken.
    Pair(Subject),
    /// All are signaled; a wait for any takes the first.
    First,
    /// The last one is signaled and taken.
    Last,
    /// All are signaled; a wait for all takes them.
    All,
}

const TASKS: [(Task, &str, f64); 6] = [
    (Task::Pair(Subject::Mutex), "mutex, release and wait", 2.0),
    (Task::Pair(Subject::Event), "event, set and wait", 2.0),
    (Task::Pair(Subject::Semaphore), "semaphore, release and wait", 2.0),
    (Task::First, "wait for any of 64, all signaled", 1.5),
    (Task::Last, "set the last of 64 and wait for any", 1.5),
    (Task::All, "wait for all of 64", 1.5),
];

impl Task {
    fn subject(self) -> Subject {
        match self {
            Task::Pair(subject) => subject,
            Task::First | Task::Last | Task::All => Subject::Event,
        }
    }

    fn batch(self) -> u32 {
        match self {
            Task::Pair(_) => BATCH.0,
            Task::First | Task::Last | Task::All => BATCH.1,
        }
    }
}

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let sample = plan.microseconds(24);
    let mut speed = Experiment::new(Row::ThroughC, plan.rounds);
    let mut calls = Experiment::new(Row::ThroughC, 1);
    for (number, (task, what, bound)) in TASKS.into_iter().enumerate() {
        for way in WAYS {
            let job = Job::new(Row::ThroughC, way, task.subject()).numbers(&[number as u64, 0, sample]);
            speed = speed
                .contender(task.subject(), move |lab| {
                    lab.sample(&[job.clone().on(lab.core(1))], 1)
                })
                .called(&format!("{way} interface"));
        }
        let question = Question::new(what, 2 * number).against(2 * number + 1);
        speed = speed.question(question.target(Target::AtMost(bound)));
        let job = Job::new(Row::ThroughC, WAYS[0], task.subject()).numbers(&[number as u64, 1, 0]);
        let question = Question::new(format!("{what}: system calls"), number).figure(0, Unit::Calls);
        calls = calls
            .contender(task.subject(), move |lab| count(lab, &job))
            .question(question.target(Target::AtMost(0.0)));
    }
    vec![speed, calls]
}

pub fn work(worker: &Worker) -> Result<()> {
    let task = TASKS[worker.number(0)? as usize % TASKS.len()].0;
    match worker.part.as_str() {
        "C" => through_c(worker, task),
        "Rust" => through_rust(worker, task),
        _ => worker.unknown(),
    }
}

/// Times an operation, or lets its system calls be counted.
fn measured(worker: &Worker, task: Task, mut operation: impl FnMut() -> Result<()>) -> Result<()> {
    if worker.number(1)? == 1 {
        return counted(worker, operation);
    }
    worker.board.arrive();
    let each = time_each(worker.duration(2)?, task.batch(), &mut operation)?;
    worker.board.report(&[each]);
    Ok(())
}

fn through_c(worker: &Worker, task: Task) -> Result<()> {
    let c = CInterface::load()?;
    let events = |manual, signaled| {
        (0..MANY)
            .map(|_| c.event(manual, signaled))
            .collect::<Result<Vec<Handle>>>()
    };
    match task {
        Task::Pair(Subject::Mutex) => {
            let mutex = c.mutex()?;
            c.wait(mutex)?;
            measured(worker, task, || {
                c.release_mutex(mutex)?;
                c.wait(mutex)
            })
        }
        Task::Pair(Subject::Event) => {
            let event = c.event(false, false)?;
            measured(worker, task, || {
                c.set_event(event)?;
                c.wait(event)
            })
        }
        Task::Pair(Subject::Semaphore) => {
            let semaphore = c.semaphore()?;
            measured(worker, task, || {
                c.release_semaphore(semaphore)?;
                c.wait(semaphore)
            })
        }
        Task::Pair(_) => worker.unknown(),
        Task::First => {
            let events = events(true, true)?;
            measured(worker, task, || taken(c.wait_several(&events, false)?, 0))
        }
        Task::Last => {
            let events = events(false, false)?;
            measured(worker, task, || {
                c.set_event(events[MANY - 1])?;
                taken(c.wait_several(&events, false)?, MANY - 1)
            })
        }
        Task::All => {
            let events = events(true, true)?;
            measured(worker, task, || taken(c.wait_several(&events, true)?, 0))
        }
    }
}

fn through_rust(worker: &Worker, task: Task) -> Result<()> {
    let namespace = worker.namespace()?;
    let events = |reset, signaled| {
        let options = Event::options().reset(reset).signaled(signaled);
        let options = options.namespace(&namespace);
        (0..MANY)
            .map(|_| Ok(options.unnamed()?))
            .collect::<Result<Vec<Event>>>()
    };
    fn list(events: &[Event]) -> Vec<&dyn Waitable> {
        events.iter().map(|event| event as &dyn Waitable).collect()
    }
    match task {
        Task::Pair(Subject::Mutex) => {
            let mutex = Mutex::options().namespace(&namespace).unnamed()?;
            measured(worker, task, || mutex_pair(&mutex))
        }
        Task::Pair(Subject::Event) => {
            let event = Event::options().namespace(&namespace).unnamed()?;
            measured(worker, task, || event_pair(&event))
        }
        Task::Pair(Subject::Semaphore) => {
            let semaphore = Semaphore::options().namespace(&namespace).unnamed()?;
            measured(worker, task, || semaphore_pair(&semaphore))
        }
        Task::Pair(_) => worker.unknown(),
        Task::First => {
            let events = events(Reset::Manual, true)?;
            let objects = list(&events);
            measured(worker, task, || {
                taken(wait_any(&objects, Timeout::INFINITE)?.index().unwrap_or(MANY), 0)
            })
        }
        Task::Last => {
            let events = events(Reset::Auto, false)?;
            let objects = list(&events);
            measured(worker, task, || {
                events[MANY - 1].set()?;
                let outcome = wait_any(&objects, Timeout::INFINITE)?;
                taken(outcome.index().unwrap_or(MANY), MANY - 1)
            })
        }
        Task::All => {
            let events = events(Reset::Manual, true)?;
            let objects = list(&events);
            measured(worker, task, || {
                taken(wait_all(&objects, Timeout::INFINITE)?.index().unwrap_or(MANY), 0)
            })
        }
    }
}

fn taken(index: usize, expected: usize) -> Result<()> {
    ensure!(
        index == expected,
        "object {index} was taken instead of {expected}"
    );
    Ok(())
}
