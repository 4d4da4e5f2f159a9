//! Whose turn is next: spinning in the queue of a mutex.
//!
//! A mutex is handed to its first waiter. Waking that one across processors takes far longer than most
//! owners keep a mutex, so it should be awake already when its turn comes, and spin on its claim. But not more than
//! one waiter should be, and not on the processor that the owner needs. So whoever is about to leave its processor looks for
//! the first waiter that last ran on another processor than the owner. If it is that waiter itself, it stays and
//! spins; if it is another one that sleeps and wants to be woken ahead of its turn, it wakes it.
//!
//! # Invariant
//! Correctness depends on none of this: claims are changed only by those who may, the queue is read without its
//! lock, and whatever is seen there at worst wakes or delays somebody in vain, for a bounded time.

use super::Ctx;
use super::wait::Wait;
use crate::arena::layout::thread;
use crate::arena::{Context, Object, Thread};
use crate::host::Host;
use crate::word::claim::Phase;
use crate::word::value::{self, Sort};

/// Waiters looked at: those behind them have time.
const NEAR: u32 = 4;

/// Who should be awake when a mutex is handed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Turn {
    /// The waiter that asks.
    Mine,
    /// This one, which sleeps.
    Of(Context),
    /// Somebody who is awake, or nobody.
    Settled,
}

impl<H: Host> Ctx<'_, H> {
    /// Whether the wait is for one mutex.
    pub(super) fn is_for_mutex(&self, wait: &Wait<'_>) -> bool {
        matches!(wait.items, [item] if self.sort(item.object).is_ok_and(|sort| sort == Sort::Mutex))
    }

    /// Called before an `eager` thread leaves its processor: wakes whoever should be awake next. `true`: that is the thread
    /// itself, and it should stay.
    pub(super) fn yield_turn(&self, wait: &Wait<'_>, eager: bool) -> bool {
        let (true, [item]) = (eager, wait.items) else {
            return false;
        };
        self.arena
            .put(self.me, thread::PROCESSOR, self.arena.host.processor());
        match self.turn(item.object, wait.context) {
            Some(Turn::Mine) => true,
            Some(Turn::Of(next)) => {
                self.wake_one(next, thread::CLAIM);
                false
            }
            Some(Turn::Settled) | None => false,
        }
    }

    /// Spins once for the turn that may be next.
    pub(super) fn await_turn(&self, wait: &Wait<'_>) {
        self.arena.host.roused();
        if self.spin_on_claim(wait) {
            self.arena.host.roused_in_time();
        }
    }

    /// Who should be awake when the mutex is handed over next.
    fn turn(&self, o: Object, own: Context) -> Option<Turn> {
        let owner = self.arena.thread(value::owner(self.state(o).value())).ok()?;
        let taken = self.processor_of(owner);
        let mut at = self.first(o).ok()?;
        for _ in 0..NEAR {
            let b = at?;
            let context = self.context_of(self.info(b)).ok()?;
            if taken == 0 || self.processor_of(context.thread) != taken {
                if context == own {
                    return Some(Turn::Mine);
                }
                let claim = self.claim(context);
                let waits = claim.phase() == Some(Phase::Waiting) && claim.seq() == self.block_seq(b);
                return Some(if waits && claim.asleep() && claim.eager() {
                    Turn::Of(context)
                } else {
                    Turn::Settled
                });
            }
            at = self.next(o, b).ok()?;
        }
        None
    }

    fn processor_of(&self, t: Thread) -> u64 {
        self.arena.get(t, thread::PROCESSOR)
    }

    /// Spins on the claim of `wait`, as long as the host finds it worth while. `true`: it is decided.
    pub(super) fn spin_on_claim(&self, wait: &Wait<'_>) -> bool {
        let mut round = 0;
        while self.arena.host.spin_for_hand_over(round) {
            if !self.claim(wait.context).is_open(wait.seq) {
                return true;
            }
            round += 1;
        }
        false
    }
}
