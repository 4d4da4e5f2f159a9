//! Who waits for whom.
//!
//! Threads wait for objects; mutexes are owned by threads, and the permits of a semaphore with give-back are
//! held by processes: by every thread of them that has used the namespace, since each may give them back.
//! Nobody in particular is expected to signal an event, a timer or an ordinary semaphore.

mod build;
mod deadlock;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::time::Duration;

pub use deadlock::Deadlock;

use super::{Snapshot, snapshot};
use crate::{Kind, Location, Result};

/// The threads that wait or hold something, and the objects that they wait for or hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitGraph {
    /// The threads of living processes that wait, or hold something. Others refer to them by their place here.
    pub threads: Vec<ThreadNode>,
    /// The objects that are waited for, or held. Others refer to them by their place here.
    pub objects: Vec<ObjectNode>,
}

/// A thread in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadNode {
    /// Process id, in its own PID namespace.
    pub pid: u32,
    /// Thread id, in the PID namespace of its process.
    pub tid: u32,
    /// The command name of its process.
    pub comm: String,
    /// Its waits: it goes on when every one of them has ended.
    pub waits: Vec<Wait>,
}

/// A wait in the graph: edges from a thread to objects.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// What it waits for: places in [`WaitGraph::objects`].
    pub objects: Vec<usize>,
    /// Whether it waits for all of them.
    pub all: bool,
    /// Whether these are all of its objects: no others lie in a namespace that is not looked at.
    pub complete: bool,
    /// How long it will still wait; `None` if for ever.
    pub remaining: Option<Duration>,
}

/// An object in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectNode {
    /// Which of the namespaces it is in, in the order in which they were given.
    pub namespace: usize,
    /// Its place in the object table.
    pub id: u32,
    /// Its name without prefix, if it has one.
    pub name: Option<String>,
    /// Its kind.
    pub kind: Kind,
    /// Who holds it: edges from the object to threads.
    pub holders: Vec<Holding>,
    /// Whether it becomes signaled only when a holder lets go of it.
    pub taken: bool,
}

/// What a thread holds of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holding {
    /// The thread: a place in [`WaitGraph::threads`].
    pub thread: usize,
    /// The permits that its process holds; `None` if it owns a mutex.
    pub permits: Option<u32>,
}

impl WaitGraph {
    /// The graph of one look at each of some namespaces.
    ///
    /// Such looks are not of one moment: what seems a deadlock may be waits that come and go.
    /// [`wait_graph`] is certain.
    pub fn new(looks: &[Snapshot]) -> WaitGraph {
        build::build(looks, &|_| true)
    }

    /// The graph of the middle one of three looks at each of some namespaces, with those waits only that are
    /// in the first and in the last look too.
    ///
    /// Such a wait has lasted from the first look to the last, and who waits lets go of nothing: so at
    /// one moment between the first look and the last, all of a deadlock that is found in this graph was so.
    fn lasting(first: &[Snapshot], middle: &[Snapshot], last: &[Snapshot]) -> WaitGraph {
        let keys = |looks| build::waits(looks).collect::<HashSet<_>>();
        let (before, after) = (keys(first), keys(last));
        build::build(middle, &|key| before.contains(key) && after.contains(key))
    }
}

/// Reads the wait-for graph of some namespaces, in three looks: a wait is in it if it has lasted through all
/// of them. A deadlock in it is no mistake for waits that come and go, however fast.
///
/// # Errors
/// As [`snapshot`].
pub fn wait_graph(locations: &[Location]) -> Result<WaitGraph> {
    let look = || locations.iter().map(snapshot).collect::<Result<Vec<_>>>();
    Ok(WaitGraph::lasting(&look()?, &look()?, &look()?))
}
