//! The thread pool: registered waits, work items and timer queues.
//!
//! - `tally`: how many calls of a callback are queued or running, and who is told when none is any more.
//! - `workers`, `sleeper`: the threads that run callbacks, and how they wait for some.
//! - `registered`, `desk`: registered waits, and the threads that wait for them.
//! - `queues`, `clock`: timer queues, and the thread of all timers.
//! - `forked`: a forked child has none of these threads, so it begins with a pool of its own.
//!
//! Locks: a desk's or the clock's before that of the workers; none is held while a callback runs.

mod clock;
mod desk;
pub(crate) mod forked;
mod queues;
mod registered;
mod sleeper;
mod tally;
mod workers;

use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use queues::NewTimer;
pub(crate) use registered::Registering;
pub(crate) use tally::Completion;

use crate::code::Result;
use clock::Clock;
use registered::Waits;
use workers::{Job, Workers};

/// `WT_EXECUTEINIOTHREAD`.
const IN_IO_THREAD: u32 = 0x01;
/// `WT_EXECUTEINWAITTHREAD`.
const IN_WAIT_THREAD: u32 = 0x04;
/// `WT_EXECUTEONLYONCE`.
const ONLY_ONCE: u32 = 0x08;
/// `WT_EXECUTELONGFUNCTION`.
const LONG_FUNCTION: u32 = 0x10;
/// `WT_EXECUTEINTIMERTHREAD`.
const IN_TIMER_THREAD: u32 = 0x20;
/// `WT_EXECUTEINPERSISTENTTHREAD`.
const IN_PERSISTENT_THREAD: u32 = 0x80;

/// How long a thread without work stays.
const IDLE: Duration = Duration::from_secs(2);
/// How long to stay away from a wait for which there is no room at the moment.
const PAUSE: Duration = Duration::from_millis(50);
/// How many calls of one wait or timer may be queued or running: a wait is not waited for beyond it, a timer not reported.
const CALLS: usize = 1000;
/// Where the values of waits, timers and queues begin: no handle of an object is so large, nor what is kept elsewhere.
const FIRST: isize = 1 << 41;

/// What a wait or a timer calls, with whether its time has elapsed.
pub(crate) type Callback = Arc<dyn Fn(bool) + Send + Sync>;

/// The pool of a process.
pub(crate) struct Pool {
    workers: Arc<Workers>,
    waits: Waits,
    clock: Arc<Clock>,
}

impl Pool {
    fn new() -> Pool {
        let workers = Arc::new(Workers::new());
        Pool {
            waits: Waits::new(&workers),
            clock: Arc::new(Clock::new(&workers)),
            workers,
        }
    }

    /// `QueueUserWorkItem`.
    pub(crate) fn queue(&self, function: Box<dyn FnOnce() + Send>, flags: u32) -> Result<()> {
        self.workers.limit(flags);
        self.workers
            .submit(Job::new(flags, function))
            .map_err(|(code, _)| code)
    }
}

/// A value for a new wait, timer or queue. A forked child does not use its parent's again.
fn new_value() -> isize {
    static NEXT: AtomicIsize = AtomicIsize::new(FIRST);
    NEXT.fetch_add(8, Ordering::Relaxed)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
