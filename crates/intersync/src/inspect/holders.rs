//! The handles that living processes have.

use std::collections::HashMap;

use super::info::{HolderInfo, Life, ProcessInfo};
use crate::arena::Entry;
use crate::arena::layout::{Section, entry, slot};
use crate::dispatch::Ctx;
use crate::limits::CHUNK_ENTRIES;
use crate::linux::Linux;
use crate::word::handle::Tag;
use crate::word::slot::{Belongs, SlotWord};
use crate::{Access, RawHandle, Result};

/// By object and its generation: who holds it.
pub(super) type Holders = HashMap<(u32, u16), Vec<HolderInfo>>;

/// The handles of those of `processes` that live. One pass over all chunks, in the order of their entries.
pub(super) fn holders(ctx: &Ctx<'_, Linux>, processes: &[ProcessInfo]) -> Result<Holders> {
    let living: HashMap<u32, &ProcessInfo> = processes
        .iter()
        .filter(|process| process.life == Life::Alive)
        .map(|process| (process.slot, process))
        .collect();
    let mut holders = Holders::new();
    for chunk in 0..ctx.arena.high_water(Section::Chunks)? as u32 {
        let first = chunk * CHUNK_ENTRIES as u32;
        let belongs = Belongs(ctx.arena.get(ctx.arena.entry(first)?, 0));
        let Some(index) = belongs.slot() else {
            continue;
        };
        let Some(process) = living.get(&index.into()) else {
            continue;
        };
        // A chunk that an earlier life of the slot left behind is the reaper's; one of a later life than
        // was looked at is nobody's that is known.
        let s = ctx.arena.slot(index)?;
        let word = SlotWord(ctx.arena.get(s, slot::WORD));
        if !word.is_attached(belongs.nonce()) || ctx.arena.get(s, slot::START) != process.start {
            continue;
        }
        for i in 1..CHUNK_ENTRIES as u32 {
            if let Some((object, holder)) = holder(ctx, ctx.arena.entry(first + i)?, process) {
                holders.entry(object).or_default().push(holder);
            }
        }
    }
    Ok(holders)
}

/// The handle in an entry, and the object and generation that it refers to.
fn holder(ctx: &Ctx<'_, Linux>, e: Entry, process: &ProcessInfo) -> Option<((u32, u16), HolderInfo)> {
    let (reference, access) = ctx.read_entry(e)?;
    let index = reference.object_plus_one().checked_sub(1)?;
    let tag = Tag(ctx
        .arena
        .get(ctx.arena.slot(process.slot as u16).ok()?, slot::TAG));
    let holder = HolderInfo {
        slot: process.slot,
        pid: process.pid,
        comm: process.comm.clone(),
        bundle: process.bundle,
        handle: RawHandle::from_value(ctx.number_of(e).ok()?.value(tag))?,
        access: Access::from_bits_retain(access),
        inherit: reference.inherit(),
        protect: reference.protect(),
        permits: (ctx.arena.get(e, entry::MASK) >> 32) as u32,
    };
    Some(((index, reference.generation()), holder))
}
