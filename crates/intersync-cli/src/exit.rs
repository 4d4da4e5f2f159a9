//! Every way the command can end.

use std::process::ExitCode;

/// The exit codes of the command, in one place. `--help` and the manual page list the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, satisfied, or nothing wrong.
    Success,
    /// The time passed before the wait was satisfied.
    TimedOut,
    /// `check`, `deadlocks` or `doctor` found something.
    Findings,
    /// It could not be done; the reason is on standard error.
    Error,
    /// The wait was satisfied, and a mutex it acquired was abandoned.
    Abandoned,
    /// `run`, `exec`: the command is there but cannot be executed.
    CannotExecute,
    /// `run`, `exec`: the command was not found.
    CommandNotFound,
    /// `run`, `exec`: what the command answered, or what the user chose for a time-out.
    Passed(u8),
}

impl Exit {
    /// The number the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::TimedOut | Exit::Findings => 1,
            Exit::Error => 2,
            Exit::Abandoned => 3,
            Exit::CannotExecute => 126,
            Exit::CommandNotFound => 127,
            Exit::Passed(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
