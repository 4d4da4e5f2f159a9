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

/// The exit code that a process or a thread was given by a call of this library. The kernel keeps eight bits of that of a
/// process, and none of that of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nobody has given it one.
    Missing,
    /// It has chosen it itself.
    Exited(u32),
    /// Somebody has ended it with this code.
    Terminated(u32),
}

impl Verdict {
    /// As an object's word keeps it; 0 if there is none.
    pub(crate) const fn pack(self) -> u64 {
        match self {
            Verdict::Missing => 0,
            Verdict::Exited(code) => KNOWN | code as u64,
            Verdict::Terminated(code) => KNOWN | KILLED | code as u64,
        }
    }

    /// From an object's word.
    pub(crate) const fn unpack(word: u64) -> Verdict {
        match (word & KNOWN != 0, word & KILLED != 0) {
            (true, false) => Verdict::Exited(word as u32),
            (true, true) => Verdict::Terminated(word as u32),
            (false, _) => Verdict::Missing,
        }
    }
}

/// What is added to the number of a signal that has killed a process, as shells do.
const SIGNALED: u32 = 128;
/// The signal by which this library ends processes.
const KILL: i32 = 9;

/// The exit code of a process that has ended like this, and may have been given that code; `None`: nobody knows it.
pub(crate) fn exit_code(state: ExitState, verdict: Verdict) -> Option<u32> {
    match (state, verdict) {
        // A verdict counts only if that is how it ended: it may have ended otherwise in the very moment.
        (ExitState::Exited(low), Verdict::Exited(code)) if code & 0xff == low as u32 => Some(code),
        (ExitState::Killed(KILL), Verdict::Terminated(code)) => Some(code),
        (ExitState::Unknown, Verdict::Exited(code) | Verdict::Terminated(code)) => Some(code),
        (ExitState::Exited(code), _) => Some(code as u32),
        (ExitState::Killed(signal), _) => Some(SIGNALED.wrapping_add(signal as u32)),
        (ExitState::Unknown, Verdict::Missing) => None,
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

    #[test]
    fn a_verdict_counts_if_the_process_ended_like_that() {
        for verdict in [
            Verdict::Missing,
            Verdict::Exited(0),
            Verdict::Exited(u32::MAX),
            Verdict::Terminated(7),
        ] {
            assert_eq!(Verdict::unpack(verdict.pack()), verdict);
        }
        let code = |state, verdict| exit_code(state, verdict);
        assert_eq!(code(ExitState::Exited(5), Verdict::Missing), Some(5));
        assert_eq!(code(ExitState::Exited(5), Verdict::Exited(0x105)), Some(0x105));
        assert_eq!(code(ExitState::Exited(5), Verdict::Exited(0x106)), Some(5));
        assert_eq!(code(ExitState::Exited(5), Verdict::Terminated(0x105)), Some(5));
        assert_eq!(code(ExitState::Killed(9), Verdict::Terminated(77)), Some(77));
        assert_eq!(code(ExitState::Killed(11), Verdict::Terminated(77)), Some(139));
        assert_eq!(code(ExitState::Killed(9), Verdict::Exited(9)), Some(137));
        assert_eq!(code(ExitState::Unknown, Verdict::Terminated(1)), Some(1));
        assert_eq!(code(ExitState::Unknown, Verdict::Missing), None);
        // What no kernel says, as only somebody else can have written it.
        let written = ExitState::unpack(u64::MAX);
        assert_eq!(code(written, Verdict::Missing), Some(127));
    }
}
