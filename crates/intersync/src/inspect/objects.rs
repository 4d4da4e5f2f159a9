//! The objects, their states and who waits for them.

use std::collections::HashMap;
use std::time::Duration;

use super::info::{Life, ObjectInfo, ObjectState, ThreadId, WaiterInfo};
use super::processes::life_of;
use super::since;
use crate::arena::layout::{Section, object, slot, thread};
use crate::arena::{Object, Thread};
use crate::dispatch::Ctx;
use crate::linux::Linux;
use crate::word::slot::SlotWord;
use crate::word::value::{self, Sort};
use crate::{Reset, Result};

/// Tries to read one object while it changes.
const TRIES: u32 = 8;

/// The objects in use, by index.
pub(super) fn objects(ctx: &Ctx<'_, Linux>, now: i64) -> Result<Vec<ObjectInfo>> {
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

fn hundred_ns(count: i64) -> Duration {
    Duration::from_nanos((count.max(0) as u64).saturating_mul(100))
}
