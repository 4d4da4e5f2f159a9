//! The state of the world: its processes, their threads, and who sleeps on what.

use std::collections::BTreeMap;

use intersync::word::handle::Number;

use super::fiber::{Fiber, Stacks};
use super::sharing::{Birth, Bundle};

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
    /// It waits for its process to be started by another one.
    UntilBorn,
    /// It waits until nobody can run, for the so-many-th time.
    UntilStage(u32),
    /// It has ended, or its process has.
    Done,
}

/// A virtual thread.
pub struct Thread {
    pub(super) fiber: Option<Fiber>,
    /// Its process.
    pub process: usize,
    /// What it is doing.
    pub run: Run,
    /// Whether it is the keeper of its process.
    pub keeper: bool,
    /// Whether it is in a call without deadline.
    pub patient: bool,
    /// Whether it is in a call.
    pub calling: bool,
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
    /// The numbers of its threads' handles.
    pub opened: BTreeMap<(usize, usize), Number>,
    /// What it remembers of its handle table: target and mask of each handle.
    pub mirror: BTreeMap<Number, (u64, u32)>,
    /// The bundles whose descriptors it holds because it has made them.
    pub prepared: BTreeMap<usize, Bundle>,
    /// How it was started by another process, once it was.
    pub birth: Option<Birth>,
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
    /// Who holds which life byte: one process, or several that share a descriptor.
    pub bytes: Vec<Vec<usize>>,
    /// Who sleeps on which word, in order.
    pub(super) sleepers: Vec<(usize, usize)>,
    pub(super) stacks: Stacks,
}

impl State {
    /// Wakes sleepers of a word; who they are.
    pub(super) fn wake(&mut self, word: usize, count: u32) -> Vec<usize> {
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
