//! How long to spin before a wait blocks: learned, handle by handle.
//!
//! When the other side runs on another core it often signals within a fraction of what falling
//! asleep and being woken costs; when it runs on the same core, or for long, every round of spinning is
//! lost. Each handle remembers how many rounds the last successes took and gives spinning up while it fails, but
//! for a rare try.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::dispatch::Ctx;
use crate::dispatch::wait::Waited;
use crate::linux::{self, Linux};
use crate::object::inner::Inner;
use crate::word::state::State;
use crate::word::value;

/// The longest spin: what a sleep and a wake across cores cost where that is dear.
const LONGEST: Duration = Duration::from_micros(30);
/// Rounds that are always worth it where spinning is.
const LEAST: u32 = 32;
/// Waits without spinning between two tries: at first, and at most. Each try that fails doubles them.
const PATIENCE: (u32, u32) = (64, 4096);
/// Rounds that are timed to learn how many are in [`LONGEST`].
const SAMPLE: u32 = 256;

/// Most rounds of a spin: processors differ widely in what one costs.
fn most() -> u32 {
    static MOST: LazyLock<u32> = LazyLock::new(|| {
        let began = Instant::now();
        for _ in 0..SAMPLE {
            std::hint::spin_loop();
        }
        let took = began.elapsed().as_nanos().max(1);
        u32::try_from(LONGEST.as_nanos() * u128::from(SAMPLE) / took)
            .unwrap_or(u32::MAX)
            .clamp(100, 10_000)
    });
    *MOST
}

/// The estimate of one handle: rounds worth spinning, or waits since spinning was given up.
#[derive(Debug)]
pub(crate) struct Spin {
    rounds: AtomicU32,
    skipped: AtomicU32,
    patience: AtomicU32,
}

impl Default for Spin {
    fn default() -> Self {
        Spin {
            rounds: AtomicU32::new(most()),
            skipped: AtomicU32::new(0),
            patience: AtomicU32::new(PATIENCE.0),
        }
    }
}

impl Spin {
    /// The rounds for this wait. The estimate is a guess of many threads: it may be lost, never wrong.
    fn budget(&self) -> u32 {
        let rounds = self.rounds.load(Ordering::Relaxed);
        if rounds != 0 {
            return rounds;
        }
        let skipped = self.skipped.load(Ordering::Relaxed).wrapping_add(1);
        if skipped < self.patience.load(Ordering::Relaxed) {
            self.skipped.store(skipped, Ordering::Relaxed);
            return 0;
        }
        self.skipped.store(0, Ordering::Relaxed);
        most()
    }

    /// Up at once, down slowly: a spin that ends too early costs more than one that goes on for a moment.
    fn succeeded(&self, after: u32) {
        let rounds = self.rounds.load(Ordering::Relaxed);
        let wanted = after.saturating_mul(2).saturating_add(LEAST).min(most());
        self.rounds.store(
            if wanted > rounds {
                wanted
            } else {
                (rounds * 7 + wanted) / 8
            },
            Ordering::Relaxed,
        );
        self.patience.store(PATIENCE.0, Ordering::Relaxed);
    }

    /// The other side may only have fallen asleep once: the next wait spins as long as waking it takes. If that
    /// is in vain too, spinning is given up for a while.
    fn failed(&self) {
        let patience = self.patience.load(Ordering::Relaxed);
        if self.rounds.swap(0, Ordering::Relaxed) == 0 {
            self.patience
                .store((patience * 2).min(PATIENCE.1), Ordering::Relaxed);
        } else {
            self.skipped.store(patience, Ordering::Relaxed);
        }
    }

    /// Spins until the object can be taken, somebody queues for it, or the estimate is used up.
    ///
    /// If others kept taking and releasing it meanwhile, it is worth spinning on in the queue: the next
    /// release hands it over.
    pub(crate) fn take(&self, ctx: &Ctx<'_, Linux>, inner: &Inner) -> Option<Waited> {
        linux::spin_for_hand_over(0);
        if inner.give_back || inner.handle.sort.is_timer() || !ctx.arena.host.has_processors() {
            return None;
        }
        let budget = self.budget();
        let word = ctx
            .arena
            .direct(inner.handle.object, crate::arena::layout::object::STATE);
        let first = State(word.load(Ordering::Relaxed));
        let mut busy = false;
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
            busy |= state.value() != first.value();
        }
        if busy {
            linux::spin_for_hand_over(most());
        } else if budget > 0 {
            self.failed();
        }
        None
    }
}
