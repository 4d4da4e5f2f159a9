//! What a call may do when it takes effect.

use intersync::limits::GRACE_NS;
use intersync::word::value::Sort;

use super::{Node, Phase, Search, deadline_of, finish};
use crate::sim::history::{Call, Make, Op, Res};
use crate::sim::model::{Alarm, Contest, Value, Waiter};

impl Search<'_> {
    /// Whether a call may not be placed before something that must come first.
    fn premature(&self, node: &Node, call: &Call, o: u8) -> bool {
        let thing = node.model.thing(o);
        if thing.alarm.is_some_and(|a| a.until <= call.called_at) {
            return true;
        }
        match thing.value {
            Value::Owner(Some(owner), ..) if !self.facts.stalls => {
                let process = self.facts.process_of[usize::from(owner)];
                node.gone >> process & 1 != 0
                    && self.facts.kept[process]
                    && matches!(call.op, Op::Wait { timeout: Some(0), .. } | Op::Query(_))
            }
            _ => false,
        }
    }

    pub(super) fn apply_call(&self, node: &Node, t: usize) -> Vec<Node> {
        let Some(call) = self.call(node, t) else {
            return Vec::new();
        };
        let result = call.returned.as_ref().map(|r| &r.2);
        if call.returned.as_ref().is_some_and(|r| r.1 < node.now) {
            return Vec::new();
        }
        let mut next = node.clone();
        next.now = next.now.max(call.called_at);
        if result == Some(&Res::Stalled) {
            finish(&mut next, t);
            return vec![next];
        }
        let handles: Vec<usize> = match &call.op {
            Op::Set(h) | Op::Reset(h) | Op::Pulse(h) | Op::Release(h, _) | Op::ReleaseMutex(h) => vec![*h],
            Op::SetTimer(h, ..) | Op::CancelTimer(h) | Op::Query(h) => vec![*h],
            Op::Wait { list, .. } => list.clone(),
            Op::SignalAndWait(s, _, _) if node.phase[t] == Phase::Before => vec![*s],
            Op::SignalAndWait(_, w, _) => vec![*w],
            _ => Vec::new(),
        };
        let objects: Option<Vec<u8>> = handles.iter().map(|&h| self.object(node, t, h)).collect();
        let Some(objects) = objects else { return Vec::new() };
        // A wait for all need not look at every object to give up, one for any not beyond the first it takes.
        let looked_at = match (&call.op, result) {
            (Op::Wait { all: true, .. }, _) => 0,
            (Op::Wait { .. }, Some(Res::Granted(index, _))) => index + 1,
            _ => objects.len(),
        };
        if objects
            .iter()
            .take(looked_at)
            .any(|&o| self.premature(node, call, o))
        {
            return Vec::new();
        }
        match &call.op {
            Op::Create(h, name, make) => return self.create(next, t, *h, *name, make, result),
            Op::Open(h, name) => return self.open(next, t, *h, *name, result),
            Op::Close(h) => {
                let o = next.handles[t].get_mut(*h).and_then(Option::take);
                finish(&mut next, t);
                if let Some(o) = o {
                    self.drop_name(&mut next, o);
                }
                return vec![next];
            }
            Op::CloseOf(thread, h) => {
                let o = next.handles[*thread].get_mut(*h).and_then(Option::take);
                finish(&mut next, t);
                if let Some(o) = o {
                    self.drop_name(&mut next, o);
                }
                return vec![next];
            }
            Op::AwaitGone(p) => {
                if node.limbo >> p & 1 == 0 {
                    return Vec::new();
                }
                next.gone |= 1 << p;
                finish(&mut next, t);
                for o in 0..next.model.things.len() as u8 {
                    self.drop_name(&mut next, o);
                }
                return vec![next];
            }
            Op::Exit => return self.exit(next, t),
            Op::Wait { all, timeout, .. } => return self.enter(next, t, call, &objects, *all, *timeout),
            Op::SignalAndWait(_, _, timeout) if node.phase[t] == Phase::Signaled => {
                return self.enter(next, t, call, &objects, false, *timeout);
            }
            _ => {}
        }
        self.signal(next, t, call, objects[0]).into_iter().collect()
    }

    /// An operation serves its waiters one after the other. Who waits for any of several objects may meanwhile be
    /// won by an operation on another of them, which then overlaps this one.
    fn contest(&self, node: &Node, call: &Call, o: u8) -> Contest {
        let lost = node.model.queue.iter().filter(|w| {
            let result = self
                .call(node, usize::from(w.thread))
                .and_then(|c| c.returned.as_ref());
            let other = matches!(result, Some((_, _, Res::Granted(i, _))) if w.list.get(*i) != Some(&o));
            !w.all && w.list.contains(&o) && other
        });
        Contest {
            lost: lost.map(|w| w.thread).collect(),
            until: call.returned.as_ref().map_or(u64::MAX, |r| r.0),
        }
    }

    /// The calls that take effect at once on one object.
    fn signal(&self, mut next: Node, t: usize, call: &Call, o: u8) -> Option<Node> {
        let result = call.returned.as_ref().map(|r| &r.2);
        let mut grants = Vec::new();
        let (gone, facts) = (next.gone, self.facts);
        let skip = |u: u8| {
            let process = facts.process_of[usize::from(u)];
            gone >> process & 1 != 0 && facts.kept[process]
        };
        next.model.contest = Some(self.contest(&next, call, o));
        let model = &mut next.model;
        let thing = model.thing(o).clone();
        let is_event = matches!(thing.sort, Sort::EventManual | Sort::EventAuto);
        let came = match call.op {
            Op::Set(_) => {
                model.set(o, skip, &mut grants);
                Res::Done
            }
            Op::SignalAndWait(..) if is_event => {
                model.set(o, skip, &mut grants);
                Res::Done
            }
            Op::Pulse(_) => {
                // A pulse is for those who are blocked, not for who only looks.
                let looks: Vec<u8> = model.queue.iter().filter(|w| w.looks).map(|w| w.thread).collect();
                model.set(o, |u| skip(u) || looks.contains(&u), &mut grants);
                grants.iter_mut().for_each(|g| g.pulse = true);
                model.reset(o);
                Res::Done
            }
            Op::Reset(_) => {
                model.reset(o);
                Res::Done
            }
            Op::Release(_, n) => model
                .release(o, n, skip, &mut grants)
                .map_or(Res::OverMaximum, Res::Count),
            Op::SignalAndWait(..) if thing.sort == Sort::Semaphore => model
                .release(o, 1, skip, &mut grants)
                .map_or(Res::OverMaximum, |_| Res::Done),
            Op::ReleaseMutex(_) | Op::SignalAndWait(..) => {
                if model.release_mutex(o, t as u8, skip, &mut grants) {
                    Res::Done
                } else {
                    Res::NotOwner
                }
            }
            Op::SetTimer(_, due, period) => {
                let due = (call.called_at + due).div_euclid(100) * 100;
                let set_by = call.returned.as_ref().map_or(i64::MAX / 4, |r| r.1);
                model.reset(o);
                model.things[usize::from(o)].alarm = Some(Alarm {
                    from: due,
                    until: due,
                    period: period / 100 * 100,
                    set_by,
                });
                Res::Done
            }
            Op::CancelTimer(_) => {
                model.things[usize::from(o)].alarm = None;
                Res::Done
            }
            Op::Query(_) => match thing.value {
                Value::Flag(on) => Res::State(u32::from(on), 0),
                Value::Count(n) => Res::State(n, 0),
                Value::Owner(Some(owner), levels, _) if usize::from(owner) == t => Res::State(2, levels),
                Value::Owner(owner, _, mark) => Res::State(u32::from(owner.is_some()), u32::from(mark)),
            },
            _ => return None,
        };
        next.model.contest = None;
        if matches!(call.op, Op::SignalAndWait(..)) {
            match (came, result) {
                (Res::Done, Some(Res::NotOwner | Res::OverMaximum)) => return None,
                (Res::Done, _) => next.phase[t] = Phase::Signaled,
                (came, result) if result.is_none_or(|r| *r == came) => finish(&mut next, t),
                _ => return None,
            }
        } else {
            if result.is_some_and(|r| *r != came) {
                return None;
            }
            finish(&mut next, t);
        }
        self.settle(next, grants)
    }

    /// A wait begins, and perhaps ends.
    fn enter(
        &self,
        mut next: Node,
        t: usize,
        call: &Call,
        list: &[u8],
        all: bool,
        timeout: Option<i64>,
    ) -> Vec<Node> {
        let result = call.returned.as_ref().map(|r| &r.2);
        let mut nodes = Vec::new();
        let place = next.model.queue.iter().position(|w| usize::from(w.thread) == t);
        place.map(|p| next.model.queue.remove(p));
        let place = place.unwrap_or(next.model.queue.len());
        let entry = |list: &[u8], looks: bool| Waiter {
            thread: t as u8,
            list: list.to_vec(),
            all,
            looks,
            due_by: u64::MAX,
        };
        let mut tried = next.clone();
        let mut unsignaled = list.len();
        match tried.model.try_wait(t as u8, list, all) {
            Some(grant) => {
                unsignaled = grant.index + 1;
                let fits = match result {
                    Some(Res::Granted(index, abandoned)) => {
                        *index == grant.index && *abandoned == grant.abandoned
                    }
                    Some(_) => false,
                    None => self.dead[t].is_some(),
                };
                if fits {
                    if result.is_none() {
                        tried.unused[t] = Some(grant);
                    }
                    finish(&mut tried, t);
                    nodes.push(tried);
                }
            }
            None if timeout == Some(0) => {
                if result.is_none_or(|r| *r == Res::TimedOut) {
                    let mut seen = tried.clone();
                    finish(&mut seen, t);
                    nodes.push(seen);
                }
                // A look that could not be made at one glance is a wait for an instant: it has its place in the
                // queue, before those who come later.
                if !matches!(result, Some(Res::TimedOut)) {
                    tried.model.queue.insert(place, entry(list, true));
                    tried.phase[t] = Phase::Waiting;
                    nodes.push(tried);
                }
            }
            None => {
                tried.model.queue.insert(place, entry(list, false));
                tried.phase[t] = Phase::Waiting;
                nodes.push(tried);
            }
        }
        // A wait for any begins object by object: it has its place with the first ones, and may be granted by them,
        // before it has looked at the others.
        if !all && next.phase[t] != Phase::Entering {
            for begun in 1..unsignaled {
                let mut entering = next.clone();
                entering.model.queue.push(entry(&list[..begun], true));
                entering.phase[t] = Phase::Entering;
                nodes.push(entering);
            }
        }
        // Who could not have a lock in time has not waited at all.
        if let Some((_, at, Res::TimedOut)) = &call.returned
            && self.facts.stalls
            && *at >= deadline_of(call).unwrap_or(0).max(call.called_at) + GRACE_NS
        {
            let mut given_up = next;
            finish(&mut given_up, t);
            nodes.push(given_up);
        }
        nodes
    }

    /// A thread ends: its mutexes are abandoned one after the other.
    fn exit(&self, mut next: Node, t: usize) -> Vec<Node> {
        let owned: Vec<u8> = next.model.owned(t as u8).collect();
        if owned.is_empty() {
            finish(&mut next, t);
            return vec![next];
        }
        let mut nodes = Vec::new();
        for o in owned {
            let mut grants = Vec::new();
            let mut one = next.clone();
            let (gone, facts) = (next.gone, self.facts);
            let skip = |u: u8| {
                let process = facts.process_of[usize::from(u)];
                gone >> process & 1 != 0 && facts.kept[process]
            };
            one.model.free(o, true, skip, &mut grants);
            nodes.extend(self.settle(one, grants));
        }
        nodes
    }

    /// Who holds an object: a living process, one in limbo.
    fn holders(&self, node: &Node, o: u8) -> (bool, bool) {
        let (mut living, mut limbo) = (false, false);
        for (t, handles) in node.handles.iter().enumerate() {
            if handles.contains(&Some(o)) {
                let p = self.facts.process_of[t];
                living |= node.limbo >> p & 1 == 0;
                limbo |= node.limbo >> p & 1 != 0 && node.gone >> p & 1 == 0;
            }
        }
        (living, limbo)
    }

    fn drop_name(&self, node: &mut Node, o: u8) {
        if self.holders(node, o) == (false, false) {
            node.model.things[usize::from(o)].name = None;
        }
    }

    fn create(
        &self,
        next: Node,
        t: usize,
        h: usize,
        name: u8,
        make: &Make,
        result: Option<&Res>,
    ) -> Vec<Node> {
        let found = next.model.named(name);
        let (living, limbo) = found.map_or((false, false), |o| self.holders(&next, o));
        let mut nodes = Vec::new();
        if let Some(o) = found
            && (living || limbo)
            && result.is_none_or(|r| *r == Res::Handle(true))
        {
            let mut opened = next.clone();
            hold(&mut opened, t, h, o);
            nodes.push(opened);
        }
        if !living && result.is_none_or(|r| *r == Res::Handle(false)) {
            let mut made = next;
            if let Some(o) = found {
                made.model.things[usize::from(o)].name = None;
            }
            let o = made.model.make(make, name);
            hold(&mut made, t, h, o);
            nodes.push(made);
        }
        nodes
    }

    fn open(&self, mut next: Node, t: usize, h: usize, name: u8, result: Option<&Res>) -> Vec<Node> {
        let found = next.model.named(name);
        let (living, limbo) = found.map_or((false, false), |o| self.holders(&next, o));
        let mut nodes = Vec::new();
        if let Some(o) = found
            && (living || limbo)
            && result.is_none_or(|r| *r == Res::Handle(true))
        {
            let mut opened = next.clone();
            hold(&mut opened, t, h, o);
            nodes.push(opened);
        }
        if !living && result.is_none_or(|r| *r == Res::NotFound) {
            finish(&mut next, t);
            nodes.push(next);
        }
        nodes
    }
}

fn hold(node: &mut Node, t: usize, h: usize, o: u8) {
    if node.handles[t].len() <= h {
        node.handles[t].resize(h + 1, None);
    }
    node.handles[t][h] = Some(o);
    finish(node, t);
}
