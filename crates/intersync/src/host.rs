//! What the dispatcher needs of the world: Linux, or the simulator.

use std::sync::atomic::AtomicU32;

use crate::Result;
use crate::word::handle::Number;

/// The enum of the rules, and the list of all of them.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident,)*) => {
        /// A rule of the protocols that the simulator can take out, to see that its scenario then
        /// fails. Production code has them all.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Rule] = &[$(Rule::$rule),*];
        }
    };
}

rules! {
    /// C1: a released mutex goes to its first waiter inside the call.
    HandOver,
    /// C2: recovery goes on with the operation as the dead thread.
    ResumeOperation,
    /// C2: recovery wakes those whom the dead had granted, also after its operation.
    WakeGranted,
    /// C2, scenario 3: a pulse ends unsignaled whoever finishes it.
    PulseEndsUnsignaled,
    /// C3: a marked lifeline is death, although the life byte is still held.
    LifelineIsDeath,
    /// C5, N9: one reaper at a time.
    RightToReap,
    /// C5, N9: a dead reaper's right does not pass to whoever gets its thread record.
    DropDeadRights,
    /// C6: a waiter of several objects leaves when none of them is locked by its granter.
    LeaveRuleWholeSet,
    /// C6, B1: a waiter leaves when its granter has unlocked.
    LeaveRule,
    /// C7: a nudged waiter may be granted.
    NudgedIsGrantable,
    /// C7: a nudged waiter still sleeps until it is woken, whoever grants it.
    NudgeKeepsAsleep,
    /// C7: a nudge that meets a waiter going to sleep is tried again.
    NudgeAgain,
    /// C7: a nudged waiter looks at all its objects again.
    RescanAll,
    /// C7: a nudged waiter is waiting again before it looks.
    RescanAfterClear,
    /// C8: dispatch passes over waiters of marked processes.
    SkipDoomed,
    /// C8: what such a grant took comes back as a whole.
    GiveBackWhole,
    /// C8: a grant that a dead waiter did not acknowledge is given back.
    GiveBack,
    /// H1: nobody sleeps on a lock while holding another.
    ReleaseBeforeSleep,
    /// H1, B4: a locked object counts as perhaps signaled in the look.
    LookRespectsLocks,
    /// H2: claims are cancelled before mutexes are abandoned.
    CancelBeforeAbandon,
    /// H2: the reaper keeps the leave rule.
    ReaperKeepsLeaveRule,
    /// H3, N5: several objects are not judged by a lock-free pass without counters.
    FirstLook,
    /// H4: a queue is rebuilt from its members after a death.
    RebuildQueue,
    /// H6: a mutex is noted before the CAS that acquires it.
    NoteBeforeAcquire,
    /// H8: the safety net.
    SafetyNet,
    /// H10: a condemned object is freed by whoever empties its queue.
    CondemnedIsFreed,
    /// H11: a timer is brought to now before anything else.
    CatchUp,
    /// M1: the generation is raised when a slot is freed.
    GenerationOnFree,
    /// M3: who has slept on a lock takes it contended.
    TakeContended,
    /// M4, N3: a poll answers from a locked word that is not signaled.
    AnswerFromLocked,
    /// M4, N1: a poll answers from a locked word only until the operation in flight is committed.
    AnswerBeforeCommit,
    /// N1: a mutex granted by a stopped process is owned before its word says so.
    OwnerInFlight,
    /// N1: a grant that adds a level to a mutex is not left behind.
    LevelsInFlight,
    /// The queue of the signaled object is served first, in an operation that locked several.
    SignaledFirst,
    /// Timers of the set that expired before an operation serve their waiters before it.
    ExpiriesFirst,
    /// The end of a thread is told after its mutexes are abandoned.
    EndsLast,
    /// M5: the set is decided under the lock.
    DecideUnderLock,
    /// M6, N7: a name that only dead processes hold is gone.
    DeadHoldersDoNotCount,
    /// N1: a wait that cannot be left keeps its context.
    KeepContext,
    /// N2: signaled means for that waiter.
    SignaledForWaiter,
    /// N2: a due timer counts as signaled in the look.
    DueCountsAsSignaled,
    /// N3: a signaled object that is locked is waited for beyond the deadline.
    Grace,
    /// N4: leave rule and give-back compare the generation.
    CompareGeneration,
    /// N5: words are compared with their change counters.
    ChangeCounter,
    /// M18: the owner takes another level while somebody has the object locked.
    LevelsUnlocked,
    /// N10: a mutex leaves the owned list after the CAS that releases it.
    ForgetAfterRelease,
    /// H3: a pulse passes over a wait that is only entering, or looks once.
    PulseSkipsEntering,
    /// N11: pulses are not given back.
    PulseIsNotGivenBack,
    /// N12: the fast path of a mutex compares the nonce.
    FenceMutex,
    /// N13: a thread that vanished from a living process is recovered.
    VanishedThreads,
    /// Setting a timer tells its waiters.
    SetTimerNudges,
    /// The structure lock of a dead thread is taken over and everything derived is rebuilt.
    RebuildStructure,
    /// The structure is made anew under those who look handles up.
    FindUnlinked,
    /// What is remembered of a handle is compared with its entry before it is used.
    CompareRemembered,
    /// M7: a table gets handles only while its process is attached in that life, and lives.
    TargetLives,
    /// M9: the table of a process that still takes over inherited handles gets none from others.
    ArriveFirst,
    /// N6: a forked child takes over only what still is what it was at the fork.
    CompareForked,
}

/// Who a process is to the security of objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caller {
    /// May do everything.
    Administrator,
    /// A user, and whether it is in the group of the namespace.
    User {
        /// The effective user id.
        uid: u32,
        /// Whether the group of the namespace is one of its groups.
        is_member: bool,
    },
}

impl Caller {
    /// The user id that owns what the process creates.
    pub const fn uid(self) -> u32 {
        match self {
            Caller::Administrator => 0,
            Caller::User { uid, .. } => uid,
        }
    }
}

/// What a thread is about to do to a word of shared memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Read it.
    Read,
    /// Write it.
    Write,
    /// Change it if it is as expected.
    Exchange,
}

/// The world under the dispatcher.
pub trait Host {
    /// Called before every access to shared memory, with the word's byte offset. The simulator
    /// decides here who runs next.
    #[inline(always)]
    fn step(&self, access: Access, offset: usize) {
        let _ = (access, offset);
    }
    /// Monotonic time of the arena in ns (the same in every time namespace).
    fn now(&self) -> i64;
    /// As [`Host::now`], cheaper and up to a tick late.
    fn coarse(&self) -> i64 {
        self.now()
    }
    /// A time, as [`Host::coarse`], before which a look that begins now has not begun: now, or when the thread's look
    /// before this one ended.
    fn look_begins(&self) -> i64 {
        self.coarse()
    }
    /// The time at which a look of the thread ends.
    fn look_ends(&self) -> i64 {
        self.coarse()
    }
    /// System time in units of 100 ns since 1601.
    fn realtime(&self) -> i64;
    /// Sleeps while every word has the value given, until the deadline (arena time, ns) at the
    /// latest. May return at any time: callers look again.
    fn sleep(&self, words: &[(&AtomicU32, u32)], deadline: Option<i64>);
    /// The sleep of a keeper; as [`Host::sleep`].
    fn keeper_sleeps(&self, words: &[(&AtomicU32, u32)], deadline: Option<i64>) {
        self.sleep(words, deadline);
    }
    /// Wakes up to `count` sleepers of a word.
    fn wake(&self, word: &AtomicU32, count: u32);
    /// Has a sleeper on a word sleep on another one instead, if its word still has this value. May wake it.
    fn gather(&self, word: &AtomicU32, value: u32, to: &AtomicU32);
    /// Makes sure that no thread of a process whose lifeline was seen marked still runs user code.
    /// `false`: cannot tell, wait for the life byte.
    fn barrier(&self) -> bool;
    /// Whether the life byte of a slot is free: the address space of its process is gone.
    fn life_byte_free(&self, slot: u16) -> bool;
    /// Allocates memory for a part of the arena, or fails without a signal.
    ///
    /// # Errors
    /// [`Error::NoSpace`](crate::Error::NoSpace).
    fn allocate(&self, offset: usize, length: usize) -> Result<()>;
    /// Spins for a moment. `false`: spinning is no use, sleep.
    fn spin(&self, round: u32) -> bool;
    /// Spins for a moment while a granter may be about to hand over. `false`: sleep.
    fn spin_for_hand_over(&self, round: u32) -> bool;
    /// The processor the thread runs on plus one; 0: unknown.
    fn processor(&self) -> u64 {
        0
    }
    /// Whether the thread's wait at hand wants to be awake when its turn comes. Not again after [`Host::roused`].
    fn is_eager(&self) -> bool {
        false
    }
    /// Called when its turn may be next: it spins now, once.
    fn roused(&self) {}
    /// Called when its turn came while it spun.
    fn roused_in_time(&self) {}
    /// Called before a thread sleeps in a wait: its process's keeper must be awake from time to time.
    fn about_to_sleep(&self) {}
    /// The handle chunk of the process with this ordinal, if it was [known](Host::know_chunk). A hint.
    fn known_chunk(&self, ordinal: u16) -> Option<u32> {
        let _ = ordinal;
        None
    }
    /// Remembers where the handle chunk of the process with this ordinal is.
    fn know_chunk(&self, ordinal: u16, chunk: u32) {
        let _ = (ordinal, chunk);
    }
    /// Who the process is to the security of objects.
    fn caller(&self) -> Caller {
        Caller::Administrator
    }
    /// Called under the structure lock when a handle of the own process has been opened or closed (`None`).
    fn shadow(&self, number: Number, target: Option<(u64, u32)>) {
        let _ = (number, target);
    }
    /// Whether a thread of a process in this PID namespace runs or is ready to run. `false`: it is stopped, or cannot be seen.
    fn is_running(&self, pid_namespace: u64, pid: u32, tid: u32) -> bool {
        let _ = (pid_namespace, pid, tid);
        false
    }
    /// Whether a thread of the calling process still exists.
    fn thread_exists(&self, tid: u32) -> bool;
    /// Whether the rule holds. Always, but in the simulator.
    #[inline(always)]
    fn has(&self, rule: Rule) -> bool {
        let _ = rule;
        true
    }
}
