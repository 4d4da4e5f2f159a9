//! A namespace as the reports show it, taken from a snapshot of the library.

use std::time::Duration;

use intersync::inspect::{self, ObjectState};
use intersync::{Kind, Reset};

use crate::place::Scope;
use crate::report::text;

/// A thread by its process id and thread id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thread {
    pub(crate) pid: u32,
    pub(crate) tid: u32,
    /// Whether its process lives. The dead are cleared away by whoever lives, or comes next.
    pub(crate) alive: bool,
}

impl Thread {
    fn new(thread: inspect::ThreadId, snapshot: &inspect::Snapshot) -> Thread {
        let mut processes = snapshot
            .processes
            .iter()
            .filter(|process| process.pid == thread.pid);
        let alive = processes.any(|process| process.life == inspect::Life::Alive);
        Thread {
            pid: thread.pid,
            tid: thread.tid,
            alive,
        }
    }
}

impl std::fmt::Display for Thread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dead = if self.alive { "" } else { " (dead)" };
        write!(f, "{}:{}{dead}", self.pid, self.tid)
    }
}

/// A waiting thread, with the command name of its process where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WaiterView {
    pub(crate) thread: Thread,
    pub(crate) all: bool,
    pub(crate) comm: Option<String>,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectView {
    pub(crate) scope: Scope,
    pub(crate) id: u32,
    /// Without prefix.
    pub(crate) name: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) state: StateView,
    /// In queue order.
    pub(crate) waiters: Vec<WaiterView>,
    /// The command name of the owner's process, where there is an owner and it is known.
    pub(crate) owner_comm: Option<String>,
    pub(crate) handles: u32,
    pub(crate) permanent: bool,
    pub(crate) condemned: bool,
    pub(crate) age: Duration,
}

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
    /// A state that this version of the command does not know.
    Unknown,
}

impl StateView {
    fn new(state: ObjectState, snapshot: &inspect::Snapshot) -> StateView {
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
            StateView::Unknown => "unknown".to_string(),
        }
    }
}

/// The two states of events and timers.
fn signal(signaled: bool) -> &'static str {
    if signaled { "signaled" } else { "unsignaled" }
}

impl ObjectView {
    /// The objects of a snapshot.
    pub(crate) fn all(scope: Scope, snapshot: &inspect::Snapshot) -> Vec<ObjectView> {
        let comm_of = |thread: inspect::ThreadId| {
            let process = snapshot
                .processes
                .iter()
                .find(|process| process.pid == thread.pid);
            process
                .map(|process| process.comm.clone())
                .filter(|comm| !comm.is_empty())
        };
        let object = |object: &inspect::ObjectInfo| ObjectView {
            scope,
            id: object.id,
            name: object.name.clone(),
            kind: object.kind(),
            state: StateView::new(object.state, snapshot),
            waiters: object
                .waiters
                .iter()
                .map(|w| WaiterView {
                    thread: Thread::new(w.thread, snapshot),
                    all: w.wait.all,
                    comm: comm_of(w.thread),
                })
                .collect(),
            owner_comm: match object.state {
                ObjectState::Mutex {
                    owner: Some(owner), ..
                } => comm_of(owner),
                _ => None,
            },
            handles: object.handles,
            permanent: object.permanent,
            condemned: object.condemned,
            age: object.age,
        };
        snapshot.objects.iter().map(object).collect()
    }

    /// The full name, or the number of an object without one.
    pub(crate) fn label(&self) -> String {
        match &self.name {
            Some(name) => text::Printable(&self.scope.full_name(name)).to_string(),
            None => format!("#{}", self.id),
        }
    }

    /// Name, kind, state, owner, waiters, handles and age, as in a line of a table.
    pub(crate) fn fields(&self) -> [String; 7] {
        [
            self.label(),
            self.kind.to_string(),
            self.state.words(),
            self.state
                .owner()
                .map_or_else(|| "-".to_string(), |owner| owner.to_string()),
            self.waiters.len().to_string(),
            self.handles.to_string(),
            text::span(self.age),
        ]
    }

    /// Everything about the object, as pairs of a word and a value.
    pub(crate) fn details(&self) -> Vec<(&'static str, String)> {
        let with_comm = |thread: Thread, comm: &Option<String>| match comm {
            Some(comm) => format!("{thread}, {}", text::Printable(comm)),
            None => thread.to_string(),
        };
        let mut details = vec![
            ("name", self.label()),
            ("kind", self.kind.to_string()),
            ("state", self.state.words()),
        ];
        if let Some(owner) = self.state.owner() {
            details.push(("owner", with_comm(owner, &self.owner_comm)));
        }
        if let StateView::Semaphore { give_back, .. } = self.state {
            details.push(("gives back", yes_or_no(give_back)));
        }
        for waiter in &self.waiters {
            let all = if waiter.all {
                ", for all of its objects"
            } else {
                ""
            };
            details.push(("waiter", with_comm(waiter.thread, &waiter.comm) + all));
        }
        details.push(("handles", self.handles.to_string()));
        details.push(("permanent", yes_or_no(self.permanent)));
        if self.condemned {
            details.push((
                "closed",
                "its last handle is closed; it lives for its waiters only".to_string(),
            ));
        }
        details.push(("age", text::span(self.age)));
        details
    }
}

/// A fact as a word.
fn yes_or_no(fact: bool) -> String {
    if fact { "yes" } else { "no" }.to_string()
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_owner_is_told_from_a_living_one() {
        let living = Thread {
            pid: 1,
            tid: 2,
            alive: true,
        };
        assert_eq!(living.to_string(), "1:2");
        assert_eq!(
            Thread {
                alive: false,
                ..living
            }
            .to_string(),
            "1:2 (dead)"
        );
    }

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
        ];
        for (state, words) in cases {
            assert_eq!(state.words(), words);
        }
    }
}
