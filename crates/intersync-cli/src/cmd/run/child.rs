//! The command that `run` runs.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Resource, Rlimit, getpid, kill_process, setrlimit};
use signal_hook::consts::signal::{SIGCHLD, SIGTSTP};
use signal_hook::low_level::emulate_default_handler;

use super::signals::{Signal, Signals};
use crate::args::RunArgs;
use crate::args::internal::INTERNAL_EXEC;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};

/// The variable that tells the command of an abandoned mutex.
const ABANDONED: &str = "INTERSYNC_ABANDONED";

/// How the command ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ended {
    /// By itself.
    Exited(u8),
    /// By this signal; also if the signal came before it was started.
    BySignal(i32),
}

impl Ended {
    /// Ends this process in the same way.
    pub(super) fn exit(self) -> Exit {
        match self {
            Ended::Exited(code) => Exit::Passed(code),
            Ended::BySignal(number) => die_by(number),
        }
    }
}

/// Runs the command to its end, passing signals on to it.
pub(super) fn run(args: &RunArgs, abandoned: bool, signals: &Signals) -> Result<Ended, Failure> {
    signals
        .catch_also_those_of_a_child()
        .trying(|| "catch signals".to_string())?;
    if let Some(number) = signals.interrupted_by() {
        return Ok(Ended::BySignal(number));
    }
    let mut command = command(args);
    match abandoned {
        true => command.env(ABANDONED, "1"),
        false => command.env_remove(ABANDONED),
    };
    let mut child = command.spawn().trying(|| "start a process".to_string())?;
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
fn command(args: &RunArgs) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg0("intersync").arg(INTERNAL_EXEC);
    command.arg("--parent").arg(getpid().as_raw_nonzero().to_string());
    command.arg("--orphan-signal").arg(args.orphan_signal.to_string());
    command.arg("--").args(&args.command);
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
