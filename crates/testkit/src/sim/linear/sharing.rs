//! Handles that go from process to process: duplicates, bundles, forks.

use std::collections::BTreeMap;

use super::{Node, Search, finish};
use crate::sim::history::{Call, H, Op, Res};
use crate::sim::sharing::key;

/// A bundle: who holds it, and what it holds.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Bundle {
    made_by: usize,
    number: usize,
    /// The processes that have its descriptor.
    pub(super) holders: u32,
    /// Its objects, as the thread that made it knows them.
    pub(super) objects: BTreeMap<H, u8>,
}

/// What a forked process remembers.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Frozen {
    parent: usize,
    by: usize,
    /// The handles of the parent, as the thread that forked knows them; whether each is certain to be there still.
    was: BTreeMap<H, (u8, bool)>,
}

impl Search<'_> {
    pub(super) fn share(&self, mut next: Node, t: usize, call: &Call) -> Vec<Node> {
        let result = call.returned.as_ref().map(|r| &r.2);
        let process = self.facts.process_of[t];
        match call.op {
            Op::Duplicate(h, to, as_h, close) => return self.duplicate(&next, t, call, (h, to, as_h), close),
            Op::Adopt => return self.adopt(next, t, result).into_iter().collect(),
            Op::Prepare(number) => next.bundles.push(Bundle {
                made_by: process,
                number,
                holders: 1 << process,
                objects: self.handles_of(&next, process, t),
            }),
            Op::Unprepare(number) => {
                let is_it = |b: &&mut Bundle| b.made_by == process && b.number == number;
                let Some(bundle) = next.bundles.iter_mut().find(is_it) else {
                    return Vec::new();
                };
                bundle.holders &= !(1 << process);
                let objects = bundle.objects.clone();
                objects.values().for_each(|&o| self.drop_name(&mut next, o));
            }
            Op::Spawn(child) | Op::Fork(child) => {
                self.bear(&mut next, t, child, matches!(call.op, Op::Fork(_)))
            }
            _ => {}
        }
        finish(&mut next, t);
        vec![next]
    }

    /// All handles of a process, as one of its threads knows them.
    fn handles_of(&self, node: &Node, process: usize, by: usize) -> BTreeMap<H, u8> {
        let siblings = (0..node.handles.len()).filter(|&t| self.facts.process_of[t] == process);
        let of = |t: usize| node.handles[t].iter().map(move |(&h, &o)| (key(by, t, h), o));
        siblings.flat_map(of).collect()
    }

    /// Whether a thread has a handle because another process put it into its table: its process does not remember it.
    fn was_received(&self, thread: usize, h: H) -> bool {
        let gives =
            |call: &Call| matches!(call.op, Op::Duplicate(_, to, as_h, _) if (to, as_h) == (thread, h));
        self.calls.iter().any(gives)
    }

    /// A process starts another one. Both kinds have the descriptors; one that is spawned has the handles from then on.
    fn bear(&self, next: &mut Node, t: usize, child: usize, forks: bool) {
        let parent = self.facts.process_of[t];
        let Some(first) = self.facts.process_of.iter().position(|&p| p == child) else {
            return;
        };
        let mine = |b: &&mut Bundle| b.made_by == parent && b.holders >> parent & 1 != 0;
        for bundle in next.bundles.iter_mut().filter(mine) {
            if forks {
                bundle.holders |= 1 << child;
            } else {
                next.handles[first].extend(&bundle.objects);
            }
        }
        if forks {
            let handles = self.handles_of(next, parent, t);
            let certain = |h: H| h < 1000 && !self.was_received(t, h);
            next.frozen[first] = Some(Frozen {
                parent,
                by: t,
                was: handles.into_iter().map(|(h, o)| (h, (o, certain(h)))).collect(),
            });
        }
    }

    /// A handle is closed.
    pub(super) fn close(&self, next: &mut Node, t: usize, h: H) {
        let process = self.facts.process_of[t];
        for frozen in next.frozen.iter_mut().flatten().filter(|f| f.parent == process) {
            if let Some((_, certain)) = frozen.was.get_mut(&key(frozen.by, t, h)) {
                *certain = false;
            }
        }
        if let Some(o) = next.handles[t].remove(&h) {
            self.drop_name(next, o);
        }
    }

    /// A duplicate in the table of another process, or none, since that has ended or has yet to come.
    fn duplicate(
        &self,
        next: &Node,
        t: usize,
        call: &Call,
        (h, to, as_h): (H, usize, H),
        close: bool,
    ) -> Vec<Node> {
        let result = call.returned.as_ref().map(|r| &r.2);
        let target = self.facts.process_of[to];
        let Some(o) = self.object(next, t, h) else {
            let mut failed = next.clone();
            finish(&mut failed, t);
            let is_told = result.is_none_or(|r| *r == Res::Invalid);
            return Vec::from_iter(is_told.then_some(failed));
        };
        let mut nodes = Vec::new();
        let is_gone = next.gone >> target & 1 != 0;
        if !is_gone && result.is_none_or(|r| matches!(r, Res::Handle(_))) {
            let mut made = next.clone();
            made.handles[to].insert(as_h, o);
            if close {
                self.close(&mut made, t, h);
            }
            finish(&mut made, t);
            nodes.push(made);
        }
        let dies = next.limbo >> target & 1 != 0;
        if dies && result.is_none_or(|r| *r == Res::NoProcess) {
            let mut failed = next.clone();
            if close {
                self.close(&mut failed, t, h);
            }
            finish(&mut failed, t);
            nodes.push(failed);
        }
        // Once one of its threads has called something, the target is attached.
        let attached = |c: &Call| c.process == target && c.called < call.called && c.op != Op::Adopt;
        if (dies || !self.calls.iter().any(attached)) && result.is_none_or(|r| *r == Res::NotAttached) {
            let mut failed = next.clone();
            finish(&mut failed, t);
            nodes.push(failed);
        }
        nodes
    }

    /// A forked process takes over what its parent still has, or nothing, since that has ended.
    fn adopt(&self, mut next: Node, t: usize, result: Option<&Res>) -> Option<Node> {
        let Frozen { parent, by, was } = next.frozen[t].clone()?;
        let (dies, is_gone) = (next.limbo >> parent & 1 != 0, next.gone >> parent & 1 != 0);
        let there = self.handles_of(&next, parent, by);
        let is_there = |h: &H| was.get(h).is_some_and(|(o, _)| there.values().any(|x| x == o));
        let taken: Vec<H> = match result {
            Some(Res::Adopted(taken)) => taken.clone(),
            // It was killed over it: it may have had all.
            _ => was.keys().copied().filter(|h| is_there(h) && !is_gone).collect(),
        };
        let all = was.iter().all(|(h, (_, certain))| !certain || taken.contains(h));
        if !taken.iter().all(is_there) || (is_gone && !taken.is_empty()) || !(all || dies && taken.is_empty())
        {
            return None;
        }
        for h in taken {
            next.handles[t].insert(h, was[&h].0);
        }
        finish(&mut next, t);
        Some(next)
    }
}
