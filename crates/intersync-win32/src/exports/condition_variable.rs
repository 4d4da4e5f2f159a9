//! Condition variables.

use std::mem::MaybeUninit;

use super::{Bool, current, succeeds};
use crate::calls::condition_variable;
use crate::calls::critical_section::CriticalSection;
use crate::calls::srw_lock::SrwLock;
use crate::parking::Condition;

/// `InitializeConditionVariable`.
#[unsafe(no_mangle)]
extern "C" fn InitializeConditionVariable(condition: &mut MaybeUninit<Condition>) {
    condition.write(Condition::default());
}

/// `SleepConditionVariableCS`.
#[unsafe(no_mangle)]
extern "C" fn SleepConditionVariableCS(
    condition: &Condition,
    section: &CriticalSection,
    milliseconds: u32,
) -> Bool {
    succeeds(|| condition_variable::sleep_cs(condition, section, current::thread(), milliseconds))
}

/// `SleepConditionVariableSRW`.
#[unsafe(no_mangle)]
extern "C" fn SleepConditionVariableSRW(
    condition: &Condition,
    lock: &SrwLock,
    milliseconds: u32,
    flags: u32,
) -> Bool {
    succeeds(|| condition_variable::sleep_srw(condition, lock, milliseconds, flags))
}

/// `WakeConditionVariable`.
#[unsafe(no_mangle)]
extern "C" fn WakeConditionVariable(condition: &Condition) {
    condition.wake(false);
}

/// `WakeAllConditionVariable`.
#[unsafe(no_mangle)]
extern "C" fn WakeAllConditionVariable(condition: &Condition) {
    condition.wake(true);
}
