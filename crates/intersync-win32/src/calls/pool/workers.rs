//! The threads that run callbacks.
//!
//! There are at once as many as processors, and one for each long function. More come one by one, while no callback has been
//! begun for a while although some are queued: those that run may be waiting for one that is queued. A thread that is idle for
//! long ends, unless it has run a callback that wants one that does not: such a thread waits alertably for the next one.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::thread::{self, Builder};
use std::time::Duration;

use super::forked::Origin;
use super::sleeper::Sleeper;
use super::{IN_IO_THREAD, IN_PERSISTENT_THREAD, LONG_FUNCTION, lock};
use crate::code::{Code, NO_SYSTEM_RESOURCES};

/// How long callbacks that do not return may keep all others from beginning before a thread is added.
const PATIENCE: Duration = Duration::from_millis(10);
/// How many threads there may be unless the program says otherwise, as on Windows.
const MAXIMUM: usize = 500;

/// A callback to be run.
pub(super) struct Job {
    run: Box<dyn FnOnce() + Send>,
    /// Whether it may run for long, so that it needs a thread of its own.
    long: bool,
    /// Whether the thread it runs on must not end by itself, and run what is queued to it.
    lasting: bool,
}

impl Job {
    /// A callback to be run as these flags say.
    pub(super) fn new(flags: u32, run: Box<dyn FnOnce() + Send>) -> Job {
        Job {
            run,
            long: flags & LONG_FUNCTION != 0,
            lasting: flags & (IN_PERSISTENT_THREAD | IN_IO_THREAD) != 0,
        }
    }

    /// Runs it in the calling thread.
    pub(super) fn run(self) {
        (self.run)();
    }
}

/// The threads that run callbacks, and what they have to run.
pub(super) struct Workers {
    state: Mutex<State>,
    processors: usize,
}

struct State {
    queue: VecDeque<Job>,
    threads: usize,
    /// Those that wait for work and were not woken.
    idle: Vec<Arc<Sleeper>>,
    /// How many were woken and have not looked for work yet.
    woken: usize,
    /// Whether one of them is held back, to begin when nothing moves.
    reserve: bool,
    /// How many jobs were begun.
    begun: u64,
    maximum: usize,
}

/// What a thread does next.
enum Next {
    Run(Job),
    Sleep,
    End,
}

impl Workers {
    pub(super) fn new() -> Workers {
        Workers {
            state: Mutex::new(State {
                queue: VecDeque::new(),
                threads: 0,
                idle: Vec::new(),
                woken: 0,
                reserve: false,
                begun: 0,
                maximum: MAXIMUM,
            }),
            processors: thread::available_parallelism().map_or(1, NonZero::get),
        }
    }

    /// Sets how many threads there may be, if the upper half of the flags says so.
    pub(super) fn limit(&self, flags: u32) {
        let wanted = flags >> 16;
        if wanted > 0 {
            lock(&self.state).maximum = wanted as usize;
        }
    }

    /// Has a job run by some thread.
    ///
    /// # Errors
    /// There is no thread, and none can be started. The job comes back.
    pub(super) fn submit(self: &Arc<Self>, job: Job) -> Result<(), (Code, Job)> {
        let mut state = lock(&self.state);
        let (long, lasting) = (job.long, job.lasting);
        state.queue.push_back(job);
        if state.queue.len() > state.woken && !state.wake(lasting) {
            self.grow(&mut state, long);
        }
        if state.threads > 0 {
            return Ok(());
        }
        match state.queue.pop_back() {
            Some(job) => Err((Code(NO_SYSTEM_RESOURCES), job)),
            None => Ok(()),
        }
    }

    /// Starts a thread for what is queued, if one may and can be started: those that are there go on by themselves.
    fn grow(self: &Arc<Self>, state: &mut State, long: bool) {
        if state.threads >= state.maximum {
            return;
        }
        let reserve = !long && state.threads >= self.processors;
        if reserve && state.reserve {
            return;
        }
        let workers = Arc::clone(self);
        let started = Builder::new()
            .name("intersync-pool".to_owned())
            .spawn(move || workers.serve(reserve));
        if started.is_ok() {
            state.threads += 1;
            state.reserve |= reserve;
        }
    }

    /// The life of a thread. It is left at once in a child that a callback has forked.
    fn serve(self: Arc<Self>, reserve: bool) {
        let origin = Origin::here();
        let me = Arc::new(Sleeper::new());
        if reserve {
            self.hold_back();
        }
        let mut slept = false;
        while !origin.is_left() {
            match self.next(&me, slept) {
                Next::Run(job) => {
                    slept = false;
                    if job.lasting {
                        me.last();
                    }
                    job.run();
                    if !origin.is_left() {
                        me.run_calls();
                    }
                }
                Next::Sleep => {
                    slept = true;
                    me.sleep();
                }
                Next::End => return,
            }
        }
    }

    /// Waits until nothing moves.
    fn hold_back(self: &Arc<Self>) {
        let mut state = lock(&self.state);
        while !state.queue.is_empty() {
            let begun = state.begun;
            drop(state);
            thread::sleep(PATIENCE);
            state = lock(&self.state);
            if state.begun == begun {
                break;
            }
        }
        state.reserve = false;
    }

    /// What a thread does that has run a job, or slept.
    fn next(self: &Arc<Self>, me: &Arc<Sleeper>, slept: bool) -> Next {
        let mut state = lock(&self.state);
        let in_vain = slept && state.forget(me);
        if slept && !in_vain {
            state.woken -= 1;
        }
        if let Some(job) = state.queue.pop_front() {
            state.begun += 1;
            if state.queue.len() > state.woken {
                self.grow(&mut state, false);
            }
            return Next::Run(job);
        }
        if in_vain && !me.lasts() {
            state.threads -= 1;
            return Next::End;
        }
        state.idle.push(Arc::clone(me));
        Next::Sleep
    }
}

impl State {
    /// Wakes a thread that waits for work, if there is one, and rather one that lasts or does not, as the job.
    fn wake(&mut self, lasting: bool) -> bool {
        let alike = self.idle.iter().rposition(|sleeper| sleeper.lasts() == lasting);
        let Some(at) = alike.or(self.idle.len().checked_sub(1)) else {
            return false;
        };
        let woken = self.idle[at].wake();
        if woken {
            self.idle.remove(at);
            self.woken += 1;
        }
        woken
    }

    /// Takes a thread out of those that wait; whether it was among them.
    fn forget(&mut self, sleeper: &Arc<Sleeper>) -> bool {
        let at = self.idle.iter().position(|other| Arc::ptr_eq(other, sleeper));
        at.map(|at| self.idle.remove(at)).is_some()
    }
}
