//! The thread of all timers of timer queues, and what it has to do when.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::forked::Origin;
use super::queues::Timer;
use super::tally::Tally;
use super::workers::{Job, Workers};
use super::{IDLE, lock};
use crate::code::{Code, NO_SYSTEM_RESOURCES, Result};

/// The timers of the process.
pub(super) struct Clock {
    workers: Arc<Workers>,
    state: Mutex<State>,
    changed: Condvar,
}

/// The timers and their queues, by their values.
pub(super) struct State {
    pub(super) default: Arc<Tally>,
    pub(super) queues: HashMap<isize, Arc<Tally>>,
    pub(super) plans: HashMap<isize, Plan>,
    /// What is due, and when.
    due: BTreeSet<(Instant, isize)>,
    /// Whether there is a thread.
    runs: bool,
}

/// What a timer does next.
pub(super) struct Plan {
    pub(super) timer: Arc<Timer>,
    due: Option<Instant>,
    period: Option<Duration>,
    fired: bool,
}

impl Plan {
    /// A timer that was not due yet.
    pub(super) fn new(timer: Arc<Timer>, period: u32) -> Plan {
        Plan {
            timer,
            due: None,
            period: (period > 0).then(|| Duration::from_millis(u64::from(period))),
            fired: false,
        }
    }

    /// Whether it will not be due again, whatever it is changed to.
    pub(super) fn is_over(&self) -> bool {
        self.fired && self.period.is_none()
    }

    /// When it is due after it was due at `at`. What was missed is left out.
    fn after(&self, at: Instant, now: Instant) -> Option<Instant> {
        let period = self.period?;
        let missed = now.saturating_duration_since(at).as_nanos() / period.as_nanos();
        let missed = u32::try_from(missed).unwrap_or(u32::MAX - 1);
        Some(at + period * (missed + 1))
    }
}

impl State {
    /// Takes a timer out.
    pub(super) fn disarm(&mut self, value: isize) -> Option<Plan> {
        let mut plan = self.plans.remove(&value)?;
        if let Some(at) = plan.due.take() {
            self.due.remove(&(at, value));
        }
        Some(plan)
    }

    /// Takes all timers of a queue out.
    pub(super) fn clear(&mut self, queue: &Arc<Tally>) {
        let of_queue = |plan: &Plan| Arc::ptr_eq(&plan.timer.queue, queue);
        let plans = self.plans.iter().filter(|(_, plan)| of_queue(plan));
        let values: Vec<isize> = plans.map(|(&value, _)| value).collect();
        for value in values {
            self.disarm(value);
        }
    }
}

impl Clock {
    pub(super) fn new(workers: &Arc<Workers>) -> Clock {
        Clock {
            workers: Arc::clone(workers),
            state: Mutex::new(State {
                default: Arc::new(Tally::new()),
                queues: HashMap::new(),
                plans: HashMap::new(),
                due: BTreeSet::new(),
                runs: false,
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Puts a timer in, to be due then, or never.
    pub(super) fn arm(&self, state: &mut State, value: isize, mut plan: Plan, at: Option<Instant>) {
        plan.due = at;
        if let Some(at) = at {
            state.due.insert((at, value));
            self.changed.notify_one();
        }
        state.plans.insert(value, plan);
    }

    /// Starts the thread if there is none.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) fn ensure_thread(self: &Arc<Self>, state: &mut State) -> Result<()> {
        if state.runs {
            return Ok(());
        }
        let clock = Arc::clone(self);
        let started = Builder::new()
            .name("intersync-timer".to_owned())
            .spawn(move || clock.serve());
        state.runs = started.is_ok();
        started.map(drop).map_err(|_| Code(NO_SYSTEM_RESOURCES))
    }

    /// The life of the thread. It is left at once in a child that a callback has forked.
    fn serve(&self) {
        let origin = Origin::here();
        while let Some(job) = self.next() {
            job.run();
            if origin.is_left() {
                return;
            }
        }
    }

    /// Waits until something is due that is to be run in this thread; none if there has been no timer for long.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let first = state.due.first().copied();
            if let Some((at, value)) = first.filter(|&(at, _)| at <= now) {
                if let Some(job) = self.fire(&mut state, at, value, now) {
                    return Some(job);
                }
                continue;
            }
            let time = first.map_or(IDLE, |(at, _)| at - now);
            let waited = self.changed.wait_timeout(state, time);
            let (again, ended) = waited.unwrap_or_else(PoisonError::into_inner);
            state = again;
            if first.is_none() && ended.timed_out() && state.due.is_empty() {
                state.runs = false;
                return None;
            }
        }
    }

    /// Has a timer that is due called. What the calling thread has to run itself comes back.
    fn fire(&self, state: &mut State, at: Instant, value: isize, now: Instant) -> Option<Job> {
        let mut plan = state.disarm(value)?;
        plan.fired = true;
        let next = plan.after(at, now);
        let timer = Arc::clone(&plan.timer);
        self.arm(state, value, plan, next);
        let job = timer.call()?;
        if timer.is_inline() {
            return Some(job);
        }
        self.workers.submit(job).err().map(|(_, job)| job)
    }
}
