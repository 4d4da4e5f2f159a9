//! A read-only look at a namespace: for tools and tests.
//!
//! Looking takes no lock and no place in the namespace, and changes nothing. What is read
//! while others work is consistent for each object, not across objects.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::arena::layout::{Section, header, object, slot, thread};
use crate::arena::{Arena, Header, Object, Slot, Thread};
use crate::dispatch::Ctx;
use crate::host::Host;
use crate::limits::CHUNK_ENTRIES;
use crate::linux::{self, Linux};
use crate::opening;
use crate::recover::audit;
pub use crate::recover::audit::Violation;
use crate::sys::arena_file;
use crate::word::slot::SlotWord;
use crate::word::value::{self, Sort};
use crate::{Error, Kind, Location, Reset, Result};

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
    /// Its name without prefix, if it has one. Bytes that are not UTF-8 are replaced.
    pub name: Option<String>,
    /// Its state.
    pub state: ObjectState,
    /// The threads that wait for it, in queue order.
    pub waiters: Vec<WaiterInfo>,
    /// How many handles refer to it.
    pub handles: u32,
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
}

/// A thread, as its own process numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThreadId {
    /// Process id, in the PID namespace of that process.
    pub pid: u32,
    /// Thread id, in the PID namespace of that process.
    pub tid: u32,
}

/// A thread that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaiterInfo {
    /// Who waits.
    pub thread: ThreadId,
    /// Whether it waits for all of its objects.
    pub all: bool,
}

/// An attached process.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProcessInfo {
    /// Its place in the process table.
    pub slot: u32,
    /// Its process id, in its own PID namespace.
    pub pid: u32,
    /// Its command name.
    pub comm: String,
    /// The version of this library it uses.
    pub version: String,
    /// Its effective user id when it attached.
    pub euid: u32,
    /// How long it has been attached.
    pub age: Duration,
    /// Whether its keeper runs, so that its death is noticed at once.
    pub keeper: bool,
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

/// Reads the namespace at `location` without attaching to it.
///
/// # Errors
/// [`Error::NotFound`] if there is no such namespace yet; [`Error::Namespace`] if the global one is not provisioned, or why
/// it cannot be read.
pub fn snapshot(location: &Location) -> Result<Snapshot> {
    let arena = look(location)?;
    let ctx = spectator(&arena)?;
    let now = arena.host.now();
    let file = &arena.host.file;
    let facts = file.facts().map_err(|e| linux::os("fstat", file.path(), &e))?;
    Ok(Snapshot {
        path: file.path().to_owned(),
        taken_at: SystemTime::now(),
        age: since(now, arena.get(Header, header::BORN)),
        objects: objects(&ctx, now)?,
        processes: processes(&ctx, now)?,
        tables: tables(&ctx)?,
        apparent_bytes: facts.apparent_bytes,
        real_bytes: facts.real_bytes,
    })
}

/// Checks every rule of the namespace at `location` and returns those that are broken.
///
/// Takes no lock. A rule counts as broken only if it stays broken in several looks, so that
/// operations under way are not mistaken for damage.
///
/// # Errors
/// As [`snapshot`].
pub fn audit(location: &Location) -> Result<Vec<Violation>> {
    let arena = look(location)?;
    let ctx = spectator(&arena)?;
    let mut broken = look_for_violations(&ctx);
    for _ in 1..LOOKS {
        if broken.is_empty() {
            break;
        }
        std::thread::sleep(BETWEEN_LOOKS);
        let now = look_for_violations(&ctx);
        broken.retain(|violation| now.contains(violation));
    }
    Ok(broken)
}

/// Looks of an audit.
const LOOKS: u32 = 5;
/// Time between two looks: an operation under way takes microseconds.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
/// Tries to read one object while it changes.
const TRIES: u32 = 8;

fn look_for_violations(ctx: &Ctx<'_, Linux>) -> Vec<Violation> {
    match audit::audit(ctx) {
        Ok(violations) => violations,
        Err(e) => vec![Violation {
            place: "the whole namespace".to_owned(),
            rule: e.to_string(),
        }],
    }
}

/// Maps a namespace for reading.
fn look(location: &Location) -> Result<Arena<Linux>> {
    let Some((file, fd)) = arena_file::open_existing(&opening::base_of(location))? else {
        return Err(Error::NotFound {
            name: format!("the namespace {location:?}"),
        });
    };
    let geometry = opening::read_header(&file, &fd)?;
    let length = geometry.length();
    Ok(Linux::map_read_only(file, &fd, length)?.into_arena(geometry))
}

/// A context that only reads: nonce 0 is no process's.
fn spectator(arena: &Arena<Linux>) -> Result<Ctx<'_, Linux>> {
    Ok(Ctx {
        arena,
        me: arena.thread(1)?,
        slot: arena.slot(0)?,
        nonce: 0,
    })
}

fn since(now: i64, born: u64) -> Duration {
    Duration::from_nanos(now.saturating_sub(born as i64).max(0) as u64)
}

fn hundred_ns(count: i64) -> Duration {
    Duration::from_nanos((count.max(0) as u64).saturating_mul(100))
}

fn objects(ctx: &Ctx<'_, Linux>, now: i64) -> Result<Vec<ObjectInfo>> {
    let living = living_handles(ctx)?;
    let mut objects = Vec::new();
    for index in 0..ctx.arena.high_water(Section::Objects)? as u32 {
        let o = ctx.arena.object(index)?;
        for _ in 0..TRIES {
            let before = (ctx.state(o), ctx.arena.get(o, object::META));
            let handles = living.get(&index).copied().unwrap_or(0);
            let info = object_info(ctx, o, handles, now)?;
            if (ctx.state(o).generation(), ctx.arena.get(o, object::META))
                == (before.0.generation(), before.1)
            {
                // What only the dead hold is gone, whether or not somebody has reaped them yet.
                objects.extend(info.filter(|i| i.handles > 0 || i.permanent || i.condemned));
                break;
            }
        }
    }
    Ok(objects)
}

/// Handles of living processes per object.
fn living_handles(ctx: &Ctx<'_, Linux>) -> Result<HashMap<u32, u32>> {
    let mut handles = HashMap::new();
    for index in 0..ctx.arena.high_water(Section::Slots)? as u16 {
        let s = ctx.arena.slot(index)?;
        let word = SlotWord(ctx.arena.get(s, slot::WORD));
        if life_of(ctx, s, word) == Some(Life::Alive) {
            ctx.for_handles(s, word.nonce(), &mut |_, o| {
                *handles.entry(o.index).or_insert(0) += 1;
                Ok(())
            })?;
        }
    }
    Ok(handles)
}

fn object_info(ctx: &Ctx<'_, Linux>, o: Object, handles: u32, now: i64) -> Result<Option<ObjectInfo>> {
    let meta = ctx.arena.get(o, object::META);
    let Some(sort) = Sort::from_code(meta as u8) else {
        return Ok(None);
    };
    let word = ctx.state(o);
    Ok(Some(ObjectInfo {
        id: o.index,
        name: ctx
            .name_of(o)
            .map(|name| String::from_utf8_lossy(&name).into_owned()),
        state: state_of(ctx, o, sort, word.value()),
        waiters: waiters(ctx, o)?,
        handles,
        permanent: meta & object::PERMANENT != 0,
        condemned: word.condemned(),
        age: since(now, ctx.arena.get(o, object::BORN)),
    }))
}

fn state_of(ctx: &Ctx<'_, Linux>, o: Object, sort: Sort, value: u32) -> ObjectState {
    let first = ctx.arena.get(o, object::FIRST);
    let reset = match sort {
        Sort::EventManual | Sort::TimerManual => Reset::Manual,
        _ => Reset::Auto,
    };
    match sort {
        Sort::EventManual | Sort::EventAuto => ObjectState::Event {
            reset,
            signaled: value::signaled(sort, value),
        },
        Sort::Mutex => {
            let owner = ctx.holder(value::owner(value)).and_then(|t| thread_id(ctx, t));
            let recursion = if owner.is_some() { first as u32 } else { 0 };
            ObjectState::Mutex {
                owner,
                recursion,
                abandoned: value::abandoned(value),
            }
        }
        Sort::Semaphore => ObjectState::Semaphore {
            count: value,
            maximum: first as u32,
            give_back: ctx.arena.get(o, object::META) & object::GIVE_BACK != 0,
        },
        Sort::TimerManual | Sort::TimerAuto => {
            let clock = ctx.clock(o);
            let armed = value & value::ARMED != 0;
            let remaining = ctx.remaining(clock);
            ObjectState::Timer {
                reset,
                // A due timer has expired, whether or not anybody has looked.
                signaled: value::signaled(sort, value) || (armed && remaining <= 0),
                remaining: armed.then(|| hundred_ns(remaining)),
                period: (armed && clock.period > 0).then(|| hundred_ns(clock.period)),
            }
        }
    }
}

fn thread_id(ctx: &Ctx<'_, Linux>, t: Thread) -> Option<ThreadId> {
    Some(ThreadId {
        pid: ctx.pid_of(t)?,
        tid: ctx.arena.get(t, thread::TID) as u32,
    })
}

fn waiters(ctx: &Ctx<'_, Linux>, o: Object) -> Result<Vec<WaiterInfo>> {
    let mut waiters = Vec::new();
    let mut left = ctx.longest_queue()?;
    let mut at = ctx.first(o)?;
    while let (Some(b), 1..) = (at, left) {
        left -= 1;
        let info = ctx.info(b);
        let waiting = ctx.claim(ctx.context_of(info)?).is_open(ctx.block_seq(b));
        if let Some(thread) = ctx
            .holder(info.thread())
            .and_then(|t| thread_id(ctx, t))
            .filter(|_| waiting)
        {
            waiters.push(WaiterInfo {
                thread,
                all: info.all(),
            });
        }
        // The queue changes under the reader: what leads elsewhere ends the walk.
        at = ctx.next(o, b).unwrap_or(None);
    }
    Ok(waiters)
}

fn life_of(ctx: &Ctx<'_, Linux>, s: Slot, word: SlotWord) -> Option<Life> {
    use crate::word::slot::Life as Word;
    match word.life()? {
        Word::Free => None,
        Word::Zombie => Some(Life::Zombie),
        Word::Attached
            if ctx.marked(s)
                || (ctx.arena.get(s, slot::RAISED) == 0 && ctx.arena.host.life_byte_free(s.index)) =>
        {
            Some(Life::Dead)
        }
        Word::Attached => Some(Life::Alive),
    }
}

fn text(words: [u64; 2]) -> String {
    let bytes: Vec<u8> = words
        .iter()
        .flat_map(|w| w.to_le_bytes())
        .take_while(|&b| b != 0)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn processes(ctx: &Ctx<'_, Linux>, now: i64) -> Result<Vec<ProcessInfo>> {
    let mut processes = Vec::new();
    for index in 0..ctx.arena.high_water(Section::Slots)? as u16 {
        let s = ctx.arena.slot(index)?;
        let word = SlotWord(ctx.arena.get(s, slot::WORD));
        let Some(life) = life_of(ctx, s, word) else {
            continue;
        };
        // A zombie whose memory is gone is a free slot in all but name.
        if life == Life::Zombie && ctx.arena.host.life_byte_free(index) {
            continue;
        }
        let mut handles = 0;
        ctx.for_handles(s, word.nonce(), &mut |_, _| {
            handles += 1;
            Ok(())
        })?;
        let field = |word| ctx.arena.get(s, word);
        processes.push(ProcessInfo {
            slot: u32::from(index),
            pid: field(slot::PID) as u32,
            comm: text([field(slot::COMM), field(slot::COMM + 1)]),
            version: text([field(slot::VERSION), field(slot::VERSION + 1)]),
            euid: field(slot::EUID) as u32,
            age: since(now, field(slot::BORN)),
            keeper: field(slot::RAISED) != 0,
            life,
            handles,
            threads: ctx.threads_of(s, word.nonce())?.len() as u32,
        });
    }
    Ok(processes)
}

fn tables(ctx: &Ctx<'_, Linux>) -> Result<Vec<TableInfo>> {
    let limit = |section: Section| ctx.arena.geometry().capacity(section) as u64;
    let mut slots = 0;
    for index in 0..ctx.arena.high_water(Section::Slots)? as u16 {
        slots += u64::from(SlotWord(ctx.arena.get(ctx.arena.slot(index)?, slot::WORD)).life_code() != 0);
    }
    let mut threads = 0;
    for index in 1..ctx.arena.high_water(Section::Threads)? as u16 {
        threads += u64::from(ctx.arena.get(ctx.arena.thread(index)?, thread::BELONGS) != 0);
    }
    let mut segments = 0;
    for index in 0..ctx.arena.high_water(Section::SegmentOwners)? as u32 {
        segments += u64::from(ctx.arena.get(ctx.arena.segment_owner(index)?, 0) != 0);
    }
    let count = |word| ctx.arena.get(Header, word);
    let handles_limit = limit(Section::Chunks) * (CHUNK_ENTRIES as u64 - 1);
    Ok(vec![
        TableInfo {
            what: "processes",
            used: slots,
            limit: limit(Section::Slots),
        },
        TableInfo {
            what: "threads",
            used: threads,
            limit: limit(Section::Threads).saturating_sub(1),
        },
        TableInfo {
            what: "objects",
            used: count(header::OBJECTS),
            limit: limit(Section::Objects),
        },
        TableInfo {
            what: "name cells",
            used: count(header::CELLS),
            limit: limit(Section::Cells),
        },
        TableInfo {
            what: "handles",
            used: count(header::HANDLES),
            limit: handles_limit,
        },
        TableInfo {
            what: "wait segments",
            used: segments,
            limit: limit(Section::Segments),
        },
    ])
}
