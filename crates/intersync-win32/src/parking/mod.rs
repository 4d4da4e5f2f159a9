//! Threads of this process that sleep until another one wakes them.
//!
//! C programs keep locks and the like as plain words, which are zero at first and may be freed at any time at which nobody uses
//! them. Who sleeps is noted in the queues of `parking_lot_core`, by address. Whatever lets another thread go on is the last
//! access to the structure: that thread may free it.
#![allow(
    unsafe_code,
    reason = "the queues must not be used by their own callbacks, nor one of them for two purposes"
)]

mod condition;
mod lock;

pub(crate) use condition::Condition;
pub(crate) use lock::{Lock, Mode};

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot_core::{DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, ParkResult};

/// `INFINITE`.
const INFINITE: u32 = u32::MAX;

/// Why threads sleep at an address. Those with different purposes never meet, whatever a program does with its memory.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// To acquire a [`Lock`].
    Lock = 1,
    /// For a [`Condition`].
    Condition,
    /// Until an initialization has ended.
    Once,
    /// Until all threads have come to a barrier.
    Arrival,
    /// Until all threads have left a barrier.
    Departure,
    /// `WaitOnAddress`.
    Address,
}

/// The queue for a purpose at an address.
fn queue(purpose: Purpose, address: usize) -> usize {
    // No address needs the highest byte.
    const BITS: u32 = usize::BITS - 8;
    address & (usize::MAX >> 8) | (purpose as usize) << BITS
}

/// What a thread looks at before it sleeps.
pub(crate) enum Word<'m> {
    One(&'m AtomicU8),
    Two(&'m AtomicU16),
    Four(&'m AtomicU32),
    Eight(&'m AtomicU64),
    /// Not at a multiple of its size, so not read at once.
    Bytes(&'m [AtomicU8]),
}

impl Word<'_> {
    /// Where it is.
    pub(crate) fn address(&self) -> usize {
        match self {
            Word::One(word) => std::ptr::from_ref(*word).addr(),
            Word::Two(word) => std::ptr::from_ref(*word).addr(),
            Word::Four(word) => std::ptr::from_ref(*word).addr(),
            Word::Eight(word) => std::ptr::from_ref(*word).addr(),
            Word::Bytes(bytes) => bytes.as_ptr().addr(),
        }
    }

    /// What it is.
    pub(crate) fn value(&self) -> u64 {
        const ORDER: Ordering = Ordering::Acquire;
        match self {
            Word::One(word) => word.load(ORDER).into(),
            Word::Two(word) => word.load(ORDER).into(),
            Word::Four(word) => word.load(ORDER).into(),
            Word::Eight(word) => word.load(ORDER),
            Word::Bytes(bytes) => bytes
                .iter()
                .rev()
                .fold(0, |value, byte| value << 8 | u64::from(byte.load(ORDER))),
        }
    }
}

/// When a time-out in milliseconds is over; `None`: never.
pub(crate) fn deadline(milliseconds: u32) -> Option<Instant> {
    match milliseconds {
        INFINITE => None,
        _ => Some(Instant::now() + Duration::from_millis(milliseconds.into())),
    }
}

/// Sleeps if a word is what it was, until somebody wakes those who sleep there. False: the deadline came first.
pub(crate) fn sleep(purpose: Purpose, word: &Word<'_>, was: u64, deadline: Option<Instant>) -> bool {
    // SAFETY: queues of this purpose are used by this function and the next two only. The callbacks read memory or do nothing.
    let slept = unsafe {
        parking_lot_core::park(
            queue(purpose, word.address()),
            || word.value() == was,
            || {},
            |_, _| {},
            DEFAULT_PARK_TOKEN,
            deadline,
        )
    };
    slept != ParkResult::TimedOut
}

/// Wakes the thread that has slept longest at an address, if there is one.
pub(crate) fn wake_one(purpose: Purpose, address: usize) {
    // SAFETY: as in `sleep`; the callback does nothing.
    unsafe { parking_lot_core::unpark_one(queue(purpose, address), |_| DEFAULT_UNPARK_TOKEN) };
}

/// Wakes all threads that sleep at an address.
pub(crate) fn wake_all(purpose: Purpose, address: usize) {
    // SAFETY: as in `sleep`.
    unsafe { parking_lot_core::unpark_all(queue(purpose, address), DEFAULT_UNPARK_TOKEN) };
}
