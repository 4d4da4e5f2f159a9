//! The kinds of objects.

use std::fmt;

/// The kinds of objects. The first four share one set of names; the others have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// See [`Event`](crate::Event).
    Event,
    /// See [`Mutex`](crate::Mutex).
    Mutex,
    /// See [`Semaphore`](crate::Semaphore).
    Semaphore,
    /// See [`Timer`](crate::Timer).
    Timer,
    /// See [`Process`](crate::Process).
    Process,
    /// See [`Thread`](crate::Thread).
    Thread,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Event => "event",
            Kind::Mutex => "mutex",
            Kind::Semaphore => "semaphore",
            Kind::Timer => "timer",
            Kind::Process => "process",
            Kind::Thread => "thread",
        })
    }
}

/// What a satisfied wait does to an event or a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reset {
    /// It stays signaled and lets everybody through, until it is reset (event) or set (timer) again.
    Manual,
    /// It lets one waiter through and is unsignaled again. Such a timer is a *synchronization timer*.
    Auto,
}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Reset::Manual => "manual",
            Reset::Auto => "auto",
        })
    }
}
