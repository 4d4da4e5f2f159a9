//! `man`: the manual page, from the definitions of the command line.

use clap::CommandFactory;

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::report::text::quoted;

/// Prints the page of the whole or of one command.
pub(crate) fn run(of: Option<&str>) -> Result<Exit, Failure> {
    let mut whole = Cli::command();
    whole.build();
    let command = match of {
        None => whole,
        Some(word) => whole.find_subcommand(word).cloned().ok_or_else(|| {
            Failure::new(format!(
                "cannot show the manual of {}: no such command",
                quoted(word)
            ))
        })?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .trying(|| "write the manual page".to_string())?;
    output::print(String::from_utf8_lossy(&page))?;
    Ok(Exit::Success)
}
