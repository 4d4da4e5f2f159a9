//! Handles: opening, duplicating and closing them, and starting a process that inherits a hundred.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::Ordering::SeqCst;

use anyhow::{Context, Result, ensure};
use intersync::{
    DuplicateOptions, Event, Handle, InheritHandles, Inheritance, Options, Process, RawHandle, duplicate,
};
use rustix::process::{Pid, WaitOptions, geteuid, waitpid};

use super::Row;
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab};
use crate::peer::Subject;
use crate::peer::posix_semaphore::{Name, Named, PosixSemaphore};
use crate::question::{Question, Target, Unit};
use crate::sys::clock::{time_each, time_two};
use crate::worker::Worker;

/// Operations between two looks at the clock, each on an object of its own: the C library opens a semaphore that the
/// process has open already without mapping it.
const BATCH: usize = 16;
/// Handles that a child inherits.
const INHERITED: usize = 100;
/// What is started: it does nothing and ends.
const PROGRAM: &str = "/bin/true";

/// What is asked of handles, and with which figure of the semaphores it is compared, in the order of the figures.
const OPERATIONS: [(&str, usize); 8] = [
    ("open and close", 0),
    ("open", 1),
    ("close", 1),
    ("duplicate within the process", 1),
    ("close the duplicate", 1),
    ("duplicate into another process", 1),
    ("close in another process", 1),
    ("open one of a process without keeper, and close", 0),
];

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let sample = plan.microseconds(20);
    let mut handles = Experiment::new(Row::Sharing, plan.rounds)
        .contender(Subject::Event, move |lab| operations(lab, sample))
        .contender(Subject::PosixSemaphore, move |lab| pairs(lab, sample))
        .called("sem_open of an existing one, sem_close")
        .contender(Subject::PosixSemaphore, move |lab| {
            Ok(pairs(lab, sample)?.split_off(1))
        })
        .called("sem_open of an existing one");
    for (figure, (what, reference)) in OPERATIONS.into_iter().enumerate() {
        let question = Question::new(what, 0)
            .figure(figure, Unit::Nanoseconds)
            .against_figure(1 + reference, 0);
        handles = handles.question(question.target(Target::AtMost(1.0 / 5.0)));
    }
    vec![handles, spawns(plan)]
}

/// Starting processes. A plain start copies nothing of the process; what has a hook, as the trait needs one, copies it.
fn spawns(plan: &Plan) -> Experiment {
    let sample = plan.microseconds(100);
    let spawn = move |lab: &Lab, part, subject| {
        let job = Job::new(Row::Sharing, part, subject);
        lab.sample(&[job.on(lab.core(1)).numbers(&[sample])], 2)
    };
    let mut experiment = Experiment::new(Row::Sharing, plan.rounds)
        .contender(Subject::Event, move |lab| {
            spawn(lab, "inheritance", Subject::Event)
        })
        .contender(Subject::Event, move |lab| spawn(lab, "command", Subject::Event))
        .contender(Subject::Spawn, move |lab| spawn(lab, "plain", Subject::Spawn))
        .contender(Subject::Spawn, move |lab| spawn(lab, "forked", Subject::Spawn))
        .called("plain spawn by fork and exec");
    for (figure, until) in ["", ", until it has ended"].into_iter().enumerate() {
        for (ours, how) in [(0, "Inheritance"), (1, "trait of Command")] {
            let what = format!("spawn with 100 inherited handles{until}: {how}");
            let question = Question::new(what, ours).figure(figure, Unit::Nanoseconds);
            experiment = experiment.question(question.against(2).target(Target::AtMost(1.2)));
        }
    }
    let question = Question::new("for comparison: trait of Command", 1);
    experiment.question(question.against(3))
}

fn operations(lab: &Lab, sample: u64) -> Result<Vec<f64>> {
    let keeper = Job::new(Row::Sharing, "keep", Subject::Event);
    let guest = Job::new(Row::Sharing, "guest", Subject::Event);
    let measurer = Job::new(Row::Sharing, "handles", Subject::Event)
        .on(lab.core(1))
        .numbers(&[sample]);
    lab.sample(&[keeper, guest, measurer], OPERATIONS.len())
}

fn pairs(lab: &Lab, sample: u64) -> Result<Vec<f64>> {
    let run = std::process::id();
    // The system keeps a name until it is unlinked, whatever becomes of the workers.
    let _names: Vec<Named> = (0..BATCH)
        .map(|number| Named::create(Name::of_run(run, &kept(number))?))
        .collect::<Result<_>>()?;
    let measurer = Job::new(Row::Sharing, "handles", Subject::PosixSemaphore)
        .on(lab.core(1))
        .numbers(&[sample]);
    lab.sample(&[measurer], 2)
}

pub fn work(worker: &Worker) -> Result<()> {
    match (worker.part.as_str(), worker.subject) {
        ("keep", Subject::Event) => keep(worker),
        ("guest", Subject::Event) => guest(worker),
        ("handles", Subject::Event) => handles(worker),
        ("handles", Subject::PosixSemaphore) => semaphores(worker),
        ("inheritance" | "command" | "plain" | "forked", _) => spawn(worker),
        _ => worker.unknown(),
    }
}

/// The name of an object that another process keeps.
fn kept(number: usize) -> String {
    format!("kept {number}")
}

/// Keeps the objects until it is killed.
fn keep(worker: &Worker) -> Result<()> {
    let options = options(worker)?;
    let _kept: Vec<Event> = (0..BATCH)
        .map(|number| options.create_new(kept(number)))
        .collect::<intersync::Result<_>>()?;
    stay(worker)
}

/// Gets handles from others until it is killed; it makes no objects, so nothing starts its keeper.
fn guest(worker: &Worker) -> Result<()> {
    let _namespace = worker.namespace()?;
    stay(worker)
}

fn stay(worker: &Worker) -> ! {
    worker.board.members[worker.index]
        .value
        .store(u64::from(std::process::id()), SeqCst);
    worker.board.arrive();
    loop {
        std::thread::park();
    }
}

fn options(worker: &Worker) -> Result<Options<Event>> {
    Ok(Event::options().namespace(&worker.namespace()?))
}

/// The other process that was started as this member of the team.
fn member(worker: &Worker, index: usize) -> Result<Process> {
    let pid = worker.board.members[index].value.load(SeqCst);
    Ok(Process::open_in(&worker.namespace()?, pid as u32)?)
}

/// Measures all operations on handles in turn.
fn handles(worker: &Worker) -> Result<()> {
    let duration = worker.duration(0)?;
    worker.board.arrive();
    let options = options(worker)?;
    let names: Vec<String> = (0..BATCH).map(kept).collect();
    let pair = time_each(duration, BATCH as u32, || {
        Ok(options.open(&names[0]).map(drop)?)
    })?;
    let by_name = time_two(
        duration,
        BATCH,
        |number| Ok(options.open(&names[number])?),
        |event| {
            drop(event);
            Ok(())
        },
    )?;
    let event = options.open(&names[0])?;
    let source = event.as_raw()?;
    let within = time_two(
        duration,
        BATCH,
        |_| Ok(source.duplicate(None, false)?),
        |made: RawHandle| Ok(made.close()?),
    )?;
    let (keeper, guest) = (member(worker, 0)?, member(worker, 1)?);
    let close = DuplicateOptions::new().close_source(true);
    let across = time_two(
        duration,
        BATCH,
        |_| Ok(event.duplicate_into(&keeper, DuplicateOptions::new())?),
        |made| Ok(duplicate(&keeper, made, None, close).map(drop)?),
    )?;
    options
        .create_new("guest")?
        .duplicate_into(&guest, DuplicateOptions::new())?;
    let of_guest = time_each(duration, BATCH as u32, || Ok(options.open("guest").map(drop)?))?;
    worker.board.report(&[
        pair, by_name.0, by_name.1, within.0, within.1, across.0, across.1, of_guest,
    ]);
    Ok(())
}

/// Measures the named semaphores.
fn semaphores(worker: &Worker) -> Result<()> {
    let duration = worker.duration(0)?;
    let names: Vec<Name> = (0..BATCH)
        .map(|number| Name::of_run(worker.run_id(), &kept(number)))
        .collect::<Result<_>>()?;
    worker.board.arrive();
    let pair = time_each(duration, BATCH as u32, || {
        PosixSemaphore::open(&names[0]).map(drop)
    })?;
    let open = time_two(
        duration,
        BATCH,
        |number| PosixSemaphore::open(&names[number]),
        |semaphore| {
            drop(semaphore);
            Ok(())
        },
    )?;
    worker.board.report(&[pair, open.0]);
    Ok(())
}

/// Starts one process after the other. The process that starts them is the same in all parts, with all its handles.
fn spawn(worker: &Worker) -> Result<()> {
    let duration = worker.duration(0)?;
    let options = options(worker)?.inheritable(true);
    let _events: Vec<Event> = (0..INHERITED)
        .map(|_| options.unnamed())
        .collect::<intersync::Result<_>>()?;
    worker.board.arrive();
    let wait = |mut child: Child| {
        ensure!(child.wait()?.success(), "{PROGRAM} failed");
        Ok(())
    };
    let (start, end) = match worker.part.as_str() {
        "inheritance" => time_two(
            duration,
            1,
            |_| Ok(Inheritance::prepare()?.spawn(PROGRAM, &[])?),
            |pid| {
                let pid = Pid::from_raw(pid as i32).context("no process id")?;
                let ended = waitpid(Some(pid), WaitOptions::empty())?;
                let status = ended.and_then(|(_, status)| status.exit_status());
                ensure!(status == Some(0), "{PROGRAM} failed: {status:?}");
                Ok(())
            },
        ),
        "command" => time_two(
            duration,
            1,
            |_| Ok(Command::new(PROGRAM).spawn_inheriting()?),
            wait,
        ),
        "forked" => {
            // Whoever asks for a user, if only for the one there is, has to fork.
            let user = geteuid().as_raw();
            time_two(
                duration,
                1,
                |_| Ok(Command::new(PROGRAM).uid(user).spawn()?),
                wait,
            )
        }
        _ => time_two(duration, 1, |_| Ok(Command::new(PROGRAM).spawn()?), wait),
    }?;
    worker.board.report(&[start, start + end]);
    Ok(())
}
