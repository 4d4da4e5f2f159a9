//! The report: one table, as text and as Markdown, and a plot.

mod machine;
mod plot;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cli::Options;
use crate::experiment::Plan;
use crate::question::Answer;

/// Everything that was measured.
#[derive(Debug)]
pub struct Report {
    answers: Vec<Answer>,
    heading: String,
}

impl Report {
    /// Of these answers.
    pub fn new(options: &Options, plan: &Plan, answers: Vec<Answer>) -> Report {
        let machine = machine::describe();
        let extent = match (options.whole(), options.quick) {
            (true, false) => "",
            (true, true) => " A short run.",
            (false, _) => " A part of the rows or contenders only.",
        };
        let rounds = plan.rounds;
        let heading = format!(
            "Machine class: {machine}. {rounds} rounds, in which the contenders of a line take turns.{extent}"
        );
        Report { answers, heading }
    }

    /// Whether no contender failed.
    pub fn complete(&self) -> bool {
        !self.answers.iter().any(Answer::failed)
    }

    /// For the terminal.
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.heading,
            table::text(&self.answers),
            self.conclusion()
        )
    }

    /// Writes the table as Markdown and the plot as SVG into `directory`.
    pub fn write(&self, directory: &Path) -> Result<(PathBuf, PathBuf)> {
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let (page, plot) = (
            directory.join("performance.md"),
            directory.join("performance.svg"),
        );
        let write = |path: &Path, text: String| {
            fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        write(&page, self.markdown())?;
        write(&plot, plot::draw(&self.answers)?)?;
        Ok((page, plot))
    }

    fn markdown(&self) -> String {
        let (heading, table, conclusion) = (&self.heading, table::markdown(&self.answers), self.conclusion());
        format!(
            "# Performance\n\nMade by `cargo run --release -p bench`. {heading}\n\n\
             Ours and the reference are medians over the rounds. The ratio is the median of ours divided by \
             the reference in the same round, with the quartiles in brackets; where there is no reference, \
             the target is for the figure itself. \"spread\" in the last column: the median misses the \
             target, but the quartiles enclose it, so that this run cannot tell.\n\n\
             {table}\n\n{conclusion}\n\n![How much of each target is used](performance.svg)\n"
        )
    }

    fn conclusion(&self) -> String {
        let count = |verdict| {
            self.answers
                .iter()
                .filter(|answer| table::verdict(answer) == verdict)
                .count()
        };
        let (met, spread, missed) = (count("yes"), count("spread"), count("no"));
        let mut text = format!("Targets met: {met}; within the spread: {spread}; missed: {missed}.");
        let failed = self.answers.iter().filter(|answer| answer.failed()).count();
        if self.answers.iter().any(|answer| answer.disturbed) {
            text += " †: other programs used the cores in most rounds.";
        }
        if failed > 0 {
            text += &format!(" Lines with a contender that failed: {failed}.");
        }
        text
    }
}
