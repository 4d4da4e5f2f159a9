//! Who waits for whom, as JSON.

use intersync::inspect::{Deadlock, Holding, Wait};
use serde::Serialize;

use super::Waits;
use crate::report::json::{Object, VERSION, line, millis};
use crate::report::view::ObjectView;

#[derive(Serialize)]
struct ObjectKeys<'a> {
    namespace: &'static str,
    id: u32,
    name: Option<&'a str>,
    kind: String,
}

#[derive(Serialize)]
struct WaitKeys<'a> {
    all: bool,
    ends_in_ms: Option<u64>,
    objects: Vec<ObjectKeys<'a>>,
}

#[derive(Serialize)]
struct ThreadKeys<'a> {
    pid: u32,
    tid: u32,
    comm: &'a str,
    waits: Vec<WaitKeys<'a>>,
}

#[derive(Serialize)]
struct HeldBy {
    pid: u32,
    tid: u32,
    permits: Option<u32>,
}

#[derive(Serialize)]
struct Held<'a> {
    #[serde(flatten)]
    object: ObjectKeys<'a>,
    holders: Vec<HeldBy>,
}

#[derive(Serialize)]
struct DeadlockKeys<'a> {
    version: u32,
    threads: Vec<ThreadKeys<'a>>,
    objects: Vec<Held<'a>>,
    behind: Vec<ThreadKeys<'a>>,
    ends_in_ms: Option<u64>,
}

#[derive(Serialize)]
struct Holder<'a> {
    #[serde(flatten)]
    thread: ThreadKeys<'a>,
    permits: Option<u32>,
}

#[derive(Serialize)]
struct Link<'a> {
    object: ObjectKeys<'a>,
    holders: Vec<Holder<'a>>,
}

#[derive(Serialize)]
struct Why<'a> {
    #[serde(flatten)]
    object: Object<'a>,
    chain: Vec<Link<'a>>,
    deadlock: bool,
}

impl Waits {
    /// One line for each deadlock.
    pub(crate) fn json(&self, deadlocks: &[Deadlock]) -> String {
        let threads = |list: &[usize]| list.iter().map(|&t| self.thread_keys(t)).collect();
        deadlocks
            .iter()
            .map(|deadlock| {
                line(&DeadlockKeys {
                    version: VERSION,
                    threads: threads(&deadlock.threads),
                    objects: deadlock.objects.iter().map(|&o| self.held(o)).collect(),
                    behind: threads(&deadlock.behind),
                    ends_in_ms: deadlock.remaining.map(millis),
                })
            })
            .collect()
    }

    /// One line about an object, with the chain of those who hold it up.
    pub(crate) fn why_json(&self, object: &ObjectView, chain: &[usize], deadlock: bool) -> String {
        let holder = |holding: &Holding| Holder {
            thread: self.thread_keys(holding.thread),
            permits: holding.permits,
        };
        let link = |&object: &usize| Link {
            object: self.object_keys(object),
            holders: self.graph.objects[object].holders.iter().map(holder).collect(),
        };
        line(&Why {
            object: Object::from(object),
            chain: chain.iter().map(link).collect(),
            deadlock,
        })
    }

    fn object_keys(&self, object: usize) -> ObjectKeys<'_> {
        let object = &self.graph.objects[object];
        ObjectKeys {
            namespace: self.scope(object).word(),
            id: object.id,
            name: object.name.as_deref(),
            kind: object.kind.to_string(),
        }
    }

    fn thread_keys(&self, thread: usize) -> ThreadKeys<'_> {
        let thread = &self.graph.threads[thread];
        let wait = |wait: &Wait| WaitKeys {
            all: wait.all,
            ends_in_ms: wait.remaining.map(millis),
            objects: wait.objects.iter().map(|&o| self.object_keys(o)).collect(),
        };
        ThreadKeys {
            pid: thread.pid,
            tid: thread.tid,
            comm: &thread.comm,
            waits: thread.waits.iter().map(wait).collect(),
        }
    }

    fn held(&self, object: usize) -> Held<'_> {
        let held_by = |holding: &Holding| {
            let thread = &self.graph.threads[holding.thread];
            HeldBy {
                pid: thread.pid,
                tid: thread.tid,
                permits: holding.permits,
            }
        };
        Held {
            object: self.object_keys(object),
            holders: self.graph.objects[object].holders.iter().map(held_by).collect(),
        }
    }
}
