//! The simulated world: processes, threads, time, futexes, deaths, and who runs next.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU32, Ordering};

use intersync::arena::Arena;
use intersync::arena::layout::{Profile, Section, object};
use intersync::host::{Access, Rule};

use super::fiber::{self, Fiber, Stacks};
use super::history::History;
use super::host::SimHost;
use super::memory::Memory;
use super::policy::{Choice, Policy, View};

/// The kernel's mark in a robust futex whose owner has died, and its bit for sleepers.
const OWNER_DIED: u32 = 0x4000_0000;
/// The bit a keeper presets so that the kernel wakes a sleeper.
pub const FUTEX_WAITERS: u32 = 0x8000_0000;
const TID_MASK: u32 = 0x3fff_ffff;
/// Nobody runs: set-up and checks.
pub const NOBODY: usize = usize::MAX;
/// Steps after which a run counts as one that never ends.
const STEP_LIMIT: u64 = 4_000_000;

/// What a virtual thread is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    /// It can go on.
    Ready,
    /// It sleeps on futexes.
    Asleep(Option<i64>),
    /// It waits for its process to be attached, outside of the arena.
    UntilAttached,
    /// It waits for the keeper of its process.
    UntilKept,
    /// It waits for the end of a process, as `waitpid` does.
    UntilGone(usize),
    /// It waits for the number of a stage of the scenario.
    UntilStage(u32),
    /// It has ended, or its process has.
    Done,
}

/// A virtual thread.
pub struct Thread {
    fiber: Option<Fiber>,
    /// Its process.
    pub process: usize,
    /// What it is doing.
    pub run: Run,
    /// Whether it is the keeper of its process.
    pub keeper: bool,
    /// Whether it is in a call without deadline.
    pub patient: bool,
}

/// How far the end of a process is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd)]
pub enum Life {
    /// It lives.
    Alive,
    /// It was killed; nothing shows it yet.
    Killed,
    /// The kernel has marked its lifeline.
    Marked,
    /// Its address space is gone: its life byte is free.
    Gone,
}

/// A virtual process.
pub struct Process {
    /// How far its end is.
    pub life: Life,
    /// Whether it is stopped.
    pub stopped: bool,
    /// Whether it may be killed or stopped at random.
    pub mortal: bool,
    /// Whether it has (or will have) a keeper.
    pub wants_keeper: bool,
    /// Its slot and nonce, once attached.
    pub place: Option<(u16, u32)>,
    /// Whether the keeper is up.
    pub kept: bool,
    /// After its death: whether its threads may still run until a barrier.
    pub lingers: bool,
    /// Slot and thread id in its robust list.
    pub robust: Option<(u16, u32)>,
    /// When the next stage of its end comes.
    pub next_stage: i64,
    /// Free handle entries.
    pub entries: Vec<u32>,
    /// Whether the keeper sleeps without a deadline.
    pub keeper_idle: bool,
}

/// The state of the world.
#[derive(Default)]
pub struct State {
    /// All threads that ever were.
    pub threads: Vec<Thread>,
    /// All processes that ever were.
    pub processes: Vec<Process>,
    /// Who holds which life byte.
    pub bytes: Vec<Option<usize>>,
    /// Who sleeps on which word, in order.
    sleepers: Vec<(usize, usize)>,
    stacks: Stacks,
}

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
    last: Cell<usize>,
    /// Virtual time in ns.
    pub now: Cell<i64>,
    /// Steps so far.
    pub steps: Cell<u64>,
    fuel: Cell<u32>,
    off: Cell<u64>,
    stage: Cell<u32>,
    tracing: Cell<bool>,
    watched: Cell<Option<(Access, usize, u64)>>,
    objects: (usize, usize),
    /// What went wrong first.
    pub trouble: RefCell<Option<String>>,
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
        state.bytes = vec![None; core.memory.profile().capacity[Section::Slots as usize]];
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
            entries: Vec::new(),
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
                let view = View::new(&state, core.last.get(), now, core.steps.get());
                match view.is_idle() {
                    true => None,
                    false => Some(core.policy.borrow_mut().choose(&view)),
                }
            };
            match choice {
                Some(Choice::Cut) => return End::Cut,
                Some(choice) => core.carry_out(choice),
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

    /// The stage a scenario has reached.
    pub fn set_stage(&self, stage: u32) {
        self.stage.set(stage);
    }

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

    fn is_busy(&self) -> bool {
        let state = self.state.borrow();
        let ending = state
            .processes
            .iter()
            .any(|p| p.stopped || matches!(p.life, Life::Killed | Life::Marked));
        ending
            || state.threads.iter().any(|t| {
                let stuck = matches!(
                    t.run,
                    Run::UntilAttached | Run::UntilKept | Run::UntilGone(_) | Run::UntilStage(_)
                );
                let over = t.run == Run::Done || t.keeper || t.patient || stuck;
                !over && state.processes[t.process].life == Life::Alive
            })
    }

    fn wake_due(&self) {
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
                Run::UntilStage(wanted) => stage >= wanted,
                _ => false,
            };
            if ready {
                thread.run = Run::Ready;
                sleepers.retain(|&(_, t)| t != index);
            }
        }
    }

    /// The next moment at which something happens by itself.
    fn next_moment(&self) -> Option<i64> {
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
    fn pass_stages(&self) {
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

    fn carry_out(&self, choice: Choice) {
        let now = self.now.get();
        match choice {
            Choice::Run(thread) => self.resume(thread),
            Choice::Advance(by) => self.now.set(now + by),
            Choice::Kill(p) => self.kill(p),
            Choice::Vanish(thread) => self.vanish(thread),
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
            Choice::Bury(p) => self.bury(p),
            Choice::Cut => {}
        }
    }

    fn resume(&self, thread: usize) {
        let Some(mut fiber) = self.state.borrow_mut().threads[thread].fiber.take() else {
            return;
        };
        self.current.set(thread);
        let fuel = self.policy.borrow_mut().fuel();
        self.fuel.set(fuel);
        let done = fiber.resume();
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
                    .filter(|b| **b == Some(p))
                    .for_each(|b| *b = None);
                drop(state);
                self.end_lingering(Some(p));
                self.trace(|| format!("process {p} is gone"));
            }
            _ => {}
        }
    }

    /// What the kernel does with the robust list of a thread that ends.
    fn mark(&self, slot: u16, tid: u32) {
        use intersync::arena::layout::slot as words;
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

impl State {
    fn wake(&mut self, word: usize, count: u32) -> Vec<usize> {
        let mut woken = Vec::new();
        let mut i = 0;
        while i < self.sleepers.len() && woken.len() < count as usize {
            let (at, thread) = self.sleepers[i];
            // A stopped sleeper is in no queue of the kernel: it looks again when it is continued.
            if at == word && !self.processes[self.threads[thread].process].stopped {
                self.threads[thread].run = Run::Ready;
                self.sleepers.retain(|&(_, t)| t != thread);
                woken.push(thread);
                i = 0;
            } else {
                i += 1;
            }
        }
        woken
    }
}
