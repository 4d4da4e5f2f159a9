//! Who waits for whom, in words.

pub(crate) mod json;

use std::collections::HashSet;

use intersync::Kind;
use intersync::inspect::{Deadlock, ObjectNode, ThreadNode, Wait, WaitGraph};

use super::text::{self, Printable};
use super::view::details::{any_or_all, label};
use crate::place::Scope;

/// A wait-for graph, and the scopes of its namespaces in their order.
#[derive(Debug)]
pub(crate) struct Waits {
    pub(crate) graph: WaitGraph,
    pub(crate) scopes: Vec<Scope>,
}

impl Waits {
    /// The scope an object is in.
    pub(crate) fn scope(&self, object: &ObjectNode) -> Scope {
        self.scopes.get(object.namespace).copied().unwrap_or(Scope::Local)
    }

    /// The full name of an object, or its number.
    pub(crate) fn name(&self, object: usize) -> String {
        let object = &self.graph.objects[object];
        label(self.scope(object), object.id, object.name.as_deref())
    }

    /// The object with this number.
    pub(crate) fn find(&self, scope: Scope, id: u32) -> Option<usize> {
        let is_it = |object: &ObjectNode| self.scope(object) == scope && object.id == id;
        self.graph.objects.iter().position(is_it)
    }

    /// Kind and name of an object.
    fn object(&self, object: usize) -> String {
        format!("{} {}", self.graph.objects[object].kind, self.name(object))
    }

    /// The objects from which it depends that this one can be had: itself, what its holders wait for, and so on.
    pub(crate) fn chain(&self, object: usize) -> Vec<usize> {
        let mut seen = HashSet::from([object]);
        let mut chain = vec![object];
        let mut at = 0;
        while let Some(&object) = chain.get(at) {
            at += 1;
            for holding in &self.graph.objects[object].holders {
                let waits = &self.graph.threads[holding.thread].waits;
                for &next in waits.iter().flat_map(|wait| &wait.objects) {
                    if seen.insert(next) {
                        chain.push(next);
                    }
                }
            }
        }
        chain
    }

    /// Who holds an object and what for they wait: a sentence for each.
    pub(crate) fn sentences(&self, object: usize) -> Vec<String> {
        let subject = self.object(object);
        let node = &self.graph.objects[object];
        if node.holders.is_empty() {
            return vec![match node.kind {
                Kind::Mutex => format!("{subject} is owned by no living thread"),
                Kind::Process | Kind::Thread => format!("{subject} is signaled when it ends"),
                _ => format!("{subject} is held by nobody: whoever may modify it can signal it"),
            }];
        }
        let sentence = |holding: &intersync::inspect::Holding| {
            let thread = &self.graph.threads[holding.thread];
            let held = match holding.permits {
                None => format!("{subject} is owned by"),
                Some(permits) => {
                    format!("of {subject}, {} taken by", text::count(permits.into(), "permit"))
                }
            };
            let waits: Vec<String> = thread.waits.iter().map(|wait| self.wait(wait)).collect();
            let then = match waits.as_slice() {
                [] => "does not wait".to_string(),
                waits => format!("waits for {}", waits.join(" and ")),
            };
            format!("{held} {}, which {then}", with_comm(thread))
        };
        node.holders.iter().map(sentence).collect()
    }

    /// What a wait is for, and until when.
    fn wait(&self, wait: &Wait) -> String {
        let mut objects: Vec<String> = wait.objects.iter().map(|&object| self.object(object)).collect();
        if !wait.complete {
            objects.push("others elsewhere".to_string());
        }
        let until = wait.remaining.map_or_else(String::new, |left| {
            format!(" and gives up in {}", text::span(left))
        });
        match objects.as_slice() {
            [one] => format!("{one}{until}"),
            many => format!("{} of {}{until}", any_or_all(wait.all), many.join(", ")),
        }
    }

    /// One line per thread of each deadlock, or behind it, and per object that holds it up.
    pub(crate) fn rows(&self, deadlocks: &[Deadlock]) -> Vec<[String; 7]> {
        let mut rows = Vec::new();
        for (number, deadlock) in (1..).zip(deadlocks) {
            let parts = [("in", &deadlock.threads), ("behind", &deadlock.behind)];
            for (part, thread) in parts
                .iter()
                .flat_map(|(part, t)| t.iter().map(move |t| (*part, *t)))
            {
                let node = &self.graph.threads[thread];
                for wait in &node.waits {
                    let taken = |object: &&usize| self.graph.objects[**object].taken;
                    for &object in wait.objects.iter().filter(taken) {
                        rows.push([
                            number.to_string(),
                            part.to_string(),
                            thread_id(node),
                            Printable(&node.comm).to_string(),
                            self.object(object),
                            self.holders(object),
                            wait.remaining.map_or_else(|| "-".to_string(), text::span),
                        ]);
                    }
                }
            }
        }
        rows
    }

    fn holders(&self, object: usize) -> String {
        let holders = self.graph.objects[object].holders.iter();
        let ids: Vec<String> = holders
            .map(|holding| thread_id(&self.graph.threads[holding.thread]))
            .collect();
        ids.join(", ")
    }
}

/// Process id and thread id.
pub(crate) fn thread_id(thread: &ThreadNode) -> String {
    format!("{}:{}", thread.pid, thread.tid)
}

/// A thread, with the command name of its process.
fn with_comm(thread: &ThreadNode) -> String {
    format!("{} ({})", thread_id(thread), Printable(&thread.comm))
}
