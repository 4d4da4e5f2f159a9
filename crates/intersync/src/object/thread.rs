//! Threads as objects to wait for.

use std::sync::Arc;

use super::Waitable;
use super::inner::Inner;
use super::process::MODE;
use super::sealed::Sealed;
use crate::arena::layout::thread;
use crate::directory::objects::Seed;
use crate::peer::Peer;
use crate::word::value::Sort;
use crate::{Error, Kind, Location, Namespace, Outcome, Result, Timeout, watcher};

/// A thread that uses this library: signaled for ever once it has ended. Waiting changes nothing.
///
/// It is signaled when its thread-local data are destroyed, after its mutexes are abandoned, whether it returned or
/// panicked; likewise when its process ends or executes another program. A thread that ends by a raw system call is noticed by the keeper of its
/// process, within about a second.
///
/// Source: Win32 `OpenThread`.
#[derive(Debug, Clone)]
pub struct Thread(Arc<Inner>);

impl Thread {
    /// Opens a handle to the calling thread: for others, or to be duplicated.
    ///
    /// # Errors
    /// [`Error::NotSupported`] without `/proc`; those of opening the namespace.
    pub fn current() -> Result<Thread> {
        Thread::current_in(&Namespace::open(&Location::Local)?)
    }

    /// As [`Thread::current`], in `namespace`.
    ///
    /// # Errors
    /// As [`Thread::current`].
    pub fn current_in(namespace: &Namespace) -> Result<Thread> {
        let tid = namespace
            .process
            .here()?
            .with(|ctx| Ok(ctx.arena.get(ctx.me, thread::TID)))?;
        Thread::find(namespace, Peer::this()?.pid, tid as u32)
    }

    /// Opens a handle to the thread `tid` of process `pid`, both as the caller's PID namespace numbers them. The
    /// thread must have used the user's own namespace ([`Location::Local`]).
    ///
    /// # Errors
    /// [`Error::NoSuchThread`]; [`Error::NotSupported`] without `/proc`; those of opening the namespace.
    pub fn open(pid: u32, tid: u32) -> Result<Thread> {
        Thread::open_in(&Namespace::open(&Location::Local)?, pid, tid)
    }

    /// As [`Thread::open`], for a thread that has used `namespace`.
    ///
    /// # Errors
    /// As [`Thread::open`].
    pub fn open_in(namespace: &Namespace, pid: u32, tid: u32) -> Result<Thread> {
        Thread::find(namespace, pid, tid)
    }

    fn find(namespace: &Namespace, pid: u32, tid: u32) -> Result<Thread> {
        let numbering = Peer::this()?.namespace;
        let process = namespace.process.here()?;
        let living = process
            .with(|ctx| ctx.find_living_thread(numbering, pid, tid))?
            .ok_or(Error::NoSuchThread { pid, tid })?;
        let peer = Peer {
            namespace: numbering,
            pid,
            start: living.start,
        };
        let name = peer.thread_name(tid, living.thread.index, living.life);
        let seed = Seed {
            sort: Sort::Thread,
            value: 0,
            first: u64::from(pid) | u64::from(tid) << 32,
            flags: 0,
            mode: MODE,
        };
        let inner = Inner::internal(process, name.as_bytes(), &seed)?;
        process.with(|ctx| ctx.bind_thread(&living, &inner.handle))?;
        watcher::attend(&inner)?;
        Ok(Thread(inner))
    }

    /// Its thread id, as the PID namespace in which the handle was opened numbers it.
    pub fn id(&self) -> u32 {
        (self.0.numbers() >> 32) as u32
    }

    /// The id of its process, likewise.
    pub fn process_id(&self) -> u32 {
        self.0.numbers() as u32
    }

    /// Waits until the thread has ended.
    ///
    /// # Errors
    /// As [`wait_any`](crate::wait_any); [`Error::NotSupported`] for a handle that came from another PID namespace.
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        crate::wait::wait_one(&self.0, Sort::Thread, timeout.into())
    }

    /// Whether the thread has ended.
    ///
    /// # Errors
    /// As [`Thread::wait`].
    pub fn has_ended(&self) -> Result<bool> {
        Ok(self.wait(Timeout::ZERO)? != Outcome::TimedOut)
    }

    pub(crate) fn wrap(inner: Arc<Inner>) -> Thread {
        Thread(inner)
    }
}

impl Sealed for Thread {
    fn inner(&self) -> &Arc<Inner> {
        &self.0
    }
}

impl Waitable for Thread {
    fn kind(&self) -> Kind {
        Kind::Thread
    }
}
