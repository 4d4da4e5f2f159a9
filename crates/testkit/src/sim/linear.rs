//! Whether a history could have come from the sequential model.
//!
//! A search in the manner of Wing and Gong: every call takes effect at one moment between its
//! beginning and its return (a wait: one at which it begins to wait, and one at which it is granted or
//! gives up), in an order that gives every call the result it had. What a killed thread was doing
//! happened wholly or not at all; its waits are withdrawn, its mutexes abandoned, a grant it never
//! acknowledged is given back or was used, and is given back if it never woke up. Whoever still waits at the end
//! must have no reason to go on.
//!
//! Two things take longer than a moment, as `ARCHITECTURE.md` says: a wait for any queues object by object
//! (`waits`), and operations on two objects may serve the same waiters at the same time (`model::serve`).

mod calls;
mod events;
mod names;
mod sharing;
mod waits;

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::history::{Call, History, Op, Res};
use super::model::{Grant, Model};

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
    /// It serves waiters and has come to one whom another operation wins.
    Serving,
    /// It waits for the first objects of its list and has yet to look at the others.
    Entering,
    Waiting,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Node {
    model: Model,
    at: Vec<u16>,
    phase: Vec<Phase>,
    /// Grants of dead threads that may still be given back.
    unused: Vec<Option<Grant>>,
    handles: Vec<BTreeMap<usize, u8>>,
    bundles: Vec<sharing::Bundle>,
    /// What forked processes remember, by their first threads.
    frozen: Vec<Option<sharing::Frozen>>,
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
        handles: vec![BTreeMap::new(); count],
        bundles: Vec::new(),
        frozen: vec![None; count],
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
        self.call_at(&node.at, t)
    }

    /// A grant of a dead thread that it cannot have used.
    fn must_come_back<'n>(&self, node: &'n Node, t: usize) -> Option<&'n Grant> {
        let last = self.threads[t].last().filter(|&&i| self.calls[i].died_asleep);
        last.and(node.unused[t].as_ref())
    }

    fn call_at(&self, at: &[u16], t: usize) -> Option<&Call> {
        let call = self.threads[t].get(usize::from(at[t]))?;
        Some(&self.calls[*call])
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
        let at_rest = |t: usize| match (self.call(node, t), self.dead[t]) {
            (None, None) => true,
            (Some(call), None) => {
                let blocks = matches!(call.op, Op::Wait { .. } | Op::SignalAndWait(..));
                call.returned.is_none() && blocks && node.phase[t] == Phase::Waiting
            }
            (call, Some(_)) => {
                call.is_none_or(|c| c.returned.is_none())
                    && !matches!(node.phase[t], Phase::Waiting | Phase::Serving)
                    && node.model.owned(t as u8).next().is_none()
                    && self.must_come_back(node, t).is_none()
            }
        };
        node.model.services.is_empty() && (0..node.at.len()).all(at_rest)
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
            .map(|t| format!("{:?} {:?}", t.value, t.queue))
            .collect::<Vec<_>>()
            .join(", ");
        format!(
            "nothing fits after {:?}; next: {}; objects: {things}; queued: {:?}; serving: {:?}",
            &path[path.len().saturating_sub(12)..],
            lines.join("; "),
            node.model.waiters,
            node.model.services
        )
    }

    /// Until when something must happen next, in the order of events and in virtual time.
    fn horizon(&self, node: &Node) -> (u64, i64) {
        let (mut first, mut first_at) = (u64::MAX, self.facts.end);
        for t in 0..node.at.len() {
            let Some(call) = self.call(node, t) else { continue };
            let returned = call.returned.as_ref();
            // Who was seen blocked had begun to wait.
            let begun = call.blocked.filter(|_| node.phase[t] != Phase::Waiting);
            first = first.min(begun.or(returned.map(|r| r.0)).unwrap_or(u64::MAX));
            first_at = first_at.min(returned.map_or(i64::MAX, |r| r.1));
        }
        let services = node.model.services.iter();
        (services.fold(first, |first, s| first.min(s.until)), first_at)
    }

    /// What may happen next, the likeliest first.
    fn candidates(&self, node: &Node) -> Vec<Event> {
        let (first, first_at) = self.horizon(node);
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
            let free = !node.model.is_locked(o as u8);
            if let Some(alarm) = thing.alarm.filter(|a| a.from <= first_at && free) {
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
                // Who was killed may have given up before, and not have come back yet.
                let gives_up = returned.map_or(self.dead[t].is_some(), |r| r.2 == Res::TimedOut);
                if gives_up && deadline.is_some_and(|d| d <= first_at) {
                    events.push((returned.map_or(0, |r| r.0), Event::TimeOut(t)));
                }
            } else if call.called < first && node.phase[t] != Phase::Serving {
                let untouched = call.touched == 0;
                let hint = match returned {
                    None => u64::MAX - 3,
                    Some(r) if untouched => r.0,
                    Some(_) => call.touched,
                };
                let happened =
                    returned.is_some() || !untouched || call.op.is_structural() || self.dead[t].is_none();
                if happened {
                    events.push((hint + u64::from(node.phase[t] == Phase::Signaled), Event::Call(t)));
                }
            }
        }
        if self.dead[t].is_some_and(|k| k < first) {
            if matches!(node.phase[t], Phase::Entering | Phase::Waiting) {
                events.push((u64::MAX - 3, Event::Withdraw(t)));
            }
            if node.unused[t].is_some() {
                events.push((u64::MAX - 2, Event::GiveBack(t)));
            }
            events.extend(
                node.model
                    .owned(t as u8)
                    .filter(|&o| !node.model.is_locked(o))
                    .filter(|o| self.must_come_back(node, t).is_none_or(|g| !g.taken.contains(o)))
                    .map(|o| (u64::MAX - 3, Event::Abandon(t, o))),
            );
        }
    }
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
