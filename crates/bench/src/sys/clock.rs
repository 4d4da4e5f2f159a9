//! Time, and loops that take a known time.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use rustix::time::{ClockId, clock_gettime};

use crate::stats::median;

/// Nanoseconds of the monotonic clock, the same in every process.
pub fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Nanoseconds that one call of `operation` takes, over calls that last `duration` together.
/// The clock is read once in `batch` calls.
pub fn time_each(duration: Duration, batch: u32, mut operation: impl FnMut() -> Result<()>) -> Result<f64> {
    for _ in 0..batch {
        operation()?;
    }
    let limit = duration.as_nanos() as u64;
    let start = now();
    let mut calls = 0u64;
    loop {
        for _ in 0..batch {
            operation()?;
        }
        calls += u64::from(batch);
        let elapsed = now() - start;
        if elapsed >= limit {
            return Ok(elapsed as f64 / calls as f64);
        }
    }
}

/// Nanoseconds that one call of `make` takes, and one of `take`, which gets what was made: so many are made, then
/// all are taken, over and over for `duration`. `make` gets the number within its batch. Medians over the batches: one
/// during which the core is taken away does not count.
pub fn time_two<T>(
    duration: Duration,
    batch: usize,
    mut make: impl FnMut(usize) -> Result<T>,
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<(f64, f64)> {
    let limit = duration.as_nanos() as u64;
    let mut made = Vec::with_capacity(batch);
    let (mut making, mut taking) = (Vec::new(), Vec::new());
    let begin = now();
    loop {
        let start = now();
        for number in 0..batch {
            made.push(make(number)?);
        }
        let middle = now();
        for one in made.drain(..) {
            take(one)?;
        }
        let end = now();
        making.push(middle - start);
        taking.push(end - middle);
        if end - begin >= limit {
            let each = |times| median(times) / batch as f64;
            return Ok((each(making), each(taking)));
        }
    }
}

/// Keeps the core busy for so many steps of dependent arithmetic.
#[inline]
pub fn work(steps: u64) {
    let mut x = steps | 1;
    for _ in 0..steps {
        x = black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

/// How many steps of [`work`] last a nanosecond on this machine, undisturbed.
pub fn work_steps_per_ns() -> f64 {
    const STEPS: u64 = 100_000;
    let speed = |_| {
        let start = now();
        work(STEPS);
        STEPS as f64 / (now() - start) as f64
    };
    (0..200).map(speed).fold(0.0, f64::max)
}
