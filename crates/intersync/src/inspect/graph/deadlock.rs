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
        let graph = self.held_up(&stuck);
        let mut parts = kosaraju_scc(&graph);
        // One thread and what it waits for already lead to each other if its own process holds that.
        parts.retain(|part| part.len() > 1);
        let mut in_cycle = vec![false; graph.node_count()];
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
        let mut stuck = vec![true; self.threads.len()];
        let (holds, mut waiters) = self.holds_and_waiters();
        let mut look: Vec<usize> = (0..self.threads.len()).collect();
        while let Some(thread) = look.pop() {
            if stuck[thread] && self.can_go_on(thread, &stuck) {
                stuck[thread] = false;
                for &object in &holds[thread] {
                    // With the first of its holders an object is free to be had; it is not looked at again.
                    look.append(&mut waiters[object]);
                }
            }
        }
        stuck
    }

    /// What each thread holds, and who waits for each object.
    fn holds_and_waiters(&self) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
        let mut holds = vec![Vec::new(); self.threads.len()];
        for (i, object) in self.objects.iter().enumerate() {
            object
                .holders
                .iter()
                .for_each(|holding| holds[holding.thread].push(i));
        }
        let mut waiters = vec![Vec::new(); self.objects.len()];
        for (i, thread) in self.threads.iter().enumerate() {
            let objects = thread.waits.iter().flat_map(|wait| &wait.objects);
            objects.for_each(|&object| waiters[object].push(i));
        }
        (holds, waiters)
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

    /// Edges from each stuck thread to the objects that hold it up, and from these to their holders. The nodes are
    /// all threads, in their order, and then all objects.
    fn held_up(&self, stuck: &[bool]) -> DiGraph<(), ()> {
        let mut graph = DiGraph::new();
        for _ in 0..self.threads.len() + self.objects.len() {
            graph.add_node(());
        }
        let mut seen = vec![false; self.objects.len()];
        for thread in (0..self.threads.len()).filter(|&thread| stuck[thread]) {
            for object in self.holding_up(thread, stuck) {
                let node = NodeIndex::new(self.threads.len() + object);
                graph.add_edge(NodeIndex::new(thread), node, ());
                if !std::mem::replace(&mut seen[object], true) {
                    for holding in &self.objects[object].holders {
                        graph.add_edge(node, NodeIndex::new(holding.thread), ());
                    }
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
        let mut nodes: Vec<usize> = part.iter().map(|n| n.index()).collect();
        nodes.sort_unstable();
        let first_object = nodes.partition_point(|&node| node < self.threads.len());
        let objects = nodes.split_off(first_object);
        let threads = nodes;
        let remaining = threads
            .iter()
            .flat_map(|&thread| {
                let waits = self.threads[thread].waits.iter();
                waits.filter(move |wait| !self.can_end(wait, thread, stuck))
            })
            .filter_map(|wait| wait.remaining)
            .min();
        Deadlock {
            behind: self.behind(graph, part, in_cycle),
            threads,
            objects: objects.iter().map(|node| node - self.threads.len()).collect(),
            remaining,
        }
    }

    /// The threads from which a part of the graph can be reached, but for those in a cycle.
    fn behind(&self, graph: &DiGraph<(), ()>, part: &[NodeIndex], in_cycle: &[bool]) -> Vec<usize> {
        let Some(&first) = part.first() else {
            return Vec::new();
        };
        let reversed = Reversed(graph);
        let mut search = Dfs::new(reversed, first);
        let mut found = Vec::new();
        while let Some(node) = search.next(reversed) {
            if node.index() < self.threads.len() && !in_cycle[node.index()] {
                found.push(node.index());
            }
        }
        found.sort_unstable();
        found
    }
}
