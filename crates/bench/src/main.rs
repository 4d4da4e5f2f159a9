//! Benchmarks of Intersync: every figure as a ratio to a peer or to the limit of the machine,
//! measured side by side in the same run.
//!
//! `cargo run --release -p bench` prints one table and writes it as Markdown, with a plot beside it.
//! Nothing here is a test: a missed target is reported, and the exit status says only whether
//! everything could be measured.

mod board;
mod c_interface;
mod cli;
mod experiment;
mod lab;
mod peer;
mod question;
mod report;
mod rows;
mod stats;
mod sys;
mod worker;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let done = match cli.command {
        Some(cli::Command::Worker(task)) => worker::run(task).map(|()| true),
        None => measure(&cli.options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the chosen rows and reports; whether every contender could be measured.
fn measure(options: &cli::Options) -> Result<bool> {
    let plan = experiment::Plan::new(options);
    let lab = lab::Lab::new()?;
    let mut answers = Vec::new();
    for row in options.rows() {
        eprintln!("measuring: {row}");
        for experiment in rows::experiments(row, &plan) {
            answers.extend(experiment.run(&lab, &plan));
        }
    }
    let report = report::Report::new(options, &plan, answers);
    let (page, plot) = report.write(&options.output)?;
    let text = report.text();
    writeln!(
        std::io::stdout(),
        "{text}written: {} and {}",
        page.display(),
        plot.display()
    )?;
    Ok(report.complete())
}
