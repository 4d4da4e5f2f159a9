//! What threads wait for that have let go of a lock.
#![allow(
    unsafe_code,
    reason = "the queues must not be used by their own callbacks, nor one of them for two purposes"
)]

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use parking_lot_core::{DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, FilterOp, ParkResult};

use super::{Lock, Purpose, queue};

/// A condition variable: 1 while threads sleep, else 0. Only changed under the lock of the queue.
#[derive(Default)]
#[repr(transparent)]
pub(crate) struct Condition(AtomicU64);

impl Condition {
    /// Lets go of a lock and sleeps until somebody wakes it, without a gap between the two. False: the deadline came first.
    pub(crate) fn sleep(&self, lock: Option<&Lock>, deadline: Option<Instant>) -> bool {
        let enter = || {
            self.0.store(1, Relaxed);
            true
        };
        let leave = |_, last: bool| {
            if last {
                self.0.store(0, Relaxed);
            }
        };
        // SAFETY: queues of this purpose are used by this type only. The callbacks under the lock of the queue use a word. The
        // one outside it lets go of a lock, which may wake threads and never sleeps.
        let slept = unsafe {
            parking_lot_core::park(
                self.queue(),
                enter,
                || lock.into_iter().for_each(Lock::release),
                leave,
                DEFAULT_PARK_TOKEN,
                deadline,
            )
        };
        slept != ParkResult::TimedOut
    }

    /// Wakes one of the sleepers, or all.
    pub(crate) fn wake(&self, all: bool) {
        // Who sleeps has said so before it let go of the lock under which the condition has changed since.
        if self.0.load(Relaxed) == 0 {
            return;
        }
        let mut more = true;
        let choose = |_| match std::mem::replace(&mut more, all) {
            true => FilterOp::Unpark,
            false => FilterOp::Stop,
        };
        // SAFETY: as in `sleep`. The callbacks use a word and a variable of their own.
        unsafe {
            parking_lot_core::unpark_filter(self.queue(), choose, |result| {
                if !result.have_more_threads {
                    self.0.store(0, Relaxed);
                }
                DEFAULT_UNPARK_TOKEN
            });
        }
    }

    fn queue(&self) -> usize {
        queue(Purpose::Condition, std::ptr::from_ref(self).addr())
    }
}
