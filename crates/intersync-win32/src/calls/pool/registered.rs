//! Registered waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use intersync::{Access, Handle, Object};

use super::desk::{Desk, Seated};
use super::tally::Tally;
use super::workers::{Job, Workers};
use super::{CALLS, Callback, Completion, IN_WAIT_THREAD, ONLY_ONCE, Pool, lock, new_value};
use crate::code::{ACCESS_DENIED, Code, INVALID_HANDLE, Result};
use crate::handle;

/// What `RegisterWaitForSingleObject` is given.
pub(crate) struct Registering {
    /// The handle to wait for.
    pub(crate) object: isize,
    /// What to call.
    pub(crate) callback: Callback,
    /// The time-out, `INFINITE` for none.
    pub(crate) milliseconds: u32,
    /// `WT_...`.
    pub(crate) flags: u32,
}

/// All registered waits.
pub(super) struct Waits {
    workers: Arc<Workers>,
    desks: Mutex<Vec<Arc<Desk>>>,
    known: Mutex<HashMap<isize, Known>>,
}

impl Waits {
    pub(super) fn new(workers: &Arc<Workers>) -> Waits {
        Waits {
            workers: Arc::clone(workers),
            desks: Mutex::new(Vec::new()),
            known: Mutex::new(HashMap::new()),
        }
    }

    /// Finds a thread that waits for it: one that has room, or a new one.
    fn seat(&self, registration: &Arc<Registration>, publish: impl FnOnce(&Arc<Desk>)) -> Result<()> {
        let mut desks = lock(&self.desks);
        let mut publish = Some(publish);
        let mut told = |desk: &Arc<Desk>| {
            if let Some(publish) = publish.take() {
                publish(desk);
            }
        };
        let mut at = 0;
        while let Some(desk) = desks.get(at) {
            match desk.add(registration, || told(desk))? {
                Seated::Yes => return Ok(()),
                Seated::Full => at += 1,
                Seated::Closed => drop(desks.swap_remove(at)),
            }
        }
        let desk = Desk::open(&self.workers)?;
        desk.add(registration, || told(&desk))?;
        desks.push(desk);
        Ok(())
    }
}

/// A registration, and where it is waited for.
struct Known {
    registration: Arc<Registration>,
    desk: Arc<Desk>,
    /// A handle of its own: the program may close the one that it has given. It is closed as soon as nobody waits any more,
    /// whoever still knows the registration.
    handle: Object,
}

/// An object that is waited for on behalf of the program.
pub(super) struct Registration {
    /// A view of a handle that lives at least as long as this is waited for.
    pub(super) object: Object,
    callback: Callback,
    /// When it is reported that the object was not signaled, from each report on.
    pub(super) timeout: Option<Duration>,
    flags: u32,
    tally: Tally,
}

impl Registration {
    /// Whether it ends with its first report.
    pub(super) fn is_once(&self) -> bool {
        self.flags & ONLY_ONCE != 0
    }

    /// Whether so many calls are under way that no other may be added.
    pub(super) fn is_full(&self) -> bool {
        self.tally.calls() >= CALLS
    }
}

/// A call of a registration's callback, from when its reason appears until it has returned.
pub(super) struct Call {
    registration: Arc<Registration>,
    desk: Arc<Desk>,
    timed_out: bool,
}

impl Call {
    pub(super) fn new(registration: &Arc<Registration>, desk: &Arc<Desk>, timed_out: bool) -> Call {
        registration.tally.enter();
        Call {
            registration: Arc::clone(registration),
            desk: Arc::clone(desk),
            timed_out,
        }
    }

    /// Has it run by a worker. What the calling thread has to run itself comes back.
    pub(super) fn hand_over(self, workers: &Arc<Workers>) -> Option<Job> {
        let flags = self.registration.flags;
        let job = Job::new(flags, Box::new(move || self.run()));
        if flags & IN_WAIT_THREAD != 0 {
            return Some(job);
        }
        workers.submit(job).err().map(|(_, job)| job)
    }

    fn run(self) {
        (self.registration.callback)(self.timed_out);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.registration.tally.leave() == CALLS {
            // There is room again. A bell that cannot be rung is one that nobody hears.
            let _ = self.desk.ring();
        }
    }
}

impl Pool {
    /// `RegisterWaitForSingleObject`. The value is published before anything can be called.
    pub(crate) fn register(&self, given: Registering, publish: impl FnOnce(isize)) -> Result<()> {
        if handle::is_pseudo(handle::raw(given.object)?) {
            // It would mean the thread that waits.
            return Err(Code(INVALID_HANDLE));
        }
        let viewed = handle::view(given.object)?;
        if !viewed.access().contains(Access::WAIT) {
            return Err(Code(ACCESS_DENIED));
        }
        let own = viewed.duplicate(Access::WAIT)?;
        self.workers.limit(given.flags);
        let registration = Arc::new(Registration {
            object: Object::view_raw(own.as_raw()?)?,
            callback: given.callback,
            timeout: (given.milliseconds != u32::MAX)
                .then(|| Duration::from_millis(u64::from(given.milliseconds))),
            flags: given.flags,
            tally: Tally::new(),
        });
        self.waits.seat(&registration, |desk| {
            let value = new_value();
            let known = Known {
                registration: Arc::clone(&registration),
                desk: Arc::clone(desk),
                handle: own,
            };
            lock(&self.waits.known).insert(value, known);
            publish(value);
        })
    }

    /// `UnregisterWaitEx`.
    pub(crate) fn unregister(&self, value: isize, completion: isize) -> Result<()> {
        if !lock(&self.waits.known).contains_key(&value) {
            return Err(Code(INVALID_HANDLE));
        }
        let completion = Completion::of(completion)?;
        let found = lock(&self.waits.known).remove(&value);
        let Known {
            registration,
            desk,
            handle,
        } = found.ok_or(Code(INVALID_HANDLE))?;
        desk.remove(&registration)?;
        drop(handle);
        registration.tally.end(completion)
    }
}
