//! Threads that have been created and have not begun yet: suspended, or on their way.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use intersync::alertable::{self, Ended};
use intersync::{Handle, Thread, Timeout};

use super::own::Own;
use crate::code::{Code, NO_SYSTEM_RESOURCES, Result};
use crate::handle;

/// The most times that something can be suspended.
pub(crate) const MAXIMUM_SUSPEND_COUNT: u32 = 127;

/// Whether a thread may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// Not before it has been resumed so many times.
    Suspended(u32),
    Begin,
    /// It is to end with this exit code.
    End(u32),
}

/// What a thread that has not begun waits at.
#[derive(Debug)]
pub(crate) struct Gate {
    word: Mutex<Word>,
    changed: Condvar,
}

impl Gate {
    fn word(&self) -> MutexGuard<'_, Word> {
        self.word.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes how many times it is suspended, and returns how many times it was; `None`: it has begun.
    fn recount(&self, change: impl FnOnce(u32) -> u32) -> Option<u32> {
        let mut word = self.word();
        let Word::Suspended(before) = *word else {
            return None;
        };
        *word = match change(before) {
            0 => Word::Begin,
            times => Word::Suspended(times),
        };
        self.changed.notify_all();
        Some(before)
    }

    /// As `SuspendThread`.
    pub(crate) fn suspend(&self) -> Option<u32> {
        self.recount(|times| (times + 1).min(MAXIMUM_SUSPEND_COUNT))
    }

    /// As `ResumeThread`.
    pub(crate) fn resume(&self) -> Option<u32> {
        self.recount(|times| times - 1)
    }

    /// Has it end without having begun; `false`: it has begun.
    pub(crate) fn end(&self, code: u32) -> bool {
        let mut word = self.word();
        let waits = matches!(*word, Word::Suspended(_));
        if waits {
            *word = Word::End(code);
            self.changed.notify_all();
        }
        waits
    }

    /// Waits for the word to begin. `Err`: the exit code to end with.
    fn pass(&self) -> std::result::Result<(), u32> {
        let mut word = self.word();
        loop {
            match *word {
                Word::Begin => return Ok(()),
                Word::End(code) => return Err(code),
                Word::Suspended(_) => {
                    word = self.changed.wait(word).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

/// The gates of the threads of this process, by their ids.
static GATES: Own<HashMap<u32, Arc<Gate>>> = Own::new();

/// The gate of a thread of this process that has not begun.
pub(crate) fn gate(tid: u32) -> Option<Arc<Gate>> {
    GATES.lock().get(&tid).cloned()
}

/// What the new thread has.
pub(crate) struct Newborn {
    told: SyncSender<Result<Thread>>,
    gate: Arc<Gate>,
}

/// What its creator has.
pub(crate) struct Parent {
    hears: Receiver<Result<Thread>>,
    gate: Arc<Gate>,
}

/// The two ends of the creation of a thread.
pub(crate) fn expect() -> (Newborn, Parent) {
    let (told, hears) = sync_channel(1);
    let gate = Arc::new(Gate {
        // It waits for its creator in any case.
        word: Mutex::new(Word::Suspended(1)),
        changed: Condvar::new(),
    });
    let newborn = Newborn {
        told,
        gate: gate.clone(),
    };
    (newborn, Parent { hears, gate })
}

impl Newborn {
    /// In the new thread: tells the creator which it is, waits until it may begin and runs what has been queued to it.
    /// `false`: it is not to begin.
    pub(crate) fn begin(self) -> bool {
        let Newborn { told, gate } = self;
        let me = Thread::current();
        let tid = me.as_ref().map(Thread::id).unwrap_or_default();
        GATES.lock().insert(tid, gate.clone());
        // The creator waits for this, and then has the only handle.
        let _ = told.send(me.map_err(Code::from));
        let passed = gate.pass();
        GATES.lock().remove(&tid);
        match passed {
            Ok(()) => {
                while alertable::sleep(Timeout::ZERO) == Ended::Alerted {}
                true
            }
            Err(code) => {
                Thread::set_exit_code(code);
                false
            }
        }
    }
}

impl Parent {
    /// In the creator: a handle to the thread, whose id is told before it may begin. If there is none, the thread ends.
    pub(crate) fn hear(self, inheritable: bool, suspended: bool, tell: impl FnOnce(u32)) -> Result<isize> {
        let thread = self.hears.recv().map_err(|_| Code(NO_SYSTEM_RESOURCES))?;
        let named = thread.and_then(|thread| {
            let tid = thread.id();
            thread.set_inheritable(inheritable)?;
            let value = handle::value(thread.into_raw()?);
            tell(tid);
            Ok(value)
        });
        match &named {
            Ok(_) if suspended => {}
            Ok(_) => {
                self.gate.resume();
            }
            Err(_) => {
                self.gate.end(0);
            }
        }
        named
    }
}
