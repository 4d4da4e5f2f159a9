//! A worker process: what it needs of the lab, and the way to its part.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use intersync::{Event, Location, Mutex, Namespace, Reset, Semaphore};
use nix::unistd::alarm;
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::board::Board;
use crate::cli::Task;
use crate::peer::Subject;
use crate::rows;
use crate::sys::place;

/// One worker process.
#[derive(Debug)]
pub struct Worker {
    /// Its part in the row.
    pub part: String,
    /// What it works with.
    pub subject: Subject,
    /// What it shares with its team.
    pub board: Board,
    /// Its number in the team.
    pub index: usize,
    task: Task,
}

/// Runs as the worker that `task` describes.
pub fn run(task: Task) -> Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if task.limit > 0 {
        alarm::set(task.limit);
    }
    if let Some(core) = task.core {
        place::pin(core)?;
    }
    // The C library takes shortcuts in a process with a single thread, which would flatter its locks.
    std::thread::spawn(|| {
        loop {
            std::thread::park();
        }
    });
    let subject = Subject::from_str(&task.subject, false)
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("unknown subject {}", task.subject))?;
    let board = Board::open(&task.board)?;
    let (row, part, index) = (task.row, task.part.clone(), task.index);
    let worker = Worker {
        part,
        subject,
        board,
        index,
        task,
    };
    rows::work(row, &worker).with_context(|| {
        let (part, index) = (&worker.part, worker.index);
        format!("{row}, {part} {index} with {subject}")
    })
}

impl Worker {
    /// The number at this place of its task.
    pub fn number(&self, place: usize) -> Result<u64> {
        self.task
            .numbers
            .get(place)
            .copied()
            .with_context(|| format!("number {place} is missing"))
    }

    /// The number at this place, as a time in microseconds.
    pub fn duration(&self, place: usize) -> Result<Duration> {
        Ok(Duration::from_micros(self.number(place)?))
    }

    /// Where the namespace of the team is.
    pub fn namespace_directory(&self) -> &Path {
        &self.task.namespace
    }

    /// The namespace of the team.
    pub fn namespace(&self) -> Result<Namespace> {
        Ok(Namespace::open(&Location::Under(
            self.namespace_directory().to_path_buf(),
        ))?)
    }

    /// The team's mutex of this name.
    pub fn mutex(&self, name: &str) -> Result<Mutex> {
        Ok(Mutex::options()
            .namespace(&self.namespace()?)
            .create(name)?
            .object)
    }

    /// The team's auto-reset event of this name.
    pub fn event(&self, name: &str) -> Result<Event> {
        Ok(Event::options()
            .namespace(&self.namespace()?)
            .create(name)?
            .object)
    }

    /// The team's manual-reset event of this name.
    pub fn manual_event(&self, name: &str) -> Result<Event> {
        Ok(Event::options()
            .reset(Reset::Manual)
            .namespace(&self.namespace()?)
            .create(name)?
            .object)
    }

    /// The team's semaphore of this name, with one permit.
    pub fn semaphore(&self, name: &str) -> Result<Semaphore> {
        Ok(Semaphore::options()
            .permits(1, 1)
            .namespace(&self.namespace()?)
            .create(name)?
            .object)
    }

    /// What tells this run of the benchmarks from others on the machine.
    pub fn run_id(&self) -> u32 {
        std::os::unix::process::parent_id()
    }

    /// The error of a worker that has no such part or cannot work with its subject.
    pub fn unknown<T>(&self) -> Result<T> {
        bail!("there is no part {} with {} in this row", self.part, self.subject)
    }
}
