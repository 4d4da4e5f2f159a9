//! A namespace in the making.

use std::time::{Duration, SystemTime};

use super::super::super::{
    HolderInfo, Life, ObjectInfo, ObjectState, ProcessInfo, Snapshot, ThreadId, ThreadInfo, WaitInfo,
};
use crate::{Access, RawHandle, Reset};

/// Process and thread.
pub(super) type Who = (u32, u32);

/// A snapshot, made step by step. Its processes have three threads each, of which the third is the keeper.
#[derive(Clone)]
pub(super) struct Scene(pub(super) Snapshot);

impl Scene {
    /// Processes 1 to `processes`, each with threads 1 to 3.
    pub(super) fn new(processes: u32) -> Scene {
        let mut scene = Scene(Snapshot {
            path: "/scene".into(),
            taken_at: SystemTime::UNIX_EPOCH,
            age: Duration::ZERO,
            objects: Vec::new(),
            processes: Vec::new(),
            threads: Vec::new(),
            tables: Vec::new(),
            apparent_bytes: 0,
            real_bytes: 0,
        });
        for pid in 1..=processes {
            scene.0.processes.push(ProcessInfo {
                slot: slot(pid),
                pid,
                pid_namespace: 1,
                start: 7,
                comm: format!("p{pid}"),
                version: String::new(),
                euid: 0,
                age: Duration::ZERO,
                keeper: true,
                bundle: false,
                life: Life::Alive,
                handles: 0,
                threads: 3,
            });
            for tid in 1..=3 {
                scene.0.threads.push(ThreadInfo {
                    thread: id((pid, tid)),
                    keeper: tid == 3,
                    waits: Vec::new(),
                });
            }
        }
        scene
    }

    fn object(mut self, state: ObjectState) -> Scene {
        let number = self.0.objects.len() as u32;
        self.0.objects.push(ObjectInfo {
            id: number,
            name: Some(format!("o{number}")),
            state,
            waiters: Vec::new(),
            handles: 1,
            holders: Vec::new(),
            user: 0,
            mode: 0o700,
            permanent: false,
            condemned: false,
            age: Duration::ZERO,
        });
        self
    }

    pub(super) fn mutex(self, owner: Option<Who>) -> Scene {
        self.object(ObjectState::Mutex {
            owner: owner.map(id),
            recursion: 1,
            abandoned: false,
        })
    }

    pub(super) fn event(self) -> Scene {
        self.object(ObjectState::Event {
            reset: Reset::Auto,
            signaled: false,
        })
    }

    /// A semaphore with give-back and these permits taken.
    pub(super) fn semaphore(self, count: u32, maximum: u32, held: &[(u32, u32)]) -> Scene {
        let mut scene = self.object(ObjectState::Semaphore {
            count,
            maximum,
            give_back: true,
        });
        let object = scene.0.objects.last_mut().expect("just made");
        object
            .holders
            .extend(held.iter().map(|&(pid, permits)| HolderInfo {
                slot: slot(pid),
                pid,
                comm: format!("p{pid}"),
                bundle: false,
                handle: RawHandle::from_value(4).expect("a value"),
                access: Access::empty(),
                inherit: false,
                protect: false,
                permits,
            }));
        scene
    }

    pub(super) fn wait(self, who: Who, objects: &[u32], all: bool) -> Scene {
        self.wait_as(
            who,
            WaitInfo {
                number: 1,
                objects: objects.to_vec(),
                all,
                namespaces: Some(1),
                remaining: None,
            },
        )
    }

    pub(super) fn wait_as(mut self, who: Who, wait: WaitInfo) -> Scene {
        let mut threads = self.0.threads.iter_mut();
        let thread = threads.find(|thread| thread.thread == id(who)).expect("a thread");
        thread.waits.push(wait);
        self
    }

    pub(super) fn dead(mut self, pid: u32) -> Scene {
        self.0.processes[pid as usize - 1].life = Life::Dead;
        self
    }
}

/// Slots are not process ids.
fn slot(pid: u32) -> u32 {
    pid + 10
}

fn id((pid, tid): Who) -> ThreadId {
    ThreadId {
        slot: slot(pid),
        pid,
        tid,
    }
}
