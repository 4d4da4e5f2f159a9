//! A handle of this process: what all objects share.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::arena::layout::object;
use crate::directory::handles::{Handle, Wish};
use crate::directory::objects::Seed;
use crate::dispatch::Ctx;
use crate::dispatch::call::Operand;
use crate::dispatch::free_mutex::Free;
use crate::dispatch::query::Reading;
use crate::linux::Linux;
use crate::process::Process;
use crate::spin::Spin;
use crate::word::state::State;
use crate::word::value::Sort;
use crate::{Kind, Location, Namespace, Result, name};

/// An open handle. The last clone of it closes it.
#[derive(Debug)]
pub struct Inner {
    pub(crate) process: &'static Process,
    pub(crate) handle: Handle,
    /// The object's state word.
    pub(crate) word: &'static AtomicU64,
    /// Mutex: its recursion count.
    levels: &'static AtomicU64,
    /// The identity of the process it was opened under: a forked child has another.
    generation: u32,
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
}

impl Inner {
    /// Opens or creates an object; `given` is its name with prefix.
    pub(crate) fn acquire(
        namespace: Option<&Namespace>,
        given: Option<&str>,
        wish: Wish,
        expected: Option<Kind>,
        seed: impl FnOnce(u16) -> Option<Seed>,
        owned: bool,
    ) -> Result<Arc<Inner>> {
        let (location, bytes) = match given {
            Some(given) => {
                let (location, bytes) = name::parse(given)?;
                (location, Some(bytes))
            }
            None => (Location::Local, None),
        };
        let process = match namespace {
            Some(namespace) => namespace.process,
            None => Process::of(&location)?,
        };
        if bytes.is_some() {
            process.check_place()?;
        }
        let open = |ctx: &Ctx<'static, Linux>| {
            let seed = seed(if owned { ctx.me.index } else { 0 });
            let handle = ctx.acquire_handle(bytes, wish, expected, seed.as_ref())?;
            let meta = ctx.arena.get(handle.object, object::META);
            let first = ctx.arena.get(handle.object, object::FIRST);
            Ok(Inner {
                process,
                handle,
                word: process.arena.direct(handle.object, object::STATE),
                levels: process.arena.direct(handle.object, object::FIRST),
                generation: process.generation,
                hint: AtomicU64::new(ctx.state(handle.object).0),
                decisive: State::decisive(handle.sort),
                spin: Spin::default(),
                maximum: first as u32,
                give_back: handle.sort == Sort::Semaphore && meta & object::GIVE_BACK != 0,
                high_resolution: handle.sort.is_timer() && meta & object::HIGH_RESOLUTION != 0,
            })
        };
        // A mutex is there to be owned: its owner's death must be noticed at once.
        let opened = match expected {
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
        opened.map(Arc::new).map_err(|e| match given {
            Some(given) => name::named(e, given),
            None => e,
        })
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

    /// The mutex as its fastest paths take it.
    #[inline(always)]
    pub(crate) fn free_mutex(&self) -> Free<'_> {
        Free {
            noted: u64::from(self.handle.object.index) + 1,
            word: self.word,
            levels: self.levels,
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

    /// Runs a call on the object that may take the slow path.
    ///
    /// # Errors
    /// Those of [`Process::with`] and of `call`.
    #[inline]
    pub(crate) fn call<T>(
        &self,
        call: impl FnOnce(&Ctx<'static, Linux>, &Operand<'_>) -> Result<T>,
    ) -> Result<T> {
        self.process.with(|ctx| call(ctx, &self.operand()))
    }

    /// The state as it is now.
    ///
    /// # Errors
    /// [`Error::Stalled`](crate::Error::Stalled), [`Error::Forked`](crate::Error::Forked).
    pub(crate) fn read(&self) -> Result<Reading> {
        self.process.quietly(|ctx| ctx.query(&self.operand()))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A forked child must not close its parent's handle. A handle that cannot be closed now,
        // from a signal handler or a dying thread, goes with the process.
        if self.process.is_mine() {
            let _ = self.process.close(self.handle.entry);
        }
    }
}
