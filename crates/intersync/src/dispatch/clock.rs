//! The clock of a timer: when it is due, how often, and whose thread it calls.

use crate::arena::layout::object;

/// A timer's due time, period and caller, as [`object::FIRST`] and [`object::SECOND`] have them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    /// Due time in 100 ns.
    pub due: i64,
    /// Period in 100 ns; 0 = once.
    pub period: i64,
    /// Whether `due` is system time.
    pub absolute: bool,
    /// The thread that has set it with a completion routine, and calls it: its end cancels the timer. 0: none.
    pub setter: u16,
}

const PERIOD_BITS: u32 = 47;

impl Clock {
    /// From the words of an object.
    pub const fn unpack(due: u64, second: u64) -> Clock {
        Clock {
            due: due as i64,
            period: (second >> 1 & ((1 << PERIOD_BITS) - 1)) as i64,
            absolute: second & 1 != 0,
            setter: (second >> (PERIOD_BITS + 1)) as u16,
        }
    }

    /// As [`object::SECOND`] has it.
    pub const fn second(self) -> u64 {
        let period = self.period as u64 & ((1 << PERIOD_BITS) - 1);
        (self.setter as u64) << (PERIOD_BITS + 1) | period << 1 | self.absolute as u64
    }
}

const _: () = assert!(object::SECOND == object::FIRST + 1 && PERIOD_BITS + 1 + u16::BITS == u64::BITS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_survives_its_words() {
        // The longest period there is: 2^31 - 1 milliseconds.
        let clock = Clock {
            due: -1,
            period: (i32::MAX as i64) * 10_000,
            absolute: true,
            setter: u16::MAX,
        };
        assert_eq!(Clock::unpack(clock.due as u64, clock.second()), clock);
    }
}
