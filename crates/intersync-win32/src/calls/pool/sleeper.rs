//! How a thread that runs callbacks waits for work.

use std::sync::OnceLock;
use std::thread::{self, Thread};

use intersync::alertable;
use intersync::{Event, Timeout};

use super::{IDLE, PAUSE};

/// A thread that runs callbacks, as those see it that have work for it.
pub(super) struct Sleeper {
    thread: Thread,
    /// Of a thread that lasts: what wakes it. It waits for that alertably.
    bell: OnceLock<Option<Event>>,
}

impl Sleeper {
    /// The calling thread.
    pub(super) fn new() -> Sleeper {
        Sleeper {
            thread: thread::current(),
            bell: OnceLock::new(),
        }
    }

    /// From now on the calling thread lasts: it does not end by itself, and runs what is queued to it. If there is no room for
    /// an event, it does so only after each callback.
    pub(super) fn last(&self) {
        self.bell.get_or_init(|| Event::options().unnamed().ok());
    }

    pub(super) fn lasts(&self) -> bool {
        self.bell.get().is_some()
    }

    fn bell(&self) -> Option<&Event> {
        self.bell.get()?.as_ref()
    }

    /// Runs what is queued to the calling thread, if it lasts.
    pub(super) fn run_calls(&self) {
        if self.lasts() {
            let _ = alertable::sleep(Timeout::ZERO);
        }
    }

    /// Wakes the thread, which sleeps or is about to. Whether that was possible.
    pub(super) fn wake(&self) -> bool {
        match self.bell() {
            Some(bell) => bell.set().is_ok(),
            None => {
                self.thread.unpark();
                true
            }
        }
    }

    /// Sleeps until the thread is woken, something queued to it has run, or it has waited for long.
    pub(super) fn sleep(&self) {
        let Some(bell) = self.bell() else {
            thread::park_timeout(IDLE);
            return;
        };
        if alertable::wait_any(&[bell], Timeout::INFINITE).is_err() {
            // There was no room for such a wait, and nothing tells when there is.
            thread::park_timeout(PAUSE);
        }
    }
}
