//! Inheritance: handles that child processes have from the start.
//!
//! A child that is started with them finds the same handles, by the same values, with the same rights, as they were at
//! that moment. It holds them as long as it lives, whether or not it ever uses this library, and so do the children it
//! starts in between, such as those of a shell. Mutexes it does not own.
//!
//! A program that starts processes by other means than [`Command`] prepares an [`Inheritance`] itself. A launcher in
//! between that closes descriptors it does not know ends the inheritance; the first use of a handle says so
//! ([`Error::InheritanceLost`]).

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use crate::directory::raw::Copies;
use crate::process::bundles::Bundle;
use crate::process::inherited::{self, Ticket, VARIABLE};
use crate::process::{Process, forked};
use crate::sys::spawn::Program;
use crate::{Error, HandleFlags, RawHandle, Result, sys};

/// Starts commands whose processes inherit handles.
///
/// ```no_run
/// use intersync::{Event, Handle, InheritHandles, Reset};
/// # fn main() -> intersync::Result<()> {
/// let stop = Event::options().reset(Reset::Manual).inheritable(true).unnamed()?;
/// let mut command = std::process::Command::new("worker");
/// command.env("STOP", stop.as_raw()?.to_string());
/// let child = command.spawn_inheriting()?;
/// # drop(child); Ok(()) }
/// ```
pub trait InheritHandles {
    /// Starts the command; its process inherits all handles that may be inherited at this moment.
    ///
    /// # Errors
    /// Those of [`Inheritance::prepare`]; [`Error::Os`] if the command cannot be started. Then there is no process, and
    /// nothing is left behind.
    fn spawn_inheriting(&mut self) -> Result<Child>;

    /// Starts the command; its process inherits these handles and no other.
    ///
    /// # Errors
    /// As [`InheritHandles::spawn_inheriting`], and [`Error::InvalidArgument`] if one of them may not be inherited.
    fn spawn_inheriting_only(&mut self, handles: &[RawHandle]) -> Result<Child>;
}

impl InheritHandles for Command {
    fn spawn_inheriting(&mut self) -> Result<Child> {
        spawn(self, Inheritance::prepare()?)
    }

    fn spawn_inheriting_only(&mut self, handles: &[RawHandle]) -> Result<Child> {
        spawn(self, Inheritance::prepare_only(handles)?)
    }
}

fn spawn(command: &mut Command, inheritance: Inheritance) -> Result<Child> {
    let numbers: Arc<[AtomicI32]> = inheritance
        .descriptors()
        .map(|fd| AtomicI32::new(fd.as_raw_fd()))
        .collect();
    command.env(inheritance.variable().0, inheritance.variable().1);
    sys::inherited::keep_in_children(command, Arc::clone(&numbers));
    let started = command.spawn();
    // The command may be started again, by then without them.
    numbers
        .iter()
        .for_each(|number| number.store(-1, Ordering::Relaxed));
    command.env_remove(inheritance.variable().0);
    started.map_err(|e| Error::Os {
        operation: format!("start of {}", command.get_program().display()),
        errno: e.raw_os_error().unwrap_or_default(),
    })
}

/// Handles on their way to a process that is about to be started: for those who start it themselves, by `fork` and `exec`
/// or `posix_spawn`.
///
/// They are copies, made when this is prepared. In the new process the [descriptors](Inheritance::descriptors) must be open
/// under the same numbers, not closed on exec, and the [variable](Inheritance::variable) in the environment. Drop this
/// once the process has been started.
#[derive(Debug)]
pub struct Inheritance {
    bundles: Vec<Bundle>,
    value: String,
}

impl Inheritance {
    /// Prepares the inheritance of all handles that may be inherited.
    ///
    /// # Errors
    /// [`Error::Exhausted`] if too many processes are attached or on their way; [`Error::NoSpace`].
    pub fn prepare() -> Result<Inheritance> {
        Inheritance::of(None)
    }

    /// Prepares the inheritance of these handles.
    ///
    /// # Errors
    /// As [`Inheritance::prepare`]; [`Error::InvalidHandle`]; [`Error::InvalidArgument`] if one may not be inherited.
    pub fn prepare_only(handles: &[RawHandle]) -> Result<Inheritance> {
        for handle in handles {
            if !handle.flags()?.contains(HandleFlags::INHERIT) {
                return Err(Error::InvalidArgument {
                    what: format!("handle {handle} may not be inherited; make it inheritable first"),
                });
            }
        }
        Inheritance::of(Some(handles))
    }

    /// The inheritance of nothing.
    pub fn none() -> Inheritance {
        Inheritance {
            bundles: Vec::new(),
            value: inherited::variable(&[]),
        }
    }

    fn of(only: Option<&[RawHandle]>) -> Result<Inheritance> {
        inherited::attach_all()?;
        let mut bundles = Vec::new();
        for process in Process::all() {
            let wanted = |handle: RawHandle| only.is_none_or(|list| list.contains(&handle));
            let inherits = |number, opened: crate::directory::raw::Opened| {
                opened.reference.inherit() && wanted(RawHandle::new(number, process.tag))
            };
            if process.quietly(|ctx| ctx.has_handle(ctx.table(), &inherits))? {
                bundles.push(process.bundle(Copies::Raw, &inherits)?);
            }
        }
        let tickets: Vec<Ticket> = bundles
            .iter()
            .filter_map(|bundle| {
                bundle.descriptor().map(|fd| Ticket {
                    slot: bundle.table.slot.index,
                    nonce: bundle.table.nonce,
                    fd: fd.as_raw_fd(),
                    tag: bundle.process.tag,
                })
            })
            .collect();
        Ok(Inheritance {
            value: inherited::variable(&tickets),
            bundles,
        })
    }

    /// Starts a program, looked for in `PATH` if it has no slash, with these arguments and the environment of this process;
    /// it inherits the handles. Returns its process id: the caller has to wait for it.
    ///
    /// Faster than [`InheritHandles`], which needs a copy of the calling process in between.
    ///
    /// # Errors
    /// [`Error::Os`] if it cannot be started.
    pub fn spawn(&self, program: impl AsRef<OsStr>, arguments: &[&OsStr]) -> Result<u32> {
        let program = program.as_ref();
        let environment = self.announced_in(std::env::vars_os());
        let descriptors = self.descriptors().map(|fd| fd.as_raw_fd()).collect();
        let all: Vec<&OsStr> = [program].into_iter().chain(arguments.iter().copied()).collect();
        let prepared = Program::new(program, &all, environment, descriptors);
        prepared.and_then(|p| p.spawn()).map_err(|e| Error::Os {
            operation: format!("start of {}", program.display()),
            errno: e.raw_os_error().unwrap_or_default(),
        })
    }

    /// An environment with the variable in it.
    pub(crate) fn announced_in(
        &self,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> impl Iterator<Item = (OsString, OsString)> {
        let others = environment.filter(|(name, _)| name != VARIABLE);
        others.chain([(VARIABLE.into(), (&*self.value).into())])
    }

    /// The descriptors that must stay open in the new process, under the same numbers. Here they are closed on exec.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.bundles.iter().filter_map(Bundle::descriptor)
    }

    /// Name and value of the variable that the new process must find in its environment.
    pub fn variable(&self) -> (&'static str, &str) {
        (VARIABLE, &self.value)
    }
}

/// Makes children forked while it exists, without `exec`, take over exactly the handles there were when it was made.
///
/// Without it, a forked child takes over, when it first uses the library, those of its parent's handles that the parent
/// has not closed by then, if it still lives. With it they are kept for the child. Drop it in the parent after the
/// fork. A child takes the handles over when it first uses the library, or drops this.
///
/// ```no_run
/// # fn fork() -> i32 { 0 }
/// let reservation = intersync::ForkReservation::new()?;
/// if fork() == 0 {
///     drop(reservation);
///     // The handles of the parent are this process's own now.
/// }
/// # Ok::<(), intersync::Error>(())
/// ```
#[derive(Debug)]
pub struct ForkReservation {
    bundles: Vec<Arc<Bundle>>,
}

impl ForkReservation {
    /// Reserves all handles of this process.
    ///
    /// # Errors
    /// As [`Inheritance::prepare`].
    pub fn new() -> Result<ForkReservation> {
        forked::reserve().map(|bundles| ForkReservation { bundles })
    }
}

impl Drop for ForkReservation {
    fn drop(&mut self) {
        forked::release(&self.bundles);
    }
}
