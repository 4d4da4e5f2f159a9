//! What operations cost in a namespace of 60,000 named objects and 1,000 attached processes,
//! against an empty one; and how much memory an object takes.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Result, ensure};
use intersync::{Event, Location, Mutex, Semaphore, Timer, inspect};

use super::Row;
use super::free::{event_pair, mutex_pair, semaphore_empty, semaphore_pair};
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab, Team};
use crate::peer::Subject;
use crate::question::{Question, Target, Unit};
use crate::sys::clock::time_each;
use crate::worker::Worker;

/// Attached processes, and named objects that each of them has.
const PROCESSES: usize = 1000;
const OBJECTS_EACH: usize = 60;

/// The operations, in the order of the figures.
const OPERATIONS: [&str; 5] = [
    "mutex, acquire and release",
    "event, set and wait",
    "semaphore, release and wait",
    "create and close",
    "open one that another process keeps, and close",
];

/// The team that populates a namespace; empty until it is needed.
type Population = Rc<RefCell<Option<Team>>>;

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let sample = plan.microseconds(20);
    let population = Population::default();
    let shared = population.clone();
    let mut experiment = Experiment::new(Row::Scale, plan.rounds)
        .contender(Subject::Event, move |lab| {
            let namespace = populated(lab, &population)?;
            let mut team = lab.team()?.in_namespace(&namespace);
            team.spawn(&measurer(lab, sample))?;
            team.run(OPERATIONS.len())
        })
        .contender(Subject::Event, move |lab| {
            let holder = Job::new(Row::Scale, "hold", Subject::Event).numbers(&[1]);
            lab.sample(&[holder, measurer(lab, sample)], OPERATIONS.len())
        })
        .called("empty namespace")
        .contender(Subject::Event, move |lab| {
            let mut team = lab.team()?.in_namespace(&populated(lab, &shared)?);
            team.spawn(&Job::new(Row::Scale, "weigh", Subject::Event))?;
            team.run(1)
        });
    for (figure, what) in OPERATIONS.into_iter().enumerate() {
        let question = Question::new(what, 0).figure(figure, Unit::Nanoseconds);
        experiment = experiment.question(question.against(1).target(Target::AtMost(1.2)));
    }
    let weight = Question::new("memory of the namespace for each object", 2).figure(0, Unit::Bytes);
    vec![experiment.question(weight.target(Target::AtMost(256.0)))]
}

fn measurer(lab: &Lab, sample: u64) -> Job {
    Job::new(Row::Scale, "measure", Subject::Event)
        .on(lab.core(1))
        .numbers(&[sample])
}

/// The namespace of the population, which is there from the first call on.
fn populated(lab: &Lab, population: &Population) -> Result<PathBuf> {
    let mut population = population.borrow_mut();
    if let Some(team) = population.as_ref() {
        return Ok(team.namespace().to_path_buf());
    }
    let mut team = lab.team()?;
    for _ in 0..PROCESSES {
        team.spawn(
            &Job::new(Row::Scale, "hold", Subject::Event)
                .numbers(&[OBJECTS_EACH as u64])
                .limit(0),
        )?;
    }
    team.assemble()?;
    Ok(population.insert(team).namespace().to_path_buf())
}

pub fn work(worker: &Worker) -> Result<()> {
    match worker.part.as_str() {
        "hold" => hold(worker),
        "measure" => measure(worker),
        "weigh" => weigh(worker),
        _ => worker.unknown(),
    }
}

/// The name of a member's object.
fn name(member: usize, object: usize) -> String {
    format!("population {member} {object}")
}

/// Keeps objects of all kinds until it is killed.
fn hold(worker: &Worker) -> Result<()> {
    let namespace = worker.namespace()?;
    let mut events = Vec::new();
    let mut others: (Vec<Mutex>, Vec<Semaphore>, Vec<Timer>) = Default::default();
    for object in 0..worker.number(0)? as usize {
        let name = name(worker.index, object);
        match object % 4 {
            0 => events.push(Event::options().namespace(&namespace).create_new(&name)?),
            1 => others
                .0
                .push(Mutex::options().namespace(&namespace).create_new(&name)?),
            2 => others
                .1
                .push(Semaphore::options().namespace(&namespace).create_new(&name)?),
            _ => others
                .2
                .push(Timer::options().namespace(&namespace).create_new(&name)?),
        }
    }
    worker.board.arrive();
    loop {
        std::thread::park();
    }
}

/// The cost of each operation in turn.
fn measure(worker: &Worker) -> Result<()> {
    let duration = worker.duration(0)?;
    worker.board.arrive();
    let mutex = worker.mutex("measured mutex")?;
    let event = worker.event("measured event")?;
    let semaphore = worker.semaphore("measured semaphore")?;
    semaphore_empty(&semaphore)?;
    let options = Event::options().namespace(&worker.namespace()?);
    let kept = name(0, 0);
    worker.board.report(&[
        time_each(duration, 1000, || mutex_pair(&mutex))?,
        time_each(duration, 1000, || event_pair(&event))?,
        time_each(duration, 1000, || semaphore_pair(&semaphore))?,
        time_each(duration, 20, || Ok(options.create_new("new").map(drop)?))?,
        time_each(duration, 20, || Ok(options.open(&kept).map(drop)?))?,
    ]);
    Ok(())
}

/// Real memory of the namespace for each of its objects.
fn weigh(worker: &Worker) -> Result<()> {
    worker.board.arrive();
    let snapshot = inspect::snapshot(&Location::Under(worker.namespace_directory().to_path_buf()))?;
    let objects = snapshot.objects.len();
    let expected = PROCESSES * OBJECTS_EACH;
    ensure!(
        objects >= expected,
        "{objects} objects in the namespace instead of {expected}"
    );
    worker
        .board
        .report(&[snapshot.real_bytes as f64 / objects as f64]);
    Ok(())
}
