//! One process acquires and releases an object that nobody else wants.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;

use anyhow::{Result, ensure};
use intersync::{Event, Mutex, Semaphore, Timeout};

use super::Row;
use crate::experiment::{Experiment, Plan};
use crate::lab::Job;
use crate::peer::Subject;
use crate::peer::posix_semaphore::{self, Name, PosixSemaphore};
use crate::peer::robust_mutex::RobustMutex;
use crate::question::{Question, Target};
use crate::sys::clock::time_each;
use crate::worker::Worker;

const CONTENDERS: [Subject; 6] = [
    Subject::Mutex,
    Subject::Event,
    Subject::Semaphore,
    Subject::CompareAndSwap,
    Subject::PosixSemaphore,
    Subject::RobustMutex,
];

pub fn experiments(plan: &Plan) -> Vec<Experiment> {
    let numbers = [plan.microseconds(24)];
    let mut experiment = Experiment::new(Row::Free, plan.rounds);
    for subject in CONTENDERS {
        experiment = experiment.contender(subject, move |lab| {
            lab.sample(
                &[Job::new(Row::Free, "loop", subject)
                    .on(lab.core(1))
                    .numbers(&numbers)],
                1,
            )
        });
    }
    let ours = [
        (0, "mutex, acquire and release"),
        (1, "event, set and wait"),
        (2, "semaphore, release and wait"),
    ];
    for (index, what) in ours {
        for (reference, bound) in [(3, 1.5), (4, 1.0), (5, 1.0)] {
            let question = Question::new(what, index).against(reference);
            experiment = experiment.question(question.target(Target::AtMost(bound)));
        }
    }
    vec![experiment]
}

pub fn work(worker: &Worker) -> Result<()> {
    let duration = worker.duration(0)?;
    worker.board.arrive();
    let per_pair = match worker.subject {
        Subject::Mutex => {
            let mutex = worker.mutex("free")?;
            time_each(duration, 1000, || mutex_pair(&mutex))
        }
        Subject::Event => {
            let event = worker.event("free")?;
            time_each(duration, 1000, || event_pair(&event))
        }
        Subject::Semaphore => {
            let semaphore = worker.semaphore("free")?;
            semaphore_empty(&semaphore)?;
            time_each(duration, 1000, || semaphore_pair(&semaphore))
        }
        Subject::CompareAndSwap => {
            let word = &worker.board.words[0].value;
            time_each(duration, 1000, || compare_and_swap_pair(word))
        }
        Subject::PosixSemaphore => {
            let name = Name::of_run(worker.run_id(), "free")?;
            let semaphore = PosixSemaphore::create(&name)?;
            posix_semaphore::unlink(&name)?;
            time_each(duration, 1000, || {
                semaphore.wait().and_then(|()| semaphore.post())
            })
        }
        Subject::RobustMutex => {
            let mutex = RobustMutex::initialize(&worker.board)?;
            time_each(duration, 1000, || mutex.lock().and_then(|()| mutex.unlock()))
        }
        _ => worker.unknown(),
    };
    worker.board.report(&[per_pair?]);
    Ok(())
}

/// Acquires a free mutex and releases it.
#[inline]
pub fn mutex_pair(mutex: &Mutex) -> Result<()> {
    let _ = mutex.wait(Timeout::INFINITE)?;
    Ok(mutex.release()?)
}

/// Sets an auto-reset event and consumes the signal.
#[inline]
pub fn event_pair(event: &Event) -> Result<()> {
    event.set()?;
    let _ = event.wait(Timeout::INFINITE)?;
    Ok(())
}

/// Takes what permits there are.
pub fn semaphore_empty(semaphore: &Semaphore) -> Result<()> {
    while semaphore.wait(Timeout::ZERO)?.is_satisfied() {}
    Ok(())
}

/// Releases a permit and takes it.
#[inline]
pub fn semaphore_pair(semaphore: &Semaphore) -> Result<()> {
    semaphore.release(1)?;
    let _ = semaphore.wait(Timeout::INFINITE)?;
    Ok(())
}

/// The least that a lock with an owner and a count needs: one exchange to take it and one back.
#[inline]
fn compare_and_swap_pair(word: &AtomicU64) -> Result<()> {
    const OWNED: u64 = 0x1_0000_1234;
    ensure!(
        word.compare_exchange(0, OWNED, SeqCst, SeqCst).is_ok(),
        "somebody else uses the word"
    );
    ensure!(
        word.compare_exchange(OWNED, 0, SeqCst, SeqCst).is_ok(),
        "somebody else uses the word"
    );
    Ok(())
}
