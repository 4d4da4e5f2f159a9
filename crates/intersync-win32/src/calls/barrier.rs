//! Synchronization barriers.

use std::hint::spin_loop;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicU32, AtomicU64};

use crate::code::{Code, INVALID_PARAMETER, Result};
use crate::parking::{self, Purpose, Word};

/// `SYNCHRONIZATION_BARRIER_FLAGS_SPIN_ONLY`.
const SPIN_ONLY: u32 = 1;
/// `SYNCHRONIZATION_BARRIER_FLAGS_BLOCK_ONLY`.
const BLOCK_ONLY: u32 = 2;
/// How often -1 means to spin.
const USUAL_SPIN: u32 = 2000;
/// How often who only spins lets others run, who may be those it waits for.
const YIELD_EVERY: u64 = 1024;

/// In the phase: the number of the phase, above the number of the threads that have arrived.
const NEXT_PHASE: u64 = 1 << 32;
/// Beside the threads inside: somebody waits for them to leave.
const AWAITED: u32 = 1 << 31;

/// `SYNCHRONIZATION_BARRIER`.
#[repr(C)]
pub(crate) struct Barrier {
    total: u32,
    spin: u32,
    phase: AtomicU64,
    inside: AtomicU32,
    _reserved: [u32; 3],
}

const _: () = assert!(size_of::<Barrier>() == 32 && align_of::<Barrier>() == 8);

impl Barrier {
    /// A barrier for so many threads.
    ///
    /// # Errors
    /// Not even one thread, or a negative number of spins other than -1.
    pub(crate) fn new(total: i32, spin: i32) -> Result<Barrier> {
        let spin = match spin {
            -1 => Ok(USUAL_SPIN),
            _ => u32::try_from(spin),
        };
        match (u32::try_from(total), spin) {
            (Ok(total @ 1..), Ok(spin)) => Ok(Barrier {
                total,
                spin,
                phase: AtomicU64::new(0),
                inside: AtomicU32::new(0),
                _reserved: [0; 3],
            }),
            _ => Err(Code(INVALID_PARAMETER)),
        }
    }

    /// `EnterSynchronizationBarrier`: whether this thread was the last to arrive.
    pub(crate) fn enter(&self, flags: u32) -> bool {
        // Whatever the flags say of deletion: one thread that says otherwise makes them void.
        self.inside.fetch_add(1, Relaxed);
        let last = self.arrive();
        match last {
            None => parking::wake_all(Purpose::Arrival, Word::Eight(&self.phase).address()),
            Some(phase) => self.await_others(phase, flags),
        }
        self.leave();
        last.is_none()
    }

    /// Counts this thread. The phase that it is to wait for to end; `None`: it has ended it.
    fn arrive(&self) -> Option<u64> {
        let ends = |phase: u64| (phase % NEXT_PHASE) + 1 >= self.total.into();
        let after = |phase: u64| match ends(phase) {
            true => (phase - phase % NEXT_PHASE).wrapping_add(NEXT_PHASE),
            false => phase + 1,
        };
        let before = self.phase.update(AcqRel, Acquire, after);
        (!ends(before)).then_some(before / NEXT_PHASE)
    }

    /// The phase as it is, if it is still this one.
    fn still(&self, phase: u64) -> Option<u64> {
        let now = self.phase.load(Acquire);
        (now / NEXT_PHASE == phase).then_some(now)
    }

    fn await_others(&self, phase: u64, flags: u32) {
        let spins = match flags & (SPIN_ONLY | BLOCK_ONLY) {
            SPIN_ONLY => u64::MAX,
            BLOCK_ONLY => 0,
            _ => self.spin.into(),
        };
        for n in 1..=spins {
            if self.still(phase).is_none() {
                return;
            }
            match n % YIELD_EVERY {
                0 => std::thread::yield_now(),
                _ => spin_loop(),
            }
        }
        while let Some(now) = self.still(phase) {
            parking::sleep(Purpose::Arrival, &Word::Eight(&self.phase), now, None);
        }
    }

    fn leave(&self) {
        let address = Word::Four(&self.inside).address();
        if self.inside.fetch_sub(1, AcqRel) == AWAITED + 1 {
            parking::wake_all(Purpose::Departure, address);
        }
    }

    /// `DeleteSynchronizationBarrier`: waits until all threads that have come have left.
    pub(crate) fn delete(&self) {
        let mut inside = self.inside.fetch_or(AWAITED, AcqRel) | AWAITED;
        while inside != AWAITED {
            parking::sleep(Purpose::Departure, &Word::Four(&self.inside), inside.into(), None);
            inside = self.inside.load(Acquire);
        }
        self.inside.store(0, Relaxed);
    }
}
