//! Sleeping and waking, as futexes do it.

use std::sync::atomic::{AtomicU32, Ordering};

use super::fiber;
use super::state::Run;
use super::world::{Core, NOBODY};

impl Core {
    /// Sleeps as a futex does.
    pub fn sleep(&self, words: &[(&AtomicU32, u32)], deadline: Option<i64>) {
        if self.current.get() == NOBODY {
            return;
        }
        self.enter_kernel();
        let me = self.current.get();
        self.check_patience(deadline);
        let changed = words
            .iter()
            .any(|(word, value)| word.load(Ordering::SeqCst) != *value);
        if changed
            || deadline.is_some_and(|d| d <= self.now.get())
            || self.policy.borrow_mut().wakes_spuriously()
        {
            return;
        }
        {
            let mut state = self.state.borrow_mut();
            for (word, _) in words {
                state.sleepers.push((std::ptr::from_ref(*word).addr(), me));
            }
            state.threads[me].run = Run::Asleep(deadline);
        }
        self.trace(|| format!("sleeps, deadline {deadline:?}"));
        fiber::suspend();
        self.trace(|| "is awake".to_owned());
    }

    /// A timed call must not sleep much beyond its deadline, whoever is stopped.
    fn check_patience(&self, deadline: Option<i64>) {
        let me = self.current.get();
        let Some(limit) = self.history.borrow().patience_of(me) else {
            return;
        };
        let slack = 60_000_000;
        if deadline.is_none_or(|d| d > limit.max(self.now.get()) + slack) {
            self.fail(|| format!("t{me} sleeps until {deadline:?} in a call with the deadline {limit}"));
        }
    }

    /// Moves a sleeper from one word, if that has the value, to another, as a futex does.
    pub fn requeue(&self, word: &AtomicU32, value: u32, to: &AtomicU32) {
        self.enter_kernel();
        if word.load(Ordering::SeqCst) != value {
            return;
        }
        let address = |word: &AtomicU32| std::ptr::from_ref(word).addr();
        let mut state = self.state.borrow_mut();
        if let Some(sleeper) = state.sleepers.iter_mut().find(|(at, _)| *at == address(word)) {
            sleeper.0 = address(to);
        }
    }

    /// Wakes sleepers as a futex does.
    pub fn wake(&self, word: &AtomicU32, count: u32) {
        self.enter_kernel();
        let woken = self
            .state
            .borrow_mut()
            .wake(std::ptr::from_ref(word).addr(), count);
        self.trace(|| {
            format!(
                "wakes {woken:?} on {}",
                super::places::name(&self.memory, self.memory.offset_of(word))
            )
        });
    }
}
