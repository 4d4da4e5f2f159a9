//! This process in a namespace: attached once, for good.
//!
//! A process attaches when it first opens a namespace; its threads get their records when they first
//! need one and give them back when they end. The keeper starts before the first slow path or mutex, and when the
//! process makes a named object, which others ask it for.
//!
//! A forked child is another process: a page that the kernel wipes in children tells it so, and
//! everything the parent had open is refused there ([`Error::Forked`]).

use std::cell::{Cell, RefCell};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use crate::arena::layout::{self, slot};
use crate::arena::{Arena, Entry, Geometry, Slot, Thread};
use crate::attach::{Introduction, claim_slot, claim_thread};
use crate::dispatch::Ctx;
use crate::dispatch::free_mutex::Seat;
use crate::linux::{self, Linux};
use crate::opening::{base_of, read_header};
use crate::recover::keeper::Keeper;
use crate::sys::arena_file::{self, ArenaFile};
use crate::sys::life::{self, LifeByte};
use crate::sys::{barrier, base, clock, futex, identity, robust, thread};
use crate::{Error, Location, Result};

/// How long an attaching process waits for the gate: it is only held while a file is replaced.
const GATE_PATIENCE: Duration = Duration::from_secs(2);
/// How often creating and opening look whether the file is still the one with the name, in ns.
const REMOVAL_LOOK_NS: i64 = 10_000_000;
/// How often the file may change hands between two looks.
const ATTEMPTS: u32 = 16;
/// The size of a new file is chosen by the space there is.
const PROFILE: u64 = 0;

/// A process attached to a namespace. Never freed: threads may be asleep in it.
pub(crate) struct Process {
    pub(crate) arena: &'static Arena<Linux>,
    pub(crate) slot: Slot,
    pub(crate) nonce: u32,
    /// The identity it attached under; a forked child has another.
    pub(crate) generation: u32,
    euid: u32,
    /// Held as long as the process lives.
    _life: LifeByte,
    keeper: Mutex<()>,
    keeper_state: AtomicU8,
    looked_at: AtomicI64,
}

/// The keeper was not started yet; runs; will not run.
const KEEPER_NONE: u8 = 0;
const KEEPER_SETTLED: u8 = 1;

static LOCAL: RwLock<Option<&'static Process>> = RwLock::new(None);
static PROCESSES: Mutex<Vec<&'static Process>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    /// Attaches to a namespace, or returns the attachment there is.
    ///
    /// # Errors
    /// Those of opening, and [`Error::Exhausted`].
    pub(crate) fn attach(location: &Location) -> Result<&'static Process> {
        if identity::generation() == 0 {
            identity::renew();
        }
        let mut processes = lock(&PROCESSES);
        let base = base_of(location);
        let generation = identity::generation();
        let shown = base::choose(&base)?.0;
        let mut make = |fd: &OwnedFd, length, _| linux::format(fd, length, &shown);
        let mut opened = arena_file::open_or_create(&base, &mut make, PROFILE)?;
        for _ in 0..ATTEMPTS {
            let (file, fd) = opened;
            let gate = life::gate(&file, false, GATE_PATIENCE)
                .map_err(|e| linux::os("lock of the gate", file.path(), &e))?;
            if gate.is_none() {
                return Err(Error::Namespace {
                    path: file.path().to_owned(),
                    problem: "another process has been replacing it for seconds; see who holds a lock on it"
                        .to_owned(),
                });
            }
            if !file.still_named().unwrap_or(true) {
                // Replaced between the opening and the gate.
                opened = arena_file::open_or_create(&base, &mut make, PROFILE)?;
                continue;
            }
            let known = processes
                .iter()
                .find(|p| p.arena.host.file.id() == file.id() && p.generation == generation);
            if let Some(known) = known {
                return Ok(known);
            }
            match read_header(&file, &fd) {
                Ok(geometry) => {
                    let process = Process::attach_to(file, &fd, geometry, generation)?;
                    processes.push(process);
                    drop(processes);
                    drop(gate);
                    process.quietly(|ctx| ctx.reap_leftovers())?;
                    return Ok(process);
                }
                Err(e @ Error::Version { .. }) => {
                    // Made by another version or before the last boot: without users it may go.
                    drop(gate);
                    opened = file.replace(&mut make, PROFILE)?.ok_or(e)?;
                }
                Err(e) => return Err(e),
            }
        }
        Err(Error::Namespace {
            path: shown,
            problem: "its file is being replaced over and over; find out by whom".to_owned(),
        })
    }

    /// The attachment to the namespace at `location`, which is looked for only the first time.
    ///
    /// # Errors
    /// As [`Process::attach`].
    pub(crate) fn of(location: &Location) -> Result<&'static Process> {
        let known = match location {
            Location::Local => &LOCAL,
            _ => return Process::attach(location),
        };
        if let Some(process) = *known.read().unwrap_or_else(PoisonError::into_inner)
            && process.is_mine()
        {
            return Ok(process);
        }
        let process = Process::attach(location)?;
        *known.write().unwrap_or_else(PoisonError::into_inner) = Some(process);
        Ok(process)
    }

    fn attach_to(
        file: ArenaFile,
        fd: &OwnedFd,
        geometry: Geometry,
        generation: u32,
    ) -> Result<&'static Process> {
        barrier::register();
        let host = Linux::map(file, fd, geometry.length())?;
        let arena: &'static Arena<Linux> = Box::leak(Box::new(host.into_arena(geometry)));
        let mut who = Introduction {
            pid: thread::pid(),
            start: thread::start_time(),
            pid_namespace: thread::pid_namespace(),
            euid: thread::euid(),
            ..Introduction::default()
        };
        copy_text(&mut who.comm, &thread::comm());
        copy_text(&mut who.version, env!("CARGO_PKG_VERSION"));
        let file = &arena.host.file;
        let (s, nonce, life) = claim_slot(arena, &who, |index| {
            life::hold(file, linux::life_byte(index))
                .map_err(|e| linux::os("lock of the life byte", file.path(), &e))
        })?;
        Linux::settle(arena, s);
        Ok(Box::leak(Box::new(Process {
            arena,
            slot: s,
            nonce,
            generation,
            euid: who.euid,
            _life: life,
            keeper: Mutex::new(()),
            keeper_state: AtomicU8::new(KEEPER_NONE),
            looked_at: AtomicI64::new(i64::MIN),
        })))
    }

    /// Whether the calling process is the one that attached.
    #[inline(always)]
    pub(crate) fn is_mine(&self) -> bool {
        identity::generation() == self.generation
    }

    /// The identity of the calling process: a forked child has another.
    #[inline(always)]
    pub(crate) fn identity() -> u32 {
        identity::generation()
    }

    /// The calling thread at work here.
    ///
    /// # Errors
    /// [`Error::Forked`]; no record for the thread.
    #[inline(always)]
    pub(crate) fn ctx(&'static self) -> Result<Ctx<'static, Linux>> {
        if !self.is_mine() {
            return Err(Error::Forked);
        }
        let me = match LAST.get() {
            Some((process, me, _)) if std::ptr::eq(process, self) => me,
            _ => self.find_thread()?,
        };
        Ok(Ctx {
            arena: self.arena,
            me,
            slot: self.slot,
            nonce: self.nonce,
        })
    }

    /// What the calling thread has at hand here, if this is the namespace it used last. A forked child must not use it.
    #[inline(always)]
    pub(crate) fn seat(&'static self) -> Option<Seat> {
        match LAST.get() {
            Some((process, _, seat)) if std::ptr::eq(process, self) => Some(seat),
            _ => None,
        }
    }

    #[cold]
    fn find_thread(&'static self) -> Result<Thread> {
        let known = THREADS.try_with(|threads| {
            threads
                .try_borrow()
                .ok()?
                .0
                .iter()
                .find(|(p, _)| std::ptr::eq(*p, self))
                .map(|&(_, t)| t)
        });
        let me = match known {
            Ok(Some(me)) => me,
            _ => {
                let me = claim_thread(self.arena, self.slot, self.nonce, thread::tid())?;
                // In a thread whose destructors run already nobody will give the record back but the reaper.
                let _ = THREADS.try_with(|threads| {
                    if let Ok(mut threads) = threads.try_borrow_mut() {
                        threads.0.push((self, me));
                    }
                });
                me
            }
        };
        let seat = Seat {
            thread: me.index,
            owned: self.arena.direct(me, layout::thread::OWNED_LIST),
            slot: self.arena.direct(self.slot, slot::WORD),
            nonce: self.nonce,
        };
        LAST.set(Some((self, me, seat)));
        Ok(me)
    }

    /// Runs a call that may take the slow path: with a keeper, and not inside itself.
    ///
    /// # Errors
    /// [`Error::Reentrant`] from a signal handler that interrupted such a call, and those of `call`.
    pub(crate) fn with<T>(&'static self, call: impl FnOnce(&Ctx<'static, Linux>) -> Result<T>) -> Result<T> {
        self.ensure_keeper();
        self.quietly(call)
    }

    /// As [`Process::with`], but does not start the keeper: for creating, opening and closing, whose
    /// traces the life byte covers.
    ///
    /// # Errors
    /// As [`Process::with`].
    pub(crate) fn quietly<T>(
        &'static self,
        call: impl FnOnce(&Ctx<'static, Linux>) -> Result<T>,
    ) -> Result<T> {
        let (ctx, _inside) = self.enter()?;
        call(&ctx)
    }

    /// The calling thread at work here, inside a call until the mark is dropped.
    ///
    /// # Errors
    /// As [`Process::with`].
    #[inline(always)]
    pub(crate) fn enter(&'static self) -> Result<(Ctx<'static, Linux>, Inside)> {
        if INSIDE.get() {
            return Err(Error::Reentrant);
        }
        let inside = Inside::enter();
        Ok((self.ctx()?, inside))
    }

    /// Closes a handle, also in a thread whose destructors run already: its record was given back, and
    /// one taken for this call would stay behind.
    ///
    /// # Errors
    /// As [`Process::with`].
    pub(crate) fn close(&'static self, entry: Entry) -> Result<()> {
        let dying = THREADS.try_with(|_| ()).is_err() && LAST.get().is_none();
        self.quietly(|ctx| {
            let closed = ctx.close_handle(entry);
            if dying {
                LAST.set(None);
                ctx.retire_thread()?;
            }
            closed
        })
    }

    /// Starts the keeper unless it runs. Where it cannot run, the life byte alone tells of the process's death.
    #[inline]
    pub(crate) fn ensure_keeper(&'static self) {
        if self.keeper_state.load(Ordering::Acquire) == KEEPER_NONE {
            self.start_keeper();
        }
    }

    #[cold]
    fn start_keeper(&'static self) {
        let _starting = lock(&self.keeper);
        if self.keeper_state.load(Ordering::Acquire) != KEEPER_NONE {
            return;
        }
        let off = !thread::secure() && std::env::var_os("INTERSYNC_KEEPER").is_some_and(|v| v == "off");
        if !off {
            let (up, ready) = std::sync::mpsc::sync_channel(1);
            let started = thread::spawn_keeper(Box::new(move || self.keep(&up)));
            if started.is_ok() {
                // The keeper answers or drops its end: no wait without end.
                let _ = ready.recv();
            }
        }
        self.keeper_state.store(KEEPER_SETTLED, Ordering::Release);
    }

    /// The keeper's life.
    fn keep(&'static self, up: &std::sync::mpsc::SyncSender<()>) {
        let Ok(me) = claim_thread(self.arena, self.slot, self.nonce, thread::tid()) else {
            return;
        };
        let ctx = Ctx {
            arena: self.arena,
            me,
            slot: self.slot,
            nonce: self.nonce,
        };
        let words = std::array::from_fn(|i| self.arena.futex(self.slot, slot::LIFELINE + i));
        // Up as long as this thread lives: as long as the process.
        let Ok(_lifeline) = robust::raise(words) else {
            return;
        };
        self.arena.put(self.slot, slot::RAISED, 1);
        let _ = ctx.poke_watchers();
        let _ = up.send(());
        let mut keeper = Keeper::default();
        loop {
            match ctx.keep(&mut keeper) {
                Err(Error::Fenced) => break,
                Err(_) => {
                    // Damaged memory: look again now and then, it must not cost a processor.
                    let until = clock::monotonic_ns() + crate::limits::NET_NS;
                    let poke = self.arena.futex(self.slot, slot::POKE);
                    futex::wait(poke, poke.load(Ordering::SeqCst), Some(until));
                }
                Ok(()) => {}
            }
        }
        // The slot is somebody else's now; ending the thread would be taken for a death by the kernel only.
        loop {
            std::thread::park();
        }
    }

    /// Checks, now and then, that the file still has its name and the process its user id.
    ///
    /// # Errors
    /// [`Error::Removed`], [`Error::IdentityChanged`].
    pub(crate) fn check_place(&self) -> Result<()> {
        let now = clock::coarse_ns();
        if now.saturating_sub(self.looked_at.load(Ordering::Relaxed)) < REMOVAL_LOOK_NS {
            return Ok(());
        }
        let file = &self.arena.host.file;
        if file.is_removed() || !file.still_named().unwrap_or(true) {
            return Err(Error::Removed {
                path: file.path().to_owned(),
            });
        }
        let euid = thread::euid();
        if euid != self.euid {
            return Err(Error::IdentityChanged {
                attached: self.euid,
                now: euid,
            });
        }
        self.looked_at.store(now, Ordering::Relaxed);
        Ok(())
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process")
            .field("file", &self.arena.host.file.path())
            .field("slot", &self.slot.index)
            .finish()
    }
}

fn copy_text(to: &mut [u8; 16], from: &str) {
    let length = from.len().min(to.len());
    to[..length].copy_from_slice(&from.as_bytes()[..length]);
}

thread_local! {
    /// The record used last: the fast paths find it without a search.
    static LAST: Cell<Option<(&'static Process, Thread, Seat)>> = const { Cell::new(None) };
    /// Whether the thread is inside a slow path.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// All records of the thread, given back when it ends.
    static THREADS: RefCell<Threads> = const { RefCell::new(Threads(Vec::new())) };
}

struct Threads(Vec<(&'static Process, Thread)>);

impl Drop for Threads {
    fn drop(&mut self) {
        LAST.set(None);
        for (process, me) in self.0.drain(..) {
            if process.is_mine() {
                let ctx = Ctx {
                    arena: process.arena,
                    me,
                    slot: process.slot,
                    nonce: process.nonce,
                };
                if ctx.check_fence().is_ok() {
                    let _ = ctx.retire_thread();
                }
            }
        }
    }
}

/// The mark of a thread inside a slow path.
pub(crate) struct Inside;

impl Inside {
    #[inline(always)]
    fn enter() -> Inside {
        INSIDE.set(true);
        Inside
    }
}

impl Drop for Inside {
    #[inline(always)]
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}
