//! Waiting for a condition. No test waits for a time to pass; none waits for ever.

use std::time::{Duration, Instant};

/// How long anything may take before a test fails. Far above what a slow machine needs, so that
/// reaching it means that something hangs.
pub const BOUND: Duration = Duration::from_secs(30);

/// How many looks are taken before the first pause.
const QUICK_LOOKS: u32 = 10;
/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_micros(100);

/// Waits until `condition` gives a value.
///
/// # Errors
/// What was waited for, once [`BOUND`] has passed.
pub fn await_some<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> Result<T, String> {
    let start = Instant::now();
    let mut looks = 0;
    loop {
        if let Some(value) = condition() {
            return Ok(value);
        }
        // Most conditions hold at once or soon.
        looks += 1;
        if looks < QUICK_LOOKS {
            continue;
        }
        if start.elapsed() > BOUND {
            return Err(format!("waited {BOUND:?} in vain: {what}"));
        }
        std::thread::sleep(PAUSE);
    }
}

/// Waits until `condition` holds.
///
/// # Panics
/// If it does not within [`BOUND`].
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    if let Err(timed_out) = await_some(what, || condition().then_some(())) {
        panic!("{timed_out}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_looked_at_until_it_holds() {
        let mut looks = 0;
        until("the third look", || {
            looks += 1;
            looks == 3
        });
        assert_eq!(looks, 3);
    }
}
