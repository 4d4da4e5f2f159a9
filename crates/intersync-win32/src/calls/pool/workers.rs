//! The threads that run callbacks.
//!
//! There are at once as many as processors, and one for each long function. More come one by one, while no callback has been
//! begun for a while although some are queued: those that run may be waiting for one that is queued. A thread that is idle for
//! long ends.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::Duration;

use super::forked::Origin;
use super::{IDLE, IN_IO_THREAD, IN_PERSISTENT_THREAD, LONG_FUNCTION, lock};
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
    /// Whether the thread it runs on must not end by itself.
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
    work: Condvar,
    processors: usize,
}

struct State {
    queue: VecDeque<Job>,
    threads: usize,
    /// How many of them wait for work.
    idle: usize,
    /// Whether one of them is held back, to begin when nothing moves.
    reserve: bool,
    /// How many jobs were begun.
    begun: u64,
    maximum: usize,
}

impl Workers {
    pub(super) fn new() -> Workers {
        Workers {
            state: Mutex::new(State {
                queue: VecDeque::new(),
                threads: 0,
                idle: 0,
                reserve: false,
                begun: 0,
                maximum: MAXIMUM,
            }),
            work: Condvar::new(),
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
        let long = job.long;
        state.queue.push_back(job);
        self.attend(&mut state, long);
        if state.threads > 0 {
            return Ok(());
        }
        match state.queue.pop_back() {
            Some(job) => Err((Code(NO_SYSTEM_RESOURCES), job)),
            None => Ok(()),
        }
    }

    /// Sees to it that what is queued is run: by a thread that is idle, or by a new one.
    fn attend(self: &Arc<Self>, state: &mut State, long: bool) {
        if state.queue.len() <= state.idle {
            self.work.notify_one();
            return;
        }
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
        // Those that are there go on by themselves.
        if started.is_ok() {
            state.threads += 1;
            state.reserve |= reserve;
        }
    }

    /// The life of a thread.
    fn serve(self: Arc<Self>, reserve: bool) {
        let present = Present {
            workers: self,
            origin: Origin::here(),
        };
        let workers = &present.workers;
        if reserve {
            workers.hold_back();
        }
        let mut lasting = false;
        while let Some(job) = workers.next(lasting) {
            lasting |= job.lasting;
            job.run();
            if present.origin.is_left() {
                return;
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

    /// The next job, or none if the thread has been idle for long.
    fn next(self: &Arc<Self>, lasting: bool) -> Option<Job> {
        let mut state = lock(&self.state);
        loop {
            if let Some(job) = state.queue.pop_front() {
                state.begun += 1;
                if !state.queue.is_empty() {
                    self.attend(&mut state, false);
                }
                return Some(job);
            }
            state.idle += 1;
            let waited = self.work.wait_timeout(state, IDLE);
            let (again, ended) = waited.unwrap_or_else(PoisonError::into_inner);
            state = again;
            state.idle -= 1;
            if ended.timed_out() && state.queue.is_empty() && !lasting {
                return None;
            }
        }
    }
}

/// A thread that is counted, also if a callback ends it.
struct Present {
    workers: Arc<Workers>,
    origin: Origin,
}

impl Drop for Present {
    fn drop(&mut self) {
        if self.origin.is_left() {
            return;
        }
        let mut state = lock(&self.workers.state);
        state.threads -= 1;
        if !state.queue.is_empty() {
            self.workers.attend(&mut state, false);
        }
    }
}
