//! The worker processes as the director sees them.

use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::process::getpid;

use super::board::Board;
use super::props::PATIENCE;
use super::protocol::Report;
use crate::args::internal::INTERNAL_DEMO_WORKER;
use crate::failure::{Failure, Trying};
use crate::place::Place;

/// What came from a worker: its number, and a report or the end of its output.
type Letter = (u32, Option<Report>);

/// The workers. Dropping it kills and reaps those that are left.
pub(super) struct Crew {
    /// By number, from 1.
    workers: Vec<(u32, Child)>,
    letters: Receiver<Letter>,
    pub(super) board: Board,
}

impl Crew {
    /// Starts the workers.
    pub(super) fn start(count: u32, prefix: &str, place: &Place) -> Result<Crew, Failure> {
        let (sender, letters) = channel();
        let board = Board::new().trying(|| "make the board of the demo".to_string())?;
        let mut crew = Crew {
            workers: Vec::new(),
            letters,
            board,
        };
        for number in 1..=count {
            let child = crew.spawn(number, prefix, place, sender.clone())?;
            crew.workers.push((number, child));
        }
        Ok(crew)
    }

    fn spawn(
        &self,
        number: u32,
        prefix: &str,
        place: &Place,
        sender: Sender<Letter>,
    ) -> Result<Child, Failure> {
        let attempt = || format!("start worker {number}");
        let mut command = Command::new("/proc/self/exe");
        command.arg0("intersync").arg(INTERNAL_DEMO_WORKER);
        command.args(["--prefix", prefix, "--number", &number.to_string()]);
        command.arg("--parent").arg(getpid().as_raw_nonzero().to_string());
        if let Some(dir) = place.dir() {
            command.arg("--dir").arg(dir);
        }
        command
            .stdin(self.board.as_stdin().trying(attempt)?)
            .stdout(Stdio::piped());
        let mut child = command.spawn().trying(attempt)?;
        if let Some(output) = child.stdout.take() {
            let thread = std::thread::Builder::new().name(format!("worker-{number}"));
            thread
                .spawn(move || forward(number, output, &sender))
                .trying(attempt)?;
        }
        Ok(child)
    }

    /// The numbers of the workers that are left.
    pub(super) fn numbers(&self) -> Vec<u32> {
        self.workers.iter().map(|(number, _)| *number).collect()
    }

    /// The process id of a worker.
    pub(super) fn pid(&self, number: u32) -> Option<u32> {
        self.workers
            .iter()
            .find(|(other, _)| *other == number)
            .map(|(_, child)| child.id())
    }

    /// Kills a worker with SIGKILL and waits for its end, which must be by that signal.
    pub(super) fn kill(&mut self, number: u32) -> Result<(), Failure> {
        let attempt = || format!("kill worker {number}");
        let place = self.workers.iter().position(|(other, _)| *other == number);
        let place = place.ok_or_else(|| Failure::new(format!("there is no worker {number} to kill")))?;
        let (_, mut child) = self.workers.remove(place);
        child.kill().trying(attempt)?;
        let status = child.wait().trying(attempt)?;
        match status.signal() {
            Some(9) => Ok(()),
            _ => Err(Failure::new(format!(
                "worker {number} was to be killed, but ended with {status}"
            ))),
        }
    }

    /// The next letter of a worker that is left. What a killed worker had still to say, and the end of
    /// its output, may come at any time after.
    fn next(&self, timeout: Duration) -> Result<Letter, RecvTimeoutError> {
        let deadline = Instant::now() + timeout;
        loop {
            let letter = self
                .letters
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))?;
            if self.pid(letter.0).is_some() {
                return Ok(letter);
            }
        }
    }

    /// Lets `duration` pass, calling `look` now and then, unless a worker gives up.
    pub(super) fn pass_time(&self, duration: Duration, mut look: impl FnMut(f64)) -> Result<(), Failure> {
        const LOOK_EVERY: Duration = Duration::from_millis(40);
        let begun = Instant::now();
        loop {
            let passed = begun.elapsed();
            look((passed.as_secs_f64() / duration.as_secs_f64()).min(1.0));
            let Some(left) = duration.checked_sub(passed).filter(|left| !left.is_zero()) else {
                return Ok(());
            };
            match self.next(left.min(LOOK_EVERY)) {
                Ok((number, letter)) => return Err(unexpected(number, letter)),
                Err(_) => continue,
            }
        }
    }

    /// One report of each of `numbers`, in the order they come; `take` returns `None` for a report
    /// that does not belong here.
    pub(super) fn collect<T>(
        &self,
        numbers: &[u32],
        take: impl Fn(Report) -> Option<T>,
    ) -> Result<Vec<(u32, T)>, Failure> {
        let mut left = numbers.to_vec();
        let mut collected = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let (number, letter) = self.next(PATIENCE).map_err(|error| match error {
                RecvTimeoutError::Timeout => Failure::new(format!("worker {} does not answer", left[0])),
                RecvTimeoutError::Disconnected => Failure::new("all workers have ended too soon"),
            })?;
            let taken = letter.clone().and_then(&take).filter(|_| left.contains(&number));
            collected.push((number, taken.ok_or_else(|| unexpected(number, letter))?));
            left.retain(|other| *other != number);
        }
        Ok(collected)
    }

    /// Waits until every worker has ended, which must be well.
    pub(super) fn dismiss(&mut self) -> Result<(), Failure> {
        let mut left = self.numbers();
        while !left.is_empty() {
            match self.next(PATIENCE) {
                Ok((number, None)) => left.retain(|other| *other != number),
                Ok((number, letter)) => return Err(unexpected(number, letter)),
                Err(_) => return Err(Failure::new(format!("worker {} does not end", left[0]))),
            }
        }
        for (number, mut child) in self.workers.drain(..) {
            let status = child.wait().trying(|| format!("wait for worker {number}"))?;
            if !status.success() {
                return Err(Failure::new(format!("worker {number} ended with {status}")));
            }
        }
        Ok(())
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for (_, child) in &mut self.workers {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends on what a worker writes, until it ends.
fn forward(number: u32, output: ChildStdout, sender: &Sender<Letter>) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let report = serde_json::from_str(&line).unwrap_or_else(|error| Report::Failed {
            why: format!("unreadable report: {error}"),
        });
        if sender.send((number, Some(report))).is_err() {
            return;
        }
    }
    let _ = sender.send((number, None));
}

/// Why a letter means the end of the demo.
fn unexpected(number: u32, letter: Option<Report>) -> Failure {
    Failure::new(match letter {
        Some(Report::Failed { why }) => format!("worker {number} gave up: {why}"),
        Some(report) => format!("worker {number} is out of step: {report:?}"),
        None => format!("worker {number} ended too soon"),
    })
}
