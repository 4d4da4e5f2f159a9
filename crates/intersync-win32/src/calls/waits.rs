//! Waiting.

use std::time::Duration;

use intersync::alertable::{self, Ended};
use intersync::{Access, Handle, Object, Outcome, RawHandle, Timeout, Waitable};

use super::signals;
use crate::code::{ACCESS_DENIED, Code, INVALID_HANDLE, Result};
use crate::handle;

/// `WAIT_ABANDONED_0`.
const ABANDONED: u32 = 0x80;
/// `WAIT_TIMEOUT`.
const TIMEOUT: u32 = 258;
/// `WAIT_IO_COMPLETION`.
const IO_COMPLETION: u32 = 0xC0;

fn told(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Signaled { index } => index as u32,
        Outcome::Abandoned { index } => ABANDONED + index as u32,
        Outcome::TimedOut => TIMEOUT,
    }
}

/// An alert ends a wait as calls do: only the native functions tell one from the other.
fn told_alertable(ended: Ended) -> u32 {
    match ended {
        Ended::Wait(outcome) => told(outcome),
        Ended::Called | Ended::Alerted => IO_COMPLETION,
    }
}

/// `WaitForSingleObject`.
pub(crate) fn one(value: isize, milliseconds: u32) -> Result<u32> {
    Ok(told(handle::raw(value)?.wait(Timeout::from_win32(milliseconds))?))
}

/// `WaitForSingleObjectEx`, alertable.
pub(crate) fn one_alertable(value: isize, milliseconds: u32) -> Result<u32> {
    let object = handle::view(value)?;
    let ended = alertable::wait_any(&[&object], Timeout::from_win32(milliseconds))?;
    Ok(told_alertable(ended))
}

/// The objects of a wait for several. The first that fails decides, by whatever it fails.
fn views(values: &[isize]) -> Result<Vec<Object>> {
    let view = |&value: &isize| {
        if handle::is_pseudo(handle::raw(value)?) {
            return Err(Code(INVALID_HANDLE));
        }
        let object = handle::view(value)?;
        if object.access().contains(Access::WAIT) {
            Ok(object)
        } else {
            Err(Code(ACCESS_DENIED))
        }
    };
    values.iter().map(view).collect()
}

fn wait(values: &[isize], all: bool, milliseconds: u32, alertable: bool) -> Result<Ended> {
    let objects = views(values)?;
    let list: Vec<&dyn Waitable> = objects.iter().map(|object| object as &dyn Waitable).collect();
    let timeout = Timeout::from_win32(milliseconds);
    Ok(match (all, alertable) {
        (true, true) => alertable::wait_all(&list, timeout)?,
        (false, true) => alertable::wait_any(&list, timeout)?,
        (true, false) => Ended::Wait(intersync::wait_all(&list, timeout)?),
        (false, false) => Ended::Wait(intersync::wait_any(&list, timeout)?),
    })
}

/// `WaitForMultipleObjects`.
pub(crate) fn several(values: &[isize], all: bool, milliseconds: u32) -> Result<u32> {
    let known = |i: usize| u32::try_from(values[i]).unwrap_or(0);
    let timeout = Timeout::from_win32(milliseconds);
    if let Some(outcome) = RawHandle::wait_several(values.len(), known, all, timeout) {
        return Ok(told(outcome?));
    }
    Ok(told_alertable(wait(values, all, milliseconds, false)?))
}

/// `WaitForMultipleObjectsEx`, alertable.
pub(crate) fn several_alertable(values: &[isize], all: bool, milliseconds: u32) -> Result<u32> {
    Ok(told_alertable(wait(values, all, milliseconds, true)?))
}

/// `IntersyncWaitForMultipleObjects`: the result without an index, and the index.
pub(crate) fn many(
    values: &[isize],
    all: bool,
    milliseconds: u32,
    alertable: bool,
) -> Result<(u32, Option<u32>)> {
    let ended = wait(values, all, milliseconds, alertable)?;
    Ok(match ended {
        Ended::Wait(Outcome::Signaled { index }) => (0, Some(index as u32)),
        Ended::Wait(Outcome::Abandoned { index }) => (ABANDONED, Some(index as u32)),
        other => (told_alertable(other), None),
    })
}

/// `SignalObjectAndWait`.
pub(crate) fn signal_and_wait(signal: isize, wait: isize, milliseconds: u32, alertable: bool) -> Result<u32> {
    let (signal, wait) = (handle::view(signal)?, handle::view(wait)?);
    if !wait.access().contains(Access::WAIT) {
        return Err(Code(ACCESS_DENIED));
    }
    signals::signalable(&signal)?;
    let timeout = Timeout::from_win32(milliseconds);
    Ok(if alertable {
        told_alertable(alertable::signal_and_wait(&signal, &wait, timeout)?)
    } else {
        told(intersync::signal_and_wait(&signal, &wait, timeout)?)
    })
}

/// `Sleep`.
pub(crate) fn sleep(milliseconds: u32) {
    match milliseconds {
        0 => std::thread::yield_now(),
        u32::MAX => loop {
            std::thread::park();
        },
        _ => std::thread::sleep(Duration::from_millis(u64::from(milliseconds))),
    }
}

/// `SleepEx`, alertable.
pub(crate) fn sleep_alertable(milliseconds: u32) -> u32 {
    match alertable::sleep(Timeout::from_win32(milliseconds)) {
        Ended::Called | Ended::Alerted => IO_COMPLETION,
        Ended::Wait(_) => 0,
    }
}
