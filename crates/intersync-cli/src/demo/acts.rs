//! The acts of the demo, as the director leads them.

use std::time::{Duration, Instant};

use intersync::inspect::{self, ObjectState};
use intersync::{Due, Location, Timeout};

use super::crew::Crew;
use super::figures::{Seen, time};
use super::progress::Progress;
use super::props::{Gate, PATIENCE, PERIOD, Props};
use super::protocol::{Report, now};
use super::worker::VICTIM;
use crate::failure::{Failure, Trying};

const MUTEX_TIME: Duration = Duration::from_millis(1_200);
const SEMAPHORE_TIME: Duration = Duration::from_millis(800);
const EVENT_TIME: Duration = Duration::from_millis(700);
const TIMER_TIME: Duration = Duration::from_millis(700);

/// The director.
pub(super) struct Acts<'a> {
    props: &'a Props,
    crew: Crew,
    progress: &'a Progress,
    location: &'a Location,
    seen: Seen,
}

impl<'a> Acts<'a> {
    pub(super) fn new(
        props: &'a Props,
        crew: Crew,
        progress: &'a Progress,
        location: &'a Location,
    ) -> Acts<'a> {
        let seen = Seen::new(crew.numbers().len());
        Acts {
            props,
            crew,
            progress,
            location,
            seen,
        }
    }

    /// All acts, in order, until the workers have ended.
    pub(super) fn play(mut self) -> Result<Seen, Failure> {
        self.start()?;
        self.mutex()?;
        self.semaphore()?;
        self.event()?;
        self.crash()?;
        self.timer()?;
        self.open(Gate::End)?;
        self.crew.dismiss()?;
        Ok(self.seen)
    }

    /// One set of a manual-reset event lets all workers through.
    fn start(&mut self) -> Result<(), Failure> {
        let all = self.crew.numbers();
        let act = self.progress.act(
            "start",
            &format!("{} worker processes open the objects by name", all.len()),
        );
        self.crew
            .collect(&all, |report| (report == Report::Ready).then_some(()))?;
        let gate = self.props.gate_name(Gate::Start);
        self.see(|objects| {
            objects
                .iter()
                .any(|o| o.name.as_deref() == Some(&gate) && o.waiters.len() == all.len())
        })?;
        let set_at = now();
        self.open(Gate::Start)?;
        let started = self.crew.collect(&all, |report| match report {
            Report::Started { at } => Some(at),
            _ => None,
        })?;
        for (_, at) in &started {
            self.seen.starts.saturating_record(at.saturating_sub(set_at));
        }
        act.end(&format!(
            "manual-reset event: one set let {} waiters through",
            started.len()
        ));
        Ok(())
    }

    /// All workers want the mutex.
    fn mutex(&mut self) -> Result<(), Failure> {
        let all = self.crew.numbers();
        let act = self
            .progress
            .act("mutex", "all workers acquire and release one mutex");
        self.open(Gate::MutexGo)?;
        let board = &self.crew.board;
        self.crew.pass_time(MUTEX_TIME, |part| {
            let acquired = board.read().map_or(0, |numbers| numbers.acquired);
            act.update(part, &format!("acquired {acquired} times"));
        })?;
        self.open(Gate::MutexStop)?;
        let reports = self.crew.collect(&all, |report| match report {
            Report::Mutex { operations, waits } => Some((operations, waits)),
            _ => None,
        })?;
        for (_, (operations, waits)) in &reports {
            self.seen.acquired_by_workers += operations;
            waits.add_to(&mut self.seen.mutex_waits);
        }
        let numbers = self.board()?;
        self.seen.acquired_on_board = numbers.acquired;
        self.seen.hand_overs = numbers.hand_overs;
        act.end(&format!(
            "acquired {} times, {} times by another worker than before",
            numbers.acquired, numbers.hand_overs
        ));
        Ok(())
    }

    /// All workers want one of two permits.
    fn semaphore(&mut self) -> Result<(), Failure> {
        let all = self.crew.numbers();
        let act = self
            .progress
            .act("semaphore", "all workers take turns with two permits");
        self.open(Gate::SemaphoreGo)?;
        let board = &self.crew.board;
        self.crew.pass_time(SEMAPHORE_TIME, |part| {
            let numbers = board.read().unwrap_or_default();
            act.update(
                part,
                &format!("{} permits taken, {} inside", numbers.entered, numbers.inside),
            );
        })?;
        self.open(Gate::SemaphoreStop)?;
        let reports = self.crew.collect(&all, |report| match report {
            Report::Semaphore { operations, waits } => Some((operations, waits)),
            _ => None,
        })?;
        for (_, (operations, waits)) in &reports {
            self.seen.permits_by_workers += operations;
            waits.add_to(&mut self.seen.permit_waits);
        }
        let numbers = self.board()?;
        self.seen.permits_on_board = numbers.entered;
        self.seen.inside_at_end = numbers.inside;
        self.seen.most_inside = numbers.most_inside;
        self.seen.permits_left = self
            .props
            .semaphore
            .state()
            .trying(|| "look at the semaphore".to_string())?
            .count;
        act.end(&format!(
            "{} permits taken, never more than {} at once",
            numbers.entered, numbers.most_inside
        ));
        Ok(())
    }

    /// Each set of an auto-reset event lets one worker through, which answers.
    fn event(&mut self) -> Result<(), Failure> {
        let all = self.crew.numbers();
        let act = self
            .progress
            .act("event", "each set of an auto-reset event lets one worker through");
        self.open(Gate::EventGo)?;
        let begun = Instant::now();
        let mut drawn = begun;
        while begun.elapsed() < EVENT_TIME {
            let set_at = now();
            self.props.ball.set().trying(|| "set the event".to_string())?;
            let answer = self
                .props
                .answer
                .wait(Timeout::from(PATIENCE))
                .trying(|| "wait".to_string())?;
            if !answer.is_satisfied() {
                return Err(Failure::new("the event was set, but no worker answered"));
            }
            self.seen.round_trips.saturating_record(now() - set_at);
            if drawn.elapsed() >= Duration::from_millis(40) {
                drawn = Instant::now();
                let part = begun.elapsed().as_secs_f64() / EVENT_TIME.as_secs_f64();
                act.update(
                    part,
                    &format!("set and answered {} times", self.seen.round_trips.len()),
                );
            }
        }
        self.open(Gate::EventStop)?;
        let let_through = self.crew.collect(&all, |report| match report {
            Report::Events { let_through } => Some(let_through),
            _ => None,
        })?;
        self.seen.let_through = let_through.iter().map(|(_, count)| count).sum();
        act.end(&format!(
            "set {} times, let {} workers through",
            self.seen.round_trips.len(),
            self.seen.let_through
        ));
        Ok(())
    }

    /// One worker is killed while it owns the mutex and the others wait for it.
    fn crash(&mut self) -> Result<(), Failure> {
        let survivors: Vec<u32> = self
            .crew
            .numbers()
            .into_iter()
            .filter(|number| *number != VICTIM)
            .collect();
        let act = self
            .progress
            .act("crash", "a worker takes the mutex, and the others wait for it");
        self.open(Gate::CrashGo)?;
        self.crew
            .collect(&[VICTIM], |report| (report == Report::Owns).then_some(()))?;
        self.open(Gate::CrashQueue)?;
        let (mutex, victim) = (self.props.mutex_name(), self.crew.pid(VICTIM));
        self.see(|objects| {
            objects.iter().any(|object| {
                let ObjectState::Mutex {
                    owner: Some(owner), ..
                } = object.state
                else {
                    return false;
                };
                object.name.as_deref() == Some(&mutex)
                    && Some(owner.pid) == victim
                    && object.waiters.len() == survivors.len()
            })
        })?;
        act.update(
            0.5,
            &format!(
                "kill -9 {} (the owner; {} wait)",
                victim.unwrap_or(0),
                survivors.len()
            ),
        );
        let killed_at = now();
        self.crew.kill(VICTIM)?;
        let mut inherited = self.crew.collect(&survivors, |report| match report {
            Report::Inherited { at, abandoned } => Some((at, abandoned)),
            _ => None,
        })?;
        inherited.sort_by_key(|(_, (at, _))| *at);
        self.seen.abandoned_seen = inherited.iter().filter(|(_, (_, abandoned))| *abandoned).count();
        self.seen.first_saw_abandoned = inherited.first().is_some_and(|(_, (_, abandoned))| *abandoned);
        if let Some((_, (at, _))) = inherited.first() {
            self.seen
                .recoveries
                .saturating_record(at.saturating_sub(killed_at));
        }
        let pool = self
            .props
            .pool
            .wait(Timeout::from(PATIENCE))
            .trying(|| "wait for the pool".to_string())?;
        self.seen.permit_came_back = pool.is_satisfied();
        act.end(&format!(
            "killed the owner: the next worker had the mutex, abandoned, after {}",
            time(self.seen.recoveries.max())
        ));
        Ok(())
    }

    /// Each expiry of a periodic timer lets one worker through.
    fn timer(&mut self) -> Result<(), Failure> {
        let left = self.crew.numbers();
        let act = self
            .progress
            .act("timer", "each expiry of a periodic timer lets one worker through");
        self.open(Gate::TimerGo)?;
        let attempt = || "set the timer".to_string();
        let set_at = now();
        self.props
            .timer
            .set(Due::In(PERIOD), Some(PERIOD))
            .trying(attempt)?;
        self.crew.pass_time(TIMER_TIME, |part| {
            act.update(part, &format!("every {}", time(PERIOD.as_nanos() as u64)));
        })?;
        self.props.timer.cancel().trying(attempt)?;
        let cancelled_at = now();
        self.open(Gate::TimerStop)?;
        let ticks = self.crew.collect(&left, |report| match report {
            Report::Ticks { at } => Some(at),
            _ => None,
        })?;
        let period = PERIOD.as_nanos() as u64;
        for at in ticks.iter().flat_map(|(_, at)| at) {
            self.seen
                .tick_lateness
                .saturating_record(at.saturating_sub(set_at) % period);
        }
        self.seen.expiries = (cancelled_at - set_at) / period;
        act.end(&format!(
            "{} expiries, {} waits satisfied",
            self.seen.expiries,
            self.seen.tick_lateness.len()
        ));
        Ok(())
    }

    fn open(&self, gate: Gate) -> Result<(), Failure> {
        self.props
            .gate(gate)
            .set()
            .trying(|| format!("open gate {gate:?}"))
    }

    fn board(&self) -> Result<super::board::Numbers, Failure> {
        self.crew.board.read().trying(|| "read the board".to_string())
    }

    /// Looks at the namespace from outside until `condition` holds.
    fn see(&self, condition: impl Fn(&[inspect::ObjectInfo]) -> bool) -> Result<(), Failure> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let snapshot = inspect::snapshot(self.location).trying(|| "look at the namespace".to_string())?;
            if condition(&snapshot.objects) {
                return Ok(());
            }
            self.crew.pass_time(Duration::from_millis(1), |_| {})?;
        }
        Err(Failure::new("the workers do not wait where they should"))
    }
}
