//! Waiting until a time that is relative or on the system clock.

use std::time::{Duration, SystemTime};

use intersync::alertable::{self, Ended};
use intersync::{Access, Handle, Object, Outcome, Timeout, Waitable};

use crate::calls::times;
use crate::handle;
use crate::status::{
    ABANDONED_WAIT_0, ACCESS_DENIED, ALERTED, INVALID_HANDLE, INVALID_PARAMETER_1, INVALID_PARAMETER_3,
    OBJECT_TYPE_MISMATCH, Result, SUCCESS, Status, TIMEOUT, USER_APC,
};

use super::directories;

/// `MAXIMUM_WAIT_OBJECTS`.
const MAXIMUM: u32 = 64;

/// Until when a wait may last.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// For ever.
    Never,
    /// For this time.
    In(Duration),
    /// Until this time of the system clock.
    At(SystemTime),
}

impl Limit {
    /// From units of 100 ns, relative if negative; `None`: for ever.
    pub(crate) fn of(units: Option<i64>) -> Limit {
        match units {
            None => Limit::Never,
            Some(units @ ..=0) => Limit::In(times::span(units.unsigned_abs())),
            Some(units) => Limit::At(times::system_time(units.unsigned_abs())),
        }
    }

    /// The time that is left, from now on.
    fn left(self) -> Timeout {
        match self {
            Limit::Never => Timeout::INFINITE,
            Limit::In(time) => time.into(),
            Limit::At(at) => at.duration_since(SystemTime::now()).unwrap_or_default().into(),
        }
    }

    /// Waits, and once more if the system clock has not come to the limit because it was set.
    fn wait(self, mut wait: impl FnMut(Timeout) -> intersync::Result<Ended>) -> Result<u32> {
        loop {
            let left = self.left();
            match wait(left)? {
                Ended::Called => return Ok(USER_APC),
                Ended::Alerted => return Ok(ALERTED),
                Ended::Wait(Outcome::Signaled { index }) => return Ok(SUCCESS + index as u32),
                Ended::Wait(Outcome::Abandoned { index }) => return Ok(ABANDONED_WAIT_0 + index as u32),
                Ended::Wait(Outcome::TimedOut) if left != Timeout::ZERO && matches!(self, Limit::At(_)) => {}
                Ended::Wait(Outcome::TimedOut) => return Ok(TIMEOUT),
            }
        }
    }
}

/// What is behind a handle that is waited for.
///
/// # Errors
/// It is none, or lacks the right.
fn waitable(value: isize) -> Result<Object> {
    // Nobody can have the right to wait for a directory or a link.
    if directories::find(value).is_some() {
        return Err(Status(ACCESS_DENIED));
    }
    let object = Object::view_raw(handle::find(value)?)?;
    if object.access().contains(Access::WAIT) {
        Ok(object)
    } else {
        Err(Status(ACCESS_DENIED))
    }
}

/// `NtWaitForSingleObject`.
pub(crate) fn one(value: isize, alertable: bool, limit: Limit) -> Result<u32> {
    let object = waitable(value)?;
    limit.wait(|left| wait_for(&object, alertable, left))
}

fn wait_for(object: &Object, alertable: bool, left: Timeout) -> intersync::Result<Ended> {
    match alertable {
        true => alertable::wait_any(&[object], left),
        false => object.wait(left).map(Ended::Wait),
    }
}

/// Checks how many are waited for and how, before the handles are looked at.
///
/// # Errors
/// None or too many; neither for any nor for all.
pub(crate) fn check(count: u32, kind: i32) -> Result<()> {
    match (count, kind) {
        (0, _) => Err(Status(INVALID_PARAMETER_1)),
        (count, _) if count > MAXIMUM => Err(Status(INVALID_PARAMETER_1)),
        (_, 0 | 1) => Ok(()),
        _ => Err(Status(INVALID_PARAMETER_3)),
    }
}

/// `NtWaitForMultipleObjects`.
pub(crate) fn several(values: &[isize], all: bool, alertable: bool, limit: Limit) -> Result<u32> {
    let view = |&value: &isize| match handle::find(value) {
        Ok(raw) if handle::is_pseudo(raw) => Err(Status(INVALID_HANDLE)),
        _ => waitable(value),
    };
    let objects = values.iter().map(view).collect::<Result<Vec<Object>>>()?;
    let list: Vec<&dyn Waitable> = objects.iter().map(|object| object as &dyn Waitable).collect();
    limit.wait(|left| match (all, alertable) {
        (true, true) => alertable::wait_all(&list, left),
        (false, true) => alertable::wait_any(&list, left),
        (true, false) => intersync::wait_all(&list, left).map(Ended::Wait),
        (false, false) => intersync::wait_any(&list, left).map(Ended::Wait),
    })
}

/// `NtSignalAndWaitForSingleObject`.
pub(crate) fn signal_and_wait(signal: isize, wait: isize, alertable: bool, limit: Limit) -> Result<u32> {
    if directories::find(signal).is_some() {
        return Err(Status(OBJECT_TYPE_MISMATCH));
    }
    let signal = Object::view_raw(handle::find(signal)?)?;
    let object = waitable(wait)?;
    if !matches!(signal, Object::Event(_) | Object::Mutex(_) | Object::Semaphore(_)) {
        return Err(Status(OBJECT_TYPE_MISMATCH));
    }
    let mut signaled = false;
    limit.wait(|left| match (std::mem::replace(&mut signaled, true), alertable) {
        (true, _) => wait_for(&object, alertable, left),
        (false, true) => alertable::signal_and_wait(&signal, &object, left),
        (false, false) => intersync::signal_and_wait(&signal, &object, left).map(Ended::Wait),
    })
}

/// `NtDelayExecution`.
pub(crate) fn delay(alertable: bool, limit: Limit) -> Result<u32> {
    let slept = limit.wait(|left| {
        Ok(match alertable {
            true => alertable::sleep(left),
            false => {
                sleep(left.duration());
                Ended::Wait(Outcome::TimedOut)
            }
        })
    })?;
    Ok(if slept == TIMEOUT { SUCCESS } else { slept })
}

fn sleep(time: Option<Duration>) {
    match time {
        None => loop {
            std::thread::park();
        },
        Some(Duration::ZERO) => std::thread::yield_now(),
        Some(time) => std::thread::sleep(time),
    }
}
