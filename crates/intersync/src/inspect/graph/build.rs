//! From snapshots to the graph.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::super::{Life, ObjectInfo, ObjectState, ProcessInfo, Snapshot, ThreadInfo, WaitInfo};
use super::{Holding, ObjectNode, ThreadNode, Wait, WaitGraph};
use crate::Kind;

/// A process, whichever namespaces it is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct ProcessKey {
    pid_namespace: u64,
    pid: u32,
    start: u64,
}

impl From<&ProcessInfo> for ProcessKey {
    fn from(process: &ProcessInfo) -> ProcessKey {
        ProcessKey {
            pid_namespace: process.pid_namespace,
            pid: process.pid,
            start: process.start,
        }
    }
}

/// A thread, whichever namespaces it uses.
type ThreadKey = (ProcessKey, u32);

/// A wait, in one of the namespaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct WaitKey {
    namespace: usize,
    thread: ThreadKey,
    number: u64,
}

/// A thread as one namespace knows it.
struct Seen<'s> {
    namespace: usize,
    process: &'s ProcessInfo,
    info: &'s ThreadInfo,
}

impl Seen<'_> {
    fn key(&self) -> ThreadKey {
        (self.process.into(), self.info.thread.tid)
    }

    fn wait_key(&self, wait: &WaitInfo) -> WaitKey {
        WaitKey {
            namespace: self.namespace,
            thread: self.key(),
            number: wait.number,
        }
    }
}

/// The threads of living processes, keepers left out.
fn threads(looks: &[Snapshot]) -> impl Iterator<Item = Seen<'_>> {
    looks.iter().enumerate().flat_map(|(namespace, look)| {
        let living: HashMap<u32, &ProcessInfo> = look
            .processes
            .iter()
            .filter(|process| process.life == Life::Alive)
            .map(|process| (process.slot, process))
            .collect();
        look.threads
            .iter()
            .filter(|info| !info.keeper)
            .filter_map(move |info| {
                let process = *living.get(&info.thread.slot)?;
                Some(Seen {
                    namespace,
                    process,
                    info,
                })
            })
    })
}

/// All waits under way.
pub(super) fn waits(looks: &[Snapshot]) -> impl Iterator<Item = WaitKey> {
    threads(looks).flat_map(|seen| {
        let keys: Vec<WaitKey> = seen.info.waits.iter().map(|wait| seen.wait_key(wait)).collect();
        keys
    })
}

/// The graph of those waits that `keep` wants.
pub(super) fn build(looks: &[Snapshot], keep: &dyn Fn(&WaitKey) -> bool) -> WaitGraph {
    let mut builder = Builder::default();
    for (namespace, look) in looks.iter().enumerate() {
        builder
            .known
            .extend(look.objects.iter().map(|o| ((namespace, o.id), o)));
    }
    for seen in threads(looks) {
        builder.enter_thread(&seen);
    }
    for seen in threads(looks) {
        for wait in seen.info.waits.iter().filter(|wait| keep(&seen.wait_key(wait))) {
            builder.add_wait(&seen, wait);
        }
    }
    builder.finish_parts();
    for (namespace, look) in looks.iter().enumerate() {
        for object in &look.objects {
            builder.add_holders(namespace, object);
        }
    }
    builder.graph
}

/// What lies in several namespaces of one wait.
struct Parts {
    wait: Wait,
    found: u32,
    of: Option<u32>,
}

#[derive(Default)]
struct Builder<'s> {
    graph: WaitGraph,
    known: HashMap<(usize, u32), &'s ObjectInfo>,
    objects: HashMap<(usize, u32), usize>,
    /// The command name of each thread.
    comms: HashMap<ThreadKey, String>,
    /// The place of each thread that is in the graph.
    threads: HashMap<ThreadKey, usize>,
    /// The process in a slot, and the threads of a process.
    slots: HashMap<(usize, u32), ProcessKey>,
    processes: HashMap<ProcessKey, Vec<ThreadKey>>,
    parts: HashMap<usize, Parts>,
}

impl<'s> Builder<'s> {
    fn enter_thread(&mut self, seen: &Seen<'_>) {
        let key = seen.key();
        self.slots.insert((seen.namespace, seen.info.thread.slot), key.0);
        if let Entry::Vacant(vacant) = self.comms.entry(key) {
            vacant.insert(seen.process.comm.clone());
            self.processes.entry(key.0).or_default().push(key);
        }
    }

    /// The place of a thread, which is in the graph from now on.
    fn thread(&mut self, key: ThreadKey) -> usize {
        let threads = &mut self.graph.threads;
        *self.threads.entry(key).or_insert_with(|| {
            threads.push(ThreadNode {
                pid: key.0.pid,
                tid: key.1,
                comm: self.comms.get(&key).cloned().unwrap_or_default(),
                waits: Vec::new(),
            });
            threads.len() - 1
        })
    }

    /// The place of an object, which is in the graph from now on.
    fn object(&mut self, namespace: usize, info: &ObjectInfo) -> usize {
        let objects = &mut self.graph.objects;
        *self.objects.entry((namespace, info.id)).or_insert_with(|| {
            objects.push(ObjectNode {
                namespace,
                id: info.id,
                name: info.name.clone(),
                kind: info.kind(),
                holders: Vec::new(),
                taken: false,
            });
            objects.len() - 1
        })
    }

    fn add_wait(&mut self, seen: &Seen<'_>, info: &WaitInfo) {
        // An object that is not there any more tells that the wait has ended.
        let Some(known) = info
            .objects
            .iter()
            .map(|id| self.known.get(&(seen.namespace, *id)).copied())
            .collect::<Option<Vec<&'s ObjectInfo>>>()
        else {
            return;
        };
        let objects = known
            .into_iter()
            .map(|object| self.object(seen.namespace, object))
            .collect();
        let thread = self.thread(seen.key());
        let wait = Wait {
            objects,
            all: info.all,
            complete: true,
            remaining: info.remaining,
        };
        if info.namespaces == Some(1) {
            self.graph.threads[thread].waits.push(wait);
            return;
        }
        match self.parts.entry(thread) {
            Entry::Vacant(vacant) => {
                vacant.insert(Parts {
                    wait,
                    found: 1,
                    of: info.namespaces,
                });
            }
            Entry::Occupied(mut occupied) => {
                let parts = occupied.get_mut();
                parts.wait.objects.extend(wait.objects);
                parts.found += 1;
            }
        }
    }

    /// Adds the waits over several namespaces.
    fn finish_parts(&mut self) {
        for (thread, parts) in std::mem::take(&mut self.parts) {
            self.graph.threads[thread].waits.push(Wait {
                complete: parts.of == Some(parts.found),
                ..parts.wait
            });
        }
    }

    fn add_holders(&mut self, namespace: usize, info: &ObjectInfo) {
        match info.state {
            ObjectState::Mutex {
                owner: Some(owner), ..
            } => {
                let Some(process) = self.slots.get(&(namespace, owner.slot)) else {
                    return;
                };
                let key = (*process, owner.tid);
                if self.comms.contains_key(&key) {
                    self.hold(namespace, info, key, None);
                    let object = self.object(namespace, info);
                    self.graph.objects[object].taken = true;
                }
            }
            ObjectState::Semaphore {
                count,
                maximum,
                give_back: true,
            } => self.add_permits(namespace, info, count == 0, maximum),
            _ => {}
        }
    }

    fn add_permits(&mut self, namespace: usize, info: &ObjectInfo, none_left: bool, maximum: u32) {
        let (mut held, mut all_known) = (0, true);
        for holder in info.holders.iter().filter(|holder| holder.permits > 0) {
            held += u64::from(holder.permits);
            let threads = self
                .slots
                .get(&(namespace, holder.slot))
                .and_then(|process| self.processes.get(process))
                .cloned()
                .unwrap_or_default();
            // A process whose threads are not known may give back at any time.
            all_known &= !threads.is_empty();
            for key in threads {
                self.hold(namespace, info, key, Some(holder.permits));
            }
        }
        if held > 0 {
            let object = self.object(namespace, info);
            // Permits that nobody holds may be added by anybody.
            self.graph.objects[object].taken = none_left && all_known && held >= u64::from(maximum);
        }
    }

    fn hold(&mut self, namespace: usize, info: &ObjectInfo, key: ThreadKey, permits: Option<u32>) {
        let (object, thread) = (self.object(namespace, info), self.thread(key));
        let holders = &mut self.graph.objects[object].holders;
        match holders.iter_mut().find(|holding| holding.thread == thread) {
            // Another handle of the same process.
            Some(Holding {
                permits: Some(held), ..
            }) => *held = held.saturating_add(permits.unwrap_or(0)),
            Some(_) => {}
            None => holders.push(Holding { thread, permits }),
        }
    }
}

impl ObjectNode {
    /// Whether a thread gets the object at once, although it is taken: its own mutex.
    pub(super) fn is_owned_by(&self, thread: usize) -> bool {
        self.kind == Kind::Mutex && self.holders.iter().any(|holding| holding.thread == thread)
    }
}
