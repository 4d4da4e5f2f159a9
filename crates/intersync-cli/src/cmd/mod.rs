//! The commands, one module each.

mod check;
mod completions;
mod create;
mod deadlocks;
mod doctor;
mod duplicate;
mod event;
mod exec;
mod list;
mod man;
mod provision;
mod release;
mod remove;
mod run;
mod show;
mod timer;
mod wait;
mod why;

use crate::args::internal::Internal;
use crate::args::{Cli, Command};
use crate::demo;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;

/// Does what the command line says.
pub(crate) fn dispatch(cli: Cli) -> Result<Exit, Failure> {
    let place = Place::new(&cli.global);
    match cli.command {
        Command::Run(args) => run::run(&args, &place),
        Command::Exec(args) => exec::run(&args, &place),
        Command::Dup(args) => duplicate::run(&args, &place),
        Command::Create { object } => create::run(&object, &place),
        Command::Rm(args) => remove::run(&args.names, &place),
        Command::Set(args) => event::run(event::Change::Set, &args.names, &place),
        Command::Reset(args) => event::run(event::Change::Reset, &args.names, &place),
        Command::Pulse(args) => event::run(event::Change::Pulse, &args.names, &place),
        Command::Release(args) => release::run(&args, &place),
        Command::Timer { action } => timer::run(&action, &place),
        Command::Wait(args) => wait::run(&args, &place),
        Command::Ls(args) => list::run(&args, &place),
        Command::Show(args) => show::run(&args, &place),
        Command::Why(args) => why::run(&args, &place),
        Command::Deadlocks(args) => deadlocks::run(&args, &place),
        Command::Check(args) => check::run(&args, &place),
        Command::Doctor(args) => doctor::run(&args, &place),
        Command::Provision(args) => provision::run(&args, &place),
        Command::Demo(args) => demo::run(&args, &place),
        Command::Completions { shell } => completions::run(shell),
        Command::Man { of } => man::run(of.as_deref()),
    }
}

/// Does what this command started itself for.
pub(crate) fn internal(internal: Internal) -> Result<Exit, Failure> {
    match internal {
        Internal::Exec(args) => run::exec::run(&args),
        Internal::DemoWorker(args) => demo::worker::run(&args),
    }
}
