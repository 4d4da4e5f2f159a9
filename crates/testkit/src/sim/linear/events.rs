//! What an event leads to.

use super::{Event, Node, Search, deadline_of, finish};
use crate::sim::history::Res;
use crate::sim::model::{Alarm, Grant};

impl Search<'_> {
    /// The nodes that an event leads to.
    pub(super) fn apply(&self, node: &Node, event: Event) -> Vec<Node> {
        let mut next = node.clone();
        let mut grants = Vec::new();
        let skip = |u: u8| {
            let process = self.facts.process_of[usize::from(u)];
            node.gone >> process & 1 != 0 && self.facts.kept[process]
        };
        match event {
            Event::Call(t) => return self.apply_call(node, t),
            Event::TimeOut(t) => {
                let deadline = self.call(node, t).and_then(deadline_of).unwrap_or(0);
                next.now = next.now.max(deadline);
                next.model.queue.retain(|w| usize::from(w.thread) != t);
                finish(&mut next, t);
            }
            Event::Death(p) => next.limbo |= 1 << p,
            Event::Withdraw(t) => {
                next.model.queue.retain(|w| usize::from(w.thread) != t);
                finish(&mut next, t);
            }
            Event::Abandon(t, o) => {
                next.unused[t] = None;
                next.model.free(o, true, skip, &mut grants);
            }
            Event::GiveBack(t) => return self.give_back(node, t, skip),
            Event::Expire(o) => self.expire(&mut next, o, skip, &mut grants),
            Event::Skip(o) => {
                if let Some(alarm) = &mut next.model.things[usize::from(o)].alarm {
                    next.now = next.now.max(alarm.from + alarm.period);
                    alarm.from += alarm.period;
                    alarm.until = alarm.until.max(alarm.from);
                }
            }
        }
        self.settle(next, grants).into_iter().collect()
    }

    /// A grant comes back. No call of Windows signals several objects at once: whom they serve first is free.
    fn give_back(&self, node: &Node, t: usize, skip: impl Fn(u8) -> bool) -> Vec<Node> {
        let mut nodes = Vec::new();
        let Some(mut grant) = node.unused[t].clone() else {
            return nodes;
        };
        for at_once in [false, true] {
            for _ in 0..2 {
                for _ in 0..grant.taken.len() {
                    grant.taken.rotate_left(1);
                    let mut next = node.clone();
                    next.unused[t] = None;
                    let mut grants = Vec::new();
                    next.model.give_back(&grant, at_once, &skip, &mut grants);
                    nodes.extend(self.settle(next, grants));
                }
                grant.taken.reverse();
            }
        }
        nodes
    }

    fn expire(&self, next: &mut Node, o: u8, skip: impl Fn(u8) -> bool, grants: &mut Vec<Grant>) {
        let thing = &mut next.model.things[usize::from(o)];
        let Some(alarm) = thing.alarm else { return };
        next.now = next.now.max(alarm.from);
        thing.alarm = (alarm.period > 0).then(|| {
            // A due time that had passed when it was set counts from some moment of that call.
            let latest = if alarm.from <= alarm.set_by {
                alarm.set_by
            } else {
                alarm.until
            };
            Alarm {
                from: alarm.from + alarm.period,
                until: latest + alarm.period,
                period: alarm.period,
                set_by: 0,
            }
        });
        next.model.set(o, skip, grants);
    }

    /// Hands out grants; `None` if somebody gets what its call did not return.
    pub(super) fn settle(&self, mut next: Node, grants: Vec<Grant>) -> Option<Node> {
        for grant in grants {
            let u = usize::from(grant.thread);
            let call = self.call(&next, u)?;
            match &call.returned {
                Some((_, at, Res::Granted(index, abandoned))) => {
                    if *index != grant.index || *abandoned != grant.abandoned || *at < next.now {
                        return None;
                    }
                }
                Some(_) => return None,
                None if self.dead[u].is_some() => next.unused[u] = Some(grant),
                None => return None,
            }
            finish(&mut next, u);
        }
        Some(next)
    }

    pub(super) fn object(&self, node: &Node, t: usize, h: usize) -> Option<u8> {
        node.handles[t].get(h).copied().flatten()
    }
}
