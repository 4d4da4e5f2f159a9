//! What a look at a namespace finds.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::{Access, ExitState, Kind, RawHandle, Reset};

/// A namespace at one moment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Snapshot {
    /// The namespace's file.
    pub path: PathBuf,
    /// When this was read.
    pub taken_at: SystemTime,
    /// How long ago the namespace was made.
    pub age: Duration,
    /// The objects, by index.
    pub objects: Vec<ObjectInfo>,
    /// The attached processes, by slot.
    pub processes: Vec<ProcessInfo>,
    /// The threads of living processes that have used the namespace.
    pub threads: Vec<ThreadInfo>,
    /// How full each table is.
    pub tables: Vec<TableInfo>,
    /// Size of the file in bytes, holes included.
    pub apparent_bytes: u64,
    /// Bytes of memory the file really takes.
    pub real_bytes: u64,
}

/// One object.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ObjectInfo {
    /// Its place in the object table.
    pub id: u32,
    /// Its name without prefix, if users have given it one. Bytes that are not UTF-8 are replaced.
    pub name: Option<String>,
    /// Its state.
    pub state: ObjectState,
    /// The threads that wait for it, in queue order.
    pub waiters: Vec<WaiterInfo>,
    /// How many handles refer to it.
    pub handles: u32,
    /// These handles, and the processes that have them.
    pub holders: Vec<HolderInfo>,
    /// The user that owns it.
    pub user: u32,
    /// Who may open it: permission bits of that user, the group of the namespace, and others.
    pub mode: u16,
    /// Whether it stays without handles.
    pub permanent: bool,
    /// Whether its last handle is closed and it only lives for its waiters.
    pub condemned: bool,
    /// How long ago it was created.
    pub age: Duration,
}

impl ObjectInfo {
    /// The kind of the object.
    pub fn kind(&self) -> Kind {
        match self.state {
            ObjectState::Event { .. } => Kind::Event,
            ObjectState::Mutex { .. } => Kind::Mutex,
            ObjectState::Semaphore { .. } => Kind::Semaphore,
            ObjectState::Timer { .. } => Kind::Timer,
            ObjectState::Process { .. } => Kind::Process,
            ObjectState::Thread { .. } => Kind::Thread,
        }
    }
}

/// The state of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectState {
    /// An event.
    Event {
        /// Manual or auto reset.
        reset: Reset,
        /// Whether it is signaled.
        signaled: bool,
    },
    /// A mutex.
    Mutex {
        /// The owning thread, if it is owned.
        owner: Option<ThreadId>,
        /// How many times the owner has acquired it.
        recursion: u32,
        /// Whether the next owner will be told that the last one ended while owning it.
        abandoned: bool,
    },
    /// A semaphore.
    Semaphore {
        /// Permits there are.
        count: u32,
        /// Permits there may be.
        maximum: u32,
        /// Whether permits held by a process that ends come back.
        give_back: bool,
    },
    /// A waitable timer.
    Timer {
        /// Manual reset, or auto: a synchronization timer.
        reset: Reset,
        /// Whether it is signaled.
        signaled: bool,
        /// Time to its next expiry, if it is armed; zero if that is due.
        remaining: Option<Duration>,
        /// Its period, if it is periodic.
        period: Option<Duration>,
    },
    /// A process to which somebody has a handle.
    Process {
        /// Its process id, in the PID namespace in which the handle was opened.
        pid: u32,
        /// How it ended, if it has.
        exit: Option<ExitState>,
    },
    /// A thread to which somebody has a handle.
    Thread {
        /// The id of its process, in the PID namespace in which the handle was opened.
        pid: u32,
        /// Its thread id, likewise.
        tid: u32,
        /// Whether it has ended.
        ended: bool,
    },
}

/// A thread, as its own process numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ThreadId {
    /// The place of its process in the process table.
    pub slot: u32,
    /// Process id, in the PID namespace of that process.
    pub pid: u32,
    /// Thread id, in the PID namespace of that process.
    pub tid: u32,
}

/// A thread that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaiterInfo {
    /// Who waits.
    pub thread: ThreadId,
    /// What for.
    pub wait: WaitInfo,
}

/// A wait under way.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitInfo {
    /// Tells this wait from those that its thread has made before and will make after it.
    pub number: u64,
    /// What it waits for: the objects of this namespace, by their ids, in the order of the call.
    pub objects: Vec<u32>,
    /// Whether it waits for all of its objects.
    pub all: bool,
    /// Over how many namespaces its objects lie; `None` if they are too many to be noted.
    pub namespaces: Option<u32>,
    /// How long it will still wait, to about a millisecond; `None` if for ever.
    pub remaining: Option<Duration>,
}

/// A thread that has used the namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadInfo {
    /// Which thread.
    pub thread: ThreadId,
    /// Whether it is the keeper of its process: the library's own thread, which owns nothing.
    pub keeper: bool,
    /// Its waits: one at most, but for those of signal handlers that interrupt another.
    pub waits: Vec<WaitInfo>,
}

/// A handle to an object, and the process that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HolderInfo {
    /// The place of the process in the process table.
    pub slot: u32,
    /// Its process id, in its own PID namespace.
    pub pid: u32,
    /// Its command name.
    pub comm: String,
    /// Whether the handle is on its way to children of the process, or still where they have it from.
    pub bundle: bool,
    /// The handle, as the process knows it.
    pub handle: RawHandle,
    /// What it may be used for.
    pub access: Access,
    /// Whether children of the process inherit it.
    pub inherit: bool,
    /// Whether it is protected from being closed.
    pub protect: bool,
    /// Permits of a semaphore with give-back that were taken by this handle and not yet given back.
    pub permits: u32,
}

/// An attached process.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProcessInfo {
    /// Its place in the process table.
    pub slot: u32,
    /// Its process id, in its own PID namespace.
    pub pid: u32,
    /// That PID namespace: the number of its inode.
    pub pid_namespace: u64,
    /// When it started, in clock ticks since the boot: tells it from others that have had its process id.
    pub start: u64,
    /// Its command name.
    pub comm: String,
    /// The version of this library it uses.
    pub version: String,
    /// Its effective user id when it attached.
    pub euid: u32,
    /// How long it has been attached.
    pub age: Duration,
    /// Whether its keeper runs and others know that, so that its death is noticed at once.
    pub keeper: bool,
    /// Whether this is a bundle: handles that children of the process inherit, or have inherited and do not use.
    pub bundle: bool,
    /// What is known of its life.
    pub life: Life,
    /// Handles it has open.
    pub handles: u32,
    /// Threads of it that use the namespace.
    pub threads: u32,
}

/// What is known of a process's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Life {
    /// It lives.
    Alive,
    /// It has ended and its objects are being taken back.
    Dead,
    /// Its objects have been taken back; its memory is still being torn down.
    Zombie,
}

/// How full a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableInfo {
    /// What the table holds.
    pub what: &'static str,
    /// Entries in use.
    pub used: u64,
    /// Entries there can be.
    pub limit: u64,
}
