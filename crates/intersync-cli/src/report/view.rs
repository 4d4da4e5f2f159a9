//! A namespace as the reports show it, taken from a snapshot of the library.

pub(crate) mod details;
mod state;

use std::collections::HashMap;
use std::time::Duration;

use intersync::inspect::{self, ObjectState};
use intersync::{Access, Kind};

use crate::place::Scope;
pub(crate) use state::StateView;

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
        let mut processes = snapshot.processes.iter();
        let alive =
            processes.any(|process| process.slot == thread.slot && process.life == inspect::Life::Alive);
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
    pub(crate) scope: Scope,
    pub(crate) thread: Thread,
    pub(crate) all: bool,
    pub(crate) comm: Option<String>,
    /// All objects of the wait that lie in this namespace: number, and name without prefix.
    pub(crate) waits_for: Vec<(u32, Option<String>)>,
    /// Time until it gives up, if it does.
    pub(crate) remaining: Option<Duration>,
}

/// A handle, and the process that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HolderView {
    pub(crate) pid: u32,
    pub(crate) comm: Option<String>,
    /// How long the process has been attached.
    pub(crate) attached: Option<Duration>,
    /// The value of the handle in that process.
    pub(crate) handle: u32,
    /// Whether it is there for children of the process.
    pub(crate) bundle: bool,
    pub(crate) access: Access,
    pub(crate) inherit: bool,
    pub(crate) protect: bool,
    pub(crate) permits: u32,
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
    pub(crate) holders: Vec<HolderView>,
    /// The user that owns it, and the permission bits.
    pub(crate) user: u32,
    pub(crate) mode: u16,
    pub(crate) permanent: bool,
    pub(crate) condemned: bool,
    pub(crate) age: Duration,
}

impl ObjectView {
    /// The objects of a snapshot.
    pub(crate) fn all(scope: Scope, snapshot: &inspect::Snapshot) -> Vec<ObjectView> {
        let process_in = |slot: u32| snapshot.processes.iter().find(|process| process.slot == slot);
        let comm_of = |thread: inspect::ThreadId| {
            process_in(thread.slot)
                .map(|process| process.comm.clone())
                .filter(|comm| !comm.is_empty())
        };
        let names: HashMap<u32, &Option<String>> = snapshot.objects.iter().map(|o| (o.id, &o.name)).collect();
        let waiter = |w: &inspect::WaiterInfo| WaiterView {
            scope,
            thread: Thread::new(w.thread, snapshot),
            all: w.wait.all,
            comm: comm_of(w.thread),
            waits_for: w
                .wait
                .objects
                .iter()
                .map(|id| (*id, names.get(id).and_then(|name| (*name).clone())))
                .collect(),
            remaining: w.wait.remaining,
        };
        let holder = |h: &inspect::HolderInfo| HolderView {
            pid: h.pid,
            comm: Some(h.comm.clone()).filter(|comm| !comm.is_empty()),
            attached: process_in(h.slot).map(|process| process.age),
            handle: h.handle.value(),
            bundle: h.bundle,
            access: h.access,
            inherit: h.inherit,
            protect: h.protect,
            permits: h.permits,
        };
        let object = |object: &inspect::ObjectInfo| ObjectView {
            scope,
            id: object.id,
            name: object.name.clone(),
            kind: object.kind(),
            state: StateView::new(object.state, snapshot),
            waiters: object.waiters.iter().map(waiter).collect(),
            owner_comm: match object.state {
                ObjectState::Mutex {
                    owner: Some(owner), ..
                } => comm_of(owner),
                _ => None,
            },
            handles: object.handles,
            holders: object.holders.iter().map(holder).collect(),
            user: object.user,
            mode: object.mode,
            permanent: object.permanent,
            condemned: object.condemned,
            age: object.age,
        };
        snapshot.objects.iter().map(object).collect()
    }
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
}
