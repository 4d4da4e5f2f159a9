//! Events.

use std::sync::Arc;

use super::inner::Inner;
use super::sealed::{Kinded, Sealed};
use super::{Options, Waitable};
use crate::access::Access;
use crate::directory::objects::{DEFAULT_MODE, Seed};
use crate::dispatch::fast;
use crate::dispatch::signal::Change;
use crate::word::value::{self, Sort};
use crate::{Kind, Outcome, Reset, Result, Timeout};

/// An event: signaled or not. Anybody sets it, anybody waits for it.
///
/// Source: Win32 `CreateEvent`, `SetEvent`, `ResetEvent`, `PulseEvent`.
#[derive(Debug, Clone)]
pub struct Event(Arc<Inner>);

/// The state of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventState {
    /// Manual or auto reset.
    pub reset: Reset,
    /// Whether it is signaled.
    pub signaled: bool,
}

/// What a new event begins with.
#[derive(Debug, Clone, Copy)]
pub struct EventSpec {
    reset: Reset,
    signaled: bool,
}

impl Options<Event> {
    /// Manual or auto reset (the default) for a new event.
    pub fn reset(mut self, reset: Reset) -> Self {
        self.spec.reset = reset;
        self
    }

    /// Whether a new event is signaled at first. By default it is not.
    pub fn signaled(mut self, signaled: bool) -> Self {
        self.spec.signaled = signaled;
        self
    }
}

impl Event {
    /// How to create or open an event.
    pub fn options() -> Options<Event> {
        Options::new(EventSpec {
            reset: Reset::Auto,
            signaled: false,
        })
    }

    /// Makes the event signaled.
    ///
    /// Manual reset: all blocked waiters that can be satisfied are let through and it stays
    /// signaled. Auto reset: one waiter is let through, or, if nobody can be, it stays signaled until one
    /// wait takes it. The waiters are served inside this call: resetting the event afterwards does not
    /// take it back. Signals are not counted.
    ///
    /// # Errors
    /// [`Error::AccessDenied`](crate::Error::AccessDenied) if the handle lacks [`Access::MODIFY`];
    /// [`Error::Fenced`](crate::Error::Fenced), [`Error::Forked`](crate::Error::Forked),
    /// [`Error::Corrupt`](crate::Error::Corrupt).
    #[inline]
    pub fn set(&self) -> Result<()> {
        if self.0.may_modify() && fast::set(self.0.word, &self.0.hint, true) {
            return Ok(());
        }
        self.0.call(Access::MODIFY, |ctx, x| ctx.set(x))
    }

    /// Makes the event unsignaled. Threads that were let through stay so.
    ///
    /// # Errors
    /// As [`Event::set`].
    #[inline]
    pub fn reset(&self) -> Result<()> {
        if self.0.may_modify() && fast::set(self.0.word, &self.0.hint, false) {
            return Ok(());
        }
        self.0.call(Access::MODIFY, |ctx, x| ctx.reset(x))
    }

    /// Lets through who waits at this moment (all, or one for auto reset) and leaves the event
    /// unsignaled, in one step.
    ///
    /// # Errors
    /// As [`Event::set`].
    pub fn pulse(&self) -> Result<()> {
        self.0.call(Access::MODIFY, |ctx, x| ctx.pulse(x))
    }

    /// As [`Event::set`], and tells whether it was signaled before: in one step, and slower.
    ///
    /// # Errors
    /// As [`Event::set`].
    pub fn set_previous(&self) -> Result<bool> {
        self.change(Change::Set)
    }

    /// As [`Event::reset`], and tells whether it was signaled before: in one step, and slower.
    ///
    /// # Errors
    /// As [`Event::set`].
    pub fn reset_previous(&self) -> Result<bool> {
        self.change(Change::Reset)
    }

    /// As [`Event::pulse`], and tells whether it was signaled before: in one step.
    ///
    /// # Errors
    /// As [`Event::set`].
    pub fn pulse_previous(&self) -> Result<bool> {
        self.change(Change::Pulse)
    }

    fn change(&self, change: Change<'_>) -> Result<bool> {
        let before = self.0.call(Access::MODIFY, |ctx, x| ctx.change(x, change))?;
        Ok(value::signaled(Sort::EventManual, before))
    }

    /// Waits until the event is signaled, and takes the signal if it is of auto reset.
    ///
    /// # Errors
    /// As [`wait_any`](crate::wait_any).
    #[inline]
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        let timeout = timeout.into();
        match self.0.handle.sort {
            Sort::EventManual => crate::wait::wait_one(&self.0, Sort::EventManual, timeout),
            _ => crate::wait::wait_one(&self.0, Sort::EventAuto, timeout),
        }
    }

    /// The state, without changing it.
    ///
    /// # Errors
    /// [`Error::Stalled`](crate::Error::Stalled) if a stopped process is in the middle of an operation on it.
    pub fn state(&self) -> Result<EventState> {
        let reading = self.0.read()?;
        let reset = if self.0.handle.sort == Sort::EventManual {
            Reset::Manual
        } else {
            Reset::Auto
        };
        Ok(EventState {
            reset,
            signaled: value::signaled(self.0.handle.sort, reading.value),
        })
    }
}

impl Kinded for Event {
    type Spec = EventSpec;
    const KIND: Kind = Kind::Event;

    fn check(_: &EventSpec) -> Result<()> {
        Ok(())
    }

    fn seed(spec: &EventSpec, _: u16) -> Seed {
        let sort = match spec.reset {
            Reset::Manual => Sort::EventManual,
            Reset::Auto => Sort::EventAuto,
        };
        Seed {
            sort,
            value: if spec.signaled { value::set(0) } else { 0 },
            first: 0,
            flags: 0,
            mode: DEFAULT_MODE,
        }
    }

    fn wrap(inner: Arc<Inner>) -> Self {
        Event(inner)
    }
}

impl Sealed for Event {
    fn inner(&self) -> &Arc<Inner> {
        &self.0
    }
}

impl Waitable for Event {
    fn kind(&self) -> Kind {
        Kind::Event
    }
}
