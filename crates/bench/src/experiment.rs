//! Experiments: contenders measured in interleaved rounds, and the questions they answer.

use std::time::Duration;

use anyhow::Result;

use crate::cli::Options;
use crate::lab::Lab;
use crate::peer::Subject;
use crate::rows::Row;
use crate::stats::Summary;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Rounds of an ordinary experiment.
    pub rounds: usize,
    /// Rounds of an experiment with a thousand processes or seconds of waiting.
    pub long_rounds: usize,
    /// Whether samples are short.
    pub quick: bool,
    /// Whether Intersync itself is left out.
    pub peers_only: bool,
}

impl Plan {
    /// As the command line says.
    pub fn new(options: &Options) -> Plan {
        let rounds = options.rounds.unwrap_or(if options.quick { 5 } else { 15 }) as usize;
        let long_rounds = rounds.div_ceil(3);
        Plan {
            rounds,
            long_rounds,
            quick: options.quick,
            peers_only: options.peers_only,
        }
    }

    /// How long one sample lasts that lasts `milliseconds` in a full run, in microseconds.
    pub fn microseconds(&self, milliseconds: u64) -> u64 {
        let full = milliseconds * 1000;
        if self.quick { full / 4 } else { full }
    }

    /// The same as a duration.
    pub fn duration(&self, milliseconds: u64) -> Duration {
        Duration::from_micros(self.microseconds(milliseconds))
    }
}

/// Takes one sample: some figures.
type Sampler = Box<dyn FnMut(&Lab) -> Result<Vec<f64>>>;

/// One way of doing what the experiment is about, or the limit of it.
pub struct Contender {
    subject: Subject,
    name: String,
    sample: Sampler,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Nanoseconds,
    PerSecond,
    Share,
    Calls,
    Bytes,
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
    what: String,
    unit: Unit,
    figure: usize,
    ours: usize,
    reference: Option<usize>,
    target: Option<Target>,
}

impl Question {
    /// How the `ours`th contender does, in its first figure and in nanoseconds.
    pub fn new(what: impl Into<String>, ours: usize) -> Question {
        let unit = Unit::Nanoseconds;
        Question {
            what: what.into(),
            unit,
            figure: 0,
            ours,
            reference: None,
            target: None,
        }
    }

    /// In this figure of the contenders, counted in `unit`.
    pub fn figure(mut self, figure: usize, unit: Unit) -> Self {
        (self.figure, self.unit) = (figure, unit);
        self
    }

    /// As a ratio to this contender.
    pub fn against(mut self, reference: usize) -> Self {
        self.reference = Some(reference);
        self
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

/// Contenders that are measured in turn, and the questions about them.
pub struct Experiment {
    row: Row,
    rounds: usize,
    contenders: Vec<Contender>,
    questions: Vec<Question>,
}

impl Experiment {
    /// An experiment without contenders.
    pub fn new(row: Row, rounds: usize) -> Self {
        Experiment {
            row,
            rounds,
            contenders: Vec::new(),
            questions: Vec::new(),
        }
    }

    /// With one more contender.
    pub fn contender(
        mut self,
        subject: Subject,
        sample: impl FnMut(&Lab) -> Result<Vec<f64>> + 'static,
    ) -> Self {
        self.contenders.push(Contender {
            subject,
            name: subject.title().to_owned(),
            sample: Box::new(sample),
        });
        self
    }

    /// Under this name in the table.
    pub fn called(mut self, name: &str) -> Self {
        if let Some(contender) = self.contenders.last_mut() {
            contender.name = name.to_owned();
        }
        self
    }

    /// With one more question.
    pub fn question(mut self, question: Question) -> Self {
        self.questions.push(question);
        self
    }

    /// Measures every contender once in each round. One that fails is left out from then on.
    pub fn run(mut self, lab: &Lab, plan: &Plan) -> Vec<Answer> {
        let mut samples: Vec<Result<Vec<Vec<f64>>, Missing>> =
            self.contenders.iter().map(|_| Ok(Vec::new())).collect();
        for _ in 0..self.rounds {
            for (contender, taken) in self.contenders.iter_mut().zip(&mut samples) {
                if plan.peers_only && contender.subject.ours() {
                    *taken = Err(Missing::LeftOut);
                }
                let Ok(figures) = taken else { continue };
                match (contender.sample)(lab) {
                    Ok(sample) => figures.push(sample),
                    Err(error) => {
                        eprintln!("{}: {}: {error:#}", self.row, contender.name);
                        *taken = Err(Missing::Failed);
                    }
                }
            }
        }
        self.questions
            .iter()
            .map(|question| self.answer(question, &samples))
            .collect()
    }

    fn answer(&self, question: &Question, samples: &[Result<Vec<Vec<f64>>, Missing>]) -> Answer {
        let series = |contender: usize| {
            let rounds = samples[contender].as_ref().map_err(|&missing| missing)?;
            Ok(rounds
                .iter()
                .map(|figures| figures[question.figure])
                .collect::<Vec<f64>>())
        };
        let summary = |series: &Result<Vec<f64>, Missing>| {
            let series = series.as_ref().map_err(|&missing| missing)?;
            Summary::of(series.iter().copied()).ok_or(Missing::LeftOut)
        };
        let ours = series(question.ours);
        let reference = question
            .reference
            .map(|index| (self.contenders[index].name.clone(), series(index)));
        let ratio = match (&ours, &reference) {
            (Ok(ours), Some((_, Ok(theirs)))) => Summary::of(ours.iter().zip(theirs).map(|(a, b)| a / b)),
            _ => None,
        };
        Answer {
            row: self.row,
            what: question.what.clone(),
            unit: question.unit,
            ours: summary(&ours),
            reference: reference.map(|(name, series)| (name, summary(&series))),
            ratio,
            target: question.target,
        }
    }
}
