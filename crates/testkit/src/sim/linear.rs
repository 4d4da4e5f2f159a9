//! Whether a history could have come from the sequential model.
//!
//! A search in the manner of Wing and Gong: every call takes effect at one moment between its
//! beginning and its return (a wait: one at which it begins to wait, and one at which it is granted or
//! gives up), in an order that gives every call the result it had. What a killed thread was doing
//! happened wholly or not at all; its waits are withdrawn, its mutexes abandoned, a grant it never
//! acknowledged is given back or was used. Whoever still waits at the end must have no reason to go on.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use intersync::limits::GRACE_NS;
use intersync::word::value::Sort;

use super::history::{Call, History, Op, Res};
use super::model::{Alarm, Grant, Model, Value, Waiter};

/// Search steps before a history counts as undecided.
const NODES: usize = 200_000;

/// What the search found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// An order exists.
    Linear,
    /// No order exists; the calls that could not be placed in the longest attempt.
    Impossible(String),
    /// The search was given up.
    Undecided,
}

/// What the search must know besides the history.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The process of each thread.
    pub process_of: Vec<usize>,
    /// The processes with a keeper that was up.
    pub kept: Vec<bool>,
    /// Whether processes were stopped in the run, or died slowly: then a call may give up.
    pub stalls: bool,
    /// When the run ended, in virtual time.
    pub end: i64,
}

/// Where a thread is in its present call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Phase {
    Before,
    Signaled,
    Waiting,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Node {
    model: Model,
    at: Vec<u16>,
    phase: Vec<Phase>,
    /// Grants of dead threads that may still be given back.
    unused: Vec<Option<Grant>>,
    handles: Vec<Vec<Option<u8>>>,
    /// Processes whose death counts.
    limbo: u32,
    /// Processes whose end somebody has awaited.
    gone: u32,
    now: i64,
}

/// Something that may happen next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    Call(usize),
    TimeOut(usize),
    Death(usize),
    Withdraw(usize),
    Abandon(usize, u8),
    GiveBack(usize),
    Expire(u8),
    Skip(u8),
}

struct Search<'h> {
    calls: &'h [Call],
    threads: Vec<Vec<usize>>,
    /// When each thread died.
    dead: Vec<Option<u64>>,
    died: Vec<Option<u64>>,
    facts: &'h Facts,
    seen: HashSet<u64>,
    hasher: RandomState,
    nodes: usize,
    best: (usize, Node, Vec<Event>),
    path: Vec<Event>,
}

/// Looks for an order.
pub fn check(history: &History, facts: &Facts) -> Verdict {
    let count = facts.process_of.len();
    let mut threads = vec![Vec::new(); count];
    for (i, call) in history.calls.iter().enumerate() {
        threads[call.thread].push(i);
    }
    let mut died = vec![None; facts.kept.len()];
    for &(process, clock) in &history.kills {
        died[process] = Some(clock);
    }
    let mut dead: Vec<Option<u64>> = facts.process_of.iter().map(|&p| died[p]).collect();
    for &(thread, clock) in &history.vanished {
        dead[thread] = dead[thread].or(Some(clock));
    }
    let start = Node {
        model: Model::default(),
        at: vec![0; count],
        phase: vec![Phase::Before; count],
        unused: vec![None; count],
        handles: vec![Vec::new(); count],
        limbo: 0,
        gone: 0,
        now: 0,
    };
    let mut search = Search {
        calls: &history.calls,
        threads,
        dead,
        died,
        facts,
        seen: HashSet::new(),
        hasher: RandomState::new(),
        nodes: 0,
        best: (0, start.clone(), Vec::new()),
        path: Vec::new(),
    };
    match search.go(&start) {
        Some(true) => Verdict::Linear,
        Some(false) => Verdict::Impossible(search.describe(&search.best.1, &search.best.2)),
        None => Verdict::Undecided,
    }
}

impl Search<'_> {
    fn call(&self, node: &Node, t: usize) -> Option<&Call> {
        self.threads[t]
            .get(usize::from(node.at[t]))
            .map(|&i| &self.calls[i])
    }

    /// Searches on from a node. `None`: given up.
    fn go(&mut self, node: &Node) -> Option<bool> {
        if !self.seen.insert(self.hasher.hash_one(node)) {
            return Some(false);
        }
        self.nodes += 1;
        if self.nodes > NODES {
            return None;
        }
        if self.is_final(node) {
            return Some(true);
        }
        let placed: usize = node.at.iter().map(|&n| usize::from(n)).sum();
        if placed > self.best.0 {
            self.best = (placed, node.clone(), self.path.clone());
        }
        for event in self.candidates(node) {
            self.path.push(event);
            for next in self.apply(node, event) {
                match self.go(&next) {
                    Some(false) => {}
                    other => return other,
                }
            }
            self.path.pop();
        }
        Some(false)
    }

    /// Whether everything that must have happened has.
    fn is_final(&self, node: &Node) -> bool {
        (0..node.at.len()).all(|t| match (self.call(node, t), self.dead[t]) {
            (None, None) => true,
            (Some(call), None) => {
                let blocks = matches!(call.op, Op::Wait { .. } | Op::SignalAndWait(..));
                call.returned.is_none() && blocks && node.phase[t] == Phase::Waiting
            }
            (call, Some(_)) => {
                call.is_none_or(|c| c.returned.is_none())
                    && node.phase[t] != Phase::Waiting
                    && node.model.owned(t as u8).next().is_none()
            }
        })
    }

    /// How far the best attempt came, and what it could not place.
    fn describe(&self, node: &Node, path: &[Event]) -> String {
        let mut lines = Vec::new();
        for t in 0..node.at.len() {
            if let Some(call) = self.call(node, t) {
                let result = call.returned.as_ref().map(|r| &r.2);
                lines.push(format!("t{t} {:?} -> {result:?} ({:?})", call.op, node.phase[t]));
            }
        }
        let things = node
            .model
            .things
            .iter()
            .map(|t| format!("{:?}", t.value))
            .collect::<Vec<_>>()
            .join(", ");
        format!(
            "nothing fits after {:?}; next: {}; objects: {things}; blocked: {:?}",
            &path[path.len().saturating_sub(12)..],
            lines.join("; "),
            node.model.queue
        )
    }

    /// What may happen next, the likeliest first.
    fn candidates(&self, node: &Node) -> Vec<Event> {
        let returns =
            (0..node.at.len()).filter_map(|t| self.call(node, t)?.returned.as_ref().map(|r| (r.0, r.1)));
        let (mut first, mut first_at) = (u64::MAX, self.facts.end);
        for (clock, at) in returns {
            first = first.min(clock);
            first_at = first_at.min(at);
        }
        let mut events: Vec<(u64, Event)> = Vec::new();
        for t in 0..node.at.len() {
            self.call_candidates(node, t, first, first_at, &mut events);
        }
        for (p, died) in self.died.iter().enumerate() {
            if died.is_some_and(|k| k < first) && node.limbo >> p & 1 == 0 {
                events.push((u64::MAX - 5, Event::Death(p)));
            }
        }
        for (o, thing) in node.model.things.iter().enumerate() {
            if let Some(alarm) = thing.alarm.filter(|a| a.from <= first_at) {
                events.push((u64::MAX - 4, Event::Expire(o as u8)));
                if alarm.period > 0 && alarm.from + alarm.period <= first_at {
                    events.push((u64::MAX, Event::Skip(o as u8)));
                }
            }
        }
        events.sort_by_key(|e| e.0);
        events.into_iter().map(|e| e.1).collect()
    }

    fn call_candidates(
        &self,
        node: &Node,
        t: usize,
        first: u64,
        first_at: i64,
        events: &mut Vec<(u64, Event)>,
    ) {
        if let Some(call) = self.call(node, t) {
            let returned = call.returned.as_ref();
            if node.phase[t] == Phase::Waiting {
                let deadline = deadline_of(call);
                if returned.is_some_and(|r| r.2 == Res::TimedOut) && deadline.is_some_and(|d| d <= first_at) {
                    events.push((returned.map_or(0, |r| r.0), Event::TimeOut(t)));
                }
            } else if call.called < first {
                let untouched = call.touched == 0;
                let hint = match returned {
                    None => u64::MAX - 3,
                    Some(r) if untouched => r.0,
                    Some(_) => call.touched,
                };
                let happened = returned.is_some()
                    || !untouched
                    || matches!(call.op, Op::Create(..))
                    || self.dead[t].is_none();
                if happened {
                    events.push((hint + u64::from(node.phase[t] == Phase::Signaled), Event::Call(t)));
                }
            }
        }
        if self.dead[t].is_some_and(|k| k < first) {
            if node.phase[t] == Phase::Waiting {
                events.push((u64::MAX - 3, Event::Withdraw(t)));
            }
            if node.unused[t].is_some() {
                events.push((u64::MAX - 2, Event::GiveBack(t)));
            }
            events.extend(
                node.model
                    .owned(t as u8)
                    .map(|o| (u64::MAX - 3, Event::Abandon(t, o))),
            );
        }
    }

    /// The nodes that an event leads to.
    fn apply(&self, node: &Node, event: Event) -> Vec<Node> {
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
        for _ in 0..2 {
            for _ in 0..grant.taken.len() {
                grant.taken.rotate_left(1);
                let mut next = node.clone();
                next.unused[t] = None;
                let mut grants = Vec::new();
                next.model.give_back(&grant, &skip, &mut grants);
                nodes.extend(self.settle(next, grants));
            }
            grant.taken.reverse();
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
    fn settle(&self, mut next: Node, grants: Vec<Grant>) -> Option<Node> {
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

    fn object(&self, node: &Node, t: usize, h: usize) -> Option<u8> {
        node.handles[t].get(h).copied().flatten()
    }

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

    fn apply_call(&self, node: &Node, t: usize) -> Vec<Node> {
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

    /// The calls that take effect at once on one object.
    fn signal(&self, mut next: Node, t: usize, call: &Call, o: u8) -> Option<Node> {
        let result = call.returned.as_ref().map(|r| &r.2);
        let mut grants = Vec::new();
        let (gone, facts) = (next.gone, self.facts);
        let skip = |u: u8| {
            let process = facts.process_of[usize::from(u)];
            gone >> process & 1 != 0 && facts.kept[process]
        };
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
                model.set(o, skip, &mut grants);
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
        next: Node,
        t: usize,
        call: &Call,
        list: &[u8],
        all: bool,
        timeout: Option<i64>,
    ) -> Vec<Node> {
        let result = call.returned.as_ref().map(|r| &r.2);
        let mut nodes = Vec::new();
        let mut tried = next.clone();
        match tried.model.try_wait(t as u8, list, all) {
            Some(grant) => {
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
                    finish(&mut tried, t);
                    nodes.push(tried);
                }
            }
            None => {
                tried.model.queue.push(Waiter {
                    thread: t as u8,
                    list: list.to_vec(),
                    all,
                });
                tried.phase[t] = Phase::Waiting;
                nodes.push(tried);
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
        make: &super::history::Make,
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

fn finish(node: &mut Node, t: usize) {
    node.at[t] += 1;
    node.phase[t] = Phase::Before;
}

fn deadline_of(call: &Call) -> Option<i64> {
    match call.op {
        Op::Wait { timeout, .. } | Op::SignalAndWait(_, _, timeout) => timeout.map(|t| call.called_at + t),
        _ => None,
    }
}
