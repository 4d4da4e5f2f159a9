//! The simulated world: processes, threads, time, futexes, deaths, and who runs next.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use intersync::arena::Arena;
use intersync::arena::layout::{Profile, Section, object};
use intersync::host::{Access, Rule};

use super::fiber;
use super::history::History;
use super::host::SimHost;
use super::memory::Memory;
use super::policy::{Choice, Policy, View};
use super::state::{Life, Process, Run, State, Thread};

/// The bit a keeper presets so that the kernel wakes a sleeper.
pub const FUTEX_WAITERS: u32 = 0x8000_0000;
/// Nobody runs: set-up and checks.
pub const NOBODY: usize = usize::MAX;
/// Steps after which a run counts as one that never ends.
const STEP_LIMIT: u64 = 4_000_000;

/// Everything but the arena.
pub struct Core {
    /// The arena's memory.
    pub memory: Memory,
    /// Its inhabitants.
    pub state: RefCell<State>,
    /// What was called, and what came of it.
    pub history: RefCell<History>,
    /// Who decides.
    pub policy: RefCell<Box<dyn Policy>>,
    /// The running thread.
    pub current: Cell<usize>,
    pub(super) last: Cell<usize>,
    /// Virtual time in ns.
    pub now: Cell<i64>,
    /// Steps so far.
    pub steps: Cell<u64>,
    fuel: Cell<u32>,
    off: Cell<u64>,
    pub(super) stage: Cell<u32>,
    tracing: Cell<bool>,
    watched: Cell<Option<(Access, usize, u64)>>,
    objects: (usize, usize),
    /// What went wrong first.
    pub trouble: RefCell<Option<String>>,
    /// The choices of the last run.
    pub record: RefCell<Vec<(u16, u16)>>,
    /// When the first stage was reached, in virtual time.
    pub ready_at: Cell<i64>,
}

/// A world and its arena.
#[derive(Clone, Copy)]
pub struct World {
    /// Everything but the arena.
    pub core: &'static Core,
    /// The arena.
    pub arena: &'static Arena<SimHost>,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Nobody can run any more, or only those who wait for ever.
    Quiet,
    /// The run did not end by itself.
    Endless,
    /// A call found something wrong.
    Trouble,
    /// The policy had enough.
    Cut,
}

impl World {
    /// A world for any number of runs. It is never freed.
    pub fn new(profile: Profile, policy: Box<dyn Policy>) -> World {
        let objects = profile.offsets().0[Section::Objects as usize];
        let end = objects + profile.capacity[Section::Objects as usize] * Section::Objects.stride();
        let core: &'static Core = Box::leak(Box::new(Core {
            memory: Memory::new(profile),
            state: RefCell::default(),
            history: RefCell::default(),
            policy: RefCell::new(policy),
            current: Cell::new(NOBODY),
            last: Cell::new(NOBODY),
            now: Cell::new(0),
            steps: Cell::new(0),
            fuel: Cell::new(0),
            off: Cell::new(0),
            stage: Cell::new(0),
            tracing: Cell::new(false),
            watched: Cell::new(None),
            objects: (objects, end),
            trouble: RefCell::new(None),
            record: RefCell::default(),
            ready_at: Cell::new(0),
        }));
        let arena = Box::leak(Box::new(core.memory.arena(SimHost { core })));
        World { core, arena }
    }

    /// Begins a new run: an empty arena, nobody there.
    pub fn reset(&self, policy: Box<dyn Policy>, off: &[Rule], tracing: bool) {
        let core = self.core;
        let mut state = core.state.borrow_mut();
        let State { threads, stacks, .. } = &mut *state;
        for thread in threads.drain(..) {
            thread.fiber.into_iter().for_each(|f| stacks.kill(f));
        }
        state.processes.clear();
        state.bytes = vec![Vec::new(); core.memory.profile().capacity[Section::Slots as usize]];
        state.sleepers.clear();
        drop(state);
        core.memory.clear();
        core.history.take();
        *core.policy.borrow_mut() = policy;
        core.current.set(NOBODY);
        core.last.set(NOBODY);
        core.now.set(1_000_000_000);
        core.steps.set(0);
        core.stage.set(0);
        core.off
            .set(off.iter().fold(0, |bits, &rule| bits | 1 << rule as u32));
        core.tracing.set(tracing);
        core.watched.set(None);
        core.trouble.replace(None);
        self.arena.format(core.memory.profile(), [1, 2], [3, 4]);
    }

    /// A new process; its threads come with [`World::thread`].
    pub fn process(&self, wants_keeper: bool, mortal: bool) -> usize {
        let mut state = self.core.state.borrow_mut();
        state.processes.push(Process {
            life: Life::Alive,
            stopped: false,
            mortal,
            wants_keeper,
            place: None,
            kept: false,
            lingers: false,
            robust: None,
            next_stage: 0,
            opened: BTreeMap::new(),
            mirror: BTreeMap::new(),
            prepared: BTreeMap::new(),
            birth: None,
            keeper_idle: false,
        });
        state.processes.len() - 1
    }

    /// A new thread of a process.
    pub fn thread(&self, process: usize, keeper: bool, body: impl FnOnce(usize) + 'static) -> usize {
        let core = self.core;
        let mut state = core.state.borrow_mut();
        let index = state.threads.len();
        let fiber = state.stacks.start(move || body(index));
        state.threads.push(Thread {
            fiber: Some(fiber),
            process,
            run: Run::Ready,
            keeper,
            patient: false,
            calling: false,
        });
        index
    }

    /// Lets everybody run until nothing happens any more.
    pub fn run(&self) -> End {
        let core = self.core;
        let mut quiet_since: Option<(i64, usize)> = None;
        loop {
            core.pass_stages();
            core.wake_due();
            if core.trouble.borrow().is_some() {
                return End::Trouble;
            }
            if core.steps.get() > STEP_LIMIT {
                return End::Endless;
            }
            let now = core.now.get();
            let quiet_for = core.policy.borrow().quiet_ns();
            let events = core.history.borrow().events;
            match quiet_since {
                _ if core.is_busy() => quiet_since = None,
                Some((since, seen)) if seen == events && now - since > quiet_for => return End::Quiet,
                Some((_, seen)) if seen == events => {}
                _ => quiet_since = Some((now, events)),
            }
            let choice = {
                let state = core.state.borrow();
                let view = View::new(&state, core.last.get(), now, core.stage.get());
                match view.is_idle() {
                    true => None,
                    false => Some(core.policy.borrow_mut().choose(&view)),
                }
            };
            match choice {
                Some(Choice::Cut) => return End::Cut,
                Some(choice) => core.carry_out(choice),
                None if core.reach_next_stage() => {}
                None => match core.next_moment() {
                    Some(time) => core.now.set(now.max(time)),
                    None => return End::Quiet,
                },
            }
        }
    }
}

impl Core {
    /// Whether a rule holds in this run.
    pub fn has(&self, rule: Rule) -> bool {
        self.off.get() & 1 << rule as u32 == 0
    }

    /// Called before every access to the arena.
    pub fn step(&self, access: Access, offset: usize) {
        if self.current.get() == NOBODY {
            return;
        }
        self.settle();
        self.steps.set(self.steps.get() + 1);
        let fuel = self.fuel.get();
        if fuel == 0 || self.steps.get() > STEP_LIMIT {
            if fuel == 0 && !self.policy.borrow_mut().minds(access, offset, self.current.get()) {
                return self.watch(access, offset);
            }
            fiber::suspend();
        } else {
            self.fuel.set(fuel - 1);
        }
        self.watch(access, offset);
    }

    fn watch(&self, access: Access, offset: usize) {
        let state_word = offset >= self.objects.0
            && offset < self.objects.1
            && (offset - self.objects.0).is_multiple_of(object::WORDS * 8);
        if self.tracing.get() || (access == Access::Exchange && state_word) {
            self.watched.set(Some((access, offset, self.memory.word(offset))));
        }
    }

    /// Notes what came of the last access.
    fn settle(&self) {
        let Some((access, offset, old)) = self.watched.take() else {
            return;
        };
        let new = self.memory.word(offset);
        if access != Access::Read && new != old {
            self.history
                .borrow_mut()
                .touched(self.current.get(), self.steps.get());
        }
        if self.tracing.get() {
            let place = super::places::name(&self.memory, offset);
            let what = match access {
                Access::Read => format!("reads  {place} {}", super::places::value(&place, old)),
                _ if new == old => format!(
                    "{access:?} {place} unchanged {}",
                    super::places::value(&place, old)
                ),
                _ => format!(
                    "{access:?} {place} {} -> {}",
                    super::places::value(&place, old),
                    super::places::value(&place, new)
                ),
            };
            self.trace(|| what);
        }
    }

    /// Adds a line to the trace.
    pub fn trace(&self, line: impl FnOnce() -> String) {
        if self.tracing.get() {
            let who = match self.current.get() {
                NOBODY => "     ".to_owned(),
                t => format!("t{t:<4}"),
            };
            println!("{:>7} {:>12} {who} {}", self.steps.get(), self.now.get(), line());
        }
    }

    /// Notes that something is wrong; the run ends.
    pub fn fail(&self, what: impl FnOnce() -> String) {
        if self.trouble.borrow().is_none() {
            let what = what();
            self.trace(|| format!("TROUBLE: {what}"));
            self.trouble.replace(Some(what));
        }
        if fiber::is_inside() {
            fiber::suspend();
        }
    }

    /// Lets the running thread wait for something; it goes on when that has come.
    pub fn wait_for(&self, run: Run) {
        self.settle();
        self.state.borrow_mut().threads[self.current.get()].run = run;
        fiber::suspend();
    }

    /// Gives the scheduler a chance.
    pub fn offer(&self) {
        if self.current.get() != NOBODY {
            self.settle();
            self.policy.borrow_mut().is_offered(self.current.get());
            fiber::suspend();
        }
    }

    /// As [`Core::offer`], at a system call: a thread of a killed process ends there at the latest.
    pub fn enter_kernel(&self) {
        self.offer();
        let me = self.current.get();
        if me != NOBODY && self.state.borrow().processes[self.my_process()].life != Life::Alive {
            self.state.borrow_mut().threads[me].run = Run::Done;
            fiber::suspend();
        }
    }

    /// The process of the running thread.
    pub fn my_process(&self) -> usize {
        self.state.borrow().threads[self.current.get()].process
    }

    /// Changes something of the running thread's process.
    pub fn with_process<T>(&self, change: impl FnOnce(&mut Process) -> T) -> T {
        let mine = self.my_process();
        change(&mut self.state.borrow_mut().processes[mine])
    }

    pub(super) fn resume(&self, thread: usize) {
        let Some(mut fiber) = self.state.borrow_mut().threads[thread].fiber.take() else {
            return;
        };
        self.current.set(thread);
        let fuel = self.policy.borrow_mut().fuel();
        self.fuel.set(fuel);
        // A panic of the engine is a finding like any other.
        let resumed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| fiber.resume()));
        let done = resumed.unwrap_or_else(|_| {
            self.trouble.replace(Some(format!("t{thread} panicked")));
            true
        });
        self.settle();
        self.current.set(NOBODY);
        self.last.set(thread);
        let mut state = self.state.borrow_mut();
        if done {
            state.threads[thread].run = Run::Done;
            let process = state.threads[thread].process;
            state.stacks.kill(fiber);
            let over = state
                .threads
                .iter()
                .all(|t| t.process != process || t.keeper || t.run == Run::Done);
            let alive = state.processes[process].life == Life::Alive;
            drop(state);
            if over && alive {
                self.kill(process);
            }
        } else {
            state.threads[thread].fiber = Some(fiber);
        }
    }
}
