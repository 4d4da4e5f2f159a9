//! Experiments: contenders measured in interleaved rounds, and the questions they answer.

use std::time::Duration;

use anyhow::Result;

use crate::cli::Options;
use crate::lab::Lab;
use crate::peer::Subject;
use crate::question::{Answer, Missing, Question};
use crate::rows::Row;
use crate::stats::Summary;
use crate::sys::load::{self, Load};

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
    /// How long to wait for other programs to stop, after a round that they have disturbed.
    pub patience: Duration,
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
            patience: Duration::from_secs(options.patience),
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
    /// Why there is nothing more of it.
    missing: Option<Missing>,
}

/// The figures of one round: one sample of each contender that could be measured.
#[derive(Debug)]
struct Round {
    samples: Vec<Result<Vec<f64>, Missing>>,
    quiet: bool,
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
        let (name, sample) = (subject.title().to_owned(), Box::new(sample));
        self.contenders.push(Contender {
            subject,
            name,
            sample,
            missing: None,
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

    /// Measures every contender once in each round. Rounds in which other programs use the cores
    /// are made up for by as many again; if that is not enough, all of them count.
    pub fn run(mut self, lab: &Lab, plan: &Plan) -> Vec<Answer> {
        for contender in &mut self.contenders {
            contender.missing = (plan.peers_only && contender.subject.ours()).then_some(Missing::LeftOut);
        }
        let mut rounds: Vec<Round> = Vec::new();
        let quiet = |rounds: &[Round]| rounds.iter().filter(|round| round.quiet).count();
        while rounds.len() < 2 * self.rounds && quiet(&rounds) < self.rounds {
            if rounds.last().is_some_and(|round| !round.quiet) {
                load::await_quiet(plan.patience);
            }
            rounds.push(self.round(lab));
        }
        let disturbed = quiet(&rounds) < self.rounds.min(3);
        rounds.retain(|round| disturbed || round.quiet);
        self.questions
            .iter()
            .map(|question| self.answer(question, &rounds, disturbed))
            .collect()
    }

    /// One round. A contender that fails is left alone from then on.
    fn round(&mut self, lab: &Lab) -> Round {
        let load = Load::begin();
        let row = self.row;
        let sample = |contender: &mut Contender| {
            if let Some(missing) = contender.missing {
                return Err(missing);
            }
            (contender.sample)(lab).map_err(|error| {
                eprintln!("{row}: {}: {error:#}", contender.name);
                contender.missing = Some(Missing::Failed);
                Missing::Failed
            })
        };
        let samples = self.contenders.iter_mut().map(sample).collect();
        Round {
            samples,
            quiet: load.quiet(),
        }
    }

    fn answer(&self, question: &Question, rounds: &[Round], disturbed: bool) -> Answer {
        let figure = |round: &Round, contender: usize, number: usize| {
            round.samples[contender]
                .as_ref()
                .ok()
                .map(|figures| figures[number])
        };
        let summary = |contender: usize, number: usize| {
            let missing = self.contenders[contender].missing.unwrap_or(Missing::Failed);
            let figures: Option<Vec<f64>> = rounds
                .iter()
                .map(|round| figure(round, contender, number))
                .collect();
            figures.and_then(Summary::of).ok_or(missing)
        };
        let ratio = question.reference.and_then(|reference| {
            let ratio = |round| {
                let ours = figure(round, question.ours, question.figure)?;
                Some(ours / figure(round, reference, question.reference_figure)?)
            };
            Summary::of(rounds.iter().map(ratio).collect::<Option<Vec<f64>>>()?)
        });
        let reference = question.reference.map(|index| {
            let name = self.contenders[index].name.clone();
            (name, summary(index, question.reference_figure))
        });
        Answer {
            row: self.row,
            what: question.what.clone(),
            unit: question.unit,
            ours: summary(question.ours, question.figure),
            reference,
            ratio,
            target: question.target,
            disturbed: disturbed && question.unit.is_speed(),
        }
    }
}
