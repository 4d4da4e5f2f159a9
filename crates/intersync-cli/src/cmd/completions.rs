//! `completions`: for a shell, from the definitions of the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Prints the completions.
pub(crate) fn run(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "intersync", &mut script);
    output::print(String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
