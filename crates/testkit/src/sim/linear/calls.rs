//! What a call may do when it takes effect.

use intersync::word::value::Sort;

use super::{Node, Phase, Search, finish};
use crate::sim::history::{Call, Op, Res};
use crate::sim::model::{Alarm, Service, Value};

impl Search<'_> {
    /// Whether a call may not be placed before something that must come first.
    pub(super) fn premature(&self, node: &Node, call: &Call, o: u8) -> bool {
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
            Op::Set(h)
            | Op::End(h)
            | Op::Reset(h)
            | Op::Pulse(h)
            | Op::Release(h, _)
            | Op::ReleaseMutex(h) => vec![*h],
            Op::SetTimer(h, ..) | Op::CancelTimer(h) | Op::Query(h) => vec![*h],
            Op::Wait { list, .. } => list.clone(),
            Op::SignalAndWait(s, _, _) if node.phase[t] == Phase::Before => vec![*s],
            Op::SignalAndWait(_, w, _) => vec![*w],
            _ => Vec::new(),
        };
        let objects: Option<Vec<u8>> = handles.iter().map(|&h| self.object(node, t, h)).collect();
        let Some(objects) = objects else { return Vec::new() };
        match &call.op {
            Op::Create(h, name, make) => return self.create(next, t, *h, *name, make, result),
            Op::Open(h, name) => return self.open(next, t, *h, *name, result),
            Op::Close(h) => {
                self.close(&mut next, t, *h);
                finish(&mut next, t);
                return vec![next];
            }
            Op::CloseOf(thread, h) => {
                self.close(&mut next, *thread, *h);
                finish(&mut next, t);
                return vec![next];
            }
            Op::Duplicate(..) | Op::Prepare(_) | Op::Unprepare(_) => return self.share(next, t, call),
            Op::Spawn(_) | Op::Fork(_) | Op::Adopt => return self.share(next, t, call),
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
            Op::Wait { .. } => return self.wait(next, t, call, &objects),
            Op::SignalAndWait(..) if node.phase[t] != Phase::Before => {
                return self.wait(next, t, call, &objects);
            }
            _ => {}
        }
        if self.premature(node, call, objects[0]) || node.model.is_locked(objects[0]) {
            return Vec::new();
        }
        self.signal(next, t, call, objects[0]).into_iter().collect()
    }

    /// The calls that take effect at once on one object.
    fn signal(&self, mut next: Node, t: usize, call: &Call, o: u8) -> Option<Node> {
        let result = call.returned.as_ref().map(|r| &r.2);
        let came = change(&mut next, t, call, o)?;
        let served = match call.op {
            Op::SignalAndWait(..) if came == Res::Done => {
                if matches!(result, Some(Res::NotOwner | Res::OverMaximum)) {
                    return None;
                }
                true
            }
            _ if result.is_some_and(|r| *r != came) => return None,
            Op::Set(_) | Op::End(_) | Op::Pulse(_) => true,
            Op::Release(..) => matches!(came, Res::Count(_)),
            Op::ReleaseMutex(_) => came == Res::Done,
            _ => false,
        };
        if !served {
            finish(&mut next, t);
            return Some(next);
        }
        let service = Service {
            pulse: matches!(call.op, Op::Pulse(_)),
            ..Service::of(Some(t as u8), &[o])
        };
        self.serve(next, service)
    }

    /// A thread ends: its mutexes are abandoned one after the other.
    fn exit(&self, mut next: Node, t: usize) -> Vec<Node> {
        let owned: Vec<u8> = next.model.owned(t as u8).collect();
        if owned.is_empty() {
            finish(&mut next, t);
            return vec![next];
        }
        let abandon = |o: u8| {
            let mut one = next.clone();
            one.model.free(o, true);
            self.serve(one, Service::of(Some(t as u8), &[o]))
        };
        let free = owned.into_iter().filter(|&o| !next.model.is_locked(o));
        free.filter_map(abandon).collect()
    }
}

/// Changes an object as a call does that takes effect at once; what came of it.
fn change(next: &mut Node, t: usize, call: &Call, o: u8) -> Option<Res> {
    let model = &mut next.model;
    let thing = model.thing(o);
    let (sort, value) = (thing.sort, thing.value);
    let is_event = matches!(sort, Sort::EventManual | Sort::EventAuto);
    Some(match call.op {
        Op::Set(_) | Op::End(_) | Op::Pulse(_) => {
            model.flag(o, true);
            Res::Done
        }
        Op::SignalAndWait(..) if is_event => {
            model.flag(o, true);
            Res::Done
        }
        Op::Reset(_) => {
            model.flag(o, false);
            Res::Done
        }
        Op::Release(_, n) => model.add(o, n).map_or(Res::OverMaximum, Res::Count),
        Op::SignalAndWait(..) if sort == Sort::Semaphore => {
            model.add(o, 1).map_or(Res::OverMaximum, |_| Res::Done)
        }
        Op::ReleaseMutex(_) | Op::SignalAndWait(..) => {
            if model.take_level(o, t as u8) {
                Res::Done
            } else {
                Res::NotOwner
            }
        }
        Op::SetTimer(_, due, period) => {
            let due = (call.called_at + due).div_euclid(100) * 100;
            let returned = call.returned.as_ref();
            model.flag(o, false);
            model.things[usize::from(o)].alarm = Some(Alarm {
                from: due,
                until: due,
                period: period / 100 * 100,
                set_by: returned.map_or(i64::MAX / 4, |r| r.1),
                set_until: returned.map_or(u64::MAX, |r| r.0),
            });
            Res::Done
        }
        Op::CancelTimer(_) => {
            model.things[usize::from(o)].alarm = None;
            Res::Done
        }
        Op::Query(_) => match value {
            Value::Flag(on) => Res::State(u32::from(on), 0),
            Value::Count(n) => Res::State(n, 0),
            Value::Owner(Some(owner), levels, _) if usize::from(owner) == t => Res::State(2, levels),
            Value::Owner(owner, _, mark) => Res::State(u32::from(owner.is_some()), u32::from(mark)),
        },
        _ => return None,
    })
}
