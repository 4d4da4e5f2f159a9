//! Threads as objects to wait for.

use std::sync::Arc;

use super::Waitable;
use super::inner::Inner;
use super::process::MODE;
use super::sealed::Sealed;
use crate::access::Access;
use crate::arena::layout::{object, thread};
use crate::calls::{self, Calls};
use crate::directory::objects::Seed;
use crate::peer::Peer;
use crate::process::Process as Attachment;
use crate::word::state::State;
use crate::word::value::{self, Sort};
use crate::{Error, Kind, Location, Namespace, Outcome, Process, Result, Timeout, watcher};

/// What the object of a thread begins with.
fn seed(pid: u32, tid: u32) -> Seed {
    Seed {
        sort: Sort::Thread,
        value: 0,
        first: u64::from(pid) | u64::from(tid) << 32,
        flags: 0,
        mode: MODE,
    }
}

/// The object of the first thread of a process that was made before the thread used the library, if it is there and
/// still says that the thread lives: the thread of a program that was executed since is another one.
fn main_thread(
    process: &'static Attachment,
    tid: u32,
    peer: Peer,
    seed: &Seed,
) -> Result<Option<Arc<Inner>>> {
    if tid != peer.pid {
        return Ok(None);
    }
    let found = Inner::existing(process, peer.main_thread_name().as_bytes(), seed)?;
    match found {
        Some(inner) if !watcher::has_ended(&inner)? => Ok(Some(inner)),
        _ => Ok(None),
    }
}

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
    /// thread must have used the user's own namespace ([`Location::Local`]), unless it is the first of its process.
    ///
    /// # Errors
    /// [`Error::NoSuchThread`]; [`Error::NotSupported`] without `/proc`; those of opening the namespace.
    pub fn open(pid: u32, tid: u32) -> Result<Thread> {
        Thread::open_in(&Namespace::open(&Location::Local)?, pid, tid)
    }

    /// As [`Thread::open`], for a thread that has used `namespace`, or is the first of its process.
    ///
    /// # Errors
    /// As [`Thread::open`].
    pub fn open_in(namespace: &Namespace, pid: u32, tid: u32) -> Result<Thread> {
        Thread::find(namespace, pid, tid)
    }

    /// Opens a handle to the first thread of a process, which need not use the library: unless that thread itself opens or
    /// gets handles to itself, the end of the process counts as its own.
    pub(crate) fn main_of(process: &Process) -> Result<Thread> {
        let of = process.inner().here()?;
        let peer = of.peer()?;
        let inner = Inner::internal(
            of.process,
            peer.main_thread_name().as_bytes(),
            &seed(peer.pid, peer.pid),
        )?;
        watcher::attend(&inner)?;
        Ok(Thread(inner))
    }

    fn find(namespace: &Namespace, pid: u32, tid: u32) -> Result<Thread> {
        let numbering = Peer::this()?.namespace;
        let process = namespace.process.here()?;
        let seed = seed(pid, tid);
        let Some(living) = process.with(|ctx| ctx.find_living_thread(numbering, pid, tid))? else {
            if tid != pid {
                return Err(Error::NoSuchThread { pid, tid });
            }
            return match Process::open_in(namespace, pid) {
                Ok(process) => Thread::main_of(&process),
                Err(Error::NoSuchProcess { .. }) => Err(Error::NoSuchThread { pid, tid }),
                Err(e) => Err(e),
            };
        };
        let peer = Peer {
            namespace: numbering,
            pid,
            start: living.start,
        };
        let name = peer.thread_name(tid, living.thread.index, living.life);
        let inner = match main_thread(process, tid, peer, &seed)? {
            Some(inner) => inner,
            None => Inner::internal(process, name.as_bytes(), &seed)?,
        };
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

    /// Queues a call to the thread, which must be one of this process. It runs in the thread's next
    /// [alertable wait](crate::alertable), or ends the one under way; it is dropped if the thread ends first. Not to be called in a signal handler.
    ///
    /// # Errors
    /// [`Error::NoSuchThread`]: it has ended. [`Error::NotSupported`]: it belongs to another process, where a
    /// function of this one means nothing. [`Error::AccessDenied`] without [`Access::SET_CONTEXT`].
    pub fn queue_call(&self, call: impl FnOnce() + Send + 'static) -> Result<()> {
        self.told(Access::SET_CONTEXT, |calls| calls.queue(Box::new(call)))
    }

    /// Ends the thread's next [alertable wait](crate::alertable), or the one under way, without a call.
    ///
    /// # Errors
    /// As [`Thread::queue_call`], but that the right is [`Access::ALERT`].
    ///
    /// Source: `NtAlertThread`.
    pub fn alert(&self) -> Result<()> {
        self.told(Access::ALERT, Calls::alert)
    }

    fn told(&self, right: Access, tell: impl FnOnce(&Calls) -> Result<bool>) -> Result<()> {
        let inner = self.0.with_right(right)?;
        let ended = Error::NoSuchThread {
            pid: self.process_id(),
            tid: self.id(),
        };
        // A process of another PID namespace may have the same number.
        if !inner.peer()?.is_this() {
            return Err(
                match crate::wait::wait_one(&self.0, Sort::Thread, Timeout::ZERO)? {
                    Outcome::TimedOut => Error::NotSupported {
                        what: "calls are queued to threads of the own process only",
                    },
                    _ => ended,
                },
            );
        }
        // Found before the look: while the thread has not ended, nobody else has its id.
        let calls = calls::of_thread(self.id());
        let has_ended = self.0.process.arena.get(self.0.handle.object, object::STATE);
        match calls {
            Some(calls) if !value::signaled(Sort::Thread, State(has_ended).value()) && tell(&calls)? => {
                Ok(())
            }
            _ => Err(ended),
        }
    }

    /// The exit code of the thread; `None` if it has not ended.
    ///
    /// It is the one that the thread has [set](Thread::set_exit_code), that of the process if the thread ended with it, else 0. Needs [`Access::QUERY_THREAD`].
    ///
    /// # Errors
    /// [`Error::AccessDenied`]; as [`Process::exit_code`].
    pub fn exit_code(&self) -> Result<Option<u32>> {
        let inner = self.0.with_right(Access::QUERY_THREAD)?;
        if !watcher::has_ended(inner)? {
            return Ok(None);
        }
        if let Some(code) = watcher::given_code(inner) {
            return Ok(Some(code));
        }
        let peer = inner.peer()?;
        match super::process::existing(inner.process, &peer)? {
            Some(process) => Ok(process.exit_code()?.or(Some(0))),
            None => Ok(watcher::exit_code(inner)?.or(Some(0))),
        }
    }

    /// Sets the exit code that the calling thread ends with, in place of 0.
    ///
    /// Source: Win32 `ExitThread`.
    pub fn set_exit_code(code: u32) {
        crate::process::set_exit_code(code);
    }

    /// Ends what the calling thread has of this library with this exit code, as its end does: its mutexes are abandoned,
    /// then those who wait for it find it ended. For a thread whose end does not destroy its thread-local data, which is to end
    /// right after this.
    pub fn leave(code: u32) {
        crate::process::leave(code);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::tests::Scratch;

    #[test]
    fn a_thread_that_has_the_same_numbers_in_another_pid_namespace_is_not_called() {
        let scratch = Scratch::new();
        let process = Attachment::attach_at(&scratch.base()).expect("a namespace");
        let (this, tid) = (Peer::this().expect("procfs"), crate::sys::thread::tid());
        let open = |peer: &Peer| {
            let name = peer.thread_name(tid, 1, 1);
            Thread(Inner::internal(process, name.as_bytes(), &seed(this.pid, tid)).expect("an object"))
        };
        let other = Peer {
            namespace: this.namespace + 1,
            ..this
        };
        let queued = open(&other).queue_call(|| {});
        assert!(matches!(queued, Err(Error::NotSupported { .. })), "{queued:?}");
        assert_eq!(open(&this).queue_call(|| {}), Ok(()));
    }
}
