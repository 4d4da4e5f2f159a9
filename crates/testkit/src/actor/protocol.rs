//! What an actor is told and what it answers. One JSON value a line.

use std::path::PathBuf;
use std::time::Duration;

use intersync::{Due, Error, ExitState, Kind, Outcome, Reset, Timeout};
use serde::{Deserialize, Serialize};

/// A line from the test to a process of actors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    /// Which of its actors. They come into being with their first message.
    pub actor: u32,
    /// What to do.
    pub order: Order,
}

/// What to do with an actor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Order {
    /// It does this.
    Perform(Command),
    /// Its thread ends, without closing its handles. The answer comes when it has ended.
    EndThread,
    /// Its process ends by `exit`, without closing anything. There is no answer.
    ExitProcess,
}

/// A line from a process of actors to the test.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Which of its actors.
    pub actor: u32,
    /// The answer.
    pub reply: Reply,
}

/// The answer to an order.
pub type Reply = Result<Answer, Failure>;

/// One call of the library. Handles have names that the test chooses.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the arguments of the calls")]
pub enum Command {
    /// Who are you?
    Identify,
    /// Open or create.
    Create {
        handle: String,
        name: Option<String>,
        sort: Sort,
        options: CreateOptions,
    },
    /// Open an object of this kind.
    Open {
        handle: String,
        name: String,
        kind: KindName,
        at: Option<PathBuf>,
    },
    /// Open an object of any kind.
    OpenAny {
        handle: String,
        name: String,
        at: Option<PathBuf>,
    },
    /// Make the object of this name permanent or temporary.
    SetPermanent {
        name: String,
        permanent: bool,
        at: Option<PathBuf>,
    },
    /// Another handle to the same object.
    Clone { handle: String, copy: String },
    /// Close a handle.
    Close { handle: String },
    /// Set an event.
    Set { handle: String },
    /// Reset an event.
    Reset { handle: String },
    /// Pulse an event.
    Pulse { handle: String },
    /// Release a mutex.
    ReleaseMutex { handle: String },
    /// Release a semaphore.
    ReleaseSemaphore { handle: String, count: u32 },
    /// Set a timer.
    SetTimer {
        handle: String,
        due: DueTime,
        period: Option<Duration>,
    },
    /// Set a timer with a completion routine, which does nothing.
    SetTimerCalling {
        handle: String,
        due: DueTime,
        period: Option<Duration>,
    },
    /// Cancel a timer.
    CancelTimer { handle: String },
    /// Wait for one object by the call of its own kind.
    WaitOne {
        handle: String,
        timeout: Option<Duration>,
    },
    /// Wait for any.
    WaitAny {
        handles: Vec<String>,
        timeout: Option<Duration>,
    },
    /// Wait for all.
    WaitAll {
        handles: Vec<String>,
        timeout: Option<Duration>,
    },
    /// Signal one object and wait for another.
    SignalAndWait {
        signal: String,
        wait: String,
        timeout: Option<Duration>,
    },
    /// The state of an object.
    State { handle: String },
    /// Open a handle to a process.
    OpenProcess { handle: String, pid: u32 },
    /// Open a handle to a thread.
    OpenThread { handle: String, pid: u32, tid: u32 },
    /// How a process ended.
    ExitStatus { handle: String },
}

/// What to create.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the library's options")]
pub enum Sort {
    Event {
        manual: bool,
        signaled: bool,
    },
    Mutex {
        owned: bool,
    },
    Semaphore {
        initial: u32,
        maximum: u32,
        give_back: bool,
    },
    Timer {
        manual: bool,
    },
}

/// How to create it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CreateOptions {
    /// It must not exist yet.
    pub new: bool,
    /// It outlives its handles.
    pub permanent: bool,
    /// In the namespace under this directory instead of the actor's own.
    pub at: Option<PathBuf>,
}

/// A [`Kind`] on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named after the kinds")]
pub enum KindName {
    Event,
    Mutex,
    Semaphore,
    Timer,
    Process,
    Thread,
}

impl From<Kind> for KindName {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Event => KindName::Event,
            Kind::Mutex => KindName::Mutex,
            Kind::Semaphore => KindName::Semaphore,
            Kind::Timer => KindName::Timer,
            Kind::Process => KindName::Process,
            Kind::Thread => KindName::Thread,
        }
    }
}

/// A [`Due`] on the wire.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum DueTime {
    /// After this time.
    In(Duration),
    /// At this time of the system clock.
    At(std::time::SystemTime),
}

impl From<Due> for DueTime {
    fn from(due: Due) -> Self {
        match due {
            Due::In(time) => DueTime::In(time),
            Due::At(time) => DueTime::At(time),
        }
    }
}

impl From<DueTime> for Due {
    fn from(due: DueTime) -> Self {
        match due {
            DueTime::In(time) => Due::In(time),
            DueTime::At(time) => Due::At(time),
        }
    }
}

/// What a command gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the results of the calls")]
pub enum Answer {
    Done,
    Identity { pid: u32, tid: u32 },
    Created { already_existed: bool },
    Previous { count: u32 },
    Ended(#[serde(with = "OutcomeOnTheWire")] Outcome),
    State(State),
    Exit(Option<Exit>),
}

/// An [`ExitState`] on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named after the states")]
pub enum Exit {
    Exited(i32),
    Killed(i32),
    Unknown,
}

impl From<ExitState> for Exit {
    fn from(state: ExitState) -> Self {
        match state {
            ExitState::Exited(code) => Exit::Exited(code),
            ExitState::Killed(signal) => Exit::Killed(signal),
            _ => Exit::Unknown,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Outcome")]
enum OutcomeOnTheWire {
    Signaled { index: usize },
    Abandoned { index: usize },
    TimedOut,
}

/// The state of an object of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the library's states")]
pub enum State {
    Event {
        manual: bool,
        signaled: bool,
    },
    Mutex {
        owned: bool,
        owned_by_caller: bool,
        recursion: u32,
        abandoned: bool,
    },
    Semaphore {
        count: u32,
        maximum: u32,
    },
    Timer {
        manual: bool,
        signaled: bool,
        remaining: Option<Duration>,
        period: Option<Duration>,
    },
    Process {
        ended: bool,
    },
    Thread {
        ended: bool,
    },
}

impl State {
    /// A mutex that nobody owns.
    pub const FREE_MUTEX: State = State::Mutex {
        owned: false,
        owned_by_caller: false,
        recursion: 0,
        abandoned: false,
    };

    /// Whether an event or a timer is signaled.
    ///
    /// # Panics
    /// If it is neither.
    pub fn signaled(self) -> bool {
        match self {
            State::Event { signaled, .. } | State::Timer { signaled, .. } => signaled,
            other => panic!("{other:?} has no signal"),
        }
    }
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error's variant, for an invalid name with the problem: `NotOwner`, `InvalidName EmptyPart`.
    pub variant: String,
    /// Its message.
    pub message: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.variant, self.message)
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let shown = format!("{error:?}");
        let mut variant: String = shown.chars().take_while(char::is_ascii_alphanumeric).collect();
        if let Error::InvalidName { problem, .. } = &error {
            variant = format!("{variant} {problem:?}");
        }
        Failure {
            variant,
            message: error.to_string(),
        }
    }
}

/// The variant of the error that `result` must be.
///
/// # Panics
/// If the call succeeded.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    result.expect_err("the call must fail").variant
}

/// A [`Reset`] as a flag.
pub fn is_manual(reset: Reset) -> bool {
    reset == Reset::Manual
}

/// A flag as a [`Reset`].
pub fn reset_of(manual: bool) -> Reset {
    if manual { Reset::Manual } else { Reset::Auto }
}

/// A time on the wire as a [`Timeout`].
pub fn timeout_of(timeout: Option<Duration>) -> Timeout {
    Timeout::from(timeout)
}
