//! Who runs next, and what happens to them.

use fastrand::Rng;
use intersync::host::Access;

use super::state::{Life, Run, State};

/// What happens next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// This thread goes on.
    Run(usize),
    /// Time passes.
    Advance(i64),
    /// This process is killed.
    Kill(usize),
    /// This thread ends without a word.
    Vanish(usize),
    /// This process is stopped for a time.
    Stop(usize, i64),
    /// This process goes on.
    Continue(usize),
    /// The sleep of this thread ends without cause.
    Wake(usize),
    /// The end of this process goes on.
    Bury(usize),
    /// The keeper of this process ends, and it alone.
    LoseKeeper(usize),
    /// The run ends here.
    Cut,
}

/// What a policy knows of the world.
pub struct View<'s> {
    /// The world.
    pub state: &'s State,
    /// The threads that can run.
    pub ready: Vec<usize>,
    /// The thread that ran last.
    pub last: usize,
    /// Virtual time.
    pub now: i64,
    /// How often nobody could run and somebody waited for that.
    pub stage: u32,
}

impl<'s> View<'s> {
    /// What there is to see.
    pub fn new(state: &'s State, last: usize, now: i64, stage: u32) -> View<'s> {
        let ready = |t: usize| {
            let thread = &state.threads[t];
            let process = &state.processes[thread.process];
            thread.run == Run::Ready && !process.stopped && (process.life == Life::Alive || process.lingers)
        };
        let ready = (0..state.threads.len()).filter(|&t| ready(t)).collect();
        View {
            state,
            ready,
            last,
            now,
            stage,
        }
    }

    /// Whether nobody can run.
    pub fn is_idle(&self) -> bool {
        self.ready.is_empty()
    }

    /// The processes that may be killed or stopped.
    pub fn mortals(&self) -> impl Iterator<Item = usize> + '_ {
        let alive =
            |p: &usize| self.state.processes[*p].mortal && self.state.processes[*p].life == Life::Alive;
        (0..self.state.processes.len()).filter(alive)
    }
}

/// Decides.
pub trait Policy {
    /// What happens next. Somebody can run.
    fn choose(&mut self, view: &View<'_>) -> Choice;
    /// How many steps the chosen thread goes on.
    fn fuel(&mut self) -> u32;
    /// Whether a thread about to do this, out of fuel, should stop for a choice.
    fn minds(&mut self, _: Access, _: usize, _: usize) -> bool {
        true
    }
    /// A thread stops for a choice between two accesses, as at a system call.
    fn is_offered(&mut self, _thread: usize) {}
    /// Whether a sleep ends without cause.
    fn wakes_spuriously(&mut self) -> bool {
        false
    }
    /// Whether a spin goes on.
    fn spins(&mut self, _round: u32) -> bool {
        false
    }
    /// Whether a wait wants to be awake when its turn comes.
    fn is_eager(&mut self) -> bool {
        false
    }
    /// How long after the kill the mark comes, and after it the free byte.
    fn end_of_process(&mut self) -> (i64, i64) {
        (0, 0)
    }
    /// The choices made: which, out of how many.
    fn record(&mut self) -> Vec<(u16, u16)> {
        Vec::new()
    }
    /// Whether threads of a killed process still run until a barrier.
    fn lingers(&mut self) -> bool {
        false
    }
    /// How long nothing must happen before a run is over.
    fn quiet_ns(&self) -> i64 {
        0
    }
}

/// Chance, from a seed.
pub struct Chance {
    rng: Rng,
    /// Mean number of steps between two choices.
    quantum: u32,
    kills: u32,
    stops: u32,
    fault_every: u32,
    from: u32,
    spurious: bool,
    slow_death: bool,
    quiet_ns: i64,
}

/// What may happen in a run by chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// How many processes are killed.
    pub kills: u32,
    /// How many times a process is stopped.
    pub stops: u32,
    /// Choices between two faults, about.
    pub every: u32,
    /// From which stage on.
    pub from: u32,
    /// Whether sleeps end without cause.
    pub spurious: bool,
    /// Whether the end of a process takes time.
    pub slow_death: bool,
    /// Mean number of steps between two choices.
    pub quantum: u32,
    /// How long nothing must happen before the run is over.
    pub quiet_ns: i64,
}

impl Chance {
    /// A policy for one run.
    pub fn new(rng: Rng, faults: &Faults) -> Chance {
        Chance {
            rng,
            quantum: faults.quantum,
            kills: faults.kills,
            stops: faults.stops,
            fault_every: faults.every.max(1),
            from: faults.from,
            spurious: faults.spurious,
            slow_death: faults.slow_death,
            quiet_ns: faults.quiet_ns,
        }
    }

    fn fault(&mut self, view: &View<'_>) -> Option<Choice> {
        let stages = view
            .state
            .processes
            .iter()
            .enumerate()
            .filter(|(_, p)| p.stopped || p.life == Life::Killed || p.life == Life::Marked);
        let ongoing: Vec<(usize, bool)> = stages.map(|(i, p)| (i, p.stopped)).collect();
        if !ongoing.is_empty() && self.rng.u32(0..self.fault_every) == 0 {
            let (p, stopped) = ongoing[self.rng.usize(0..ongoing.len())];
            return Some(if stopped {
                Choice::Continue(p)
            } else {
                Choice::Bury(p)
            });
        }
        if view.stage < self.from || self.kills + self.stops == 0 || self.rng.u32(0..self.fault_every) != 0 {
            return None;
        }
        let mortals: Vec<usize> = view.mortals().collect();
        // Somebody in the middle of something is more interesting than a sleeper.
        let last = view
            .state
            .threads
            .get(view.last)
            .map(|t| t.process)
            .filter(|p| mortals.contains(p));
        let victim = match last {
            Some(p) if self.rng.bool() => p,
            _ => *mortals.get(self.rng.usize(0..mortals.len().max(1)))?,
        };
        if self.rng.u32(0..self.kills + self.stops) < self.kills {
            self.kills -= 1;
            Some(Choice::Kill(victim))
        } else if view.state.processes[victim].stopped {
            None
        } else {
            self.stops -= 1;
            let time = match self.rng.u32(0..3) {
                0 => self.rng.i64(0..1_000_000),
                1 => self.rng.i64(0..100_000_000),
                _ => self.rng.i64(0..3_000_000_000),
            };
            Some(Choice::Stop(victim, time))
        }
    }
}

impl Policy for Chance {
    fn choose(&mut self, view: &View<'_>) -> Choice {
        if let Some(fault) = self.fault(view) {
            return fault;
        }
        match self.rng.u32(0..4000) {
            0 => return Choice::Advance(self.rng.i64(0..3_000_000)),
            1..=100 => return Choice::Advance(self.rng.i64(0..3_000)),
            _ => {}
        }
        Choice::Run(view.ready[self.rng.usize(0..view.ready.len())])
    }

    fn fuel(&mut self) -> u32 {
        self.rng.u32(0..self.quantum * 2 + 1)
    }

    fn wakes_spuriously(&mut self) -> bool {
        self.spurious && self.rng.u32(0..10) == 0
    }

    fn spins(&mut self, round: u32) -> bool {
        round < 3 && self.rng.bool()
    }

    fn is_eager(&mut self) -> bool {
        self.rng.bool()
    }

    fn end_of_process(&mut self) -> (i64, i64) {
        if self.slow_death {
            (self.rng.i64(0..2_000_000), self.rng.i64(0..60_000_000))
        } else {
            (0, 0)
        }
    }

    fn lingers(&mut self) -> bool {
        self.slow_death && self.rng.bool()
    }

    fn quiet_ns(&self) -> i64 {
        self.quiet_ns
    }
}
