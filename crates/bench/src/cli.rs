//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::rows::Row;

/// Measures Intersync against its peers and the limits of this machine.
#[derive(Debug, Parser)]
#[command(name = "bench", args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to measure.
    #[command(flatten)]
    pub options: Options,
    /// The part of a worker process.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to measure and where to write it.
#[derive(Debug, Args)]
pub struct Options {
    /// A short run: fewer rounds and shorter samples, for a first look.
    #[arg(long)]
    pub quick: bool,
    /// Only this row; may be given several times.
    #[arg(long, value_name = "ROW")]
    only: Vec<Row>,
    /// Only the peers and limits, not Intersync.
    #[arg(long)]
    pub peers_only: bool,
    /// Rounds to run, instead of 15 (5 with --quick).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: Option<u32>,
    /// Seconds to wait for other programs to stop, after each round that they have disturbed.
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    pub patience: u64,
    /// The directory for performance.md and performance.svg; it is made if it is not there.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    pub output: PathBuf,
}

impl Options {
    /// The rows to measure, in the order of the table.
    pub fn rows(&self) -> Vec<Row> {
        use clap::ValueEnum;
        let chosen = |row: &Row| self.only.is_empty() || self.only.contains(row);
        Row::value_variants().iter().copied().filter(chosen).collect()
    }

    /// Whether every row is measured.
    pub fn whole(&self) -> bool {
        self.only.is_empty() && !self.peers_only
    }
}

/// Hidden commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs as one worker of a measurement.
    #[command(hide = true)]
    Worker(Task),
}

/// What one worker process has to do.
#[derive(Debug, Clone, Args)]
pub struct Task {
    /// The row it works for.
    #[arg(long)]
    pub row: Row,
    /// Its part in that row.
    #[arg(long)]
    pub part: String,
    /// What it works with: Intersync, a peer or a limit.
    #[arg(long)]
    pub subject: String,
    /// The file of the board it shares with the others of its team.
    #[arg(long)]
    pub board: PathBuf,
    /// The directory of the namespace to use.
    #[arg(long)]
    pub namespace: PathBuf,
    /// The core it runs on; any if not given.
    #[arg(long)]
    pub core: Option<usize>,
    /// Its number in the team.
    #[arg(long, default_value_t = 0)]
    pub index: usize,
    /// Numbers whose meaning its part knows.
    #[arg(long = "number")]
    pub numbers: Vec<u64>,
    /// Seconds after which the kernel ends it, so that nothing hangs; 0 for never.
    #[arg(long, default_value_t = 60)]
    pub limit: u32,
}
