//! The process between `run` and its command.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use crate::args::internal::ExecArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::report::text::quoted;

/// Asks to be told of the parent's death, then becomes the command.
pub(crate) fn run(args: &ExecArgs) -> Result<Exit, Failure> {
    let signal = args.orphan_signal.0.and_then(Signal::from_named_raw);
    set_parent_process_death_signal(signal)
        .trying(|| "arrange for a signal at intersync's death".to_string())?;
    // It may have died before we asked.
    if getppid().map(|pid| pid.as_raw_nonzero().get()) != Some(args.parent) {
        return Err(Failure::new(
            "cannot run the command: intersync was killed before it started",
        ));
    }
    let [program, arguments @ ..] = args.command.as_slice() else {
        return Err(Failure::new("cannot run the command: there is none"));
    };
    let error = Command::new(program).args(arguments).exec();
    let exit = match error.kind() {
        ErrorKind::NotFound => Exit::CommandNotFound,
        _ => Exit::CannotExecute,
    };
    Err(error)
        .trying(|| format!("run {}", quoted(&program.to_string_lossy())))
        .map_err(|failure| failure.with_exit(exit))
}
