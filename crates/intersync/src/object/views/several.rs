//! Waits for several objects by the values of their handles.

use std::sync::atomic::{AtomicU64, Ordering};

use smallvec::SmallVec;

use super::calls::find;
use super::place::{TABLE, View};
use super::place_of;
use crate::arena::Object;
use crate::dispatch::call::Operand;
use crate::dispatch::hint::Hint;
use crate::dispatch::wait::Waited;
use crate::limits::WAIT_OBJECTS;
use crate::process::Process;
use crate::raw::RawHandle;
use crate::sys::thread;
use crate::wait::deadline;
use crate::word::state::State;
use crate::{Error, Outcome, Result, Timeout};

impl RawHandle {
    /// Waits for any or all of several objects, if all of their handles have been used before, may be waited for, and are of
    /// one namespace: see [`wait_any`](crate::wait_any) and [`wait_all`](crate::wait_all). `value` gives the value of each, as
    /// for [`RawHandle::from_value`]. `None`: nothing was done; wait for views of them.
    #[inline]
    pub fn wait_several(
        count: usize,
        value: impl Fn(usize) -> u32,
        all: bool,
        timeout: impl Into<Timeout>,
    ) -> Option<Result<Outcome>> {
        if count == 0 || count > WAIT_OBJECTS {
            return None;
        }
        let process = find(RawHandle::from_value(value(0))?)?.process;
        if !all && let Some(outcome) = look(process, count, &value) {
            return Some(Ok(outcome));
        }
        let handles = (0..count)
            .map(|i| RawHandle::from_value(value(i)))
            .collect::<Option<SmallVec<[RawHandle; 64]>>>()?;
        wait(process, &handles, all, timeout.into())
    }
}

/// What a look at several objects needs of a handle: see [`Place::glimpse`](super::place::Place::glimpse).
#[inline(always)]
fn glance(process: &'static Process, value: u32) -> Option<(Object, u64)> {
    let value = value & !3;
    let (reference, facts) = TABLE[place_of(value)].glimpse(value, process)?;
    let decisive = facts.decisive()?;
    let index = reference.object_plus_one().wrapping_sub(1);
    Some((process.arena.object(index).ok()?, decisive))
}

/// The remembered view of a handle that may be waited for, in the namespace of `process`.
#[inline(always)]
fn waitable(process: &'static Process, handle: RawHandle) -> Option<View> {
    let view = find(handle)?;
    (view.facts.waitable().is_some() && std::ptr::eq(view.process, process)).then_some(view)
}

impl View {
    fn operand<'h>(&self, hint: &'h AtomicU64) -> Option<Operand<'h>> {
        hint.store(self.hint().guess().0, Ordering::Relaxed);
        Some(Operand {
            object: self.object().ok()?,
            generation: self.generation(),
            sort: self.facts.waitable()?,
            hint,
            maximum: self.maximum(),
            entry: None,
        })
    }
}

/// A look at all of them, up to the first that is signaled: what was taken.
#[inline(always)]
fn look(process: &'static Process, count: usize, value: &impl Fn(usize) -> u32) -> Option<Outcome> {
    let hint = AtomicU64::new(0);
    let glance = |i: usize| glance(process, value(i));
    let operand = |i: usize| waitable(process, RawHandle::from_value(value(i))?)?.operand(&hint);
    process.ensure_keeper();
    let (ctx, inside) = process.enter().ok()?;
    let seen = ctx.look_any(count, glance, operand);
    drop(inside);
    let Some(waited @ Waited::Granted { index, .. }) = seen else {
        return None;
    };
    if let Some(view) = RawHandle::from_value(value(index)).and_then(find) {
        view.look();
    }
    Some(waited.into())
}

/// Waits for them as the types do, without values of these.
#[cold]
fn wait(
    process: &'static Process,
    handles: &[RawHandle],
    all: bool,
    timeout: Timeout,
) -> Option<Result<Outcome>> {
    let views = handles
        .iter()
        .map(|&handle| waitable(process, handle))
        .collect::<Option<SmallVec<[View; 64]>>>()?;
    if all && has_duplicates(&views) {
        return None;
    }
    let hints: SmallVec<[AtomicU64; 64]> = views.iter().map(|_| AtomicU64::new(0)).collect();
    let operands = views
        .iter()
        .zip(&hints)
        .map(|(view, hint)| view.operand(hint))
        .collect::<Option<SmallVec<[Operand<'_>; 64]>>>()?;
    let waited = process.with(|ctx| {
        let wait = || ctx.wait_many(&operands, all, deadline(ctx, timeout));
        if views.iter().any(|view| view.facts.high_resolution()) {
            thread::exactly(wait)
        } else {
            wait()
        }
    });
    for view in &views {
        view.look();
    }
    Some(waited.map(Outcome::from).map_err(|error| match error {
        Error::InvalidHandle { value: 0 } => Error::InvalidHandle {
            value: gone(&views, handles),
        },
        other => other,
    }))
}

fn has_duplicates(views: &[View]) -> bool {
    let mut objects: SmallVec<[u32; 64]> = views
        .iter()
        .map(|view| view.reference.object_plus_one())
        .collect();
    objects.sort_unstable();
    objects.windows(2).any(|pair| pair[0] == pair[1])
}

/// The value of the first handle whose object is gone.
fn gone(views: &[View], handles: &[RawHandle]) -> u32 {
    let is_gone = |view: &View| State(view.word.load(Ordering::SeqCst)).generation() != view.generation();
    let found = views.iter().zip(handles).find(|(view, _)| is_gone(view));
    found.map_or(0, |(_, handle)| handle.value())
}
