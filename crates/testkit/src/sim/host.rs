//! The simulated host: what the engine sees of the world.

use std::sync::atomic::{AtomicU32, Ordering};

use intersync::Result;
use intersync::arena::layout::{Section, slot};
use intersync::host::{Access, Host, Rule};
use intersync::limits::NET_NS;
use intersync::word::handle::Number;

use super::world::Core;

/// Virtual system time at virtual time 0, in 100 ns.
const EPOCH: i64 = 132_000_000_000_000_000;

/// The simulated host.
#[derive(Clone, Copy)]
pub struct SimHost {
    /// The world.
    pub core: &'static Core,
}

impl SimHost {
    /// A futex word of the running process's slot.
    fn slot_word(&self, word: usize) -> Option<&'static AtomicU32> {
        let (index, _) = self.core.with_process(|p| p.place)?;
        let offset = self.core.memory.profile().offsets().0[Section::Slots as usize]
            + usize::from(index) * Section::Slots.stride()
            + word * 8;
        Some(self.core.memory.futex_at(offset))
    }
}

impl Host for SimHost {
    #[inline]
    fn step(&self, access: Access, offset: usize) {
        self.core.step(access, offset);
    }

    fn now(&self) -> i64 {
        self.core.now.get()
    }

    fn realtime(&self) -> i64 {
        EPOCH + self.core.now.get() / 100
    }

    fn sleep(&self, words: &[(&AtomicU32, u32)], deadline: Option<i64>) {
        self.core.sleep(words, deadline);
    }

    fn keeper_sleeps(&self, words: &[(&AtomicU32, u32)], deadline: Option<i64>) {
        let mut until = deadline;
        if until.is_none() {
            self.core.with_process(|p| p.keeper_idle = true);
            self.core.offer();
            if self
                .slot_word(slot::SLEEPERS)
                .is_some_and(|s| s.load(Ordering::SeqCst) != 0)
            {
                until = Some(self.now() + NET_NS);
            }
        }
        self.core.sleep(words, until);
        self.core.with_process(|p| p.keeper_idle = false);
    }

    fn about_to_sleep(&self) {
        self.core.history.borrow_mut().blocks(self.core.current.get());
        self.core.offer();
        if self.core.with_process(|p| std::mem::take(&mut p.keeper_idle))
            && let Some(poke) = self.slot_word(slot::POKE)
        {
            self.core.offer();
            poke.fetch_add(1, Ordering::SeqCst);
            self.core.wake(poke, 1);
        }
    }

    fn wake(&self, word: &AtomicU32, count: u32) {
        self.core.wake(word, count);
    }

    fn gather(&self, word: &AtomicU32, value: u32, to: &AtomicU32) {
        self.core.requeue(word, value, to);
    }

    fn barrier(&self) -> bool {
        self.core.enter_kernel();
        self.core.end_lingering(None);
        true
    }

    fn life_byte_free(&self, slot: u16) -> bool {
        self.core.enter_kernel();
        self.core
            .state
            .borrow()
            .bytes
            .get(usize::from(slot))
            .is_some_and(Vec::is_empty)
    }

    fn allocate(&self, _: usize, _: usize) -> Result<()> {
        self.core.enter_kernel();
        Ok(())
    }

    fn spin(&self, round: u32) -> bool {
        let spins = self.core.policy.borrow_mut().spins(round);
        if spins {
            self.core.offer();
        }
        spins
    }

    fn spin_for_hand_over(&self, round: u32) -> bool {
        self.spin(round)
    }

    fn is_eager(&self) -> bool {
        self.core.policy.borrow_mut().is_eager()
    }

    fn shadow(&self, number: Number, target: Option<(u64, u32)>) {
        self.core.with_process(|p| match target {
            Some(handle) => p.mirror.insert(number, handle),
            None => p.mirror.remove(&number),
        });
    }

    fn thread_exists(&self, tid: u32) -> bool {
        use super::state::Run;
        let state = self.core.state.borrow();
        state
            .threads
            .get(tid as usize - 1)
            .is_some_and(|t| t.run != Run::Done)
    }

    fn has(&self, rule: Rule) -> bool {
        self.core.has(rule)
    }
}
