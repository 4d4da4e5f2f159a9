//! Which calls are whose: every thread finds its own, and others find them by its id.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{Calls, Leftovers};
use crate::sys::life::ForkHeldUp;
use crate::sys::thread;

thread_local! {
    static MINE: RefCell<Option<Mine>> = const { RefCell::new(None) };
}

/// The calls of the threads of one process. A forked child finds those of its parent's threads, which are not its own.
#[derive(Default)]
struct Registry {
    process: u32,
    threads: Option<HashMap<u32, Calls>>,
}

/// Used only while forks are held up: a child would find the lock taken for ever.
static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    process: 0,
    threads: None,
});
/// How many timers call a thread of this process; more than there are, never fewer.
static SOURCES: AtomicUsize = AtomicUsize::new(0);

struct Mine {
    process: u32,
    tid: u32,
    calls: Calls,
}

impl Mine {
    fn end(&self) -> Leftovers {
        let removed = with_registry(|registry| registry.threads.as_mut().and_then(|t| t.remove(&self.tid)));
        drop(removed);
        self.calls.end()
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            let leftovers = self.end();
            leftovers.sources.iter().for_each(|source| source.cancel());
        }
    }
}

fn with_registry<T>(work: impl FnOnce(&mut Registry) -> T) -> T {
    let _no_fork = ForkHeldUp::new();
    let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if registry.process != process {
        // Their closures are the parent's: nothing of theirs is to happen here.
        std::mem::forget(registry.threads.take());
        registry.process = process;
    }
    work(&mut registry)
}

impl Calls {
    /// Those of the calling thread; `None` if it ends, and in a signal handler that interrupts this.
    pub(crate) fn current() -> Option<Calls> {
        MINE.try_with(|mine| {
            let mut mine = mine.try_borrow_mut().ok()?;
            let process = std::process::id();
            if let Some(known) = mine.as_ref().filter(|known| known.process == process) {
                return Some(known.calls.clone());
            }
            let (tid, calls) = (thread::tid(), Calls::new());
            with_registry(|registry| {
                registry
                    .threads
                    .get_or_insert_default()
                    .insert(tid, calls.clone())
            });
            // What a forked child finds belongs to its parent's thread.
            std::mem::forget(mine.replace(Mine {
                process,
                tid,
                calls: calls.clone(),
            }));
            Some(calls)
        })
        .ok()
        .flatten()
    }

    /// Removes what there is of an object, whichever thread of this process it calls.
    pub(crate) fn forget_everywhere(object: (usize, u32)) {
        if SOURCES.load(Ordering::SeqCst) == 0 {
            return;
        }
        let all: Vec<Calls> = with_registry(|registry| {
            let threads = registry.threads.iter();
            threads.flat_map(|t| t.values().cloned()).collect()
        });
        all.iter().for_each(|calls| calls.forget(object));
    }
}

/// Counts a source as long as it lives.
#[derive(Debug)]
pub(crate) struct Counted(());

impl Counted {
    pub(crate) fn new() -> Counted {
        SOURCES.fetch_add(1, Ordering::SeqCst);
        Counted(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        SOURCES.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Makes the calling thread one that calls can be queued to.
pub(crate) fn register() {
    let _ = Calls::current();
}

/// The calls of a thread of this process, if it lives and is [registered](register).
pub(crate) fn of_thread(tid: u32) -> Option<Calls> {
    with_registry(|registry| registry.threads.as_ref()?.get(&tid).cloned())
}

/// The calling thread ends. What is left may be dropped once its timers are cancelled, with its records.
pub(crate) fn end() -> Leftovers {
    let ended = MINE.try_with(|mine| {
        let mine = mine.try_borrow().ok()?;
        let mine = mine.as_ref().filter(|mine| mine.process == std::process::id())?;
        Some(mine.end())
    });
    ended.ok().flatten().unwrap_or_default()
}
