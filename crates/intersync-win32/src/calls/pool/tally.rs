//! How many calls of a callback are queued or running, and who is told when none is any more.

use std::sync::{Condvar, Mutex, PoisonError};

use intersync::{Access, Event, Handle};

use super::forked::Origin;
use super::lock;
use crate::code::{ACCESS_DENIED, Code, IO_PENDING, Result};
use crate::handle;

/// Who is told that no call is queued or running any more.
pub(crate) enum Completion {
    /// Nobody.
    Untold,
    /// Whoever waits for this event.
    Event(Event),
    /// The caller, who waits for it.
    Awaited,
}

impl Completion {
    /// As the functions take it: null, `INVALID_HANDLE_VALUE`, or a handle to an event.
    ///
    /// # Errors
    /// It is none of these; the handle lacks the right to set the event.
    pub(crate) fn of(value: isize) -> Result<Completion> {
        match value {
            0 => Ok(Completion::Untold),
            -1 => Ok(Completion::Awaited),
            value => {
                let event = Event::view_raw(handle::raw(value)?)?;
                if event.access().contains(Access::MODIFY) {
                    Ok(Completion::Event(event))
                } else {
                    Err(Code(ACCESS_DENIED))
                }
            }
        }
    }
}

/// The calls of one callback, or of all callbacks of a timer queue.
pub(super) struct Tally {
    state: Mutex<State>,
    none: Condvar,
    origin: Origin,
}

#[derive(Default)]
struct State {
    calls: usize,
    completion: Option<Event>,
}

impl Tally {
    pub(super) fn new() -> Tally {
        Tally {
            state: Mutex::default(),
            none: Condvar::new(),
            origin: Origin::here(),
        }
    }

    /// Counts a call that is queued.
    pub(super) fn enter(&self) {
        lock(&self.state).calls += 1;
    }

    /// Counts a call that has returned. The number of calls before.
    pub(super) fn leave(&self) -> usize {
        if self.origin.is_left() {
            // In a child that the callback has forked: it is the parent's to count.
            return 0;
        }
        let mut state = lock(&self.state);
        let before = state.calls;
        state.calls = before.saturating_sub(1);
        if state.calls > 0 {
            return before;
        }
        let completion = state.completion.take();
        self.none.notify_all();
        drop(state);
        if let Some(event) = completion {
            // If its handle was closed, nobody waits for it.
            let _ = event.set();
        }
        before
    }

    /// The number of calls that are queued or running.
    pub(super) fn calls(&self) -> usize {
        lock(&self.state).calls
    }

    /// Ends what no more calls come from.
    ///
    /// # Errors
    /// Calls are queued or running, and the caller does not wait for them.
    pub(super) fn end(&self, completion: Completion) -> Result<()> {
        let mut state = lock(&self.state);
        match completion {
            Completion::Awaited => {
                while state.calls > 0 {
                    state = self.none.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                Ok(())
            }
            Completion::Untold if state.calls == 0 => Ok(()),
            Completion::Untold => Err(Code(IO_PENDING)),
            Completion::Event(event) if state.calls == 0 => Ok(event.set()?),
            Completion::Event(event) => {
                state.completion = Some(event);
                Err(Code(IO_PENDING))
            }
        }
    }
}
