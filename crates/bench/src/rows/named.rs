//! Creating an object by name and closing it, and opening one that another process keeps.

use anyhow::Result;
use intersync::Event;

use super::Row;
use crate::experiment::{Experiment, Plan};
use crate::lab::{Job, Lab};
use crate::peer::Subject;
use crate::peer::posix_semaphore::{self, Name, Named, PosixSemaphore};
use crate::question::{Question, Target};
use crate::sys::clock::time_each;
use crate::worker::Worker;

/// Operations between two looks at the clock.
const BATCH: u32 = 20;
/// The name of the object that another process keeps.
const KEPT: &str = "kept";

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let sample = plan.microseconds(20);
    let experiment = |(part, what, peer, bound): (&'static str, &str, &str, f64)| {
        Experiment::new(Row::Named, plan.rounds)
            .contender(Subject::Event, move |lab| each(lab, part, Subject::Event, sample))
            .contender(Subject::PosixSemaphore, move |lab| {
                each(lab, part, Subject::PosixSemaphore, sample)
            })
            .called(peer)
            .question(Question::new(what, 0).against(1).target(Target::AtMost(bound)))
    };
    let create = "sem_open with O_CREAT, sem_close, sem_unlink";
    let open = "sem_open of an existing one, sem_close";
    [
        ("create", "create and close", create, 1.0 / 20.0),
        (
            "open",
            "open one that another process keeps, and close",
            open,
            1.0 / 10.0,
        ),
    ]
    .into_iter()
    .map(experiment)
    .collect()
}

fn each(lab: &Lab, part: &'static str, subject: Subject, sample: u64) -> Result<Vec<f64>> {
    let keeper = Job::new(Row::Named, "keep", subject);
    // The system keeps a name until it is unlinked, whatever becomes of the workers.
    let _name = Named::create(Name::of_run(std::process::id(), KEPT)?)?;
    let measurer = Job::new(Row::Named, part, subject)
        .on(lab.core(1))
        .numbers(&[sample]);
    lab.sample(&[keeper, measurer], 1)
}

pub fn work(worker: &Worker) -> Result<()> {
    match worker.subject {
        Subject::Event => {
            let options = Event::options().namespace(&worker.namespace()?);
            play(
                worker,
                || Ok(options.create_new(KEPT)?),
                || Ok(options.create_new("new").map(drop)?),
                || Ok(options.open(KEPT).map(drop)?),
            )
        }
        Subject::PosixSemaphore => {
            let (kept, new) = (
                Name::of_run(worker.run_id(), KEPT)?,
                Name::of_run(worker.run_id(), "new")?,
            );
            play(
                worker,
                || PosixSemaphore::open(&kept),
                || {
                    PosixSemaphore::create(&new)
                        .map(drop)
                        .and_then(|()| posix_semaphore::unlink(&new))
                },
                || PosixSemaphore::open(&kept).map(drop),
            )
        }
        _ => worker.unknown(),
    }
}

/// One worker keeps an object until it is killed; the other one measures.
fn play<T>(
    worker: &Worker,
    keep: impl Fn() -> Result<T>,
    create: impl Fn() -> Result<()>,
    open: impl Fn() -> Result<()>,
) -> Result<()> {
    let each = match worker.part.as_str() {
        "keep" => {
            let _kept = keep()?;
            worker.board.arrive();
            loop {
                std::thread::park();
            }
        }
        "create" => {
            worker.board.arrive();
            time_each(worker.duration(0)?, BATCH, create)
        }
        "open" => {
            worker.board.arrive();
            time_each(worker.duration(0)?, BATCH, open)
        }
        _ => worker.unknown(),
    };
    worker.board.report(&[each?]);
    Ok(())
}
