//! Synchronization barriers.

use std::mem::MaybeUninit;

use super::{Bool, succeeds};
use crate::calls::barrier::Barrier;

/// `InitializeSynchronizationBarrier`.
#[unsafe(no_mangle)]
extern "C" fn InitializeSynchronizationBarrier(
    barrier: &mut MaybeUninit<Barrier>,
    total: i32,
    spin: i32,
) -> Bool {
    succeeds(|| {
        barrier.write(Barrier::new(total, spin)?);
        Ok(())
    })
}

/// `EnterSynchronizationBarrier`.
#[unsafe(no_mangle)]
extern "C" fn EnterSynchronizationBarrier(barrier: &Barrier, flags: u32) -> Bool {
    barrier.enter(flags).into()
}

/// `DeleteSynchronizationBarrier`.
#[unsafe(no_mangle)]
extern "C" fn DeleteSynchronizationBarrier(barrier: &Barrier) -> Bool {
    barrier.delete();
    1
}
