//! How processes end.

use std::fmt;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExitState {
    /// It exited with this code.
    Exited(i32),
    /// This signal killed it.
    Killed(i32),
    /// The kernel does not tell: it was no child of a process that holds a handle to it, and either has not been
    /// reaped by its parent yet or the kernel is older than 6.15.
    Unknown,
}

const KNOWN: u64 = 1 << 63;
const KILLED: u64 = 1 << 62;

impl ExitState {
    /// As an object's word keeps it; 0 if it is not known.
    pub(crate) const fn pack(self) -> u64 {
        match self {
            ExitState::Exited(code) => KNOWN | code as u32 as u64,
            ExitState::Killed(signal) => KNOWN | KILLED | signal as u32 as u64,
            ExitState::Unknown => 0,
        }
    }

    /// From an object's word.
    pub(crate) const fn unpack(word: u64) -> ExitState {
        match (word & KNOWN != 0, word & KILLED != 0) {
            (true, false) => ExitState::Exited(word as u32 as i32),
            (true, true) => ExitState::Killed(word as u32 as i32),
            (false, _) => ExitState::Unknown,
        }
    }
}

impl fmt::Display for ExitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExitState::Exited(code) => write!(f, "exited with {code}"),
            ExitState::Killed(signal) => write!(f, "killed by signal {signal}"),
            ExitState::Unknown => f.write_str("ended"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_its_word() {
        for state in [
            ExitState::Exited(0),
            ExitState::Exited(255),
            ExitState::Killed(9),
            ExitState::Unknown,
        ] {
            assert_eq!(ExitState::unpack(state.pack()), state);
        }
        assert_ne!(ExitState::Exited(0).pack(), 0);
    }
}
