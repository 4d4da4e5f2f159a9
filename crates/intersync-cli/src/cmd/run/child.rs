//! The command that `run` or `exec` runs.

use std::ffi::OsString;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Resource, Rlimit, getpid, kill_process, setrlimit};
use signal_hook::consts::signal::{SIGCHLD, SIGTSTP};
use signal_hook::low_level::emulate_default_handler;

use super::signals::{Signal, Signals};
use crate::args::internal::INTERNAL_EXEC;
use crate::args::value::SignalName;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};

/// How the command ended.
#[derive(Debug, Clone, Copy)]
pub(in crate::cmd) enum Ended {
    /// By itself.
    Exited(u8),
    /// By this signal; also if the signal came before it was started.
    BySignal(i32),
}

impl Ended {
    /// Ends this process in the same way.
    pub(in crate::cmd) fn exit(self) -> Exit {
        match self {
            Ended::Exited(code) => Exit::Passed(code),
            Ended::BySignal(number) => die_by(number),
        }
    }
}

/// Runs the command to its end, passing signals on to it. `start` starts the process that becomes the command.
pub(in crate::cmd) fn run(
    words: &[OsString],
    orphan_signal: SignalName,
    signals: &Signals,
    start: impl FnOnce(&mut Command) -> Result<Child, Failure>,
) -> Result<Ended, Failure> {
    signals
        .catch_also_those_of_a_child()
        .trying(|| "catch signals".to_string())?;
    if let Some(number) = signals.interrupted_by() {
        return Ok(Ended::BySignal(number));
    }
    let mut child = start(&mut command(words, orphan_signal))?;
    while let Some(signal) = signals.next() {
        if signal.number == SIGCHLD {
            if let Some(status) = child.try_wait().trying(|| "wait for the command".to_string())? {
                return Ok(ended(status));
            }
        } else {
            pass_on(signal, &child);
        }
    }
    child
        .wait()
        .map(ended)
        .trying(|| "wait for the command".to_string())
}

/// This program again, which asks the kernel to be told of our death and then becomes the
/// command: between `fork` and `exec` only unsafe code could do that.
fn command(words: &[OsString], orphan_signal: SignalName) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg0("intersync").arg(INTERNAL_EXEC);
    command.arg("--parent").arg(getpid().as_raw_nonzero().to_string());
    command.arg("--orphan-signal").arg(orphan_signal.to_string());
    command.arg("--").args(words);
    command
}

/// Lets the child have a signal that a process sent to us. Only this thread reaps the child, so
/// its process id cannot have become another's.
fn pass_on(signal: Signal, child: &Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let (true, Some(pid), Some(number)) = (
        signal.sent,
        pid,
        rustix::process::Signal::from_named_raw(signal.number),
    ) {
        // It may have just ended; SIGCHLD will tell.
        let _ = kill_process(pid, number);
    }
    if signal.number == SIGTSTP {
        let _ = emulate_default_handler(SIGTSTP);
    }
}

fn ended(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        // An exit code has eight bits.
        (Some(code), _) => Ended::Exited((code & 0xFF) as u8),
        (None, signal) => Ended::BySignal(signal.unwrap_or_default()),
    }
}

/// Ends this process by the signal, so that who waits for it sees the truth; a shell reports
/// 128 + the number. Returns only if the signal does not end it.
pub(super) fn die_by(number: i32) -> Exit {
    // The command has dumped core already if it could; ours would be of no use.
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
    let _ = emulate_default_handler(number);
    Exit::Passed(u8::try_from(128 + number).unwrap_or(u8::MAX))
}
