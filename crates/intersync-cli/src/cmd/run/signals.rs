//! The signals that `run` and `exec` catch.

use std::io;
use std::sync::mpsc::{Receiver, channel};

use intersync::Event;
use signal_hook::consts::signal::{
    SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH,
};
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::siginfo::Cause;

/// Those that end a process which does not catch them.
const ENDING: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
/// Those that matter only while the command runs.
const RUNNING: [i32; 4] = [SIGCHLD, SIGCONT, SIGTSTP, SIGWINCH];

/// A signal that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signal {
    /// Its number.
    pub(super) number: i32,
    /// Whether a process sent it. If not the terminal did, and to the command as well.
    pub(super) sent: bool,
}

/// The signals that came and have not been dealt with.
pub(in crate::cmd) struct Signals {
    received: Receiver<Signal>,
    handle: Handle,
    ignored: u64,
}

impl Signals {
    /// Catches what would end this process, and sets `interrupt` when it comes, if there is a wait to end by it.
    ///
    /// What the caller of this process ignores (`nohup`) stays ignored, for the command too.
    pub(in crate::cmd) fn catch(interrupt: Option<Event>) -> io::Result<Signals> {
        let ignored = std::fs::read_to_string("/proc/self/status")
            .ok()
            .and_then(|s| ignored_in(&s))
            .unwrap_or(0);
        let wanted = ENDING.iter().filter(|number| !contains(ignored, **number));
        let mut signals = SignalsInfo::<WithOrigin>::new(wanted)?;
        let handle = signals.handle();
        let (sender, received) = channel();
        std::thread::Builder::new()
            .name("signals".to_string())
            .spawn(move || {
                for origin in signals.forever() {
                    let sent = !matches!(origin.cause, Cause::Kernel);
                    // First the signal, then the event: who sees the event finds the signal.
                    if sender
                        .send(Signal {
                            number: origin.signal,
                            sent,
                        })
                        .is_err()
                    {
                        return;
                    }
                    if let Some(interrupt) = interrupt.as_ref().filter(|_| ENDING.contains(&origin.signal)) {
                        // An event of our own can only fail to be set when nobody can wait for it.
                        let _ = interrupt.set();
                    }
                }
            })?;
        Ok(Signals {
            received,
            handle,
            ignored,
        })
    }

    /// Catches also what matters while the command runs. To be called before it starts.
    pub(super) fn catch_also_those_of_a_child(&self) -> io::Result<()> {
        let wanted = RUNNING
            .iter()
            .filter(|number| **number == SIGCHLD || !contains(self.ignored, **number));
        wanted
            .copied()
            .try_for_each(|number| self.handle.add_signal(number))
    }

    /// The first signal that came and would have ended this process.
    pub(super) fn interrupted_by(&self) -> Option<i32> {
        self.received
            .try_iter()
            .find(|signal| ENDING.contains(&signal.number))
            .map(|signal| signal.number)
    }

    /// The next signal; `None` if no more can come.
    pub(super) fn next(&self) -> Option<Signal> {
        self.received.recv().ok()
    }
}

/// The mask of ignored signals in the text of `/proc/self/status`.
fn ignored_in(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

/// Whether a mask has the signal.
fn contains(mask: u64, number: i32) -> bool {
    u32::try_from(number - 1).is_ok_and(|bit| mask.checked_shr(bit).unwrap_or(0) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read_from_the_kernels_text() {
        let mask = ignored_in("Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0\n");
        let mask = mask.expect("a mask");
        assert!(contains(mask, SIGHUP));
        assert!(contains(mask, 13));
        assert!(!contains(mask, SIGINT));
        assert_eq!(ignored_in("Name:\tx\n"), None);
    }
}
