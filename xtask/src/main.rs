//! Tasks of this workspace. `cargo xtask test` runs every check there is.

mod install;
mod memory;
mod models;
mod shell;
mod stages;
mod tally;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every check: format, lints, tidy, build, tests, simulation, memory, models, documentation.
    Test {
        /// Search the big models too and simulate more; takes half an hour and 10 GiB of memory.
        #[arg(long)]
        long: bool,
    },
    /// Search the models of the protocols with Spin and compare with models/expected.toml.
    Models {
        /// Search the big ones too.
        #[arg(long)]
        long: bool,
        /// Only models whose name contains this.
        only: Option<String>,
    },
    /// Simulate: many seeds, or the scenarios of the protocols, or again what failed; `cargo xtask sim --help` says how.
    #[command(disable_help_flag = true)]
    Sim {
        /// What the simulator is to do.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run the C programs of the C interface's tests under Valgrind and under the sanitizers of gcc.
    Memory,
    /// Install the C library, its headers, the command and its manual.
    Install(install::Options),
    /// Check the rules of style that a machine can check; they are data in xtask/tidy.toml.
    Tidy,
}

fn main() -> ExitCode {
    let done = match Args::parse().task {
        Task::Test { long } => stages::run(long),
        Task::Models { long, only } => {
            tools::need(tools::FOR_MODELS).and_then(|()| models::run(long, only.as_deref()))
        }
        Task::Sim { arguments } => stages::simulate(&arguments),
        Task::Memory => tools::need(tools::FOR_MEMORY).and_then(|()| memory::run()),
        Task::Install(options) => install::run(&options),
        Task::Tidy => tidy::run().map(|violations| violations == 0),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}
