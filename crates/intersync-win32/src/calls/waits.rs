//! Waiting.

use std::time::Duration;

use intersync::{Access, Handle, Object, Outcome, Timeout, Waitable};

use super::signals;
use crate::code::{ACCESS_DENIED, Code, INVALID_HANDLE, INVALID_PARAMETER, Result};
use crate::handle;

/// `WAIT_ABANDONED_0`.
const ABANDONED: u32 = 0x80;
/// `WAIT_TIMEOUT`.
const TIMEOUT: u32 = 258;
/// `MAXIMUM_WAIT_OBJECTS`.
const MAXIMUM: usize = 64;

fn told(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Signaled { index } => index as u32,
        Outcome::Abandoned { index } => ABANDONED + index as u32,
        Outcome::TimedOut => TIMEOUT,
    }
}

/// `WaitForSingleObject`.
pub(crate) fn one(value: isize, milliseconds: u32) -> Result<u32> {
    let object = handle::view(value)?;
    Ok(told(object.wait(Timeout::from_win32(milliseconds))?))
}

/// `WaitForMultipleObjects`.
pub(crate) fn several(values: &[isize], all: bool, milliseconds: u32) -> Result<u32> {
    if values.is_empty() || values.len() > MAXIMUM {
        return Err(Code(INVALID_PARAMETER));
    }
    // The first that fails decides, by whatever it fails.
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
    let objects = values.iter().map(view).collect::<Result<Vec<Object>>>()?;
    let list: Vec<&dyn Waitable> = objects.iter().map(|object| object as &dyn Waitable).collect();
    let timeout = Timeout::from_win32(milliseconds);
    let outcome = match all {
        true => intersync::wait_all(&list, timeout),
        false => intersync::wait_any(&list, timeout),
    };
    Ok(told(outcome?))
}

/// `SignalObjectAndWait`.
pub(crate) fn signal_and_wait(signal: isize, wait: isize, milliseconds: u32) -> Result<u32> {
    let (signal, wait) = (handle::view(signal)?, handle::view(wait)?);
    signals::signalable(&signal)?;
    let outcome = intersync::signal_and_wait(&signal, &wait, Timeout::from_win32(milliseconds));
    Ok(told(outcome?))
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
