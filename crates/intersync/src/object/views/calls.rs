//! Calls by the value of a handle.

use super::place::{self, View};
use super::place_of;
use crate::dispatch::fast::{self, Try};
use crate::dispatch::free_mutex::Freed;
use crate::limits::SEMAPHORE_MAXIMUM;
use crate::raw::RawHandle;
use crate::word::value::Sort;
use crate::{Event, Mutex, Object, Outcome, Result, Semaphore, Timeout};

/// The remembered view of a handle.
#[inline(always)]
pub(super) fn find(handle: RawHandle) -> Option<View> {
    place::TABLE[place_of(handle.value())].view(handle.value())
}

/// Through a new or kept view; afterwards the guess is the word as the call has left it.
#[cold]
fn slowly<T>(handle: RawHandle, call: impl FnOnce() -> Result<T>) -> Result<T> {
    let done = call();
    if let Some(view) = find(handle) {
        view.look();
    }
    done
}

/// Calls for those who have a handle as a number. They are those of a view ([`Event::view_raw`] and its like), and cost little
/// more than those of a value of a type: what the last view of a handle knew is remembered as long as the handle is open.
impl RawHandle {
    /// Sets an event: see [`Event::set`].
    ///
    /// # Errors
    /// Those of [`Event::view_raw`] and [`Event::set`].
    #[inline]
    pub fn set_event(self) -> Result<()> {
        if switch(self, true) {
            return Ok(());
        }
        slowly(self, || Event::view_raw(self)?.set())
    }

    /// Resets an event: see [`Event::reset`].
    ///
    /// # Errors
    /// Those of [`Event::view_raw`] and [`Event::reset`].
    #[inline]
    pub fn reset_event(self) -> Result<()> {
        if switch(self, false) {
            return Ok(());
        }
        slowly(self, || Event::view_raw(self)?.reset())
    }

    /// Releases a semaphore: see [`Semaphore::release`].
    ///
    /// # Errors
    /// Those of [`Semaphore::view_raw`] and [`Semaphore::release`].
    #[inline]
    pub fn release_semaphore(self, count: u32) -> Result<u32> {
        if count != 0
            && count <= SEMAPHORE_MAXIMUM
            && let Some(view) = find(self)
            && view.facts.changes(Sort::Semaphore)
            && let Some(before) = fast::release(view.word, &view.hint(), count, view.maximum())
        {
            return Ok(before);
        }
        slowly(self, || Semaphore::view_raw(self)?.release(count))
    }

    /// Releases a mutex: see [`Mutex::release`].
    ///
    /// # Errors
    /// Those of [`Mutex::view_raw`] and [`Mutex::release`].
    #[inline]
    pub fn release_mutex(self) -> Result<()> {
        if let Some(view) = find(self)
            && view.facts.is_mutex()
            && let Some(seat) = view.process.seat()
        {
            match view.free_mutex().free(seat) {
                Freed::Done => return Ok(()),
                Freed::Noted => return forget(&view),
                Freed::Unusual => {}
            }
        }
        slowly(self, || Mutex::view_raw(self)?.release())
    }

    /// Waits until the object is signaled and acquires it: see [`Object::wait`].
    ///
    /// # Errors
    /// Those of [`Object::view_raw`] and [`Object::wait`].
    #[inline]
    pub fn wait(self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        if let Some(outcome) = self.take() {
            return Ok(outcome);
        }
        let timeout = timeout.into();
        slowly(self, || Object::view_raw(self)?.wait(timeout))
    }

    /// Acquires the object if that is simple: it is signaled, or free, and its handle has been used before. `None` says
    /// nothing, not even that there is such a handle.
    #[inline]
    fn take(self) -> Option<Outcome> {
        let view = find(self)?;
        match view.facts.waitable()? {
            Sort::Mutex => take_mutex(&view),
            sort => {
                let taken = fast::take(view.word, sort, &view.hint()) == Try::Taken;
                taken.then_some(Outcome::Signaled { index: 0 })
            }
        }
    }
}

#[inline(always)]
fn switch(handle: RawHandle, on: bool) -> bool {
    match find(handle) {
        Some(view) => {
            (view.facts.changes(Sort::EventAuto) || view.facts.changes(Sort::EventManual))
                && fast::set(view.word, &view.hint(), on)
        }
        None => false,
    }
}

#[inline(always)]
fn take_mutex(view: &View) -> Option<Outcome> {
    let seat = view.process.seat()?;
    let mutex = view.free_mutex();
    let abandoned = match mutex.take(seat) {
        None => {
            // Another process may have had it since.
            view.look();
            mutex.take(seat)?
        }
        Some(abandoned) => abandoned,
    };
    Some(if abandoned {
        Outcome::Abandoned { index: 0 }
    } else {
        Outcome::Signaled { index: 0 }
    })
}

/// The mutex is free, and noted in another place than the first.
#[cold]
fn forget(view: &View) -> Result<()> {
    let object = view.object()?;
    view.process.ctx()?.forget_owned(object);
    Ok(())
}
