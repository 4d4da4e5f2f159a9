//! A read-only look at a namespace: for tools and tests.
//!
//! Looking takes no lock and no place in the namespace, and changes nothing. What is read
//! while others work is consistent for each object, not across objects.

mod graph;
mod handle;
mod holders;
mod info;
mod objects;
mod processes;
mod tables;
mod threads;

use std::time::{Duration, SystemTime};

pub use graph::{Deadlock, Holding, ObjectNode, ThreadNode, Wait, WaitGraph, wait_graph};
pub use handle::{HandleInfo, handle};
pub use info::{
    HolderInfo, Life, ObjectInfo, ObjectState, ProcessInfo, Snapshot, TableInfo, ThreadId, ThreadInfo,
    WaitInfo, WaiterInfo,
};

use crate::arena::layout::header;
use crate::arena::{Arena, Header};
use crate::dispatch::Ctx;
use crate::host::Host;
use crate::linux::{self, Linux};
use crate::opening;
use crate::recover::audit;
pub use crate::recover::audit::Violation;
use crate::sys::arena_file;
use crate::{Error, Location, Result};

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
    let processes = processes::processes(&ctx, now)?;
    let holders = holders::holders(&ctx, &processes)?;
    let facts = file.facts().map_err(|e| linux::os("fstat", file.path(), &e))?;
    Ok(Snapshot {
        path: file.path().to_owned(),
        taken_at: SystemTime::now(),
        age: since(now, arena.get(Header, header::BORN)),
        objects: objects::objects(&ctx, holders, now)?,
        threads: threads::threads(&ctx, &processes, now)?,
        processes,
        tables: tables::tables(&ctx)?,
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
    let Some((file, fd)) = arena_file::open_existing(&opening::base_of(location)?)? else {
        return Err(Error::NotFound {
            name: format!("the namespace {location:?}"),
        });
    };
    opening::look_into(file, &fd)
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

/// How long ago a moment of arena time was.
fn since(now: i64, born: u64) -> Duration {
    Duration::from_nanos(now.saturating_sub(born as i64).max(0) as u64)
}
