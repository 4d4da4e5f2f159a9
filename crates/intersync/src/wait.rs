//! Waiting for one, any or all of several objects.

use smallvec::SmallVec;

use crate::access::Access;
use crate::calls::Calls;
use crate::dispatch::Ctx;
use crate::dispatch::alert::Alerts;
use crate::dispatch::call::Operand;
use crate::dispatch::fast::{self, Try};
use crate::dispatch::wait::Waited;
use crate::host::Host;
use crate::linux::Linux;
use crate::object::inner::Inner;
use crate::sys::thread;
use crate::word::value::Sort;
use crate::{Error, Kind, Outcome, Result, Timeout, Waitable, arena, watcher};

mod across;
mod alerts;

use alerts::Wakeful;

/// The most objects one wait can have.
pub const MAXIMUM_WAIT_OBJECTS: usize = crate::limits::WAIT_OBJECTS;

impl From<Waited> for Outcome {
    fn from(waited: Waited) -> Outcome {
        match waited {
            Waited::Granted {
                index,
                abandoned: false,
            } => Outcome::Signaled { index },
            Waited::Granted {
                index,
                abandoned: true,
            } => Outcome::Abandoned { index },
            Waited::TimedOut => Outcome::TimedOut,
        }
    }
}

/// The deadline of a wait that begins now, in arena time. A look has none to compute.
pub(crate) fn deadline(ctx: &Ctx<'_, Linux>, timeout: Timeout) -> Option<i64> {
    match timeout.duration() {
        None => None,
        Some(d) if d.is_zero() => Some(0),
        Some(d) => Some(
            ctx.arena
                .host
                .now()
                .saturating_add(i64::try_from(d.as_nanos()).unwrap_or(i64::MAX)),
        ),
    }
}

/// Waits for one object of this sort. Where the caller knows the sort, it is no question at run time.
#[inline(always)]
pub(crate) fn wait_one(inner: &Inner, sort: Sort, timeout: Timeout) -> Result<Outcome> {
    if sort == Sort::Mutex {
        if inner.may_wait()
            && let Some(seat) = inner.process.seat()
            && let Some(abandoned) = inner.free_mutex().take(seat)
        {
            return Ok(if abandoned {
                Outcome::Abandoned { index: 0 }
            } else {
                Outcome::Signaled { index: 0 }
            });
        }
        return acquire(inner, timeout);
    }
    if !inner.give_back && inner.may_wait() && fast::take(inner.word, sort, &inner.hint) == Try::Taken {
        return Ok(Outcome::Signaled { index: 0 });
    }
    wait_slowly(inner, timeout)
}

/// Acquires a mutex that is not simply free.
#[inline(never)]
fn acquire(inner: &Inner, timeout: Timeout) -> Result<Outcome> {
    let inner = inner.with_right(Access::WAIT)?;
    match inner.process.ctx()?.take_quickly(&inner.operand()) {
        Some(waited) => Ok(waited.into()),
        None => wait_slowly(inner, timeout),
    }
}

#[cold]
fn wait_slowly(inner: &Inner, timeout: Timeout) -> Result<Outcome> {
    let inner = inner.with_right(Access::WAIT)?;
    watcher::attend(inner)?;
    inner
        .process
        .with(|ctx| {
            let until = deadline(ctx, timeout);
            if timeout == Timeout::ZERO {
                return ctx.wait_one(&inner.operand(), until);
            }
            if let Some(waited) = inner.spin.take(ctx, inner) {
                return Ok(waited);
            }
            let wait = || ctx.wait_blocking(&inner.operand(), until);
            let waited = if inner.high_resolution {
                thread::exactly(wait)
            } else {
                wait()
            };
            inner.spin.learn();
            waited
        })
        .map(Outcome::from)
        .map_err(|e| inner.name_gone(e))
}

/// Waits until one of `objects` is signaled and acquires that one.
///
/// If several are signaled the lowest index wins. Objects of different kinds and different
/// namespaces may be mixed, and an object may occur more than once.
///
/// # Errors
/// [`Error::NothingToWaitFor`], [`Error::TooManyObjects`], [`Error::AccessDenied`] if a handle lacks
/// [`Access::WAIT`], [`Error::RecursionLimit`]; then
/// nothing was acquired. A wait that some stopped process kept from leaving cleanly uses up one of the thread's
/// four wait contexts until that process goes on; without any left: [`Error::Exhausted`].
pub fn wait_any(objects: &[&dyn Waitable], timeout: impl Into<Timeout>) -> Result<Outcome> {
    wait(objects, false, timeout.into())
}

/// Waits until all of `objects` are signaled at the same moment and acquires them in one step.
/// Until then nothing is taken.
///
/// # Errors
/// As [`wait_any`], and [`Error::DuplicateObject`].
pub fn wait_all(objects: &[&dyn Waitable], timeout: impl Into<Timeout>) -> Result<Outcome> {
    wait(objects, true, timeout.into())
}

fn wait(objects: &[&dyn Waitable], all: bool, timeout: Timeout) -> Result<Outcome> {
    check_count(objects.len())?;
    if !all && objects[0].inner().may_wait() {
        let process = objects[0].inner().process;
        let glance = |i: usize| {
            let inner = &**objects[i].inner();
            let here = inner.waits_in.is_some_and(|p| std::ptr::eq(p, process));
            here.then_some((inner.handle.object, inner.decisive))
        };
        let operand = |i: usize| Some(objects[i].inner().operand());
        process.ensure_keeper();
        let (ctx, inside) = process.enter()?;
        let seen = ctx.look_any(objects.len(), glance, operand);
        drop(inside);
        if let Some(waited @ Waited::Granted { .. }) = seen {
            return Ok(waited.into());
        }
    }
    never_alerted(wait_for_several(objects, all, timeout, None))
}

/// What a wait comes to that nobody may alert.
fn never_alerted(waited: Result<Option<Outcome>>) -> Result<Outcome> {
    waited?.ok_or(arena::corrupt("a wait was alerted that nobody may alert"))
}

/// A wait for any or all of `objects` that may be alerted; `None`: it was.
pub(crate) fn wait_alertable(
    objects: &[&dyn Waitable],
    all: bool,
    timeout: Timeout,
    calls: Option<&Calls>,
) -> Result<Option<Outcome>> {
    check_count(objects.len())?;
    wait_for_several(objects, all, timeout, calls)
}

fn check_count(count: usize) -> Result<()> {
    match count {
        0 => Err(Error::NothingToWaitFor),
        1..=MAXIMUM_WAIT_OBJECTS => Ok(()),
        count => Err(Error::TooManyObjects {
            count,
            maximum: MAXIMUM_WAIT_OBJECTS,
        }),
    }
}

#[cold]
fn wait_for_several(
    objects: &[&dyn Waitable],
    all: bool,
    timeout: Timeout,
    calls: Option<&Calls>,
) -> Result<Option<Outcome>> {
    let inners = objects
        .iter()
        .map(|object| object.inner().with_right(Access::WAIT))
        .collect::<Result<SmallVec<[&Inner; 8]>>>()?;
    let process = inners[0].process;
    if all {
        refuse_duplicates(&inners)?;
    }
    inners.iter().try_for_each(|inner| watcher::attend(inner))?;
    if inners.iter().any(|inner| !std::ptr::eq(inner.process, process)) {
        return across::wait(&inners, all, timeout, calls);
    }
    let operands: SmallVec<[Operand<'_>; 8]> = inners.iter().map(|i| i.operand()).collect();
    process
        .with(|ctx| {
            let wait = || {
                let alerts = calls.map(|calls| Wakeful { calls, process });
                let alerts = alerts.as_ref().map(|a| a as &dyn Alerts);
                ctx.wait_many_alertable(&operands, all, deadline(ctx, timeout), alerts)
                    .map(|waited| waited.map(Outcome::from))
            };
            if inners.iter().any(|i| i.high_resolution) {
                thread::exactly(wait)
            } else {
                wait()
            }
        })
        .map_err(|e| match inners.iter().find(|inner| !inner.is_there()) {
            Some(inner) => inner.name_gone(e),
            None => e,
        })
}

/// Two mentions of one object in a wait for all can never be satisfied in a defined way.
fn refuse_duplicates(inners: &[&Inner]) -> Result<()> {
    let mut seen: Vec<(usize, u32, usize)> = inners
        .iter()
        .enumerate()
        .map(|(i, inner)| {
            (
                std::ptr::from_ref(inner.process).addr(),
                inner.handle.object.index,
                i,
            )
        })
        .collect();
    seen.sort_unstable();
    match seen
        .windows(2)
        .find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1))
    {
        Some(pair) => Err(Error::DuplicateObject {
            first: pair[0].2,
            second: pair[1].2,
        }),
        None => Ok(()),
    }
}

/// Signals one object (sets an event, releases a mutex once, adds one permit to a semaphore)
/// and waits for another; they may be the same.
///
/// If the wait times out the signal stays done.
///
/// # Errors
/// Those of the signal: then nothing was waited for. [`Error::NotSupported`]: a timer, a process or a thread cannot
/// be signaled.
pub fn signal_and_wait(
    signal: &dyn Waitable,
    wait: &dyn Waitable,
    timeout: impl Into<Timeout>,
) -> Result<Outcome> {
    never_alerted(signal_and_wait_alertable(signal, wait, timeout.into(), None))
}

/// As [`signal_and_wait`]; `None`: the wait was alerted.
pub(crate) fn signal_and_wait_alertable(
    signal: &dyn Waitable,
    wait: &dyn Waitable,
    timeout: Timeout,
    calls: Option<&Calls>,
) -> Result<Option<Outcome>> {
    let right = match signal.kind() {
        // Its owner may release it, whatever the handle.
        Kind::Mutex => Access::empty(),
        // No handle may: the refusal says why.
        Kind::Process | Kind::Thread => Access::empty(),
        _ => Access::MODIFY,
    };
    let signal = signal.inner().with_right(right)?;
    let waiter = wait.inner().with_right(Access::WAIT)?;
    watcher::attend(waiter)?;
    if std::ptr::eq(signal.process, waiter.process) {
        return signal
            .call(right, |ctx, x| {
                let alerts = calls.map(|calls| Wakeful {
                    calls,
                    process: signal.process,
                });
                let alerts = alerts.as_ref().map(|a| a as &dyn Alerts);
                ctx.signal_and_wait(x, &waiter.operand(), deadline(ctx, timeout), alerts)
            })
            .map(|waited| waited.map(Outcome::from));
    }
    signal.call(right, |ctx, x| ctx.signal(x))?;
    wait_for_several(&[wait], false, timeout, calls)
}
