//! Arguments of the commands about who shares what with whom.

use clap::{Args, ValueEnum};

/// Arguments of `why`.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// The name of the object
    pub(crate) name: String,
    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `deadlocks`.
#[derive(Debug, Args)]
pub(crate) struct DeadlocksArgs {
    /// One JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the whole wait-for graph instead, deadlocks in red
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "json")]
    pub(crate) graph: Option<GraphFormat>,
}

/// How to draw a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// The language of Graphviz
    Dot,
    /// A picture, ready for a browser
    Svg,
}
