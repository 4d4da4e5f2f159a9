//! Interprocess synchronization with the objects of Windows: [`Event`], [`Mutex`],
//! [`Semaphore`] and waitable [`Timer`].
//!
//! Processes share them by name and wait for one, any or all of them.
//!
//! ```no_run
//! use intersync::{Event, Reset, Timeout, Outcome};
//! # fn main() -> intersync::Result<()> {
//! let ready = Event::options().reset(Reset::Manual).create("ready")?.object;
//! ready.set()?;
//! assert_eq!(ready.wait(Timeout::ZERO)?, Outcome::Signaled { index: 0 });
//! # Ok(()) }
//! ```

mod access;
mod alias;
mod boundary;
mod calls;
mod creator;
mod duplicate;
mod error;
mod exit;
mod inherit;
mod kind;
mod launch;
mod linux;
mod location;
mod mirror;
mod name;
mod namespace;
mod object;
mod opening;
mod outcome;
mod peer;
mod private;
mod process;
mod raw;
mod spin;
pub(crate) mod sys;
mod timeout;
mod wait;
mod watcher;
mod wtf8;

pub mod alertable;
pub mod doctor;
pub mod inspect;
pub mod provision;

// The inside, open to the simulator and the crash harness of this workspace. No part of the
// public interface: it may change with any release.
#[doc(hidden)]
pub mod arena;
#[doc(hidden)]
pub mod attach;
#[doc(hidden)]
pub mod directory;
#[doc(hidden)]
pub mod dispatch;
#[doc(hidden)]
pub mod host;
#[doc(hidden)]
pub mod limits;
#[doc(hidden)]
pub mod recover;
#[doc(hidden)]
pub mod word;

pub use access::Access;
pub use boundary::Boundary;
pub use duplicate::{DuplicateOptions, Party, duplicate};
pub use error::{Error, NameProblem, Result};
pub use exit::ExitState;
pub use inherit::{ForkReservation, InheritHandles, Inheritance};
pub use kind::{Kind, Reset};
pub use launch::{Launch, Launched, Suspended};
pub use location::Location;
pub use name::Name;
pub use namespace::Namespace;
pub use object::event::{Event, EventState};
pub use object::mutex::{Mutex, MutexGuard, MutexState};
pub use object::process::Process;
pub use object::sealed::Kinded;
pub use object::semaphore::{Semaphore, SemaphoreState};
pub use object::sharing::Handle;
pub use object::thread::Thread;
pub use object::timer::{Due, Timer, TimerState};
pub use object::{Created, Object, Options, Waitable};
pub use outcome::Outcome;
pub use private::{PrivateNamespace, PrivateOptions};
pub use raw::{HandleFlags, RawHandle};
pub use timeout::Timeout;
pub use wait::{MAXIMUM_WAIT_OBJECTS, signal_and_wait, wait_all, wait_any};
