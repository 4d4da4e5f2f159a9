//! Waiting for a change at an address.

use crate::code::{Result, in_time};
use crate::parking::{self, Purpose, Word};

/// `WaitOnAddress`.
///
/// # Errors
/// The time-out is over.
pub(crate) fn wait(word: &Word<'_>, undesired: u64, milliseconds: u32) -> Result<()> {
    // Read first where a bad address does no harm: no queue is locked.
    if word.value() != undesired {
        return Ok(());
    }
    let deadline = parking::deadline(milliseconds);
    in_time(parking::sleep(Purpose::Address, word, undesired, deadline))
}

/// `WakeByAddressSingle`.
pub(crate) fn wake_one(address: usize) {
    parking::wake_one(Purpose::Address, address);
}

/// `WakeByAddressAll`.
pub(crate) fn wake_all(address: usize) {
    parking::wake_all(Purpose::Address, address);
}
