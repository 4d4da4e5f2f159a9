//! Virtual time: what comes due, and when nothing happens any more.

use super::policy::Choice;
use super::state::{Life, Run, State, Thread};
use super::world::Core;

impl Core {
    pub(super) fn is_busy(&self) -> bool {
        let state = self.state.borrow();
        let ending = state
            .processes
            .iter()
            .any(|p| p.stopped || matches!(p.life, Life::Killed | Life::Marked));
        ending
            || state.threads.iter().any(|t| {
                let stuck = matches!(
                    t.run,
                    Run::UntilAttached
                        | Run::UntilKept
                        | Run::UntilGone(_)
                        | Run::UntilBorn
                        | Run::UntilStage(_)
                );
                let over = t.run == Run::Done || t.keeper || t.patient || stuck;
                !over && state.processes[t.process].life == Life::Alive
            })
    }

    pub(super) fn wake_due(&self) {
        let (now, stage) = (self.now.get(), self.stage.get());
        let mut state = self.state.borrow_mut();
        let State {
            threads,
            processes,
            sleepers,
            ..
        } = &mut *state;
        for (index, thread) in threads.iter_mut().enumerate() {
            let own = &processes[thread.process];
            let ready = match thread.run {
                Run::Asleep(Some(deadline)) => deadline <= now && !own.stopped,
                Run::UntilAttached => own.place.is_some(),
                Run::UntilKept => own.kept,
                Run::UntilGone(process) => processes[process].life == Life::Gone,
                Run::UntilBorn => own.birth.is_some(),
                Run::UntilStage(wanted) => stage >= wanted,
                _ => false,
            };
            if ready {
                thread.run = Run::Ready;
                sleepers.retain(|&(_, t)| t != index);
            }
        }
    }

    /// If nobody can run and somebody waits for just that, it goes on.
    pub(super) fn reach_next_stage(&self) -> bool {
        let next = self.stage.get() + 1;
        let state = self.state.borrow();
        let waits = |t: &Thread| t.run == Run::UntilStage(next) && !state.processes[t.process].stopped;
        let reached = state.threads.iter().any(waits);
        if reached {
            self.stage.set(next);
            if next == 1 {
                self.ready_at.set(self.now.get());
            }
            self.trace(|| format!("stage {next}"));
        }
        reached
    }

    /// The next moment at which something happens by itself.
    pub(super) fn next_moment(&self) -> Option<i64> {
        let state = self.state.borrow();
        let sleeps = state.threads.iter().filter_map(|t| match t.run {
            Run::Asleep(until) if !state.processes[t.process].stopped => until,
            _ => None,
        });
        let ends = state
            .processes
            .iter()
            .filter(|p| matches!(p.life, Life::Killed | Life::Marked) || p.stopped)
            .map(|p| p.next_stage);
        sleeps.chain(ends).min()
    }

    /// Lets stops and ends of processes go on whose time has come.
    pub(super) fn pass_stages(&self) {
        let now = self.now.get();
        let count = self.state.borrow().processes.len();
        for p in 0..count {
            let (life, stopped, due) = {
                let state = self.state.borrow();
                let p = &state.processes[p];
                (p.life, p.stopped, p.next_stage <= now)
            };
            if !due {
                continue;
            }
            match life {
                Life::Alive if stopped => self.carry_out(Choice::Continue(p)),
                Life::Killed | Life::Marked => self.carry_out(Choice::Bury(p)),
                _ => {}
            }
        }
    }
}
