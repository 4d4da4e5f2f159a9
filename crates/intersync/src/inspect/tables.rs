//! How full the tables are.

use super::info::TableInfo;
use crate::Result;
use crate::arena::Header;
use crate::arena::layout::{Section, header, slot, thread};
use crate::dispatch::Ctx;
use crate::host::Host;
use crate::limits::CHUNK_ENTRIES;
use crate::linux::Linux;
use crate::word::slot::{Life, SlotWord};

/// The tables of a namespace.
pub(super) fn tables(ctx: &Ctx<'_, Linux>) -> Result<Vec<TableInfo>> {
    let limit = |section: Section| ctx.arena.geometry().capacity(section) as u64;
    let mut slots = 0;
    for index in 0..ctx.arena.high_water(Section::Slots)? as u16 {
        slots += u64::from(
            match SlotWord(ctx.arena.get(ctx.arena.slot(index)?, slot::WORD)).life() {
                Some(Life::Attached) => true,
                // A zombie whose memory is gone is a free slot in all but name.
                Some(Life::Zombie) => !ctx.arena.host.life_byte_free(index),
                Some(Life::Free) | None => false,
            },
        );
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
