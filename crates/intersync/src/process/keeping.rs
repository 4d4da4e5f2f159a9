//! The keeper thread of this process.

use std::sync::atomic::Ordering;

use super::{KEEPER_NONE, KEEPER_SETTLED, Process, lock};
use crate::Error;
use crate::arena::layout::slot;
use crate::attach::claim_thread;
use crate::dispatch::Ctx;
use crate::recover::keeper::Keeper;
use crate::sys::{clock, futex, robust, thread};

impl Process {
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
            let started = thread::spawn_quietly("intersync", Box::new(move || self.keep(&up)));
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
        self.arena.put(self.slot, slot::RAISED, slot::UP);
        if ctx.poke_watchers().is_ok() {
            self.arena.put(self.slot, slot::RAISED, slot::WATCHED);
        }
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
}
