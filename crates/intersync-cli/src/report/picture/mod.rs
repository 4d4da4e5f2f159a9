//! The wait-for graph as something to draw.

pub(crate) mod dot;
mod layout;
pub(crate) mod svg;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use intersync::inspect::Deadlock;

use super::text::{self, Printable};
use super::view::details::any_or_all;
use super::waits::{Waits, thread_id};

/// Nodes and edges with their words. Nothing in the words can drive a terminal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Picture {
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
}

/// A thread or an object.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) is_thread: bool,
    /// Two lines: kind or number, and name.
    pub(crate) lines: [String; 2],
    /// Whether it is part of a deadlock.
    pub(crate) stuck: bool,
}

/// Who waits for what, or what is held by whom.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) label: String,
    /// Whether it is part of a deadlock.
    pub(crate) stuck: bool,
}

impl Picture {
    /// The whole graph, threads first.
    pub(crate) fn new(waits: &Waits, deadlocks: &[Deadlock]) -> Picture {
        let graph = &waits.graph;
        let stuck = Stuck::new(deadlocks);
        let mut picture = Picture::default();
        for (at, thread) in graph.threads.iter().enumerate() {
            picture.nodes.push(Node {
                is_thread: true,
                lines: [thread_id(thread), Printable(&thread.comm).to_string()],
                stuck: stuck.threads.contains_key(&at),
            });
        }
        let first = picture.nodes.len();
        for (at, object) in graph.objects.iter().enumerate() {
            picture.nodes.push(Node {
                is_thread: false,
                lines: [object.kind.to_string(), waits.name(at)],
                stuck: stuck.objects.contains_key(&at),
            });
            for holding in &object.holders {
                picture.edges.push(Edge {
                    from: first + at,
                    to: holding.thread,
                    label: match holding.permits {
                        None => "owned by".to_string(),
                        Some(permits) => format!("{} taken by", text::count(permits.into(), "permit")),
                    },
                    stuck: stuck.both(holding.thread, at),
                });
            }
        }
        for (at, thread) in graph.threads.iter().enumerate() {
            for wait in &thread.waits {
                let mut label = match wait.objects.len() {
                    1 => "waits for".to_string(),
                    count => format!("waits for {} of {count}", any_or_all(wait.all)),
                };
                if let Some(left) = wait.remaining {
                    label = format!("{label}, {} left", text::span(left));
                }
                picture.edges.extend(wait.objects.iter().map(|&object| Edge {
                    from: at,
                    to: first + object,
                    label: label.clone(),
                    stuck: stuck.both(at, object),
                }));
            }
        }
        picture
    }
}

/// Which deadlocks each thread and each object is part of.
struct Stuck {
    threads: HashMap<usize, HashSet<usize>>,
    objects: HashMap<usize, HashSet<usize>>,
}

impl Stuck {
    fn new(deadlocks: &[Deadlock]) -> Stuck {
        let mut stuck = Stuck {
            threads: HashMap::new(),
            objects: HashMap::new(),
        };
        for (number, deadlock) in deadlocks.iter().enumerate() {
            for &thread in &deadlock.threads {
                stuck.threads.entry(thread).or_default().insert(number);
            }
            for &object in &deadlock.objects {
                stuck.objects.entry(object).or_default().insert(number);
            }
        }
        stuck
    }

    /// Whether a thread and an object are part of the same one.
    fn both(&self, thread: usize, object: usize) -> bool {
        match (self.threads.get(&thread), self.objects.get(&object)) {
            (Some(thread), Some(object)) => !thread.is_disjoint(object),
            _ => false,
        }
    }
}
