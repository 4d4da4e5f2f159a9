//! The rules of names, handles and free lists.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, place};
use crate::Result;
use crate::arena::layout::{Section, cell, entry, header, object};
use crate::arena::{Header, Object};
use crate::directory::names::{hash, read_name};
use crate::dispatch::Ctx;
use crate::host::Host;
use crate::limits::{CELL_BYTES, CHUNK_ENTRIES};
use crate::word::handle::Reference;
use crate::word::slot::Belongs;

/// Handles per object, by the entries of attached processes.
pub(super) fn count_handles<H: Host>(ctx: &Ctx<'_, H>, found: &mut Findings) -> Result<BTreeMap<u32, u64>> {
    let mut handles = BTreeMap::new();
    for chunk in 0..ctx.arena.high_water(Section::Chunks)? as u32 {
        let first = chunk * CHUNK_ENTRIES as u32;
        let owner = Belongs(ctx.arena.get(ctx.arena.entry(first)?, 0));
        let attached = owner.slot().is_some_and(|s| ctx.is_attached(s, owner.nonce()));
        found.check(
            owner.0 == 0 || attached,
            || format!("handle chunk {chunk}"),
            || "belongs to no attached process".to_owned(),
        );
        for i in 1..CHUNK_ENTRIES as u32 {
            let reference = Reference(ctx.arena.get(ctx.arena.entry(first + i)?, entry::OBJECT));
            let Some(index) = reference.object_plus_one().checked_sub(1) else {
                continue;
            };
            let o = ctx.arena.object(index)?;
            let live =
                ctx.arena.get(o, object::META) != 0 && ctx.state(o).generation() == reference.generation();
            found.check(
                live && attached,
                || format!("handle {}", first + i),
                || "refers to an object that is gone".to_owned(),
            );
            *handles.entry(index).or_insert(0) += 1;
        }
    }
    Ok(handles)
}

/// The objects that the hash table leads to.
pub(super) fn chained<H: Host>(ctx: &Ctx<'_, H>, found: &mut Findings) -> Result<BTreeSet<u32>> {
    let mut seen = BTreeSet::new();
    let buckets = ctx.arena.get(Header, header::BUCKETS) as u32;
    for bucket in 0..buckets.min(ctx.arena.high_water(Section::Buckets)? as u32) {
        let mut at = ctx.arena.get(ctx.arena.bucket(bucket)?, 0) as u32;
        while let Some(index) = at.checked_sub(1) {
            let o = ctx.arena.object(index)?;
            if !seen.insert(index) {
                found.check(
                    false,
                    || place(ctx, o),
                    || "is in the hash table twice".to_owned(),
                );
                break;
            }
            let right = read_name(ctx.arena, o).is_some_and(|name| hash(&name) & (buckets - 1) == bucket);
            found.check(
                right,
                || place(ctx, o),
                || "is in a hash chain that its name does not belong to".to_owned(),
            );
            at = ctx.arena.get(o, object::CHAIN) as u32;
        }
    }
    Ok(seen)
}

/// The objects in the FIFO of free ones.
pub(super) fn free_list<H: Host>(ctx: &Ctx<'_, H>, found: &mut Findings) -> Result<BTreeSet<u32>> {
    let mut free = BTreeSet::new();
    let mut at = ctx.arena.get(Header, header::FREE_OBJECTS) as u32;
    while let Some(index) = at.checked_sub(1) {
        if !free.insert(index) {
            found.check(
                false,
                || format!("object {index}"),
                || "is in the list of free objects twice".to_owned(),
            );
            break;
        }
        at = ctx.arena.get(ctx.arena.object(index)?, object::CHAIN) as u32;
    }
    Ok(free)
}

pub(super) fn free_object<H: Host>(ctx: &Ctx<'_, H>, o: Object, free: &BTreeSet<u32>, found: &mut Findings) {
    let fresh = ctx.arena.get(Header, header::STRUCTURE) >> 17 & 1 != 0;
    let uncollected = ctx.arena.get(Header, header::UNCOLLECTED) != 0;
    let listed = free.contains(&o.index) || uncollected || fresh;
    found.check(
        listed,
        || format!("object {}", o.index),
        || "is free but in no list: it can never be used again".to_owned(),
    );
    let word = ctx.state(o);
    found.check(
        word.locker() == 0 && !word.waiters() && !word.condemned(),
        || format!("object {}", o.index),
        || format!("is free, yet its state word is {:#x}", word.0),
    );
}

pub(super) fn held<H: Host>(
    ctx: &Ctx<'_, H>,
    o: Object,
    entries: u64,
    chained: &BTreeSet<u32>,
    found: &mut Findings,
) {
    let count = ctx.arena.get(o, object::HANDLES);
    found.check(
        count == entries,
        || place(ctx, o),
        || format!("counts {count} handles; {entries} refer to it"),
    );
    let permanent = ctx.arena.get(o, object::META) & object::PERMANENT != 0;
    let condemned = ctx.state(o).condemned();
    found.check(
        entries != 0 || permanent || condemned,
        || place(ctx, o),
        || "has no handle and was not freed".to_owned(),
    );
    let named = ctx.arena.get(o, object::NAME) != 0;
    found.check(
        named == chained.contains(&o.index),
        || place(ctx, o),
        || "its name and the hash table disagree".to_owned(),
    );
}

/// Every name cell is free or in one name.
pub(super) fn cells<H: Host>(ctx: &Ctx<'_, H>, found: &mut Findings) -> Result<()> {
    if ctx.arena.get(Header, header::STRUCTURE) >> 17 & 1 != 0 {
        return Ok(());
    }
    let mut used = BTreeSet::new();
    let mut walk = |first: u32, limit: usize, whose: &dyn Fn() -> String| -> Result<()> {
        let mut at = first;
        for _ in 0..limit {
            let Some(index) = at.checked_sub(1) else { break };
            let c = ctx.arena.cell(index)?;
            if !used.insert(index) {
                found.check(false, whose, || {
                    format!("uses name cell {index}, which is in use elsewhere")
                });
                break;
            }
            at = ctx.arena.get(c, cell::NEXT) as u32;
        }
        Ok(())
    };
    let all = ctx.arena.high_water(Section::Cells)?;
    walk(ctx.arena.get(Header, header::FREE_CELLS) as u32, all, &|| {
        "the list of free name cells".to_owned()
    })?;
    for index in 0..ctx.arena.high_water(Section::Objects)? as u32 {
        let o = ctx.arena.object(index)?;
        let stored = ctx.arena.get(o, object::NAME);
        if ctx.arena.get(o, object::META) != 0 && stored != 0 {
            walk(
                stored as u32,
                ((stored >> 32) as usize).div_ceil(CELL_BYTES),
                &|| place(ctx, o),
            )?;
        }
    }
    let lost = all - used.len();
    found.check(
        lost == 0,
        || "name cells".to_owned(),
        || format!("{lost} of {all} are neither free nor used"),
    );
    Ok(())
}
