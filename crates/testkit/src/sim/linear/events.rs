//! What an event leads to.

use std::collections::BTreeMap;

use super::{Event, Node, Phase, Search, deadline_of, finish};
use crate::sim::history::{Call, Op, Res};
use crate::sim::model::{Alarm, Grant, Outlook, Service};

/// The waiters as one node has them.
struct View<'s, 'h> {
    search: &'s Search<'h>,
    at: &'s [u16],
    gone: u32,
    handles: &'s [BTreeMap<usize, u8>],
}

impl Outlook for View<'_, '_> {
    fn is_dead(&self, thread: u8) -> bool {
        let process = self.search.facts.process_of[usize::from(thread)];
        self.gone >> process & 1 != 0 && self.search.facts.kept[process]
    }

    fn is_won_elsewhere(&self, thread: u8, o: u8) -> bool {
        let t = usize::from(thread);
        let call = self.search.call_at(self.at, t);
        let Some((Op::Wait { list, .. }, Some((_, _, Res::Granted(index, _))))) =
            call.map(|c| (&c.op, c.returned.as_ref()))
        else {
            return false;
        };
        self.handles[t].get(&list[*index]) != Some(&o)
    }
}

impl Search<'_> {
    /// The nodes that an event leads to.
    pub(super) fn apply(&self, node: &Node, event: Event) -> Vec<Node> {
        let mut next = node.clone();
        match event {
            Event::Call(t) => return self.apply_call(node, t),
            Event::TimeOut(t) => {
                let deadline = self.call(node, t).and_then(deadline_of).unwrap_or(0);
                next.now = next.now.max(deadline);
                next.model.withdraw(t as u8);
                finish(&mut next, t);
            }
            Event::Death(p) => next.limbo |= 1 << p,
            Event::Withdraw(t) => {
                next.model.withdraw(t as u8);
                finish(&mut next, t);
            }
            Event::Abandon(t, o) => {
                // It was used if this is what it took. What else it took may come back later than the mutexes that the
                // thread had before: a reaper puts off an object that is locked, and goes on with the others.
                next.unused[t].take_if(|grant| grant.taken.contains(&o));
                next.model.free(o, true);
                return self.serve(next, Service::of(None, &[o])).into_iter().collect();
            }
            Event::GiveBack(t) => return self.give_back(node, t),
            Event::Expire(o) => return self.expire(next, o).into_iter().collect(),
            Event::Skip(o) => {
                if let Some(alarm) = &mut next.model.things[usize::from(o)].alarm {
                    next.now = next.now.max(alarm.from + alarm.period);
                    alarm.from += alarm.period;
                    alarm.until = alarm.until.max(alarm.from);
                }
            }
        }
        vec![next]
    }

    /// An operation that has changed its objects serves their waiters, with all that this makes possible.
    pub(super) fn serve(&self, mut next: Node, service: Service) -> Option<Node> {
        let mut grants = Vec::new();
        let by = service.by;
        let view = View {
            search: self,
            at: &next.at,
            gone: next.gone,
            handles: &next.handles,
        };
        let ended = next.model.serve(service, &view, &mut grants)?;
        self.mark(&mut next, by, ended);
        self.settle(next, grants)
    }

    /// Notes of a call that it has served all it had to serve, or not.
    fn mark(&self, next: &mut Node, by: Option<u8>, ended: bool) {
        let Some(t) = by.map(usize::from) else { return };
        let op = self.call(next, t).map(|call| &call.op);
        match op {
            _ if !ended => next.phase[t] = Phase::Serving,
            Some(Op::SignalAndWait(..)) => next.phase[t] = Phase::Signaled,
            // It has perhaps more mutexes.
            Some(Op::Exit) => next.phase[t] = Phase::Before,
            _ => finish(next, t),
        }
    }

    /// A grant comes back, as one operation. Whom its objects serve first is free: no call of Windows signals several.
    fn give_back(&self, node: &Node, t: usize) -> Vec<Node> {
        let Some(grant) = node.unused[t].as_ref() else {
            return Vec::new();
        };
        if grant.taken.iter().any(|&o| node.model.is_locked(o)) {
            return Vec::new();
        }
        let mut next = node.clone();
        next.unused[t] = None;
        next.model.give_back(grant);
        let mut orders = vec![Vec::new()];
        for &o in &grant.taken {
            let longer = |order: &Vec<u8>| {
                (0..=order.len())
                    .map(|at| {
                        let mut order = order.clone();
                        order.insert(at, o);
                        order
                    })
                    .collect::<Vec<_>>()
            };
            orders = orders.iter().flat_map(longer).collect();
        }
        orders
            .iter()
            .filter_map(|order| self.serve(next.clone(), Service::of(None, order)))
            .collect()
    }

    fn expire(&self, mut next: Node, o: u8) -> Option<Node> {
        let alarm = next.model.thing(o).alarm?;
        let until = self.expired_by(&next, o, &alarm);
        let thing = &mut next.model.things[usize::from(o)];
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
                set_by: 0,
                ..alarm
            }
        });
        next.model.flag(o, true);
        self.serve(
            next,
            Service {
                until,
                ..Service::of(None, &[o])
            },
        )
    }

    /// When an expiry is over at the latest. Timers are passive: a call carries it out that has yet to take effect
    /// and has to do with the timer, or is the one that set it.
    fn expired_by(&self, node: &Node, o: u8, alarm: &Alarm) -> u64 {
        let (first, _) = self.horizon(node);
        let own = (alarm.from <= alarm.set_by).then_some(alarm.set_until);
        let touches = |t: usize, call: &Call| {
            let handles = match &call.op {
                Op::Wait { list, .. } => list.clone(),
                Op::SignalAndWait(s, w, _) => vec![*s, *w],
                Op::Set(h)
                | Op::End(h)
                | Op::Reset(h)
                | Op::Pulse(h)
                | Op::Release(h, _)
                | Op::ReleaseMutex(h) => {
                    vec![*h]
                }
                Op::SetTimer(h, ..) | Op::CancelTimer(h) | Op::Query(h) => vec![*h],
                Op::Exit => return true,
                _ => Vec::new(),
            };
            let objects = handles.iter().filter_map(|&h| self.object(node, t, h));
            let joined = |x: u8| {
                let mut waiters = node.model.waiters.values();
                x == o || waiters.any(|w| w.all && w.list.contains(&x) && w.list.contains(&o))
            };
            objects.into_iter().any(joined)
        };
        let ends = |t: usize, call: &Call| {
            let counts = call.called < first && touches(t, call);
            counts.then(|| call.returned.as_ref().map_or(u64::MAX, |r| r.0))
        };
        let calls = (0..node.at.len()).flat_map(|t| {
            // Who has been granted meanwhile may still be at it.
            let last = self.threads[t][..usize::from(node.at[t])].last();
            let last = last.and_then(|&i| ends(t, &self.calls[i]));
            let present = self.call(node, t).and_then(|call| match self.dead[t] {
                // Whoever recovers it may carry on at any time.
                Some(_) if call.returned.is_none() => Some(u64::MAX),
                _ => ends(t, call),
            });
            [last, present].into_iter().flatten()
        });
        calls.chain(own).max().unwrap_or(0)
    }

    /// Hands out grants, and lets operations go on that waited for them; `None` if somebody gets what its call did not
    /// return.
    pub(super) fn settle(&self, mut next: Node, mut grants: Vec<Grant>) -> Option<Node> {
        loop {
            for grant in grants.drain(..) {
                self.hand_out(&mut next, grant)?;
            }
            if !self.carry_on(&mut next, &mut grants)? {
                return Some(next);
            }
        }
    }

    fn hand_out(&self, next: &mut Node, grant: Grant) -> Option<()> {
        let u = usize::from(grant.thread);
        let call = self.call(next, u)?;
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
        finish(next, u);
        Some(())
    }

    /// Lets an operation go on if it can; tells whether one could.
    fn carry_on(&self, next: &mut Node, grants: &mut Vec<Grant>) -> Option<bool> {
        for _ in 0..next.model.services.len() {
            let service = next.model.services.remove(0);
            let by = service.by;
            let view = View {
                search: self,
                at: &next.at,
                gone: next.gone,
                handles: &next.handles,
            };
            let ended = next.model.carry_on(service, &view, grants)?;
            self.mark(next, by, ended);
            if ended || !grants.is_empty() {
                return Some(true);
            }
        }
        Some(false)
    }

    pub(super) fn object(&self, node: &Node, t: usize, h: usize) -> Option<u8> {
        node.handles[t].get(&h).copied()
    }
}
