//! Deadlocks: threads that wait for one another.

use std::time::Duration;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};

use super::{Wait, WaitGraph};

/// Threads that wait for one another, each for what others of them hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlock {
    /// The threads: places in [`WaitGraph::threads`].
    pub threads: Vec<usize>,
    /// What they wait for and hold: places in [`WaitGraph::objects`].
    pub objects: Vec<usize>,
    /// Threads that are in no deadlock themselves but wait, directly or not, for these.
    pub behind: Vec<usize>,
    /// When the first of its waits gives up, which may end it; `None` if it lasts until somebody ends a process.
    pub remaining: Option<Duration>,
}

impl WaitGraph {
    /// The deadlocks in the graph.
    ///
    /// A thread is stuck if it waits for any of several objects and all of them are held by stuck threads, or for
    /// all of several and any of them is. A mutex of its own holds nobody up. What is found are the sets of stuck
    /// threads each of which waits, directly or not, for all others of its set. A process that holds permits
    /// counts as stuck if all of its threads that have used the namespaces are.
    pub fn cycles(&self) -> Vec<Deadlock> {
        let stuck = self.stuck();
        let graph = self.held_up_by(&stuck);
        let is_cycle = |part: &Vec<NodeIndex>| {
            part.len() > 1 || part.first().is_some_and(|&n| graph.find_edge(n, n).is_some())
        };
        let parts: Vec<Vec<NodeIndex>> = kosaraju_scc(&graph).into_iter().filter(is_cycle).collect();
        let mut in_cycle = vec![false; self.threads.len()];
        parts.iter().flatten().for_each(|n| in_cycle[n.index()] = true);
        let mut deadlocks: Vec<Deadlock> = parts
            .iter()
            .map(|part| self.deadlock(part, &stuck, &graph, &in_cycle))
            .collect();
        deadlocks.sort_by(|a, b| a.threads.cmp(&b.threads));
        deadlocks
    }

    /// Which threads cannot go on, whatever the others do that can.
    fn stuck(&self) -> Vec<bool> {
        let mut stuck: Vec<bool> = self.threads.iter().map(|t| !t.waits.is_empty()).collect();
        loop {
            let free: Vec<usize> = (0..self.threads.len())
                .filter(|&thread| stuck[thread] && self.can_go_on(thread, &stuck))
                .collect();
            if free.is_empty() {
                return stuck;
            }
            free.into_iter().for_each(|thread| stuck[thread] = false);
        }
    }

    fn can_go_on(&self, thread: usize, stuck: &[bool]) -> bool {
        self.threads[thread]
            .waits
            .iter()
            .all(|wait| self.can_end(wait, thread, stuck))
    }

    /// Whether a wait may yet be satisfied.
    fn can_end(&self, wait: &Wait, thread: usize, stuck: &[bool]) -> bool {
        let mut blocked = wait
            .objects
            .iter()
            .map(|&object| self.is_blocked(object, thread, stuck));
        match wait.all {
            true => !blocked.any(|blocked| blocked),
            false => !wait.complete || !blocked.all(|blocked| blocked),
        }
    }

    /// Whether nobody who holds the object can let go of it for `thread`.
    fn is_blocked(&self, object: usize, thread: usize, stuck: &[bool]) -> bool {
        let object = &self.objects[object];
        object.taken
            && !object.is_owned_by(thread)
            && object.holders.iter().all(|holding| stuck[holding.thread])
    }

    /// Edges from each stuck thread to those that hold it up. The nodes are all threads, in their order.
    fn held_up_by(&self, stuck: &[bool]) -> DiGraph<(), ()> {
        let mut graph = DiGraph::new();
        for _ in &self.threads {
            graph.add_node(());
        }
        for thread in (0..self.threads.len()).filter(|&thread| stuck[thread]) {
            for object in self.holding_up(thread, stuck) {
                for holding in &self.objects[object].holders {
                    graph.update_edge(NodeIndex::new(thread), NodeIndex::new(holding.thread), ());
                }
            }
        }
        graph
    }

    /// The objects that hold a stuck thread up.
    fn holding_up(&self, thread: usize, stuck: &[bool]) -> Vec<usize> {
        let waits = self.threads[thread].waits.iter();
        let mut objects: Vec<usize> = waits
            .filter(|wait| !self.can_end(wait, thread, stuck))
            .flat_map(|wait| wait.objects.iter().copied())
            .filter(|&object| self.is_blocked(object, thread, stuck))
            .collect();
        objects.sort_unstable();
        objects.dedup();
        objects
    }

    fn deadlock(
        &self,
        part: &[NodeIndex],
        stuck: &[bool],
        graph: &DiGraph<(), ()>,
        in_cycle: &[bool],
    ) -> Deadlock {
        let mut threads: Vec<usize> = part.iter().map(|n| n.index()).collect();
        threads.sort_unstable();
        let held_here = |object: &usize| {
            let mut holders = self.objects[*object].holders.iter();
            holders.any(|holding| threads.binary_search(&holding.thread).is_ok())
        };
        let mut objects: Vec<usize> = threads
            .iter()
            .flat_map(|&thread| self.holding_up(thread, stuck))
            .filter(held_here)
            .collect();
        objects.sort_unstable();
        objects.dedup();
        let remaining = threads
            .iter()
            .flat_map(|&thread| {
                let waits = self.threads[thread].waits.iter();
                waits.filter(move |wait| !self.can_end(wait, thread, stuck))
            })
            .filter_map(|wait| wait.remaining)
            .min();
        Deadlock {
            behind: behind(graph, part, in_cycle),
            threads,
            objects,
            remaining,
        }
    }
}

/// The threads from which a part of the graph can be reached, but for those in a cycle.
fn behind(graph: &DiGraph<(), ()>, part: &[NodeIndex], in_cycle: &[bool]) -> Vec<usize> {
    let Some(&first) = part.first() else {
        return Vec::new();
    };
    let reversed = Reversed(graph);
    let mut search = Dfs::new(reversed, first);
    let mut found = Vec::new();
    while let Some(node) = search.next(reversed) {
        if !in_cycle[node.index()] {
            found.push(node.index());
        }
    }
    found.sort_unstable();
    found
}
