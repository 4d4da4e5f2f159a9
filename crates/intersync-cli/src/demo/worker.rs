//! One worker process of the demo.

use std::io::{self, Write};

use intersync::{Outcome, Timeout, Waitable, wait_any};
use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use super::board::Board;
use super::props::{Gate, PATIENCE, Props};
use super::protocol::{Report, Times, histogram, now};
use crate::args::internal::DemoWorkerArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::place::Place;

/// The worker that is killed.
pub(super) const VICTIM: u32 = 1;

/// Takes part in all acts. What goes wrong is reported to the director, not to the user.
pub(crate) fn run(args: &DemoWorkerArgs) -> Result<Exit, Failure> {
    set_parent_process_death_signal(Some(Signal::KILL)).trying(|| "end with the demo".to_string())?;
    if getppid().map(|pid| pid.as_raw_nonzero().get()) != Some(args.parent) {
        return Ok(Exit::Error);
    }
    match Worker::new(args).and_then(|worker| worker.play()) {
        Ok(()) => Ok(Exit::Success),
        Err(failure) => {
            report(&Report::Failed {
                why: failure.to_string(),
            })?;
            Ok(Exit::Error)
        }
    }
}

struct Worker {
    number: u32,
    props: Props,
    board: Board,
}

impl Worker {
    fn new(args: &DemoWorkerArgs) -> Result<Worker, Failure> {
        Ok(Worker {
            number: args.number,
            props: Props::open(&Place::new(&args.global), &args.prefix)
                .trying(|| "open the objects of the demo".to_string())?,
            board: Board::from_stdin().trying(|| "use the board".to_string())?,
        })
    }

    fn play(&self) -> Result<(), Failure> {
        report(&Report::Ready)?;
        self.pass(Gate::Start)?;
        report(&Report::Started { at: now() })?;
        self.pass(Gate::MutexGo)?;
        self.mutex_act()?;
        self.pass(Gate::SemaphoreGo)?;
        self.semaphore_act()?;
        self.pass(Gate::EventGo)?;
        self.event_act()?;
        self.pass(Gate::CrashGo)?;
        if self.number == VICTIM {
            return self.be_the_victim();
        }
        self.pass(Gate::CrashQueue)?;
        self.survive()?;
        self.pass(Gate::TimerGo)?;
        self.timer_act()?;
        self.pass(Gate::End)
    }

    /// Acquires and releases the mutex as often as it can, counting on the board.
    fn mutex_act(&self) -> Result<(), Failure> {
        let mut waits = histogram();
        let mut operations = 0;
        while !self.ended(Gate::MutexStop)? {
            let begun = now();
            self.acquire()?;
            waits.saturating_record(now() - begun);
            self.change(|numbers| numbers.acquire(self.number.into()))?;
            self.release()?;
            operations += 1;
        }
        report(&Report::Mutex {
            operations,
            waits: Times::from(&waits),
        })
    }

    /// Goes in and out of the section that the semaphore guards.
    fn semaphore_act(&self) -> Result<(), Failure> {
        let mut waits = histogram();
        let mut operations = 0;
        while !self.ended(Gate::SemaphoreStop)? {
            let begun = now();
            expect(self.props.semaphore.wait(Timeout::from(PATIENCE)), "a permit")?;
            waits.saturating_record(now() - begun);
            self.acquire()?;
            self.change(super::board::Numbers::enter)?;
            self.release()?;
            // Give the others a chance to be in the section together with this one.
            std::thread::yield_now();
            self.acquire()?;
            self.change(super::board::Numbers::leave)?;
            self.release()?;
            self.props
                .semaphore
                .release(1)
                .trying(|| "release the semaphore".to_string())?;
            operations += 1;
        }
        report(&Report::Semaphore {
            operations,
            waits: Times::from(&waits),
        })
    }

    /// Answers each time the auto-reset event lets it through.
    fn event_act(&self) -> Result<(), Failure> {
        let objects: [&dyn Waitable; 2] = [&self.props.ball, self.props.gate(Gate::EventStop)];
        let mut let_through = 0;
        while expect(wait_any(&objects, Timeout::from(PATIENCE)), "the event")? == 0 {
            let_through += 1;
            self.props.answer.set().trying(|| "answer".to_string())?;
        }
        report(&Report::Events { let_through })
    }

    /// Takes the mutex and the permit of the pool, and waits to be killed.
    fn be_the_victim(&self) -> Result<(), Failure> {
        expect(
            self.props.pool.wait(Timeout::from(PATIENCE)),
            "the permit of the pool",
        )?;
        self.acquire()?;
        report(&Report::Owns)?;
        self.pass(Gate::End)?;
        Err(Failure::new("nobody killed this worker"))
    }

    /// Waits for the mutex of the victim.
    fn survive(&self) -> Result<(), Failure> {
        let outcome = self
            .props
            .mutex
            .wait(Timeout::from(PATIENCE))
            .trying(|| "wait for the mutex".to_string())?;
        let at = now();
        if outcome == Outcome::TimedOut {
            return Err(Failure::new("the mutex of the killed worker did not come"));
        }
        self.release()?;
        report(&Report::Inherited {
            at,
            abandoned: matches!(outcome, Outcome::Abandoned { .. }),
        })
    }

    /// Notes when the timer lets it through.
    fn timer_act(&self) -> Result<(), Failure> {
        let objects: [&dyn Waitable; 2] = [&self.props.timer, self.props.gate(Gate::TimerStop)];
        let mut at = Vec::new();
        while expect(wait_any(&objects, Timeout::from(PATIENCE)), "the timer")? == 0 {
            at.push(now());
        }
        report(&Report::Ticks { at })
    }

    fn pass(&self, gate: Gate) -> Result<(), Failure> {
        match self
            .props
            .pass(gate)
            .trying(|| format!("wait for gate {gate:?}"))?
        {
            true => Ok(()),
            false => Err(Failure::new(format!("gate {gate:?} did not open in time"))),
        }
    }

    fn ended(&self, gate: Gate) -> Result<bool, Failure> {
        Ok(self
            .props
            .gate(gate)
            .state()
            .trying(|| format!("look at gate {gate:?}"))?
            .signaled)
    }

    fn acquire(&self) -> Result<(), Failure> {
        expect(self.props.mutex.wait(Timeout::from(PATIENCE)), "the mutex").map(drop)
    }

    fn release(&self) -> Result<(), Failure> {
        self.props
            .mutex
            .release()
            .trying(|| "release the mutex".to_string())
    }

    fn change(&self, change: impl FnOnce(&mut super::board::Numbers)) -> Result<(), Failure> {
        self.board
            .change(change)
            .trying(|| "write on the board".to_string())
    }
}

/// The index of the object that satisfied the wait. Before the kill nothing may be abandoned, and
/// nothing may take longer than everybody's patience.
fn expect(outcome: intersync::Result<Outcome>, what: &str) -> Result<usize, Failure> {
    match outcome.trying(|| format!("wait for {what}"))? {
        Outcome::Signaled { index } => Ok(index),
        Outcome::Abandoned { .. } => Err(Failure::new(format!(
            "{what} was abandoned, but nobody has ended"
        ))),
        Outcome::TimedOut => Err(Failure::new(format!("{what} did not come in time"))),
    }
}

/// Tells the director.
fn report(report: &Report) -> Result<(), Failure> {
    let mut line = serde_json::to_string(report).trying(|| "report".to_string())?;
    line.push('\n');
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(line.as_bytes())
        .and_then(|()| stdout.flush())
        .trying(|| "report".to_string())
}
