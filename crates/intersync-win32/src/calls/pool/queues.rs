//! Timer queues.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::clock::Plan;
use super::tally::Tally;
use super::workers::Job;
use super::{CALLS, Callback, Completion, IN_TIMER_THREAD, ONLY_ONCE, Pool, new_value};
use crate::code::{Code, INVALID_HANDLE, INVALID_PARAMETER, Result};

/// What `CreateTimerQueueTimer` is given.
pub(crate) struct NewTimer {
    /// The queue, 0 for the default one.
    pub(crate) queue: isize,
    /// What to call.
    pub(crate) callback: Callback,
    /// When it is due, in ms from now; `INFINITE`: not before it is changed.
    pub(crate) due: u32,
    /// Its period in ms, 0 for none.
    pub(crate) period: u32,
    /// `WT_...`.
    pub(crate) flags: u32,
}

/// A timer, whose calls count for its queue too.
pub(super) struct Timer {
    callback: Callback,
    flags: u32,
    tally: Tally,
    pub(super) queue: Arc<Tally>,
}

impl Timer {
    /// Whether it is called in the thread of the timers.
    pub(super) fn is_inline(&self) -> bool {
        self.flags & IN_TIMER_THREAD != 0
    }

    /// A call of its callback, unless too many are under way.
    pub(super) fn call(self: &Arc<Self>) -> Option<Job> {
        if self.tally.calls() >= CALLS {
            return None;
        }
        self.tally.enter();
        self.queue.enter();
        let call = Call(Arc::clone(self));
        Some(Job::new(self.flags, Box::new(move || call.run())))
    }
}

/// A call of a timer's callback, from when it is due until it has returned.
struct Call(Arc<Timer>);

impl Call {
    fn run(self) {
        (self.0.callback)(true);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.tally.leave();
        self.0.queue.leave();
    }
}

/// When a timer that is set now for so many ms is due: `INFINITE` for never.
fn due(milliseconds: u32) -> Option<Instant> {
    (milliseconds != u32::MAX).then(|| Instant::now() + Duration::from_millis(u64::from(milliseconds)))
}

impl Pool {
    /// `CreateTimerQueue`.
    pub(crate) fn create_queue(&self) -> isize {
        let value = new_value();
        self.clock.lock().queues.insert(value, Arc::new(Tally::new()));
        value
    }

    /// `CreateTimerQueueTimer`. The value is published before anything can be called.
    pub(crate) fn create_timer(&self, given: NewTimer, publish: impl FnOnce(isize)) -> Result<()> {
        if given.flags & ONLY_ONCE != 0 && given.period != 0 {
            return Err(Code(INVALID_PARAMETER));
        }
        self.workers.limit(given.flags);
        let mut state = self.clock.lock();
        let queue = match given.queue {
            0 => &state.default,
            value => state.queues.get(&value).ok_or(Code(INVALID_HANDLE))?,
        };
        let timer = Arc::new(Timer {
            callback: given.callback,
            flags: given.flags,
            tally: Tally::new(),
            queue: Arc::clone(queue),
        });
        self.clock.ensure_thread(&mut state)?;
        let value = new_value();
        publish(value);
        let plan = Plan::new(timer, given.period);
        self.clock.arm(&mut state, value, plan, due(given.due));
        Ok(())
    }

    /// `ChangeTimerQueueTimer`.
    pub(crate) fn change_timer(&self, value: isize, next: u32, period: u32) -> Result<()> {
        let mut state = self.clock.lock();
        if !state.plans.contains_key(&value) {
            return Err(Code(INVALID_PARAMETER));
        }
        self.clock.ensure_thread(&mut state)?;
        let plan = state.disarm(value).ok_or(Code(INVALID_PARAMETER))?;
        if plan.is_over() {
            // As on Windows: a timer without a period is due once.
            self.clock.arm(&mut state, value, plan, None);
            return Ok(());
        }
        let once = plan.timer.flags & ONLY_ONCE != 0;
        let plan = Plan::new(plan.timer, if once { 0 } else { period });
        self.clock.arm(&mut state, value, plan, due(next));
        Ok(())
    }

    /// `DeleteTimerQueueTimer`.
    pub(crate) fn delete_timer(&self, value: isize, completion: isize) -> Result<()> {
        if !self.clock.lock().plans.contains_key(&value) {
            return Err(Code(INVALID_PARAMETER));
        }
        let completion = Completion::of(completion)?;
        let found = self.clock.lock().disarm(value);
        let plan = found.ok_or(Code(INVALID_PARAMETER))?;
        plan.timer.tally.end(completion)
    }

    /// `DeleteTimerQueueEx`.
    pub(crate) fn delete_queue(&self, value: isize, completion: isize) -> Result<()> {
        if !self.clock.lock().queues.contains_key(&value) {
            return Err(Code(INVALID_HANDLE));
        }
        let completion = Completion::of(completion)?;
        let mut state = self.clock.lock();
        let queue = state.queues.remove(&value).ok_or(Code(INVALID_HANDLE))?;
        state.clear(&queue);
        drop(state);
        queue.end(completion)
    }
}
