//! Processes as objects to wait for.

use std::process::Child;
use std::sync::Arc;

use super::Waitable;
use super::inner::Inner;
use super::sealed::Sealed;
use crate::access::Access;
use crate::directory::objects::Seed;
use crate::peer::Peer;
use crate::process::Process as Attachment;
use crate::sys::pidfd::Pidfd;
use crate::word::value::Sort;
use crate::{Error, ExitState, Kind, Location, Namespace, Outcome, Result, Timeout, sys, watcher};

/// Who may open what stands for a process or a thread in a namespace of several users: they may all wait, nobody else
/// can change it.
pub(super) const MODE: u16 = 0o755;

/// The bits of an exit code that the kernel keeps.
const LOW: u32 = 0xff;

/// What the object of a process begins with.
fn seed(peer: &Peer) -> Seed {
    Seed {
        sort: Sort::Process,
        value: 0,
        first: u64::from(peer.pid),
        flags: 0,
        mode: MODE,
    }
}

/// A handle to the object of a process, if it has one.
pub(super) fn existing(process: &'static Attachment, peer: &Peer) -> Result<Option<Process>> {
    let found = Inner::existing(process, peer.name().as_bytes(), &seed(peer))?;
    Ok(found.map(Process))
}

/// A process: signaled for ever once it has ended. Waiting changes nothing.
///
/// It need not use this library, and need not be a child. Waits mix it with all other objects, as in "until the
/// child ends or the stop event is set". Whoever sees it signaled finds the mutexes abandoned that it owned, in
/// all namespaces that the caller has open. It is never reaped on behalf of its parent, unless [`Launch`](crate::Launch) has
/// started it, and `exec` is not its end.
///
/// As long as there is a handle, a thread of the library called `intersync-proc` watches the process. Handles to one
/// process are handles to one object if they were opened in one PID namespace.
///
/// Source: Win32 `OpenProcess`, `GetExitCodeProcess`.
#[derive(Debug, Clone)]
pub struct Process(Arc<Inner>);

impl Process {
    /// Opens a handle to the process `pid`, a zombie included.
    ///
    /// # Errors
    /// [`Error::NoSuchProcess`]; [`Error::NotSupported`] without `/proc` or before Linux 5.3; those of opening the namespace; no more descriptors or threads.
    pub fn open(pid: u32) -> Result<Process> {
        Process::open_in(&Namespace::open(&Location::Local)?, pid)
    }

    /// As [`Process::open`], with the object in `namespace`: waits together with objects of that
    /// namespace are faster, and its users share the object.
    ///
    /// # Errors
    /// As [`Process::open`].
    pub fn open_in(namespace: &Namespace, pid: u32) -> Result<Process> {
        let (peer, fd) = Peer::find(pid)?;
        Process::of_peer(namespace, peer, Some(fd))
    }

    /// Opens a handle to a child, which must not have been waited for yet.
    ///
    /// # Errors
    /// As [`Process::open`].
    pub fn of(child: &Child) -> Result<Process> {
        Process::open(child.id())
    }

    /// Opens a handle to the calling process: for others, or to be duplicated.
    ///
    /// # Errors
    /// As [`Process::open`].
    pub fn current() -> Result<Process> {
        Process::of_peer(&Namespace::open(&Location::Local)?, Peer::this()?, None)
    }

    /// As [`Process::of`], for a process that this library has started and reaps. If it has ended and somebody else
    /// has reaped it, it is signaled.
    pub(crate) fn of_started(namespace: &Namespace, pid: u32) -> Result<Process> {
        let (peer, fd) = match Peer::find(pid) {
            Ok((peer, fd)) => (peer, Some(fd)),
            Err(Error::NoSuchProcess { .. }) => (Peer::ended(pid)?, None),
            Err(e) => return Err(e),
        };
        let inner = Inner::internal(namespace.process.here()?, peer.name().as_bytes(), &seed(&peer))?;
        if let Some(fd) = fd {
            watcher::adopt(&inner, peer, fd)?;
        }
        watcher::attend(&inner)?;
        Ok(Process(inner))
    }

    fn of_peer(namespace: &Namespace, peer: Peer, fd: Option<Pidfd>) -> Result<Process> {
        let inner = Inner::internal(namespace.process.here()?, peer.name().as_bytes(), &seed(&peer))?;
        if let Some(fd) = fd {
            watcher::attend_known(&inner, peer, fd)?;
        }
        Ok(Process(inner))
    }

    /// Which process it is, for those who may duplicate handles into it and out of it.
    pub(crate) fn for_duplicates(&self) -> Result<Peer> {
        self.0.with_right(Access::DUPLICATE)?.peer()
    }

    /// Its process id, as the PID namespace in which the handle was opened numbers it.
    pub fn id(&self) -> u32 {
        self.0.numbers() as u32
    }

    /// Waits until the process has ended.
    ///
    /// # Errors
    /// As [`wait_any`](crate::wait_any); [`Error::NotSupported`] for a handle that came from
    /// another PID namespace.
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        crate::wait::wait_one(&self.0, Sort::Process, timeout.into())
    }

    /// Whether the process has ended.
    ///
    /// # Errors
    /// As [`Process::wait`].
    pub fn has_exited(&self) -> Result<bool> {
        Ok(self.wait(Timeout::ZERO)? != Outcome::TimedOut)
    }

    /// How the process ended; `None` if it has not.
    ///
    /// The kernel tells a parent of its child, and, from Linux 6.15 on, everybody of a process that its parent has
    /// reaped. What one holder of a handle has learned all others know.
    ///
    /// # Errors
    /// As [`Process::wait`].
    pub fn exit_status(&self) -> Result<Option<ExitState>> {
        if !self.has_exited()? {
            return Ok(None);
        }
        watcher::exit_state(self.0.here()?).map(Some)
    }

    /// The exit code of the process; `None` if it has not ended.
    ///
    /// All 32 bits if it ended by [`Process::exit`] or [`Process::terminate`], the low eight if otherwise, and 128 and the
    /// number of the signal if one killed it. Needs [`Access::QUERY_PROCESS`].
    ///
    /// # Errors
    /// [`Error::AccessDenied`]; [`Error::NotSupported`] if nobody can know it: see [`ExitState::Unknown`].
    pub fn exit_code(&self) -> Result<Option<u32>> {
        let inner = self.0.with_right(Access::QUERY_PROCESS)?;
        if !watcher::has_ended(inner)? {
            return Ok(None);
        }
        let unknown = Error::NotSupported {
            what: "the exit code of a process that somebody else has reaped, on a kernel older than 6.15",
        };
        watcher::exit_code(inner)?.map(Some).ok_or(unknown)
    }

    /// Ends the process, which is seen to end with this exit code by those who have a handle to it. It has no say in it. Its
    /// end may be yet to come when this returns: wait for it. Needs [`Access::TERMINATE`].
    ///
    /// Its parent, if it uses no handle, sees it killed by SIGKILL.
    ///
    /// Source: Win32 `TerminateProcess`.
    ///
    /// # Errors
    /// [`Error::AccessDenied`]: the right is lacking, the process has ended already, or belongs to another user.
    pub fn terminate(&self, code: u32) -> Result<()> {
        let inner = self.0.with_right(Access::TERMINATE)?;
        if watcher::terminate(inner, code)? {
            return Ok(());
        }
        if code > LOW {
            watcher::note_exit(inner, code)?;
        }
        sys::thread::exit_now((code & LOW) as i32)
    }

    /// Ends the calling process in an orderly way, as [`std::process::exit`] does, with an exit code of 32 bits for those who
    /// have a handle to it. All others, as its parent in `wait`, see the low eight.
    ///
    /// Source: Win32 `ExitProcess`.
    pub fn exit(code: u32) -> ! {
        if code > LOW {
            // Whoever cannot be told sees the low bits.
            let _ = Process::current().and_then(|this| watcher::note_exit(this.0.here()?, code));
        }
        std::process::exit((code & LOW) as i32)
    }

    pub(crate) fn wrap(inner: Arc<Inner>) -> Process {
        Process(inner)
    }
}

impl Sealed for Process {
    fn inner(&self) -> &Arc<Inner> {
        &self.0
    }
}

impl Waitable for Process {
    fn kind(&self) -> Kind {
        Kind::Process
    }
}
