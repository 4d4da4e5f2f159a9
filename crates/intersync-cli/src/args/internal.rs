//! What the command starts itself as. Its users never see these, nor do help and completions.

use std::ffi::OsString;

use clap::{Args, Parser};

use super::Global;
use super::value::SignalName;

/// What this process was started for.
#[derive(Debug, Parser)]
#[command(name = "intersync", disable_help_flag = true)]
pub(crate) enum Internal {
    /// Arrange to be told of the parent's death, then become the command.
    #[command(name = INTERNAL_EXEC)]
    Exec(ExecArgs),
    /// One worker process of the demo.
    #[command(name = INTERNAL_DEMO_WORKER)]
    DemoWorker(DemoWorkerArgs),
}

/// What every word of [`Internal`] begins with.
pub(crate) const INTERNAL_PREFIX: &str = "__";
/// The word for [`Internal::Exec`].
pub(crate) const INTERNAL_EXEC: &str = "__exec";
/// The word for [`Internal::DemoWorker`].
pub(crate) const INTERNAL_DEMO_WORKER: &str = "__demo-worker";

/// Arguments of [`Internal::Exec`].
#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    /// The process whose death is to be noticed
    #[arg(long)]
    pub(crate) parent: i32,
    /// The signal to get then
    #[arg(long)]
    pub(crate) orphan_signal: SignalName,
    /// The command
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<OsString>,
}

/// Arguments of [`Internal::DemoWorker`].
#[derive(Debug, Args)]
pub(crate) struct DemoWorkerArgs {
    /// What all names of this demo begin with
    #[arg(long)]
    pub(crate) prefix: String,
    /// Which worker this is, from 1
    #[arg(long)]
    pub(crate) number: u32,
    /// The process that directs the demo
    #[arg(long)]
    pub(crate) parent: i32,
    #[command(flatten)]
    pub(crate) global: Global,
}
