//! Alertable waits, and the asynchronous procedure calls that run in them.
//!
//! A call is queued to a thread of the same process with [`Thread::queue_call`](crate::Thread::queue_call), or comes from a timer that the
//! thread has set with [`Timer::set_calling`](crate::Timer::set_calling). It runs when the thread is in one of these waits, never otherwise. An
//! alertable wait whose objects are signaled at its beginning is satisfied, whatever is queued. Otherwise one that finds calls queued, or has one queued
//! while it is blocked, takes no object, runs *all* calls in the order in which they were queued, those that
//! are queued meanwhile too, and returns [`Ended::Called`].
//!
//! ```
//! use std::time::Duration;
//! use intersync::alertable::{self, Ended};
//! use intersync::{Thread, Timeout};
//! # fn main() -> intersync::Result<()> {
//! # let directory = std::env::temp_dir();
//! let me = Thread::current()?;
//! me.queue_call(|| println!("called"))?;
//! assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Called);
//! # Ok(()) }
//! ```
//!
//! Source: Win32 `QueueUserAPC`, `WaitForSingleObjectEx` and its kin, `SleepEx`.

use std::time::Instant;

use crate::calls::{Calls, Delivered};
use crate::{Outcome, Result, Timeout, Waitable, wait};

/// How an alertable wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the wait may have ended without the objects"]
pub enum Ended {
    /// As one that is not alertable. Calls that are queued stay so.
    Wait(Outcome),
    /// Calls queued to the thread have run. Nothing was acquired.
    Called,
    /// The thread was [alerted](crate::Thread::alert). Nothing was acquired, and calls that are queued stay so.
    Alerted,
}

/// As [`wait_any`](crate::wait_any), alertable.
///
/// # Errors
/// As [`wait_any`](crate::wait_any); no call has run then.
pub fn wait_any(objects: &[&dyn Waitable], timeout: impl Into<Timeout>) -> Result<Ended> {
    run(timeout.into(), |left, calls| {
        wait::wait_alertable(objects, false, left, calls)
    })
}

/// As [`wait_all`](crate::wait_all), alertable.
///
/// # Errors
/// As [`wait_all`](crate::wait_all); no call has run then.
pub fn wait_all(objects: &[&dyn Waitable], timeout: impl Into<Timeout>) -> Result<Ended> {
    run(timeout.into(), |left, calls| {
        wait::wait_alertable(objects, true, left, calls)
    })
}

/// As [`signal_and_wait`](crate::signal_and_wait), alertable. What was signaled stays so, however the wait ends.
///
/// # Errors
/// As [`signal_and_wait`](crate::signal_and_wait).
pub fn signal_and_wait(
    signal: &dyn Waitable,
    object: &dyn Waitable,
    timeout: impl Into<Timeout>,
) -> Result<Ended> {
    let mut signaled = false;
    run(timeout.into(), |left, calls| {
        if std::mem::replace(&mut signaled, true) {
            return wait::wait_alertable(&[object], false, left, calls);
        }
        wait::signal_and_wait_alertable(signal, object, left, calls)
    })
}

/// Sleeps for a time, or until calls have run. Time zero: runs what is queued.
pub fn sleep(timeout: impl Into<Timeout>) -> Ended {
    let slept = run(timeout.into(), |left, calls| {
        let slept = match calls {
            Some(calls) => calls.sleep(left.duration()),
            // A thread that ends has no calls.
            None => {
                left.duration().map_or_else(forever, std::thread::sleep);
                true
            }
        };
        Ok(slept.then_some(Outcome::TimedOut))
    });
    slept.unwrap_or(Ended::Wait(Outcome::TimedOut))
}

fn forever() {
    loop {
        std::thread::park();
    }
}

/// Waits until the wait has ended for a reason: what was there to run may be withdrawn before it runs.
fn run(
    timeout: Timeout,
    mut attempt: impl FnMut(Timeout, Option<&Calls>) -> Result<Option<Outcome>>,
) -> Result<Ended> {
    let calls = Calls::current();
    let begun = Instant::now();
    let mut left = timeout;
    loop {
        if let Some(outcome) = attempt(left, calls.as_ref())? {
            return Ok(Ended::Wait(outcome));
        }
        match calls.as_ref().map(Calls::deliver) {
            Some(Delivered::Called) => return Ok(Ended::Called),
            Some(Delivered::Alerted) => return Ok(Ended::Alerted),
            Some(Delivered::Nothing) | None => {}
        }
        if let Some(time) = timeout.duration() {
            left = time.saturating_sub(begun.elapsed()).into();
        }
    }
}
