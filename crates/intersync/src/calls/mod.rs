//! The calls queued to each thread of this process: asynchronous procedure calls.
//!
//! They are private to the process and run in alertable waits of their thread, in the order in which they were queued. The
//! completion routine of a timer is no entry of the queue: when the thread looks, its [`Source`] tells whether the
//! timer has expired since, and when, which gives the routine its place among the calls. So a timer that is set anew or
//! cancelled, by whatever process, has no routine queued any more, without a word from one process to another.
//!
//! # Invariant
//! Queueing a call, opening a wait to be [roused](Calls::open) and looking whether there is something to run happen under
//! one lock: a thread does not fall asleep over a call.

mod current;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use current::{Counted, end, of_thread, register};

use crate::Result;
use crate::dispatch::alert::Pending;
use crate::sys::clock;

/// Something to run.
pub(crate) type Call = Box<dyn FnOnce() + Send>;
/// What ends a wait of the thread.
pub(crate) type Rouse = Box<dyn Fn() -> Result<()> + Send>;

/// Where calls come from by themselves: the completion routine of a timer.
pub(crate) trait Source: Send + Sync {
    /// Whether there is a call. Takes no lock of the queue.
    fn look(&self) -> Coming;
    /// Takes the call that is there, if it still is; and whether others may follow.
    fn take(&self) -> (Option<Call>, bool);
    /// The object that it is of, whatever the handle.
    fn object(&self) -> (usize, u32);
    /// Its thread ends.
    fn cancel(&self);
}

/// What a [`Source`] says. Times are those of [`clock::monotonic_ns`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Coming {
    /// A call, since then.
    Since(i64),
    /// A call then, or at least a reason to look again.
    At(i64),
    /// No more calls.
    Gone,
}

/// What an alerted wait had come of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Delivered {
    /// Calls have run.
    Called,
    /// The thread was alerted, without a call.
    Alerted,
    /// What was there to run was withdrawn.
    Nothing,
}

/// The calls queued to one thread.
#[derive(Clone)]
pub(crate) struct Calls(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    roused: Condvar,
}

#[derive(Default)]
struct State {
    calls: VecDeque<(i64, Call)>,
    sources: Vec<Arc<dyn Source>>,
    alerted: bool,
    ended: bool,
    open: Vec<Rouse>,
}

/// What was queued to a thread that ends.
#[derive(Default)]
pub(crate) struct Leftovers {
    _calls: VecDeque<(i64, Call)>,
    sources: Vec<Arc<dyn Source>>,
}

impl State {
    fn look(&self) -> Pending {
        if self.alerted || !self.calls.is_empty() {
            return Pending::Now;
        }
        let mut next = Pending::Nothing;
        for source in &self.sources {
            match (source.look(), next) {
                (Coming::Since(_), _) => return Pending::Now,
                (Coming::At(time), Pending::At(known)) => next = Pending::At(time.min(known)),
                (Coming::At(time), _) => next = Pending::At(time),
                (Coming::Gone, _) => {}
            }
        }
        next
    }

    /// The source whose call came first, before the first in the queue.
    fn first_source(&self) -> Option<usize> {
        let since = |source: &Arc<dyn Source>| match source.look() {
            Coming::Since(time) => Some(time),
            _ => None,
        };
        let sources = self.sources.iter().enumerate();
        let (time, at) = sources.filter_map(|(i, s)| Some((since(s)?, i))).min()?;
        let queued = self.calls.front().map_or(i64::MAX, |(queued, _)| *queued);
        (time <= queued).then_some(at)
    }
}

impl Calls {
    fn new() -> Calls {
        Calls(Arc::new(Shared {
            state: Mutex::default(),
            roused: Condvar::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a call. `false`: the thread has ended.
    ///
    /// # Errors
    /// The wait under way cannot be roused; nothing is queued then.
    pub(crate) fn queue(&self, call: Call) -> Result<bool> {
        self.change(|state| state.calls.push_back((clock::monotonic_ns(), call)))
    }

    /// Ends the next alertable wait, or the one under way, without a call. `false`: the thread has ended.
    ///
    /// # Errors
    /// As [`Calls::queue`].
    pub(crate) fn alert(&self) -> Result<bool> {
        self.change(|state| state.alerted = true)
    }

    fn change(&self, change: impl FnOnce(&mut State)) -> Result<bool> {
        let mut state = self.lock();
        if state.ended {
            return Ok(false);
        }
        // A wait that is roused and finds nothing goes on.
        state.open.iter().try_for_each(|rouse| rouse())?;
        change(&mut state);
        self.0.roused.notify_all();
        Ok(true)
    }

    /// Adds a source, in place of what there is of its object.
    pub(crate) fn add(&self, source: Arc<dyn Source>) {
        self.forget(source.object());
        let mut state = self.lock();
        if !state.ended {
            state.sources.push(source);
        }
    }

    /// Removes what there is of an object.
    pub(crate) fn forget(&self, object: (usize, u32)) {
        let mut state = self.lock();
        let gone: Vec<_> = state
            .sources
            .extract_if(.., |source| source.object() == object)
            .collect();
        drop(state);
        drop(gone);
    }

    /// Whether there is something to run.
    pub(crate) fn look(&self) -> Pending {
        self.lock().look()
    }

    /// Has a wait of the thread roused from now on.
    pub(crate) fn open(&self, rouse: Rouse) {
        self.lock().open.push(rouse);
    }

    /// No wait of the thread is roused any more.
    pub(crate) fn close(&self) {
        self.lock().open.clear();
    }

    /// Sleeps for a time (`None`: for ever), or until there is something to run: then `false`.
    pub(crate) fn sleep(&self, time: Option<Duration>) -> bool {
        let now = clock::monotonic_ns();
        let until = time.map(|t| now.saturating_add(i64::try_from(t.as_nanos()).unwrap_or(i64::MAX)));
        let mut state = self.lock();
        loop {
            let mut wake = until;
            match state.look() {
                Pending::Now => return false,
                Pending::At(time) => wake = Some(wake.unwrap_or(i64::MAX).min(time)),
                Pending::Nothing => {}
            }
            let now = clock::monotonic_ns();
            if until.is_some_and(|until| until <= now) {
                return true;
            }
            state = match wake {
                None => {
                    let woken = self.0.roused.wait(state);
                    woken.unwrap_or_else(PoisonError::into_inner)
                }
                Some(wake) => {
                    let left = Duration::from_nanos(wake.saturating_sub(now).max(0) as u64);
                    let woken = self.0.roused.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Runs everything that is there to run, also what is queued meanwhile. In the thread that it is queued to.
    pub(crate) fn deliver(&self) -> Delivered {
        if std::mem::take(&mut self.lock().alerted) {
            return Delivered::Alerted;
        }
        let mut delivered = Delivered::Nothing;
        while let Some(call) = self.next() {
            delivered = Delivered::Called;
            call();
        }
        delivered
    }

    fn next(&self) -> Option<Call> {
        loop {
            let mut state = self.lock();
            let Some(at) = state.first_source() else {
                let gone: Vec<_> = state
                    .sources
                    .extract_if(.., |source| source.look() == Coming::Gone)
                    .collect();
                let call = state.calls.pop_front();
                // Outside the lock: they close their handles.
                drop(state);
                drop(gone);
                return call.map(|(_, call)| call);
            };
            let source = state.sources[at].clone();
            let (call, more) = source.take();
            if !more {
                state.sources.swap_remove(at);
            }
            drop(state);
            drop(source);
            if call.is_some() {
                return call;
            }
        }
    }

    /// The thread ends: nothing is queued any more.
    fn end(&self) -> Leftovers {
        let mut state = self.lock();
        state.ended = true;
        Leftovers {
            _calls: std::mem::take(&mut state.calls),
            sources: std::mem::take(&mut state.sources),
        }
    }
}
