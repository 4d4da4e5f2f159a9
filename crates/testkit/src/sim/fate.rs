//! What befalls processes and threads: deaths, stage by stage, stops, and the kernel's marks.

use std::sync::atomic::Ordering;

use intersync::arena::layout::{Section, slot as words};

use super::policy::Choice;
use super::state::{Life, Run, State};
use super::world::{Core, FUTEX_WAITERS};

/// The kernel's mark in a robust futex whose owner has died.
const OWNER_DIED: u32 = 0x4000_0000;
const TID_MASK: u32 = 0x3fff_ffff;

impl Core {
    /// Does something to the world.
    pub fn carry_out(&self, choice: Choice) {
        let now = self.now.get();
        match choice {
            Choice::Run(thread) => self.resume(thread),
            Choice::Advance(by) => self.now.set(now + by),
            Choice::Kill(p) => self.kill(p),
            Choice::Vanish(thread) => self.vanish(thread),
            Choice::LoseKeeper(p) => self.lose_keeper(p),
            Choice::Stop(p, time) => {
                self.trace(|| format!("process {p} is stopped"));
                let mut state = self.state.borrow_mut();
                state.processes[p].stopped = true;
                state.processes[p].next_stage = now + time;
            }
            Choice::Continue(p) => {
                self.trace(|| format!("process {p} is continued"));
                let mut state = self.state.borrow_mut();
                state.processes[p].stopped = false;
                // Its sleepers look again.
                let State {
                    threads, sleepers, ..
                } = &mut *state;
                for (index, t) in threads.iter_mut().enumerate() {
                    if t.process == p && matches!(t.run, Run::Asleep(_)) {
                        t.run = Run::Ready;
                        sleepers.retain(|&(_, s)| s != index);
                    }
                }
            }
            Choice::Wake(thread) => {
                self.trace(|| format!("t{thread} wakes without cause"));
                let mut state = self.state.borrow_mut();
                if matches!(state.threads[thread].run, Run::Asleep(_)) {
                    state.threads[thread].run = Run::Ready;
                    state.sleepers.retain(|&(_, t)| t != thread);
                }
            }
            Choice::Bury(p) => self.bury(p),
            Choice::Cut => {}
        }
    }

    /// Kills a process: whatever its threads are doing.
    pub fn kill(&self, p: usize) {
        self.trace(|| format!("process {p} is killed"));
        self.history.borrow_mut().killed(p);
        let (mark_after, _) = self.policy.borrow_mut().end_of_process();
        let lingers = self.policy.borrow_mut().lingers();
        {
            let mut state = self.state.borrow_mut();
            let process = &mut state.processes[p];
            process.life = Life::Killed;
            process.stopped = false;
            process.lingers = lingers;
            process.next_stage = self.now.get() + mark_after;
            let State {
                threads,
                sleepers,
                stacks,
                ..
            } = &mut *state;
            for (index, t) in threads.iter_mut().enumerate().filter(|(_, t)| t.process == p) {
                if matches!(t.run, Run::Asleep(_)) {
                    self.history.borrow_mut().died_asleep(index);
                }
                if t.run != Run::Ready || !lingers || t.keeper {
                    t.run = Run::Done;
                    t.fiber.take().into_iter().for_each(|f| stacks.kill(f));
                    sleepers.retain(|&(_, s)| s != index);
                }
            }
        }
        if mark_after == 0 {
            self.bury(p);
        }
    }

    /// The keeper of a process ends alone; everybody takes the process for dead.
    fn lose_keeper(&self, p: usize) {
        self.trace(|| format!("process {p} loses its keeper"));
        let robust = self.state.borrow().processes[p].robust;
        let keeper = self
            .state
            .borrow()
            .threads
            .iter()
            .position(|t| t.process == p && t.keeper);
        keeper.into_iter().for_each(|t| self.vanish(t));
        if let Some((slot, tid)) = robust {
            self.mark(slot, tid);
        }
    }

    /// A thread ends without a word; its process lives on.
    fn vanish(&self, thread: usize) {
        self.trace(|| format!("t{thread} vanishes"));
        let mut state = self.state.borrow_mut();
        let State {
            threads,
            sleepers,
            stacks,
            ..
        } = &mut *state;
        threads[thread].run = Run::Done;
        threads[thread]
            .fiber
            .take()
            .into_iter()
            .for_each(|f| stacks.kill(f));
        sleepers.retain(|&(_, s)| s != thread);
        drop(state);
        self.history.borrow_mut().vanished(thread);
    }

    /// The next stage of the end of a process.
    fn bury(&self, p: usize) {
        let (_, byte_after) = self.policy.borrow_mut().end_of_process();
        let mut state = self.state.borrow_mut();
        let now = self.now.get();
        match state.processes[p].life {
            Life::Killed => {
                state.processes[p].life = Life::Marked;
                state.processes[p].next_stage = now + byte_after;
                let robust = state.processes[p].robust;
                drop(state);
                if let Some((slot, tid)) = robust {
                    self.mark(slot, tid);
                }
                if byte_after == 0 {
                    self.bury(p);
                }
            }
            Life::Marked => {
                state.processes[p].life = Life::Gone;
                state
                    .bytes
                    .iter_mut()
                    .for_each(|holders| holders.retain(|&holder| holder != p));
                drop(state);
                self.end_lingering(Some(p));
                self.trace(|| format!("process {p} is gone"));
            }
            _ => {}
        }
    }

    /// What the kernel does with the robust list of a thread that ends.
    fn mark(&self, slot: u16, tid: u32) {
        for lifeline in 0..words::LIFELINES {
            let offset = self.memory.profile().offsets().0[Section::Slots as usize]
                + usize::from(slot) * Section::Slots.stride()
                + (words::LIFELINE + lifeline) * 8;
            let word = self.memory.word_at(offset);
            let value = word.load(Ordering::SeqCst);
            if value as u32 & TID_MASK != tid {
                continue;
            }
            word.store(
                value & !u64::from(FUTEX_WAITERS) | u64::from(OWNER_DIED),
                Ordering::SeqCst,
            );
            let woken = self.state.borrow_mut().wake(std::ptr::from_ref(word).addr(), 1);
            self.trace(|| format!("the kernel marks slot {slot} and wakes {woken:?}"));
        }
    }

    /// Stops the threads of killed processes for good.
    pub fn end_lingering(&self, only: Option<usize>) {
        let mut state = self.state.borrow_mut();
        let State {
            threads,
            processes,
            sleepers,
            stacks,
            ..
        } = &mut *state;
        let current = self.current.get();
        for (p, process) in processes.iter_mut().enumerate() {
            if process.lingers && process.life >= Life::Marked && only.is_none_or(|o| o == p) {
                process.lingers = false;
                for (index, t) in threads
                    .iter_mut()
                    .enumerate()
                    .filter(|(i, t)| t.process == p && *i != current)
                {
                    t.run = Run::Done;
                    t.fiber.take().into_iter().for_each(|f| stacks.kill(f));
                    sleepers.retain(|&(_, s)| s != index);
                }
            }
        }
    }
}
