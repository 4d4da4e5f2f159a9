//! Condition variables.

use super::critical_section::CriticalSection;
use super::srw_lock::SrwLock;
use crate::code::{Code, INVALID_PARAMETER, Result, in_time};
use crate::parking::{self, Condition, Mode};

/// `CONDITION_VARIABLE_LOCKMODE_SHARED`.
const LOCKMODE_SHARED: u32 = 1;

const _: () = assert!(size_of::<Condition>() == 8 && align_of::<Condition>() == 8);

/// `SleepConditionVariableSRW`.
///
/// # Errors
/// The time-out is over, or the flags are unknown.
pub(crate) fn sleep_srw(condition: &Condition, lock: &SrwLock, milliseconds: u32, flags: u32) -> Result<()> {
    let mode = match flags {
        0 => Mode::Exclusive,
        LOCKMODE_SHARED => Mode::Shared,
        _ => return Err(Code(INVALID_PARAMETER)),
    };
    let woken = condition.sleep(Some(lock.inner()), parking::deadline(milliseconds));
    lock.acquire(mode);
    in_time(woken)
}

/// `SleepConditionVariableCS`, by the thread with this number.
///
/// # Errors
/// The time-out is over.
pub(crate) fn sleep_cs(
    condition: &Condition,
    section: &CriticalSection,
    thread: u32,
    milliseconds: u32,
) -> Result<()> {
    let deadline = parking::deadline(milliseconds);
    let woken = condition.sleep(section.leave_but(thread), deadline);
    section.enter(thread);
    in_time(woken)
}
