//! How a wait begins.
//!
//! A wait for all is one operation over its objects. A wait for any takes an object at one glance over its
//! list, or queues object by object, in the order of the list: at each one it is behind those who came to that
//! object before it did, though it may be before them at another.

use intersync::limits::GRACE_NS;

use super::{Node, Phase, Search, deadline_of, finish};
use crate::sim::history::{Call, Op, Res};
use crate::sim::model::{Grant, Waiter};

impl Search<'_> {
    /// A wait begins, or goes on to its next objects, and perhaps ends.
    pub(super) fn wait(&self, next: Node, t: usize, call: &Call, list: &[u8]) -> Vec<Node> {
        let polls = deadline_of(call) == Some(call.called_at);
        // Who could not have a lock in time has not waited at all.
        let given_up = matches!(&call.returned, Some((_, at, Res::TimedOut))
            if self.facts.stalls && *at >= deadline_of(call).unwrap_or(0).max(call.called_at) + GRACE_NS);
        let given_up = given_up.then(|| {
            let mut node = next.clone();
            node.model.withdraw(t as u8);
            finish(&mut node, t);
            node
        });
        let mut nodes = match call.op {
            Op::Wait { all: true, .. } if list.len() > 1 => self.wait_all(next, t, call, list, polls),
            _ => self.wait_any(next, t, call, list, polls),
        };
        nodes.extend(given_up);
        nodes
            .into_iter()
            .filter_map(|node| self.settle(node, Vec::new()))
            .collect()
    }

    fn wait_all(&self, mut next: Node, t: usize, call: &Call, list: &[u8], polls: bool) -> Vec<Node> {
        let thread = t as u8;
        let result = call.returned.as_ref().map(|r| &r.2);
        let mut nodes = Vec::new();
        let open = |o: &&u8| !next.model.is_locked(**o);
        let unsignaled = list
            .iter()
            .filter(open)
            .any(|&o| !next.model.signaled_for(o, thread));
        let locked = !list.iter().all(|o| open(&o));
        if unsignaled && polls && result.is_none_or(|r| *r == Res::TimedOut) {
            let mut seen = next.clone();
            finish(&mut seen, t);
            nodes.push(seen);
        }
        if locked {
            return nodes;
        }
        if !unsignaled {
            let grant = next.model.satisfy(thread, list, None);
            nodes.extend(self.granted_to_itself(next, t, call, grant));
        } else if !(polls && result == Some(&Res::TimedOut)) {
            // A look that could not be made at one glance is a wait for an instant: it has its place in the
            // queues, before those who come later.
            list.iter().for_each(|&o| next.model.link(thread, o));
            let waiter = Waiter {
                list: list.to_vec(),
                all: true,
                linked: list.len(),
                looks: polls,
            };
            next.model.waiters.insert(thread, waiter);
            next.phase[t] = Phase::Waiting;
            nodes.push(next);
        }
        nodes
    }

    /// The wait goes on to so many more objects of its list, for each number of them, the largest first.
    fn wait_any(&self, mut next: Node, t: usize, call: &Call, list: &[u8], polls: bool) -> Vec<Node> {
        let thread = t as u8;
        let result = call.returned.as_ref().map(|r| &r.2);
        let begun = next.model.waiters.get(&thread).map_or(0, |w| w.linked);
        let mut nodes = Vec::new();
        for (i, &o) in list.iter().enumerate().skip(begun) {
            if next.model.is_locked(o) || self.premature(&next, call, o) {
                break;
            }
            if next.model.signaled_for(o, thread) {
                next.model.withdraw(thread);
                let grant = next.model.satisfy(thread, list, Some(o));
                nodes.extend(self.granted_to_itself(next, t, call, grant));
                break;
            }
            let last = i + 1 == list.len();
            next.model.link(thread, o);
            let waiter = Waiter {
                list: list.to_vec(),
                all: false,
                linked: i + 1,
                looks: polls || !last,
            };
            next.model.waiters.insert(thread, waiter);
            next.phase[t] = if last { Phase::Waiting } else { Phase::Entering };
            if last && polls && result.is_none_or(|r| *r == Res::TimedOut) {
                let mut seen = next.clone();
                seen.model.withdraw(thread);
                finish(&mut seen, t);
                nodes.push(seen);
            }
            nodes.push(next.clone());
        }
        nodes.reverse();
        nodes
    }

    /// A wait takes what it needs itself, if that is what came of its call.
    fn granted_to_itself(&self, mut next: Node, t: usize, call: &Call, grant: Grant) -> Option<Node> {
        match call.returned.as_ref().map(|r| &r.2) {
            Some(Res::Granted(index, abandoned))
                if *index == grant.index && *abandoned == grant.abandoned => {}
            None if self.dead[t].is_some() => next.unused[t] = Some(grant),
            _ => return None,
        }
        finish(&mut next, t);
        Some(next)
    }
}
