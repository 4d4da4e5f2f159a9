//! What the virtual threads called, and what came of it.

use intersync::word::value::Sort;

use super::policy::Choice;

/// A handle of a thread, by number.
pub type H = usize;

/// What an object is made as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Make {
    /// Its sort.
    pub sort: Sort,
    /// Event: 1 = signaled. Semaphore: the count. Mutex: 1 = owned by the creator.
    pub initial: u32,
    /// Semaphore: the maximum.
    pub maximum: u32,
    /// Semaphore: whether permits of the dead come back.
    pub give_back: bool,
}

impl Make {
    /// An object of this sort, not signaled (a mutex: free).
    pub const fn new(sort: Sort) -> Make {
        Make {
            sort,
            initial: 0,
            maximum: 0,
            give_back: false,
        }
    }

    /// A semaphore.
    pub const fn semaphore(initial: u32, maximum: u32) -> Make {
        Make {
            sort: Sort::Semaphore,
            initial,
            maximum,
            give_back: false,
        }
    }

    /// The same with another initial state.
    pub const fn initially(self, initial: u32) -> Make {
        Make { initial, ..self }
    }
}

/// A call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// Opens or creates the object of this name.
    Create(H, u8, Make),
    /// Opens the object of this name.
    Open(H, u8),
    /// Closes a handle.
    Close(H),
    /// Closes a handle of another thread of the process.
    CloseOf(usize, H),
    /// `SetEvent`.
    Set(H),
    /// `SetEvent` by the number that the handle had when the thread used it last. Not seen by the model.
    SetByNumber(H),
    /// The end of the process or thread that the object stands for is told, as every holder of a handle does.
    End(H),
    /// The object stands for the end of a thread of a process from now on. Not seen by the model.
    Watch(H, usize, usize),
    /// `ResetEvent`.
    Reset(H),
    /// `PulseEvent`.
    Pulse(H),
    /// `ReleaseSemaphore`.
    Release(H, u32),
    /// `ReleaseMutex`.
    ReleaseMutex(H),
    /// A wait; the time-out in ns.
    Wait {
        /// For what.
        list: Vec<H>,
        /// Whether for all of them.
        all: bool,
        /// How long; 0 = look once.
        timeout: Option<i64>,
    },
    /// `SignalObjectAndWait`; the time-out in ns.
    SignalAndWait(H, H, Option<i64>),
    /// `SetWaitableTimer`: due in so many ns, period in ns or 0.
    SetTimer(H, i64, i64),
    /// `CancelWaitableTimer`.
    CancelTimer(H),
    /// The state of an object.
    Query(H),
    /// Duplicates a handle into the process of a thread, which has it as one of its own then. The last: whether the
    /// source is closed.
    Duplicate(H, usize, H, bool),
    /// Puts copies of the thread's handles into a bundle with this number, for processes it starts.
    Prepare(usize),
    /// Gives up a bundle.
    Unprepare(usize),
    /// Starts a process with what was prepared: its first thread has the handles.
    Spawn(usize),
    /// Forks a process.
    Fork(usize),
    /// In a forked process: takes over the handles of its parent.
    Adopt,
    /// The thread ends.
    Exit,
    /// Waits for the end of a process, as `waitpid` does.
    AwaitGone(usize),
    /// Waits until nobody can run any more, for the so-many-th time. Not seen by the model.
    AwaitStage(u32),
    /// Does something to the world. Not seen by the model.
    Fate(Choice),
    /// The thread does nothing for so many ns. Not seen by the model.
    Pause(i64),
}

impl Op {
    /// The handles it uses.
    pub fn handles(&self) -> Vec<H> {
        match self {
            Op::Close(h) | Op::Set(h) | Op::Reset(h) | Op::Pulse(h) | Op::Release(h, _) => vec![*h],
            Op::ReleaseMutex(h) | Op::SetTimer(h, ..) | Op::CancelTimer(h) | Op::Query(h) => vec![*h],
            Op::Duplicate(h, ..) => vec![*h],
            Op::Wait { list, .. } => list.clone(),
            Op::SignalAndWait(s, w, _) => vec![*s, *w],
            _ => Vec::new(),
        }
    }

    /// Whether it may change names and handles only, and no object's state: nobody notes its first change then.
    pub fn is_structural(&self) -> bool {
        matches!(self, Op::Create(..) | Op::Close(_) | Op::CloseOf(..) | Op::Adopt)
            || matches!(self, Op::Duplicate(..) | Op::Prepare(_) | Op::Unprepare(_))
    }
}

/// What came of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Res {
    /// It is done.
    Done,
    /// A handle; whether the object existed.
    Handle(bool),
    /// No object has this name.
    NotFound,
    /// The name belongs to another kind.
    WrongKind,
    /// The count before.
    Count(u32),
    /// The process has ended.
    NoProcess,
    /// There is no such process here, or not yet.
    NotAttached,
    /// The handle is not open.
    Invalid,
    /// The handles that were taken over.
    Adopted(Vec<H>),
    /// Not the owner.
    NotOwner,
    /// Over the maximum.
    OverMaximum,
    /// A wait was satisfied.
    Granted(usize, bool),
    /// A wait ended with nothing.
    TimedOut,
    /// The state: signaled, count or owner's thread plus one; levels.
    State(u32, u32),
    /// A stopped process stood in the way.
    Stalled,
    /// The others have declared the process dead.
    Fenced,
    /// Something else.
    Failed(String),
}

/// One call in the history.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who.
    pub thread: usize,
    /// Of which process.
    pub process: usize,
    /// What.
    pub op: Op,
    /// When, in the order of events.
    pub called: u64,
    /// When, in virtual time.
    pub called_at: i64,
    /// When it came back, in the order of events and in virtual time, and with what.
    pub returned: Option<(u64, i64, Res)>,
    /// When it was blocked at last: from then on it waits for whoever looks.
    pub blocked: Option<u64>,
    /// How often it slept.
    pub sleeps: u32,
    /// Whether its thread was killed while it slept in it: what the call was granted then was never used.
    pub died_asleep: bool,
    /// When it first changed something: where a search for its effect should look first.
    pub touched: u64,
}

/// All calls of a run.
#[derive(Default)]
pub struct History {
    /// The calls, in the order of their beginning.
    pub calls: Vec<Call>,
    /// Which processes were killed, and when.
    pub kills: Vec<(usize, u64)>,
    /// Which threads vanished, and when.
    pub vanished: Vec<(usize, u64)>,
    /// How often a call began or ended, or somebody did.
    pub events: usize,
    open: Vec<Option<usize>>,
    clock: u64,
}

impl History {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// A call begins.
    pub fn begin(&mut self, thread: usize, process: usize, op: Op, now: i64) {
        let called = self.tick();
        self.events += 1;
        if self.open.len() <= thread {
            self.open.resize(thread + 1, None);
        }
        self.open[thread] = Some(self.calls.len());
        self.calls.push(Call {
            thread,
            process,
            op,
            called,
            called_at: now,
            returned: None,
            blocked: None,
            sleeps: 0,
            died_asleep: false,
            touched: 0,
        });
    }

    /// The call of a thread ends.
    pub fn end(&mut self, thread: usize, res: Res, now: i64) {
        let clock = self.tick();
        self.events += 1;
        if let Some(call) = self.open.get_mut(thread).and_then(Option::take) {
            self.calls[call].returned = Some((clock, now, res));
        }
    }

    /// The thread changed something in the arena.
    pub fn touched(&mut self, thread: usize, _step: u64) {
        let clock = self.tick();
        if let Some(Some(call)) = self.open.get(thread)
            && self.calls[*call].touched == 0
        {
            self.calls[*call].touched = clock;
        }
    }

    /// The thread is about to sleep in a wait.
    pub fn blocks(&mut self, thread: usize) {
        let clock = self.tick();
        if let Some(Some(call)) = self.open.get(thread) {
            let call = &mut self.calls[*call];
            call.blocked.get_or_insert(clock);
            call.sleeps += 1;
        }
    }

    /// The thread is killed in its sleep.
    pub fn died_asleep(&mut self, thread: usize) {
        if let Some(Some(call)) = self.open.get(thread) {
            self.calls[*call].died_asleep = true;
        }
    }

    /// A process was killed.
    pub fn killed(&mut self, process: usize) {
        let clock = self.tick();
        self.events += 1;
        self.kills.push((process, clock));
    }

    /// A thread vanished.
    pub fn vanished(&mut self, thread: usize) {
        let clock = self.tick();
        self.events += 1;
        self.vanished.push((thread, clock));
    }

    /// The deadline of the call a thread is in, if it has one.
    pub fn patience_of(&self, thread: usize) -> Option<i64> {
        let call = &self.calls[(*self.open.get(thread)?)?];
        match call.op {
            Op::Wait {
                timeout: Some(timeout),
                ..
            } => Some(call.called_at + timeout),
            _ => None,
        }
    }
}
