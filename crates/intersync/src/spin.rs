//! How long to spin before a wait blocks: learned, handle by handle.
//!
//! When the other side runs on another core it often signals within a fraction of what falling
//! asleep and being woken costs; when it runs on the same core, or for long, every round of spinning is
//! lost. Each handle remembers how many rounds the last successes took and gives spinning up while it fails, but
//! for a rare try.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::dispatch::Ctx;
use crate::dispatch::wait::Waited;
use crate::linux::Linux;
use crate::object::inner::Inner;
use crate::word::state::State;
use crate::word::value;

/// Most rounds: about the cost of a sleep and a wake across cores.
const MOST: u32 = 400;
/// Below this estimate spinning is given up.
const LEAST: u32 = 8;
/// Waits without spinning between two tries.
const PATIENCE: u32 = 256;

/// The estimate of one handle: rounds worth spinning, or waits since spinning was given up.
#[derive(Debug)]
pub(crate) struct Spin {
    rounds: AtomicU32,
    skipped: AtomicU32,
}

impl Default for Spin {
    fn default() -> Self {
        Spin {
            rounds: AtomicU32::new(MOST),
            skipped: AtomicU32::new(0),
        }
    }
}

thread_local! {
    /// Rounds that the wait at hand may spin on its own claim once it is first in a queue.
    static HAND_OVER: Cell<u32> = const { Cell::new(0) };
}

/// Whether the wait at hand may spin one more round for a hand-over.
pub(crate) fn may_spin_for_hand_over(round: u32) -> bool {
    round < HAND_OVER.get()
}

impl Spin {
    /// The rounds for this wait. The estimate is a guess of many threads: it may be lost, never wrong.
    fn budget(&self) -> u32 {
        match self.rounds.load(Ordering::Relaxed) {
            0 => {
                let skipped = self.skipped.load(Ordering::Relaxed).wrapping_add(1);
                self.skipped.store(skipped, Ordering::Relaxed);
                if skipped.is_multiple_of(PATIENCE) { MOST } else { 0 }
            }
            rounds => rounds,
        }
    }

    fn succeeded(&self, after: u32) {
        let rounds = self.rounds.load(Ordering::Relaxed);
        let wanted = after * 2 + LEAST * 4;
        self.rounds
            .store(((rounds * 3 + wanted) / 4).min(MOST), Ordering::Relaxed);
    }

    fn failed(&self) {
        let rounds = self.rounds.load(Ordering::Relaxed) / 2;
        self.rounds
            .store(if rounds < LEAST { 0 } else { rounds }, Ordering::Relaxed);
    }

    /// Spins until the object can be taken, somebody queues for it, or the estimate is used up.
    pub(crate) fn take(&self, ctx: &Ctx<'_, Linux>, inner: &Inner) -> Option<Waited> {
        HAND_OVER.set(0);
        if inner.give_back || inner.handle.sort.is_timer() || !ctx.arena.host.has_processors() {
            return None;
        }
        let budget = self.budget();
        let word = ctx
            .arena
            .direct(inner.handle.object, crate::arena::layout::object::STATE);
        for round in 0..budget {
            std::hint::spin_loop();
            let state = State(word.load(Ordering::Relaxed));
            if state.waiters() {
                // Others are queued: who overtakes them gains nothing, and the queue is served in order.
                return None;
            }
            if state.locker() == 0
                && value::signaled(inner.handle.sort, state.value())
                && let Some(waited) = ctx.take_quickly(&inner.operand())
            {
                self.succeeded(round);
                return Some(waited);
            }
        }
        if budget > 0 {
            self.failed();
            HAND_OVER.set(self.rounds.load(Ordering::Relaxed));
        }
        None
    }
}
