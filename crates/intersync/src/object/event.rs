//! Events.

use super::{Options, Waitable, sealed::Sealed};
use crate::{Kind, Outcome, Reset, Result, Timeout};

/// An event: signaled or not. Set by anybody, waited for by anybody.
#[derive(Debug, Clone)]
pub struct Event {}

/// The state of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventState {
    /// Manual or auto reset.
    pub reset: Reset,
    /// Whether it is signaled.
    pub signaled: bool,
}

impl Options<Event> {
    /// Manual or auto reset (the default) for a new event.
    pub fn reset(self, reset: Reset) -> Self {
        let _ = reset;
        self
    }

    /// Whether a new event is signaled at first. By default it is not.
    pub fn signaled(self, signaled: bool) -> Self {
        let _ = signaled;
        self
    }
}

impl Event {
    /// How to create or open an event.
    pub fn options() -> Options<Event> {
        todo!()
    }

    /// Makes the event signaled: lets all waiters through and stays signaled (manual reset), or
    /// lets one through if one waits (auto reset).
    pub fn set(&self) -> Result<()> {
        todo!()
    }

    /// Makes the event unsignaled. Threads that were let through stay so.
    pub fn reset(&self) -> Result<()> {
        todo!()
    }

    /// Lets through who waits at this moment (all, or one for auto reset) and leaves the event
    /// unsignaled, in one step.
    pub fn pulse(&self) -> Result<()> {
        todo!()
    }

    /// Waits until the event is signaled.
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        let _ = timeout.into();
        todo!()
    }

    /// The state, without changing it.
    pub fn state(&self) -> Result<EventState> {
        todo!()
    }
}

impl Sealed for Event {}
impl Waitable for Event {
    fn kind(&self) -> Kind {
        Kind::Event
    }
}
