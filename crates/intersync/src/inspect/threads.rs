//! The threads that have used the namespace, and their waits.

use std::collections::HashSet;
use std::time::Duration;

use super::info::{Life, ProcessInfo, ThreadId, ThreadInfo, WaitInfo};
use crate::Result;
use crate::arena::layout::{Section, slot, thread};
use crate::arena::{Context, Thread};
use crate::dispatch::Ctx;
use crate::dispatch::block::Shape;
use crate::linux::Linux;
use crate::recover::OWNER_DIED;
use crate::word::claim::{Claim, Phase};
use crate::word::slot::Belongs;

/// The part of a lifeline that is the thread id of the keeper.
const KEEPER: u64 = OWNER_DIED - 1;

/// The threads of those of `processes` that live.
pub(super) fn threads(ctx: &Ctx<'_, Linux>, processes: &[ProcessInfo], now: i64) -> Result<Vec<ThreadInfo>> {
    let living: HashSet<u32> = processes
        .iter()
        .filter(|process| process.life == Life::Alive)
        .map(|process| process.slot)
        .collect();
    let mut threads = Vec::new();
    for index in 1..ctx.arena.high_water(Section::Threads)? as u16 {
        let t = ctx.arena.thread(index)?;
        let Some((s, _)) = ctx.process_of(t)? else {
            continue;
        };
        if !living.contains(&s.index.into()) {
            continue;
        }
        let Some(id) = thread_id(ctx, t) else {
            continue;
        };
        let keeper = ctx.arena.get(s, slot::RAISED) != 0
            && ctx.arena.get(s, slot::LIFELINE) & KEEPER == u64::from(id.tid);
        threads.push(ThreadInfo {
            thread: id,
            keeper,
            waits: t
                .contexts()
                .filter_map(|context| {
                    let wait = wait_in(ctx, context, now)?;
                    // What is not yet queued everywhere, or only looks once, does not block.
                    (!ctx.claim(context).entering()).then_some(wait)
                })
                .collect(),
        });
    }
    Ok(threads)
}

/// Who a thread record belongs to, if it is in use.
pub(super) fn thread_id(ctx: &Ctx<'_, Linux>, t: Thread) -> Option<ThreadId> {
    let index = Belongs(ctx.arena.get(t, thread::BELONGS)).slot()?;
    let s = ctx.arena.slot(index).ok()?;
    Some(ThreadId {
        slot: index.into(),
        pid: ctx.arena.get(s, slot::PID) as u32,
        tid: ctx.arena.get(t, thread::TID) as u32,
    })
}

/// The wait that is under way in a context, if there is one and it did not change while it was read.
pub(super) fn wait_in(ctx: &Ctx<'_, Linux>, context: Context, now: i64) -> Option<WaitInfo> {
    let claim = ctx.claim(context);
    if !matches!(claim.phase(), Some(Phase::Waiting | Phase::Nudged)) {
        return None;
    }
    let shape = ctx.shape(context);
    let mut objects = Vec::new();
    for i in 0..shape.count().into() {
        let info = ctx.info(ctx.block_of(context, i).ok()?);
        // A block is in one place of one wait: whatever is in the memory, no more is read than there are blocks.
        if (info.thread(), info.context(), usize::from(info.index()))
            != (context.thread.index, context.number, i)
        {
            return None;
        }
        objects.push(info.object());
    }
    // What a claim stands for is written before it is opened: the same claim, the same wait.
    ctx.claim(context)
        .is_open(claim.seq())
        .then(|| wait_info(context, claim, shape, objects, now))
}

fn wait_info(context: Context, claim: Claim, shape: Shape, objects: Vec<u32>, now: i64) -> WaitInfo {
    let namespaces = match (shape.notify(), shape.arenas()) {
        (false, _) => Some(1),
        (true, Shape::MANY..) => None,
        (true, arenas) => Some(arenas.into()),
    };
    WaitInfo {
        number: u64::from(context.number) << 32 | u64::from(claim.seq()),
        objects,
        all: shape.all() || shape.joint(),
        namespaces,
        remaining: shape
            .deadline()
            .map(|at| Duration::from_nanos(at.saturating_sub(now).max(0) as u64)),
    }
}
