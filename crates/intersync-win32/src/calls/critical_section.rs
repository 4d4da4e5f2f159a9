//! Critical sections.

use std::hint::spin_loop;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicUsize};

use crate::code::{Code, INVALID_PARAMETER, Result};
use crate::parking::{Lock, Mode};

/// The flags that `InitializeCriticalSectionEx` knows; they say how Windows is to debug and to spin.
const FLAGS: u32 = 0x1F00_0000;
/// The bits of a spin count.
const SPIN: u32 = 0x00FF_FFFF;
/// `LockCount` while nobody owns the section, and while somebody does.
const FREE: i32 = -1;
const OWNED: i32 = -2;

/// `CRITICAL_SECTION`. All zero, it is one that nobody owns, too.
#[derive(Default)]
#[repr(C)]
pub(crate) struct CriticalSection {
    /// As on Windows where there is no debug information: -1; 0 once the section is deleted.
    debug: AtomicUsize,
    lock_count: AtomicI32,
    recursion: AtomicI32,
    owner: AtomicUsize,
    lock: Lock,
    _reserved: AtomicU32,
    spin: AtomicUsize,
}

layout!(CriticalSection: 40, debug: 0, lock_count: 8, recursion: 12, owner: 16, lock: 24, spin: 32);
const _: () = assert!(align_of::<CriticalSection>() == 8);
const _: () = assert!(std::mem::offset_of!(CriticalSection, owner) == 16);
const _: () = assert!(std::mem::offset_of!(CriticalSection, lock) == 24);

impl CriticalSection {
    /// One that nobody owns.
    pub(crate) fn new(spin: u32) -> CriticalSection {
        CriticalSection {
            debug: AtomicUsize::new(usize::MAX),
            lock_count: AtomicI32::new(FREE),
            spin: AtomicUsize::new(spins(spin)),
            ..CriticalSection::default()
        }
    }

    /// As [`CriticalSection::new`].
    ///
    /// # Errors
    /// The flags are unknown, or the spin count is too high.
    pub(crate) fn checked(spin: u32, flags: u32) -> Result<CriticalSection> {
        match flags & !FLAGS != 0 || spin & !SPIN != 0 {
            true => Err(Code(INVALID_PARAMETER)),
            false => Ok(CriticalSection::new(spin)),
        }
    }

    /// `EnterCriticalSection`, by the thread with this number.
    pub(crate) fn enter(&self, thread: u32) {
        if !self.try_enter(thread) {
            self.spin();
            self.lock.acquire(Mode::Exclusive);
            self.own(thread);
        }
    }

    /// `TryEnterCriticalSection`.
    pub(crate) fn try_enter(&self, thread: u32) -> bool {
        if self.is_owned_by(thread) {
            self.recursion.store(self.levels().wrapping_add(1), Relaxed);
            return true;
        }
        let entered = self.lock.try_acquire(Mode::Exclusive);
        if entered {
            self.own(thread);
        }
        entered
    }

    /// `LeaveCriticalSection`. Nothing happens if another thread owns it, or none.
    pub(crate) fn leave(&self, thread: u32) {
        self.leave_but(thread).into_iter().for_each(Lock::release);
    }

    /// Leaves the section, all but the lock inside: the caller is to release that. `None`: it is not to be released.
    pub(crate) fn leave_but(&self, thread: u32) -> Option<&Lock> {
        if !self.is_owned_by(thread) {
            return None;
        }
        let levels = self.levels().wrapping_sub(1);
        self.recursion.store(levels, Relaxed);
        if levels != 0 {
            return None;
        }
        self.lock_count.store(FREE, Relaxed);
        self.owner.store(0, Relaxed);
        Some(&self.lock)
    }

    /// `DeleteCriticalSection`. Whoever still waits for it goes on.
    pub(crate) fn delete(&self) {
        self.debug.store(0, Relaxed);
        self.lock_count.store(0, Relaxed);
        self.recursion.store(0, Relaxed);
        self.owner.store(0, Relaxed);
        self.spin.store(0, Relaxed);
        self.lock.release();
    }

    /// `SetCriticalSectionSpinCount`: the count before.
    pub(crate) fn set_spin(&self, count: u32) -> u32 {
        self.spin.swap(spins(count), Relaxed) as u32
    }

    /// The owner alone changes these fields, so what others read here may be old but never their own number.
    fn is_owned_by(&self, thread: u32) -> bool {
        self.owner.load(Relaxed) == thread as usize
    }

    fn levels(&self) -> i32 {
        self.recursion.load(Relaxed)
    }

    fn own(&self, thread: u32) {
        self.lock_count.store(OWNED, Relaxed);
        self.recursion.store(1, Relaxed);
        self.owner.store(thread as usize, Relaxed);
    }

    /// Waits for a short while for the section to be left.
    fn spin(&self) {
        for _ in 0..self.spin.load(Relaxed) {
            if !self.lock.is_held() {
                return;
            }
            spin_loop();
        }
    }
}

/// How often to spin: not at all if the owner cannot run meanwhile.
fn spins(count: u32) -> usize {
    static SEVERAL: OnceLock<bool> = OnceLock::new();
    let look = || rustix::thread::sched_getaffinity(None).is_ok_and(|processors| processors.count() > 1);
    match count & SPIN {
        0 => 0,
        count if *SEVERAL.get_or_init(look) => count as usize,
        _ => 0,
    }
}
