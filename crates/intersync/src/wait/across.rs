//! Waits over objects of several namespaces: see [`crate::dispatch::notify`].

use std::sync::atomic::AtomicU32;

use smallvec::SmallVec;

use super::alerts::Wakeful;
use super::deadline;
use crate::calls::Calls;
use crate::dispatch::Ctx;
use crate::dispatch::alert::{Alerts, Pending};
use crate::dispatch::call::Operand;
use crate::dispatch::notify::{Notified, items};
use crate::dispatch::wait::{Item, Waited};
use crate::host::Host;
use crate::linux::Linux;
use crate::object::inner::Inner;
use crate::process::Process;
use crate::{Error, Outcome, Result, Timeout};

/// Longest sleep before everything is looked at again: the safety net of these waits.
const SLICE_NS: i64 = 1_000_000_000;
/// First pause when a lock of a wait for all was taken, doubled up to a thousand times itself.
const BACK_OFF_NS: i64 = 20_000;

/// The part of a wait that lies in one namespace.
struct Part<'w> {
    process: &'static Process,
    operands: Vec<Operand<'w>>,
    items: SmallVec<[Item; 8]>,
}

/// Waits for any or all of objects in several namespaces. `None`: the wait was alerted.
pub(super) fn wait(
    inners: &[&Inner],
    all: bool,
    timeout: Timeout,
    calls: Option<&Calls>,
) -> Result<Option<Outcome>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for inner in inners {
        if all && inner.give_back {
            return Err(Error::NotSupported {
                what: "give-back semaphores in a wait for all across namespaces; wait for them one by one",
            });
        }
        match parts.iter_mut().find(|p| std::ptr::eq(p.process, inner.process)) {
            Some(part) => part.operands.push(inner.operand()),
            None => parts.push(Part {
                process: inner.process,
                operands: vec![inner.operand()],
                items: SmallVec::new(),
            }),
        }
    }
    // The same order for everybody, whatever the order of the arguments.
    parts.sort_by_key(|p| p.process.arena.host.file.id());
    for part in &mut parts {
        part.items = items(&part.operands);
    }
    within(&parts, |contexts| {
        let waited = wait_inside(contexts, &parts, inners, all, timeout, calls);
        if let Some(calls) = calls {
            calls.close();
        }
        waited
    })
}

/// Enters the namespaces of all parts and runs `work`. The thread counts as inside from the first on.
fn within(
    parts: &[Part<'_>],
    work: impl FnOnce(&[Ctx<'static, Linux>]) -> Result<Option<Outcome>>,
) -> Result<Option<Outcome>> {
    let Some(first) = parts.first() else {
        return Err(Error::NothingToWaitFor);
    };
    for part in parts {
        part.process.ensure_keeper();
    }
    first.process.with(|_| {
        let contexts = parts
            .iter()
            .map(|part| part.process.ctx())
            .collect::<Result<Vec<_>>>()?;
        work(&contexts)
    })
}

fn wait_inside(
    contexts: &[Ctx<'static, Linux>],
    parts: &[Part<'_>],
    inners: &[&Inner],
    all: bool,
    timeout: Timeout,
    calls: Option<&Calls>,
) -> Result<Option<Outcome>> {
    let Some(first) = contexts.first() else {
        return Err(Error::NothingToWaitFor);
    };
    let until = deadline(first, timeout);
    let take = || {
        if all {
            take_all(contexts, parts)
        } else {
            take_any(contexts, parts, inners)
        }
    };
    if let Some(outcome) = take()? {
        return Ok(Some(outcome));
    }
    if timeout == Timeout::ZERO {
        let pending = calls.map_or(Pending::Nothing, Calls::look);
        return Ok((pending != Pending::Now).then_some(Outcome::TimedOut));
    }
    let mut waits: Vec<Notified<'_>> = Vec::new();
    let mut entered = Ok(());
    for (ctx, part) in contexts.iter().zip(parts) {
        match ctx.enter_notified(&part.items, all, until, parts.len()) {
            Ok(wait) => waits.push(wait),
            Err(e) => {
                entered = Err(e);
                break;
            }
        }
    }
    let outcome = match entered {
        Ok(()) => {
            if let Some(calls) = calls {
                for ((ctx, wait), part) in contexts.iter().zip(&waits).zip(parts) {
                    let (context, seq) = ctx.claimed(wait);
                    let process = part.process;
                    Wakeful { calls, process }.opened(context, seq, true);
                }
            }
            sleep_until_taken(contexts, parts, &waits, until, &take, calls)
        }
        Err(Error::Stalled { .. }) if until.is_some() => Ok(Some(Outcome::TimedOut)),
        Err(e) => Err(e),
    };
    for (ctx, wait) in contexts.iter().zip(waits) {
        ctx.leave_notified(wait)?;
    }
    outcome
}

fn sleep_until_taken(
    contexts: &[Ctx<'static, Linux>],
    parts: &[Part<'_>],
    waits: &[Notified<'_>],
    until: Option<i64>,
    take: &dyn Fn() -> Result<Option<Outcome>>,
    calls: Option<&Calls>,
) -> Result<Option<Outcome>> {
    let mut over = false;
    loop {
        // Waiting again first, then a look: a signal after the look nudges.
        for (ctx, wait) in contexts.iter().zip(waits) {
            ctx.rearm(wait)?;
        }
        if let Some(outcome) = take()? {
            return Ok(Some(outcome));
        }
        let (Some(first), Some(part)) = (contexts.first(), parts.first()) else {
            return Ok(Some(Outcome::TimedOut));
        };
        let process = part.process;
        let pending = calls.map_or(Pending::Nothing, |calls| Wakeful { calls, process }.look());
        if pending == Pending::Now {
            return Ok(None);
        }
        let now = first.arena.host.now();
        if over {
            return Ok(Some(Outcome::TimedOut));
        }
        if until.is_some_and(|d| now >= d) {
            over = true;
            continue;
        }
        let mut words: SmallVec<[(&AtomicU32, u32); 4]> = SmallVec::new();
        let mut wake = until.unwrap_or(i64::MAX).min(now + SLICE_NS);
        if let Pending::At(time) = pending {
            wake = wake.min(time);
        }
        for (ctx, wait) in contexts.iter().zip(waits) {
            if let Some((word, value, due)) = ctx.ready_to_sleep(wait) {
                words.push((word, value));
                wake = wake.min(due);
            }
        }
        if words.len() == waits.len() {
            first.arena.host.sleep(&words, Some(wake));
        }
    }
}

/// Takes the first object, in the order of the arguments, that is signaled.
fn take_any(
    contexts: &[Ctx<'static, Linux>],
    parts: &[Part<'_>],
    inners: &[&Inner],
) -> Result<Option<Outcome>> {
    for (index, inner) in inners.iter().enumerate() {
        let Some(at) = parts.iter().position(|p| std::ptr::eq(p.process, inner.process)) else {
            continue;
        };
        match contexts[at].wait_one(&inner.operand(), Some(0))? {
            Waited::TimedOut => {}
            Waited::Granted { abandoned: false, .. } => return Ok(Some(Outcome::Signaled { index })),
            Waited::Granted { abandoned: true, .. } => return Ok(Some(Outcome::Abandoned { index })),
        }
    }
    Ok(None)
}

/// Takes all objects if all are signaled at this moment.
fn take_all(contexts: &[Ctx<'static, Linux>], parts: &[Part<'_>]) -> Result<Option<Outcome>> {
    let mut pause = BACK_OFF_NS;
    'again: loop {
        for (i, (ctx, part)) in contexts.iter().zip(parts).enumerate() {
            let locked = ctx.lock_if_signaled(&part.operands);
            if let Ok(true) = locked {
                continue;
            }
            for (ctx, part) in contexts.iter().zip(parts).take(i) {
                ctx.unlock_untaken(&part.operands);
            }
            match locked {
                // Somebody is in the middle of an operation: once more, holding nothing meanwhile.
                Err(Error::Stalled { .. }) if pause <= BACK_OFF_NS << 10 => {
                    let until = ctx.arena.host.now() + pause;
                    ctx.pause(until);
                    pause *= 2;
                    continue 'again;
                }
                Err(Error::Stalled { .. }) => return Ok(None),
                Err(e) => return Err(e),
                Ok(_) => return Ok(None),
            }
        }
        let taken = contexts
            .iter()
            .zip(parts)
            .map(|(ctx, part)| ctx.take_locked(&part.operands));
        let abandoned = taken.fold(false, |any, one| any | one);
        return Ok(Some(if abandoned {
            Outcome::Abandoned { index: 0 }
        } else {
            Outcome::Signaled { index: 0 }
        }));
    }
}
