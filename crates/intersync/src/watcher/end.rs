//! What is asked and done about the end of a process or a thread by those who have a handle to it.

use std::sync::Arc;

use super::{PATIENCE_NS, attend, exit_state, is_signaled, watch};
use crate::arena::layout::object;
use crate::dispatch::Until;
use crate::exit::{self, Verdict};
use crate::host::Host;
use crate::object::inner::Inner;
use crate::sys::pidfd::{Pidfd, Refusal};
use crate::{Error, Result};

/// Whether the process or thread of an object has ended, whatever the rights of the handle.
///
/// # Errors
/// As [`attend`].
pub(crate) fn has_ended(inner: &Inner) -> Result<bool> {
    attend(inner)?;
    Ok(is_signaled(inner))
}

/// The exit code that it was given, if it has ended with that; else what the kernel tells. `None`: nobody knows.
///
/// # Errors
/// Those of looking at a process.
pub(crate) fn exit_code(inner: &Inner) -> Result<Option<u32>> {
    let state = exit_state(inner)?;
    Ok(exit::exit_code(state, verdict(inner)))
}

/// The exit code that a thread was given.
pub(crate) fn given_code(inner: &Inner) -> Option<u32> {
    match verdict(inner) {
        Verdict::Exited(code) | Verdict::Terminated(code) => Some(code),
        Verdict::Missing => None,
    }
}

fn verdict(inner: &Inner) -> Verdict {
    Verdict::unpack(inner.process.arena.get(inner.handle.object, object::VERDICT))
}

/// Kills the process of an object, which is to be seen to end with this code. `false`: it is this process.
///
/// # Errors
/// [`Error::AccessDenied`]: it has ended already, or belongs to somebody else; those of [`attend`].
pub(crate) fn terminate(inner: &Inner, code: u32) -> Result<bool> {
    if has_ended(inner)? {
        return Err(denied("it has ended already"));
    }
    inner.process.with(|ctx| {
        let Some(watch) = watch(ctx, inner, None)? else {
            return Ok(false);
        };
        let note = |verdict: Verdict| {
            let until = Until::Time(ctx.arena.host.now().saturating_add(PATIENCE_NS));
            match ctx.note_verdict(
                inner.handle.object,
                inner.handle.generation,
                verdict.pack(),
                until,
            ) {
                Ok(()) => Ok(true),
                Err(Error::Stalled { .. }) => Ok(false),
                Err(e) => Err(e),
            }
        };
        let before = verdict(inner);
        let noted = note(Verdict::Terminated(code))?;
        let killed = kill(watch.fd.as_ref());
        if killed.is_err() {
            note(before)?;
        } else if !noted {
            // It may have been the very process that was stopped while it held the lock.
            note(Verdict::Terminated(code))?;
        }
        killed.map(|()| true)
    })
}

fn kill(process: Option<&Arc<Pidfd>>) -> Result<()> {
    let Some(fd) = process else {
        return Err(denied("it has ended already"));
    };
    fd.kill().map_err(|e| match e {
        Refusal::NoSuchProcess => denied("it has ended already"),
        _ => denied("it belongs to another user"),
    })
}

fn denied(why: &str) -> Error {
    Error::AccessDenied {
        what: format!("the process cannot be ended: {why}"),
    }
}

/// Gives the calling process, or a thread of it, an exit code of 32 bits, for those who have a handle to it.
///
/// # Errors
/// [`Error::Stalled`], [`Error::Corrupt`].
pub(crate) fn note_exit(inner: &Inner, code: u32) -> Result<()> {
    inner.process.quietly(|ctx| {
        let until = Until::Time(ctx.arena.host.now().saturating_add(PATIENCE_NS));
        let verdict = Verdict::Exited(code).pack();
        ctx.note_verdict(inner.handle.object, inner.handle.generation, verdict, until)
    })
}
