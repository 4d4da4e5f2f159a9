//! The threads that wait for registrations: each for as many as one wait can have, beside a bell, which is rung when somebody
//! wants to change the list.
//!
//! A registration that is served goes to the end of the list, so that an object that stays signaled does not keep the others
//! from being noticed. Whoever takes a registration off the list stays until the thread has left the wait that it was part of:
//! from then on, signals stay in the object.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Instant;

use intersync::{Error, Event, Kind, MAXIMUM_WAIT_OBJECTS, Outcome, Timeout, Waitable};

use super::forked::Origin;
use super::registered::{Call, Registration};
use super::workers::{Job, Workers};
use super::{IDLE, PAUSE, lock};
use crate::code::{Code, NO_SYSTEM_RESOURCES, Result};

/// How many registrations a thread waits for: the bell is one of the objects.
const SEATS: usize = MAXIMUM_WAIT_OBJECTS - 1;

/// A thread that waits, and what for.
pub(super) struct Desk {
    bell: Event,
    workers: Arc<Workers>,
    state: Mutex<State>,
    left: Condvar,
}

struct State {
    list: Vec<Entry>,
    /// How many waits the thread has begun, and whether it is in the last of them.
    waits: u64,
    waiting: bool,
    /// Whether it has acquired a mutex, which its end would abandon.
    owns: bool,
    /// Whether it has ended.
    closed: bool,
}

struct Entry {
    registration: Arc<Registration>,
    deadline: Option<Instant>,
}

impl Entry {
    /// As it is now, waiting anew.
    fn of(registration: &Arc<Registration>) -> Entry {
        Entry {
            registration: Arc::clone(registration),
            deadline: registration.timeout.map(|timeout| Instant::now() + timeout),
        }
    }
}

/// Whether a registration was put on a list.
pub(super) enum Seated {
    /// It was.
    Yes,
    /// The list is full.
    Full,
    /// The thread has ended.
    Closed,
}

/// What a thread has to do after a wait.
enum Next {
    Wait,
    Run(Job),
    End,
}

impl Desk {
    /// Starts a thread that waits for nothing yet.
    ///
    /// # Errors
    /// No room for the bell, or for a thread.
    pub(super) fn open(workers: &Arc<Workers>) -> Result<Arc<Desk>> {
        let desk = Arc::new(Desk {
            bell: Event::options().unnamed()?,
            workers: Arc::clone(workers),
            state: Mutex::new(State {
                list: Vec::new(),
                waits: 0,
                waiting: false,
                owns: false,
                closed: false,
            }),
            left: Condvar::new(),
        });
        let staffed = Arc::clone(&desk);
        let started = Builder::new()
            .name("intersync-wait".to_owned())
            .spawn(move || staffed.serve());
        started.map_err(|_| Code(NO_SYSTEM_RESOURCES))?;
        Ok(desk)
    }

    /// The life of the thread. It is left at once in a child that a callback has forked.
    fn serve(self: &Arc<Self>) {
        let origin = Origin::here();
        loop {
            for next in [Desk::elapse, Desk::wait] {
                match next(self) {
                    Next::Wait => {}
                    Next::End => return,
                    Next::Run(job) => job.run(),
                }
                if origin.is_left() {
                    return;
                }
            }
        }
    }

    /// Makes the thread look at its list.
    pub(super) fn ring(&self) -> Result<()> {
        Ok(self.bell.set()?)
    }

    /// Puts a registration on the list, once `publish` has been called.
    pub(super) fn add(&self, registration: &Arc<Registration>, publish: impl FnOnce()) -> Result<Seated> {
        let mut state = lock(&self.state);
        if state.closed {
            return Ok(Seated::Closed);
        }
        if state.list.len() == SEATS {
            return Ok(Seated::Full);
        }
        self.ring()?;
        publish();
        state.list.push(Entry::of(registration));
        Ok(Seated::Yes)
    }

    /// Takes a registration off the list. Afterwards the thread does not wait for it.
    pub(super) fn remove(&self, registration: &Arc<Registration>) -> Result<()> {
        let mut state = lock(&self.state);
        let Some(at) = state.position(registration) else {
            return Ok(());
        };
        state.list.remove(at);
        if state.waiting {
            self.ring()?;
            let wait = state.waits;
            while state.waiting && state.waits == wait {
                state = self.left.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        Ok(())
    }

    /// Waits once. What has to be run in this thread comes back.
    fn wait(self: &Arc<Self>) -> Next {
        let mut state = lock(&self.state);
        let (open, timeout) = state.open();
        state.waits += 1;
        state.waiting = true;
        drop(state);
        let objects = open
            .iter()
            .map(|registration| &registration.object as &dyn Waitable);
        // The bell is the last: if another object is signaled, the wait ends anyway.
        let list: Vec<&dyn Waitable> = objects.chain([&self.bell as &dyn Waitable]).collect();
        let outcome = intersync::wait_any(&list, timeout);
        let mut state = lock(&self.state);
        state.waiting = false;
        self.left.notify_all();
        match outcome {
            Ok(Outcome::Signaled { index } | Outcome::Abandoned { index }) => match open.get(index) {
                Some(registration) => self.report(&mut state, registration, false),
                None => Next::Wait,
            },
            Ok(Outcome::TimedOut) if state.list.is_empty() && !state.owns => state.close(),
            Ok(Outcome::TimedOut) => Next::Wait,
            Err(_) => self.sort_out(state),
        }
    }

    /// Reports those whose time has come, up to one that has to be run in this thread.
    fn elapse(self: &Arc<Self>) -> Next {
        let mut state = lock(&self.state);
        let now = Instant::now();
        while let Some(registration) = state.first_due(now) {
            // It may have been signaled meanwhile.
            let timed_out = matches!(
                registration.object.wait(Timeout::ZERO),
                Ok(Outcome::TimedOut) | Err(_)
            );
            if let run @ Next::Run(_) = self.report(&mut state, &registration, timed_out) {
                return run;
            }
        }
        Next::Wait
    }

    /// Reports a signal that was taken, or a time-out. It may be of a registration that was just taken off the list:
    /// that is before whoever took it off goes on.
    fn report(
        self: &Arc<Self>,
        state: &mut State,
        registration: &Arc<Registration>,
        timed_out: bool,
    ) -> Next {
        if let Some(at) = state.position(registration) {
            state.list.remove(at);
            if !registration.is_once() {
                state.list.push(Entry::of(registration));
            }
        }
        state.owns |= !timed_out && registration.object.kind() == Kind::Mutex;
        let call = Call::new(registration, self, timed_out);
        call.hand_over(&self.workers).map_or(Next::Wait, Next::Run)
    }

    /// Finds out what cannot be waited for, such as an object that is gone since its handle was closed, and leaves it alone.
    fn sort_out(self: &Arc<Self>, mut state: MutexGuard<'_, State>) -> Next {
        let before = state.list.len();
        for registration in state.open().0 {
            match registration.object.wait(Timeout::ZERO) {
                Ok(Outcome::TimedOut) | Err(Error::Stalled { .. } | Error::Exhausted { .. }) => {}
                Ok(_) => return self.report(&mut state, &registration, false),
                Err(_) => state
                    .list
                    .retain(|entry| !Arc::ptr_eq(&entry.registration, &registration)),
            }
        }
        if state.list.is_empty() {
            return state.close();
        }
        if state.list.len() == before {
            // There was no room for such a wait, and nothing tells when there is.
            let _ = self.left.wait_timeout(state, PAUSE);
        }
        Next::Wait
    }
}

impl State {
    fn position(&self, registration: &Arc<Registration>) -> Option<usize> {
        self.list
            .iter()
            .position(|entry| Arc::ptr_eq(&entry.registration, registration))
    }

    /// What is waited for now, and for how long.
    fn open(&self) -> (Vec<Arc<Registration>>, Timeout) {
        if self.list.is_empty() {
            return (Vec::new(), Timeout::from(IDLE));
        }
        let mut open = Vec::with_capacity(self.list.len());
        let mut first: Option<Instant> = None;
        for entry in self.list.iter().filter(|entry| !entry.registration.is_full()) {
            open.push(Arc::clone(&entry.registration));
            first = first.into_iter().chain(entry.deadline).min();
        }
        let left = first.map(|at| at.saturating_duration_since(Instant::now()));
        (open, Timeout::from(left))
    }

    /// The registration whose time came first.
    fn first_due(&self, now: Instant) -> Option<Arc<Registration>> {
        let due = self.list.iter().filter_map(|entry| {
            let deadline = entry.deadline.filter(|&at| at <= now)?;
            (!entry.registration.is_full()).then_some((deadline, &entry.registration))
        });
        due.min_by_key(|&(deadline, _)| deadline)
            .map(|(_, registration)| Arc::clone(registration))
    }

    fn close(&mut self) -> Next {
        self.closed = true;
        Next::End
    }
}
