//! Questions, and the lines of the table that answer them.

use crate::rows::Row;
use crate::stats::Summary;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Nanoseconds,
    PerSecond,
    Share,
    Calls,
    Bytes,
}

impl Unit {
    /// Whether it changes when other programs use the cores.
    pub fn is_speed(self) -> bool {
        matches!(self, Unit::Nanoseconds | Unit::PerSecond | Unit::Share)
    }
}

/// What the answer should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    /// Whether this value meets it.
    pub fn met(self, value: f64) -> bool {
        match self {
            Target::AtMost(bound) => value <= bound,
            Target::AtLeast(bound) => value >= bound,
        }
    }
}

/// A question that one line of the table answers.
#[derive(Debug, Clone)]
pub struct Question {
    pub what: String,
    pub unit: Unit,
    /// Which figure of a sample.
    pub figure: usize,
    /// Which figure of a sample of the reference.
    pub reference_figure: usize,
    /// The contender that is asked about.
    pub ours: usize,
    /// The contender it is compared with.
    pub reference: Option<usize>,
    pub target: Option<Target>,
}

impl Question {
    /// How the `ours`th contender does, in its first figure and in nanoseconds.
    pub fn new(what: impl Into<String>, ours: usize) -> Question {
        let unit = Unit::Nanoseconds;
        Question {
            what: what.into(),
            unit,
            figure: 0,
            reference_figure: 0,
            ours,
            reference: None,
            target: None,
        }
    }

    /// In this figure of the contenders, counted in `unit`.
    pub fn figure(mut self, figure: usize, unit: Unit) -> Self {
        (self.figure, self.reference_figure, self.unit) = (figure, figure, unit);
        self
    }

    /// As a ratio to this contender.
    pub fn against(mut self, reference: usize) -> Self {
        self.reference = Some(reference);
        self
    }

    /// As a ratio to this figure of this contender.
    pub fn against_figure(mut self, reference: usize, figure: usize) -> Self {
        self.reference_figure = figure;
        self.against(reference)
    }

    /// With this target for the ratio, or for the figure itself if there is no reference.
    pub fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }
}

/// Why there is no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It was not asked for.
    LeftOut,
    /// A sample failed.
    Failed,
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Answer {
    pub row: Row,
    pub what: String,
    pub unit: Unit,
    pub ours: Result<Summary, Missing>,
    pub reference: Option<(String, Result<Summary, Missing>)>,
    /// Ours divided by the reference, of each round.
    pub ratio: Option<Summary>,
    pub target: Option<Target>,
    /// Whether other programs used the cores in rounds that count.
    pub disturbed: bool,
}

impl Answer {
    /// What the target is compared with.
    pub fn judged(&self) -> Option<Summary> {
        if self.reference.is_some() {
            self.ratio
        } else {
            self.ours.as_ref().ok().copied()
        }
    }

    /// Whether a contender of this line failed.
    pub fn failed(&self) -> bool {
        let failed = |figure: &Result<Summary, Missing>| *figure == Err(Missing::Failed);
        failed(&self.ours) || self.reference.as_ref().is_some_and(|(_, figure)| failed(figure))
    }
}
