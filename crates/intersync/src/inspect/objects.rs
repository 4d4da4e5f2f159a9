//! The objects, their states and who waits for them.

use std::time::Duration;

use super::holders::Holders;
use super::info::{ObjectInfo, ObjectState, WaiterInfo};
use super::since;
use super::threads::{thread_id, wait_in};
use crate::arena::Object;
use crate::arena::layout::{Section, object};
use crate::dispatch::Ctx;
use crate::linux::Linux;
use crate::word::value::{self, Sort};
use crate::{ExitState, Reset, Result, name, wtf8};

/// Tries to read one object while it changes.
const TRIES: u32 = 8;

/// The objects in use, by index.
pub(super) fn objects(ctx: &Ctx<'_, Linux>, mut holders: Holders, now: i64) -> Result<Vec<ObjectInfo>> {
    let mut objects = Vec::new();
    for index in 0..ctx.arena.high_water(Section::Objects)? as u32 {
        let o = ctx.arena.object(index)?;
        for _ in 0..TRIES {
            let before = (ctx.state(o).generation(), ctx.arena.get(o, object::META));
            let info = object_info(ctx, o, now)?;
            if (ctx.state(o).generation(), ctx.arena.get(o, object::META)) == before {
                let holders = holders.remove(&(index, before.0)).unwrap_or_default();
                let info = info.map(|info| ObjectInfo {
                    handles: holders.len() as u32,
                    holders,
                    ..info
                });
                // What only the dead hold is gone, whether or not somebody has reaped them yet.
                objects.extend(info.filter(|i| i.handles > 0 || i.permanent || i.condemned));
                break;
            }
        }
    }
    Ok(objects)
}

/// An object but for its handles.
fn object_info(ctx: &Ctx<'_, Linux>, o: Object, now: i64) -> Result<Option<ObjectInfo>> {
    let meta = ctx.arena.get(o, object::META);
    let Some(sort) = Sort::from_code(meta as u8) else {
        return Ok(None);
    };
    let word = ctx.state(o);
    Ok(Some(ObjectInfo {
        id: o.index,
        name: ctx
            .name_of(o)
            .filter(|name| !name::is_internal(name))
            .map(|name| wtf8::to_text(&name).into_owned()),
        state: state_of(ctx, o, sort, word.value()),
        waiters: waiters(ctx, o, now)?,
        handles: 0,
        holders: Vec::new(),
        user: object::owner(meta),
        mode: object::mode(meta),
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
        Sort::Mutex => mutex_state(ctx, o),
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
        Sort::Process => ObjectState::Process {
            pid: first as u32,
            exit: value::signaled(sort, value).then(|| ExitState::unpack(ctx.arena.get(o, object::SECOND))),
        },
        Sort::Thread => ObjectState::Thread {
            pid: first as u32,
            tid: (first >> 32) as u32,
            ended: value::signaled(sort, value),
        },
    }
}

/// A mutex with the owner it has at one moment: a thread record that is another's by the time it is read
/// does not tell who the owner was.
fn mutex_state(ctx: &Ctx<'_, Linux>, o: Object) -> ObjectState {
    let mut value = ctx.state(o).value();
    let mut found = None;
    for _ in 0..TRIES {
        let owner = ctx.holder(value::owner(value)).and_then(|t| thread_id(ctx, t));
        let now = ctx.state(o).value();
        if value::owner(now) == value::owner(value) {
            found = owner;
            break;
        }
        value = now;
    }
    ObjectState::Mutex {
        owner: found,
        recursion: found.map_or(0, |_| ctx.arena.get(o, object::FIRST) as u32),
        abandoned: value::abandoned(value),
    }
}

/// Who waits, in queue order.
fn waiters(ctx: &Ctx<'_, Linux>, o: Object, now: i64) -> Result<Vec<WaiterInfo>> {
    let mut waiters = Vec::new();
    let mut left = ctx.longest_queue()?;
    let mut at = ctx.first(o)?;
    while let (Some(b), 1..) = (at, left) {
        left -= 1;
        let info = ctx.info(b);
        let context = ctx.context_of(info)?;
        if ctx.claim(context).is_open(ctx.block_seq(b))
            && let Some(thread) = ctx.holder(info.thread()).and_then(|t| thread_id(ctx, t))
            && let Some(wait) = wait_in(ctx, context, now)
        {
            waiters.push(WaiterInfo { thread, wait });
        }
        // The queue changes under the reader: what leads elsewhere ends the walk.
        at = ctx.next(o, b).unwrap_or(None);
    }
    Ok(waiters)
}

fn hundred_ns(count: i64) -> Duration {
    Duration::from_nanos((count.max(0) as u64).saturating_mul(100))
}
