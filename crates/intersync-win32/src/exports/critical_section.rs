//! Critical sections.

use std::mem::MaybeUninit;

use super::{Bool, current, succeeds};
use crate::calls::critical_section::CriticalSection;

/// `InitializeCriticalSection`.
#[unsafe(no_mangle)]
extern "C" fn InitializeCriticalSection(section: &mut MaybeUninit<CriticalSection>) {
    section.write(CriticalSection::new(0));
}

/// `InitializeCriticalSectionAndSpinCount`.
#[unsafe(no_mangle)]
extern "C" fn InitializeCriticalSectionAndSpinCount(
    section: &mut MaybeUninit<CriticalSection>,
    spin: u32,
) -> Bool {
    section.write(CriticalSection::new(spin));
    1
}

/// `InitializeCriticalSectionEx`.
#[unsafe(no_mangle)]
extern "C" fn InitializeCriticalSectionEx(
    section: &mut MaybeUninit<CriticalSection>,
    spin: u32,
    flags: u32,
) -> Bool {
    succeeds(|| {
        section.write(CriticalSection::checked(spin, flags)?);
        Ok(())
    })
}

/// `EnterCriticalSection`.
#[unsafe(no_mangle)]
extern "C" fn EnterCriticalSection(section: &CriticalSection) {
    section.enter(current::thread());
}

/// `TryEnterCriticalSection`.
#[unsafe(no_mangle)]
extern "C" fn TryEnterCriticalSection(section: &CriticalSection) -> Bool {
    section.try_enter(current::thread()).into()
}

/// `LeaveCriticalSection`.
#[unsafe(no_mangle)]
extern "C" fn LeaveCriticalSection(section: &CriticalSection) {
    section.leave(current::thread());
}

/// `SetCriticalSectionSpinCount`.
#[unsafe(no_mangle)]
extern "C" fn SetCriticalSectionSpinCount(section: &CriticalSection, spin: u32) -> u32 {
    section.set_spin(spin)
}

/// `DeleteCriticalSection`.
#[unsafe(no_mangle)]
extern "C" fn DeleteCriticalSection(section: &CriticalSection) {
    section.delete();
}
