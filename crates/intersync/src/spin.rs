//! How long to spin before a wait blocks: learned, handle by handle.
//!
//! When the other side runs on another core it often signals within a fraction of what falling
//! asleep and being woken costs; when it runs on the same core, or for long, every round of spinning is
//! lost. Each handle remembers how many rounds the last successes took and gives spinning up while it fails, but
//! for a rare try.
//!
//! # Mutexes that many want
//! With more threads than processors, spinning on the object lets the two that run take it from each other while the
//! others, driven from their processors before they could queue, wait for theirs: fast, and unfair for as long as a time slice.
//! So once others have been seen in the queue, a wait queues at once, lets whoever is ready run, and then spins in the
//! queue if its turn may be next ([`crate::dispatch`], `turn`). All are in the queue then, and it is served in order.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::dispatch::Ctx;
use crate::dispatch::wait::Waited;
use crate::linux::{self, HandOver, Linux};
use crate::object::inner::Inner;
use crate::word::state::State;
use crate::word::value;

/// The longest spin: what a sleep and a wake across cores cost where that is dear.
const LONGEST: Duration = Duration::from_micros(30);
/// Rounds that are always worth it where spinning is.
const LEAST: u32 = 32;
/// Waits without spinning between two tries: at first, and at most. Each try that fails doubles them.
const PATIENCE: (u32, u32) = (64, 4096);
/// Rounds between two looks at a mutex, at most: each look takes its cache line away from the owner, who is going to
/// write to it.
const PAUSE: u32 = 32;
/// Waits for which a mutex counts as crowded after others were seen in its queue.
const CROWD: u32 = 256;
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

/// An estimate: rounds worth spinning, or waits since spinning was given up.
#[derive(Debug)]
struct Estimate {
    rounds: AtomicU32,
    skipped: AtomicU32,
    patience: AtomicU32,
}

impl Default for Estimate {
    fn default() -> Self {
        Estimate {
            rounds: AtomicU32::new(most()),
            skipped: AtomicU32::new(0),
            patience: AtomicU32::new(PATIENCE.0),
        }
    }
}

impl Estimate {
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
}

/// Whether it is worth while to be awake when one's turn comes.
#[derive(Debug)]
struct Eagerness {
    /// Waits left without it.
    skip: AtomicU32,
    patience: AtomicU32,
}

impl Default for Eagerness {
    fn default() -> Self {
        Eagerness {
            skip: AtomicU32::new(0),
            patience: AtomicU32::new(1),
        }
    }
}

impl Eagerness {
    /// The rounds to spin when it is next; 0: it would rather sleep.
    fn budget(&self) -> u32 {
        match self.skip.load(Ordering::Relaxed) {
            0 => most(),
            skip => {
                self.skip.store(skip - 1, Ordering::Relaxed);
                0
            }
        }
    }

    fn learn(&self, in_time: bool) {
        let patience = self.patience.load(Ordering::Relaxed);
        if in_time {
            self.patience.store(1.max(patience / 2), Ordering::Relaxed);
        } else {
            self.skip.store(patience, Ordering::Relaxed);
            self.patience
                .store((patience * 2).min(PATIENCE.1), Ordering::Relaxed);
        }
    }
}

/// Whether more threads want a mutex than it has served at once lately.
#[derive(Debug, Default)]
struct Crowd {
    /// Waits left until it counts as dispersed.
    left: AtomicU32,
}

impl Crowd {
    fn seen(&self) {
        self.left.store(CROWD, Ordering::Relaxed);
    }

    fn is_there(&self) -> bool {
        let left = self.left.load(Ordering::Relaxed);
        if left != 0 {
            self.left.store(left - 1, Ordering::Relaxed);
        }
        left != 0
    }
}

/// What one handle has learned.
#[derive(Debug, Default)]
pub(crate) struct Spin {
    /// Of spinning on the object before a wait queues.
    object: Estimate,
    /// Mutex: of spinning in its queue.
    eagerness: Eagerness,
    /// Mutex: of others that queue.
    crowd: Crowd,
}

impl Spin {
    /// Spins until the object can be taken, somebody queues for it, or the estimate is used up.
    ///
    /// If others kept taking and releasing it meanwhile, it is worth spinning on in the queue: the next
    /// release hands it over. In a crowd the wait queues at once.
    pub(crate) fn take(&self, ctx: &Ctx<'_, Linux>, inner: &Inner) -> Option<Waited> {
        linux::plan_hand_over(HandOver::default());
        if inner.give_back || inner.handle.sort.is_timer() || !ctx.arena.host.has_processors() {
            return None;
        }
        let eager = if inner.is_mutex() {
            self.eagerness.budget()
        } else {
            0
        };
        let plan = HandOver {
            eager,
            ..HandOver::default()
        };
        if self.crowd.is_there() {
            linux::plan_hand_over(HandOver {
                rounds: eager,
                courteous: true,
                ..plan
            });
            return None;
        }
        linux::plan_hand_over(plan);
        let first = State(inner.word.load(Ordering::Relaxed));
        if first.waiters() {
            self.meet_a_crowd(inner);
            return None;
        }
        let budget = self.object.budget();
        let mut busy = false;
        let longest = if inner.is_mutex() { PAUSE } else { 1 };
        let (mut round, mut pause) = (0, 1);
        while round < budget {
            for _ in 0..pause {
                std::hint::spin_loop();
            }
            round += pause;
            pause = (pause * 2).min(longest);
            let state = State(inner.word.load(Ordering::Relaxed));
            if state.waiters() {
                self.meet_a_crowd(inner);
                return None;
            }
            if state.locker() == 0
                && value::signaled(inner.handle.sort, state.value())
                && let Some(waited) = ctx.take_quickly(&inner.operand())
            {
                self.object.succeeded(round);
                return Some(waited);
            }
            busy |= state.value() != first.value();
        }
        if busy {
            linux::plan_hand_over(HandOver {
                rounds: most(),
                ..plan
            });
        } else if budget > 0 {
            self.object.failed();
        }
        None
    }

    /// Others are queued: who overtakes them gains nothing, and the queue is served in order.
    fn meet_a_crowd(&self, inner: &Inner) {
        if inner.is_mutex() {
            self.crowd.seen();
        }
    }

    /// Learns from the wait that followed.
    pub(crate) fn learn(&self) {
        if let Some(in_time) = linux::hand_over().roused {
            self.eagerness.learn(in_time);
        }
        linux::plan_hand_over(HandOver::default());
    }
}
