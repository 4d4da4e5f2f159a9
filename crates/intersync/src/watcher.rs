//! Who signals the objects that stand for processes: each process that holds a handle to one.
//!
//! A thread of the library, the *watcher*, sleeps on descriptors of all processes that this process has handles to;
//! it starts with the first of them. When one ends the watcher first reaps what the dead process has in the
//! namespaces of this process, so that whoever sees it signaled finds its mutexes abandoned; then it notes how
//! it ended and signals the object. Every holder does so, and doing it twice is doing it once: if one of them dies in between,
//! nothing is lost.
//!
//! A wait looks at the process itself first: one that begins after the end is satisfied at once, and a handle that came
//! from another process is watched from its first use on.

mod end;
mod watch;

pub(crate) use end::{exit_code, given_code, has_ended, note_exit, terminate};

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::arena::Object;
use crate::dispatch::{Ctx, Until};
use crate::exit::ExitState;
use crate::host::Host;
use crate::limits::{GRACE_NS, LOCK_SLEEP_MAX_NS, LOCK_SLEEP_NS, NET_NS};
use crate::linux::Linux;
use crate::object::inner::Inner;
use crate::peer::{Peer, Sight};
use crate::process::Process;
use crate::recover::reap::Reaped;
use crate::sys::pidfd::{Pidfd, Watchlist};
use crate::sys::thread;
use crate::word::state::State;
use crate::word::value;
use crate::{Error, Result};

/// How long what a dead process has left, or a lock that somebody holds, may keep its end from being signaled, in ns: a
/// stopped process can hold a lock for ever.
const PATIENCE_NS: i64 = NET_NS;

/// The processes that a process holds handles to.
#[derive(Debug, Default)]
pub(crate) struct Watching(Mutex<List>);

#[derive(Debug, Default)]
struct List {
    /// Where the watcher sleeps, once it runs.
    bed: Option<Arc<Watchlist>>,
    /// By object: see [`token`].
    watches: HashMap<u64, Watch>,
    /// Handles to the children that this process has started, kept until they have ended: they are reaped also if nobody
    /// else has a handle, and how they ended is noted for whoever has one.
    children: HashMap<u64, Arc<Inner>>,
}

/// An object whose process is watched.
#[derive(Clone, Debug)]
struct Watch {
    object: Object,
    generation: u16,
    peer: Peer,
    /// `None`: it had ended and been reaped when it was looked for.
    fd: Option<Arc<Pidfd>>,
    /// Handles of this process that have asked for it.
    users: u32,
    /// Whether the watcher has signaled the object.
    told: bool,
    /// Whether this process has started it, and has to reap it.
    child: bool,
    /// How it ended, once that is known. Locked while it is reaped: only one can learn it then.
    known: Arc<Mutex<ExitState>>,
}

impl Watching {
    fn lock(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the watch of an object is found by.
fn token(inner: &Inner) -> u64 {
    u64::from(inner.handle.object.index) | u64::from(inner.handle.generation) << 32
}

impl List {
    /// Has the watcher wait for a process too; starts it if need be.
    fn enlist(&mut self, process: &'static Process, token: u64, fd: &Pidfd) -> Result<()> {
        if self.bed.as_ref().is_some_and(|bed| bed.add(fd, token).is_ok()) {
            return Ok(());
        }
        // There is no watcher yet, or somebody has closed its descriptor: whoever is left of the old one ends.
        let bed = Arc::new(Watchlist::new().map_err(|e| refused("epoll_create1", &e))?);
        bed.add(fd, token).map_err(|e| refused("epoll_ctl", &e))?;
        self.move_to(&bed);
        let sleeper = Arc::clone(&bed);
        thread::spawn_quietly(watch::NAME, Box::new(move || watch::keep(process, sleeper)))
            .map_err(|e| refused("start of the thread that watches processes", &e))?;
        self.bed = Some(bed);
        Ok(())
    }

    /// Puts all that is watched on another list. What is refused is looked at now and then.
    fn move_to(&self, bed: &Watchlist) {
        for (&token, watch) in self.watches.iter().filter(|(_, watch)| !watch.told) {
            if let Some(fd) = &watch.fd {
                let _ = bed.add(fd, token);
            }
        }
    }

    /// Looks for the process of a watch again, whose descriptor somebody has closed.
    fn renew(&mut self, process: &'static Process, token: u64) -> Result<()> {
        let Some(watch) = self.watches.get_mut(&token) else {
            return Ok(());
        };
        let fd = match watch.peer.open()? {
            Sight::There(fd) => Some(Arc::new(fd)),
            Sight::Gone => None,
        };
        watch.fd.clone_from(&fd);
        match fd {
            Some(fd) => self.enlist(process, token, &fd),
            None => Ok(()),
        }
    }

    /// Notes that the end of a watched process has been told. What is returned is not needed any more.
    fn set_told(&mut self, token: u64) -> Option<Arc<Inner>> {
        self.watches.get_mut(&token)?.told = true;
        self.children.remove(&token)
    }

    /// The watch of an object, if there is one; the handle counts as one of its users from now on.
    fn join(&mut self, inner: &Inner) -> Option<Watch> {
        let watch = self.watches.get_mut(&token(inner))?;
        if inner.watched.swap(Process::identity(), Ordering::Relaxed) != Process::identity() {
            watch.users += 1;
        }
        Some(watch.clone())
    }
}

fn is_signaled(inner: &Inner) -> bool {
    let word = State(inner.word.load(Ordering::SeqCst));
    value::signaled(inner.handle.sort, word.value())
}

/// Looks at the process that an object stands for, and watches it from now on. Nothing to do for other objects.
///
/// # Errors
/// The process cannot be watched: no more descriptors or threads, or it is of another PID namespace.
pub(crate) fn attend(inner: &Inner) -> Result<()> {
    if !inner.handle.sort.is_end() || is_signaled(inner) {
        return Ok(());
    }
    inner.process.with(|ctx| {
        let Some(mut watch) = watch(ctx, inner, None)? else {
            return Ok(());
        };
        if watch.is_lost() {
            let mut list = inner.process.watching.lock();
            list.renew(inner.process, token(inner))?;
            watch = list.join(inner).unwrap_or(watch);
        }
        if !watch.has_ended() {
            return Ok(());
        }
        // The wait is to be satisfied: whoever is merely slow with a lock is waited for, whatever the time-out.
        let until = ctx.arena.host.now().saturating_add(PATIENCE_NS);
        let mut pause = LOCK_SLEEP_NS;
        loop {
            let now = ctx.arena.host.now();
            let anyway = now >= until;
            let told = watch.tell(ctx, Until::Time(until), anyway)?;
            if told == Reaped::Done || anyway {
                // What a stopped process keeps from being told now the watcher goes on trying.
                return Ok(());
            }
            ctx.pause(until.min(now + pause));
            pause = (pause * 2).min(LOCK_SLEEP_MAX_NS);
        }
    })
}

/// As [`attend`], with what the caller knows of the process already.
///
/// # Errors
/// As [`attend`].
pub(crate) fn attend_known(inner: &Inner, peer: Peer, fd: Pidfd) -> Result<()> {
    inner
        .process
        .with(|ctx| watch(ctx, inner, Some((peer, fd))).map(drop))?;
    attend(inner)
}

/// As [`attend_known`], for a process that this one has started: from now on it is reaped when it ends, also if all
/// other handles to it are closed.
///
/// # Errors
/// As [`attend`].
pub(crate) fn adopt(inner: &Arc<Inner>, peer: Peer, fd: Pidfd) -> Result<()> {
    inner.process.with(|ctx| {
        let mut list = inner.process.watching.lock();
        list.children.insert(token(inner), Arc::clone(inner));
        drop(list);
        let watched = watch(ctx, inner, Some((peer, fd)));
        let mut list = inner.process.watching.lock();
        if watched.is_err() {
            // Nobody would ever tell its end. The caller still has the handle: nothing is closed here.
            list.children.remove(&token(inner));
        }
        watched?;
        if let Some(watch) = list.watches.get_mut(&token(inner)) {
            // Somebody else in this process may have had a handle to it.
            watch.child = true;
        }
        Ok(())
    })
}

/// Ends the watch of a handle that is closed.
pub(crate) fn forget(inner: &Inner) {
    if !inner.handle.sort.is_end() || inner.watched.load(Ordering::Relaxed) != Process::identity() {
        return;
    }
    // From a signal handler that interrupted this library it must be left alone.
    let Ok((_, _inside)) = inner.process.enter() else {
        return;
    };
    let mut list = inner.process.watching.lock();
    let list = &mut *list;
    if let Entry::Occupied(mut entry) = list.watches.entry(token(inner)) {
        let watch = entry.get_mut();
        watch.users = watch.users.saturating_sub(1);
        if watch.users == 0 {
            if let (Some(bed), Some(fd)) = (&list.bed, &watch.fd) {
                bed.remove(fd);
            }
            entry.remove();
        }
    }
}

/// How the process of an object ended, as far as its object or the kernel tells by now.
///
/// # Errors
/// Those of looking at a process.
pub(crate) fn exit_state(inner: &Inner) -> Result<ExitState> {
    inner.process.with(|ctx| {
        let o = inner.handle.object;
        let known = ExitState::unpack(ctx.arena.get(o, crate::arena::layout::object::SECOND));
        if known != ExitState::Unknown {
            return Ok(known);
        }
        let Some(state) = watch(ctx, inner, None)?.map(|watch| watch.exit_state()) else {
            return Ok(ExitState::Unknown);
        };
        let until = Until::Time(ctx.arena.host.now().saturating_add(GRACE_NS));
        match ctx.signal_end(o, inner.handle.generation, state.pack(), until) {
            // Who holds the lock keeps others from learning it, not the caller.
            Ok(()) | Err(Error::Stalled { .. }) => Ok(state),
            Err(e) => Err(e),
        }
    })
}

/// The watch of an object, begun if need be. `None`: its process is this one, which will not see its own end.
fn watch(ctx: &Ctx<'static, Linux>, inner: &Inner, known: Option<(Peer, Pidfd)>) -> Result<Option<Watch>> {
    let process = inner.process;
    if let Some(watch) = process.watching.lock().join(inner) {
        return Ok(Some(watch));
    }
    let (peer, fd) = match known {
        Some((peer, fd)) => (peer, Some(fd)),
        None => {
            let name = ctx.name_of(inner.handle.object).unwrap_or_default();
            let Some(peer) = Peer::parse(&name) else {
                return Err(crate::arena::corrupt(
                    "the object of a process does not say which",
                ));
            };
            if peer.is_this() {
                return Ok(None);
            }
            match peer.open()? {
                Sight::There(fd) => (peer, Some(fd)),
                Sight::Gone => (peer, None),
            }
        }
    };
    let watch = Watch {
        object: inner.handle.object,
        generation: inner.handle.generation,
        peer,
        fd: fd.map(Arc::new),
        users: 1,
        told: false,
        child: process.watching.lock().children.contains_key(&token(inner)),
        known: Arc::new(Mutex::new(ExitState::Unknown)),
    };
    let mut list = process.watching.lock();
    // Another thread may have been faster.
    if let Some(watch) = list.join(inner) {
        return Ok(Some(watch));
    }
    if let Some(fd) = &watch.fd {
        list.enlist(process, token(inner), fd)?;
    }
    list.watches.insert(token(inner), watch.clone());
    inner.watched.store(Process::identity(), Ordering::Relaxed);
    Ok(Some(watch))
}

fn refused(operation: &str, e: &std::io::Error) -> Error {
    Error::Os {
        operation: operation.to_owned(),
        errno: e.raw_os_error().unwrap_or(0),
    }
}
