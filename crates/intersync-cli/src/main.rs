//! The `intersync` command: the Windows synchronization objects for shell scripts.

#![forbid(unsafe_code)]

mod args;
mod cmd;
mod demo;
mod exit;
mod failure;
mod output;
mod place;
mod report;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use args::internal::{INTERNAL_PREFIX, Internal};
use exit::Exit;
use failure::Failure;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    match run(words) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::say(&failure);
            failure.exit().into()
        }
    }
}

/// Does what the words of the command line say.
fn run(words: Vec<OsString>) -> Result<Exit, Failure> {
    let internal = words
        .get(1)
        .is_some_and(|word| word.as_encoded_bytes().starts_with(INTERNAL_PREFIX.as_bytes()));
    if internal {
        return cmd::internal(Internal::parse_from(words));
    }
    cmd::dispatch(Cli::parse_from(words))
}
