//! A handle of this process: what all objects share.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::access::Access;
use crate::arena::layout::object;
use crate::directory::handles::{Handle, Request, Wish};
use crate::directory::objects::Seed;
use crate::dispatch::Ctx;
use crate::dispatch::call::Operand;
use crate::dispatch::free_mutex::Free;
use crate::dispatch::query::Reading;
use crate::linux::Linux;
use crate::process::{NOBODY, Process};
use crate::spin::Spin;
use crate::sys::life::ForkHeldUp;
use crate::word::handle::Reference;
use crate::word::state::State;
use crate::word::value::Sort;
use crate::{Error, Kind, Location, Name, Namespace, Result, name};

/// An open handle. The last clone of it closes it.
#[derive(Debug)]
pub struct Inner {
    pub(crate) process: &'static Process,
    pub(crate) handle: Handle,
    /// The process again, if the handle may be waited for.
    pub(crate) waits_in: Option<&'static Process>,
    /// The object's state word.
    pub(crate) word: &'static AtomicU64,
    /// Mutex: its recursion count. Semaphore: the maximum.
    pub(crate) first: &'static AtomicU64,
    /// The identity of the process it was opened under: a forked child has another.
    generation: u32,
    /// The same if it may be waited for, else nobody's: the fast paths check process and right with one comparison.
    waiter: u32,
    /// The same if it may be used to change the state, else nobody's.
    modifier: u32,
    /// The object's state word as this handle saw it last: a guess for the fast paths.
    pub(crate) hint: AtomicU64,
    /// The bits of the word that tell whether the object is idle.
    pub(crate) decisive: u64,
    /// How long to spin before a wait blocks.
    pub(crate) spin: Spin,
    /// Semaphore: the maximum.
    pub(crate) maximum: u32,
    /// Semaphore: whether permits of the dead come back.
    pub(crate) give_back: bool,
    /// Timer: whether sleeps on it are exact to the clock.
    pub(crate) high_resolution: bool,
    /// Whether the handle was given away: then it stays open.
    given_away: AtomicBool,
    /// In a forked child: the handle as the child has it.
    heir: OnceLock<Box<Inner>>,
    /// Process, thread: the identity under which its process is watched for this handle, or 0.
    pub(crate) watched: AtomicU32,
}

/// What a handle is wanted for.
#[derive(Debug)]
pub(crate) struct Wanted<'w> {
    /// The namespace; `None`: that of the name's prefix.
    pub(crate) namespace: Option<&'w Namespace>,
    /// The name with prefix.
    pub(crate) name: Option<&'w Name<'w>>,
    pub(crate) wish: Wish,
    /// The kind it must be of.
    pub(crate) expected: Option<Kind>,
    pub(crate) access: Access,
    /// Whether children may inherit the handle.
    pub(crate) inherit: bool,
    /// Whether a new object belongs to the calling thread.
    pub(crate) owned: bool,
}

/// Heirs are made one at a time, while forks are held up: a child would find the lock taken for ever.
static MAKING: Mutex<()> = Mutex::new(());

impl Inner {
    /// Opens or creates an object.
    pub(crate) fn acquire(wanted: &Wanted<'_>, seed: impl FnOnce(u16) -> Option<Seed>) -> Result<Arc<Inner>> {
        let (location, bytes) = match wanted.name {
            Some(given) => {
                let (location, bytes) = name::parse(given)?;
                (location, Some(bytes))
            }
            None => (Location::Local, None),
        };
        let process = match wanted.namespace {
            Some(namespace) => namespace.process.here()?,
            None => Process::of(&location)?,
        };
        if bytes.is_some() {
            process.check_place()?;
        }
        let open = |ctx: &Ctx<'static, Linux>| {
            let seed = seed(if wanted.owned { ctx.me.index } else { 0 });
            let handle = ctx.acquire_handle(&Request {
                name: bytes,
                wish: wanted.wish,
                expected: wanted.expected,
                access: wanted.access,
                flags: Reference(0).with_claimed(true).with_inherit(wanted.inherit),
                seed: seed.as_ref(),
            })?;
            Ok(Inner::over(process, handle))
        };
        // A mutex is there to be owned: its owner's death must be noticed at once.
        let opened = match wanted.expected {
            Some(Kind::Mutex) | None => process.with(open),
            _ => process.quietly(open),
        };
        // Whoever opens the name asks whether its holder lives: with a keeper, one load tells. A permanent object
        // needs no holder.
        if let Ok(inner) = &opened
            && bytes.is_some()
            && !inner.handle.existed
            && process.arena.get(inner.handle.object, object::META) & object::PERMANENT == 0
        {
            process.ensure_keeper();
        }
        opened.map(Arc::new).map_err(|e| match wanted.name {
            Some(given) => name::named(e, given),
            None => e,
        })
    }

    /// Around a handle of this process, which it owns from now on.
    pub(crate) fn over(process: &'static Process, handle: Handle) -> Inner {
        let arena = process.arena;
        let seen = State(arena.get(handle.object, object::STATE));
        // If the handle is only viewed, it may have been closed by now.
        let guess = if seen.generation() == handle.generation {
            seen
        } else {
            State::never(handle.generation)
        };
        let meta = arena.get(handle.object, object::META);
        let generation = process.generation;
        let allowed = |right| handle.access.contains(right);
        Inner {
            process,
            handle,
            waits_in: allowed(Access::WAIT).then_some(process),
            word: arena.direct(handle.object, object::STATE),
            first: arena.direct(handle.object, object::FIRST),
            generation,
            waiter: if allowed(Access::WAIT) { generation } else { NOBODY },
            modifier: if allowed(Access::MODIFY) {
                generation
            } else {
                NOBODY
            },
            hint: AtomicU64::new(guess.0),
            decisive: State::decisive(handle.sort),
            spin: Spin::default(),
            maximum: arena.get(handle.object, object::FIRST) as u32,
            give_back: handle.sort == Sort::Semaphore && meta & object::GIVE_BACK != 0,
            high_resolution: handle.sort.is_timer() && meta & object::HIGH_RESOLUTION != 0,
            given_away: AtomicBool::new(false),
            heir: OnceLock::new(),
            watched: AtomicU32::new(0),
        }
    }

    /// Whether it is a mutex, which belongs to threads.
    #[inline(always)]
    pub(crate) fn is_mutex(&self) -> bool {
        self.handle.sort == Sort::Mutex
    }

    /// Whether the calling process is the one that opened it.
    #[inline(always)]
    pub(crate) fn is_mine(&self) -> bool {
        Process::identity() == self.generation
    }

    /// Whether the calling process may wait for it, and opened it.
    #[inline(always)]
    pub(crate) fn may_wait(&self) -> bool {
        Process::identity() == self.waiter
    }

    /// Whether the calling process may change the state with it, and opened it.
    #[inline(always)]
    pub(crate) fn may_modify(&self) -> bool {
        Process::identity() == self.modifier
    }

    /// The handle as the calling process has it: in a forked child, its own.
    ///
    /// # Errors
    /// [`Error::Forked`] if the child could not take it over.
    #[inline]
    pub(crate) fn here(&self) -> Result<&Inner> {
        if self.is_mine() { Ok(self) } else { self.heir() }
    }

    #[cold]
    fn heir(&self) -> Result<&Inner> {
        let mut inner = self;
        // One step for every fork since.
        while !inner.is_mine() {
            inner = match inner.heir.get() {
                Some(heir) => heir,
                None => inner.make_heir()?,
            };
        }
        Ok(inner)
    }

    fn make_heir(&self) -> Result<&Inner> {
        let process = self.process.here()?;
        let _no_fork = ForkHeldUp::new();
        let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(heir) = self.heir.get() {
            return Ok(heir);
        }
        let handle = match process.quietly(|ctx| ctx.handle_at(self.handle.number)) {
            Err(Error::InvalidHandle { .. }) => return Err(Error::Forked),
            other => other?,
        };
        if (handle.object, handle.generation) != (self.handle.object, self.handle.generation) {
            return Err(Error::Forked);
        }
        Ok(self.heir.get_or_init(|| Box::new(Inner::over(process, handle))))
    }

    /// The handle as the calling process has it, if it has all of these rights.
    ///
    /// # Errors
    /// [`Error::AccessDenied`]; those of [`Inner::here`].
    #[inline]
    pub(crate) fn with_right(&self, right: Access) -> Result<&Inner> {
        let inner = self.here()?;
        if inner.handle.access.contains(right) {
            Ok(inner)
        } else {
            Err(inner.denied(right))
        }
    }

    #[cold]
    fn denied(&self, right: Access) -> Error {
        Error::AccessDenied {
            what: format!(
                "handle {:#x}, to {} {}, does not have the right to {right} (it has: {})",
                self.value(),
                if self.handle.sort.kind() == Kind::Event {
                    "an"
                } else {
                    "a"
                },
                self.handle.sort.kind(),
                self.handle.access
            ),
        }
    }

    /// The value of the handle.
    pub(crate) fn value(&self) -> u32 {
        self.handle.number.value(self.process.tag)
    }

    /// Leaves the handle open when this is dropped: somebody else closes it.
    pub(crate) fn give_away(&self) {
        self.given_away.store(true, Ordering::Relaxed);
    }

    /// Whether somebody else closes the handle.
    pub(crate) fn is_given_away(&self) -> bool {
        self.given_away.load(Ordering::Relaxed)
    }

    /// Mutex: how many times its owner has acquired it.
    pub(crate) fn levels(&self) -> u32 {
        self.first.load(Ordering::SeqCst) as u32
    }

    /// The mutex as its fastest paths take it.
    #[inline(always)]
    pub(crate) fn free_mutex(&self) -> Free<'_> {
        Free {
            noted: u64::from(self.handle.object.index) + 1,
            word: self.word,
            levels: self.first,
            hint: &self.hint,
        }
    }

    /// The object as the dispatcher's calls take it.
    #[inline(always)]
    pub(crate) fn operand(&self) -> Operand<'_> {
        Operand {
            object: self.handle.object,
            generation: self.handle.generation,
            sort: self.handle.sort,
            hint: &self.hint,
            maximum: self.maximum,
            entry: if self.give_back {
                Some(self.handle.entry)
            } else {
                None
            },
        }
    }

    /// Runs a call on the object that needs this right and may take the slow path.
    ///
    /// # Errors
    /// Those of [`Inner::with_right`], of [`Process::with`] and of `call`.
    #[inline]
    pub(crate) fn call<T>(
        &self,
        right: Access,
        call: impl FnOnce(&Ctx<'static, Linux>, &Operand<'_>) -> Result<T>,
    ) -> Result<T> {
        let inner = self.with_right(right)?;
        inner
            .process
            .with(|ctx| call(ctx, &inner.operand()))
            .map_err(|e| inner.name_gone(e))
    }

    /// An error with the value of this handle, if it says that the object is gone.
    pub(crate) fn name_gone(&self, error: Error) -> Error {
        match error {
            Error::InvalidHandle { value: 0 } => Error::InvalidHandle { value: self.value() },
            other => other,
        }
    }

    /// Whether the object is still there. It always is, unless the handle is only viewed.
    pub(crate) fn is_there(&self) -> bool {
        State(self.process.arena.get(self.handle.object, object::STATE)).generation()
            == self.handle.generation
    }

    /// The state as it is now.
    ///
    /// # Errors
    /// [`Error::Stalled`], [`Error::AccessDenied`], [`Error::Forked`].
    pub(crate) fn read(&self) -> Result<Reading> {
        let inner = self.with_right(Access::QUERY)?;
        inner
            .process
            .quietly(|ctx| ctx.query(&inner.operand()))
            .map_err(|e| inner.name_gone(e))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        crate::watcher::forget(self);
        if *self.given_away.get_mut() {
            return;
        }
        // A handle that cannot be closed now, from a signal handler or a dying thread, goes with the process.
        if self.process.is_mine() {
            let _ = self.process.close(self.handle.number, true);
        } else if self.heir.get().is_none() {
            // A forked child closes its own copy, which it has once it is attached, and does not take it over after.
            match self.process.here_already() {
                Some(mine) => drop(mine.close(self.handle.number, true)),
                None => self.process.arena.host.forget_handle(self.handle.number),
            }
        }
    }
}
