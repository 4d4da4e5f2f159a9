//! The records of this process's threads, found without a search and given back when a thread ends.

use std::cell::{Cell, RefCell};

use super::Process;
use crate::Result;
use crate::arena::Thread;
use crate::arena::layout::{self, slot};
use crate::attach::claim_thread;
use crate::calls;
use crate::dispatch::free_mutex::Seat;
use crate::dispatch::{Ctx, Until};
use crate::exit::Verdict;
use crate::sys::thread;

thread_local! {
    /// The record used last: the fast paths find it without a search.
    pub(super) static LAST: Cell<Option<(&'static Process, Thread, Seat)>> = const { Cell::new(None) };
    /// Whether the thread is inside a slow path.
    pub(super) static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// All records of the thread, given back when it ends.
    pub(super) static THREADS: RefCell<Threads> = const { RefCell::new(Threads {
        records: Vec::new(),
        exit_code: None,
    }) };
}

#[derive(Default)]
pub(super) struct Threads {
    records: Vec<(&'static Process, Thread)>,
    /// The exit code that it is to end with.
    exit_code: Option<u32>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        let leftovers = calls::end();
        LAST.set(None);
        for (process, me) in self.records.drain(..) {
            if process.is_mine() {
                let ctx = Ctx {
                    arena: process.arena,
                    me,
                    slot: process.slot,
                    nonce: process.nonce,
                };
                if ctx.check_fence().is_ok() {
                    if let Some(code) = self.exit_code {
                        let _ = ctx.note_own_verdict(Verdict::Exited(code).pack(), Until::Unlocked);
                    }
                    let _ = ctx.retire_thread();
                }
            }
        }
        // They close handles, by which the records have found the timers to cancel.
        drop(leftovers);
    }
}

/// Ends what the calling thread has of this library.
pub(crate) fn leave(code: u32) {
    let records = THREADS.try_with(|threads| {
        let mut threads = threads.try_borrow_mut().ok()?;
        threads.exit_code = Some(code);
        Some(std::mem::take(&mut *threads))
    });
    // Not borrowed any more: what was queued to the thread may use the library as it is dropped.
    drop(records);
}

/// Has those who wait for the end of the calling thread find this exit code.
pub(crate) fn set_exit_code(code: u32) {
    // In a thread whose destructors run already nobody will find it.
    let _ = THREADS.try_with(|threads| {
        if let Ok(mut threads) = threads.try_borrow_mut() {
            threads.exit_code = Some(code);
        }
    });
}

impl Process {
    #[cold]
    pub(super) fn find_thread(&'static self) -> Result<Thread> {
        let known = THREADS.try_with(|threads| {
            threads
                .try_borrow()
                .ok()?
                .records
                .iter()
                .find(|(p, _)| std::ptr::eq(*p, self))
                .map(|&(_, t)| t)
        });
        let me = match known {
            Ok(Some(me)) => me,
            _ => {
                calls::register();
                let me = claim_thread(self.arena, self.slot, self.nonce, thread::tid())?;
                // In a thread whose destructors run already nobody will give the record back but the reaper.
                let _ = THREADS.try_with(|threads| {
                    if let Ok(mut threads) = threads.try_borrow_mut() {
                        threads.records.push((self, me));
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
}
