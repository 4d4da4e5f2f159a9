//! The states of objects.

use std::time::Duration;

use intersync::inspect::{self, ObjectState};
use intersync::{ExitState, Reset};

use super::Thread;
use crate::report::text;

/// The state of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StateView {
    Event {
        reset: Reset,
        signaled: bool,
    },
    Mutex {
        owner: Option<Thread>,
        recursion: u32,
        abandoned: bool,
    },
    Semaphore {
        count: u32,
        maximum: u32,
        give_back: bool,
    },
    Timer {
        reset: Reset,
        signaled: bool,
        remaining: Option<Duration>,
        period: Option<Duration>,
    },
    Process {
        pid: u32,
        exit: Option<ExitState>,
    },
    Thread {
        pid: u32,
        tid: u32,
        ended: bool,
    },
    /// A state that this version of the command does not know.
    Unknown,
}

impl StateView {
    pub(super) fn new(state: ObjectState, snapshot: &inspect::Snapshot) -> StateView {
        match state {
            ObjectState::Event { reset, signaled } => StateView::Event { reset, signaled },
            ObjectState::Mutex {
                owner,
                recursion,
                abandoned,
            } => {
                let owner = owner.map(|owner| Thread::new(owner, snapshot));
                StateView::Mutex {
                    owner,
                    recursion,
                    abandoned,
                }
            }
            ObjectState::Semaphore {
                count,
                maximum,
                give_back,
            } => StateView::Semaphore {
                count,
                maximum,
                give_back,
            },
            ObjectState::Timer {
                reset,
                signaled,
                remaining,
                period,
            } => StateView::Timer {
                reset,
                signaled,
                remaining,
                period,
            },
            ObjectState::Process { pid, exit } => StateView::Process { pid, exit },
            ObjectState::Thread { pid, tid, ended } => StateView::Thread { pid, tid, ended },
            _ => StateView::Unknown,
        }
    }

    /// The owner, if this is the state of a mutex that has one.
    pub(crate) fn owner(&self) -> Option<Thread> {
        match self {
            StateView::Mutex { owner, .. } => *owner,
            _ => None,
        }
    }

    /// The state in a few words.
    pub(crate) fn words(&self) -> String {
        match *self {
            StateView::Event { reset, signaled } => format!("{} ({reset})", signal(signaled)),
            StateView::Mutex {
                owner: Some(_),
                recursion: 0 | 1,
                ..
            } => "owned".to_string(),
            StateView::Mutex {
                owner: Some(_),
                recursion,
                ..
            } => format!("owned {recursion} times"),
            StateView::Mutex {
                owner: None,
                abandoned: true,
                ..
            } => "abandoned".to_string(),
            StateView::Mutex { owner: None, .. } => "free".to_string(),
            StateView::Semaphore { count, maximum, .. } => format!("{count} of {maximum}"),
            StateView::Timer {
                reset,
                signaled,
                remaining,
                period,
            } => {
                let due = match remaining {
                    None => String::new(),
                    Some(left) if left.is_zero() => ", due".to_string(),
                    Some(left) => format!(", in {}", text::span(left)),
                };
                let every =
                    period.map_or_else(String::new, |period| format!(", every {}", text::span(period)));
                format!("{} ({reset}){due}{every}", signal(signaled))
            }
            StateView::Process { pid, exit: None } => format!("{pid} runs"),
            StateView::Process {
                pid,
                exit: Some(exit),
            } => format!("{pid} {exit}"),
            StateView::Thread { pid, tid, ended } => {
                format!("{pid}:{tid} {}", if ended { "ended" } else { "runs" })
            }
            StateView::Unknown => "unknown".to_string(),
        }
    }
}

/// The two states of events and timers.
fn signal(signaled: bool) -> &'static str {
    if signaled { "signaled" } else { "unsignaled" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_words() {
        let mutex = |owner, recursion, abandoned| StateView::Mutex {
            owner,
            recursion,
            abandoned,
        };
        let timer = |signaled, remaining: Option<u64>, period: Option<u64>| StateView::Timer {
            reset: Reset::Manual,
            signaled,
            remaining: remaining.map(Duration::from_secs),
            period: period.map(Duration::from_secs),
        };
        let me = Some(Thread {
            pid: 1,
            tid: 2,
            alive: true,
        });
        let cases = [
            (
                StateView::Event {
                    reset: Reset::Auto,
                    signaled: false,
                },
                "unsignaled (auto)",
            ),
            (
                StateView::Event {
                    reset: Reset::Manual,
                    signaled: true,
                },
                "signaled (manual)",
            ),
            (mutex(None, 0, false), "free"),
            (mutex(None, 0, true), "abandoned"),
            (mutex(me, 1, false), "owned"),
            (mutex(me, 3, false), "owned 3 times"),
            (
                StateView::Semaphore {
                    count: 0,
                    maximum: 2,
                    give_back: false,
                },
                "0 of 2",
            ),
            (timer(true, None, None), "signaled (manual)"),
            (
                timer(false, Some(5), Some(1)),
                "unsignaled (manual), in 5s, every 1s",
            ),
            (timer(false, Some(0), None), "unsignaled (manual), due"),
            (StateView::Process { pid: 7, exit: None }, "7 runs"),
            (
                StateView::Process {
                    pid: 7,
                    exit: Some(ExitState::Exited(3)),
                },
                "7 exited with 3",
            ),
            (
                StateView::Thread {
                    pid: 7,
                    tid: 8,
                    ended: true,
                },
                "7:8 ended",
            ),
        ];
        for (state, words) in cases {
            assert_eq!(state.words(), words);
        }
    }
}
