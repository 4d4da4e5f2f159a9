//! Every order of a small scenario's steps, within bounds.
//!
//! A depth-first search over what may happen next. The running thread goes on unless it is
//! interrupted, which may happen a bounded number of times and only before accesses to words that threads
//! race for; one fault may strike at any step. Every path is run from the beginning.

use intersync::arena::layout::{Profile, Section, header, object, slot, thread};
use intersync::host::Access;

use super::policy::{Choice, Policy, View};
use super::state::Life;

/// A fault that may strike once, at any step of its victim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strike {
    /// Nothing happens.
    Nothing,
    /// This process is killed.
    Kill(usize),
    /// This process is stopped for a time.
    Stop(usize, i64),
    /// This thread, of this process, ends without a word.
    Vanish(usize, usize),
}

/// How far to search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// How often the order turns from the straight one: a thread that could go on is interrupted, or not
    /// the first of those that can go on is chosen.
    pub turns: u32,
    /// The process that alone is interrupted; otherwise all are.
    pub only: Option<usize>,
    /// What may strike.
    pub strike: Strike,
    /// Whether keepers are interrupted too; otherwise they run when nobody else can.
    pub keepers: bool,
    /// From which stage on there are choices.
    pub from: u32,
    /// How long after a kill the mark comes, and after it the free byte.
    pub death: (i64, i64),
    /// How long nothing must happen before a run is over.
    pub quiet_ns: i64,
}

/// Follows a path, then goes on straight, and notes where it could have turned.
pub struct Guided {
    path: Vec<u16>,
    taken: Vec<(u16, u16)>,
    bounds: Bounds,
    stage: u32,
    /// Whether the thread stopped before a word that threads race for.
    at_race: bool,
    objects: (usize, usize),
    threads: (usize, usize),
    slots: (usize, usize),
    victim: Option<usize>,
    process_of: Vec<usize>,
}

impl Guided {
    /// A policy for one run.
    pub fn new(path: Vec<u16>, bounds: Bounds, profile: &Profile) -> Guided {
        let (offsets, _) = profile.offsets();
        let section = |s: Section| {
            let from = offsets[s as usize];
            (from, from + profile.capacity[s as usize] * s.stride())
        };
        let victim = match bounds.strike {
            Strike::Nothing => None,
            Strike::Kill(p) | Strike::Stop(p, _) | Strike::Vanish(p, _) => Some(p),
        };
        Guided {
            path,
            taken: Vec::new(),
            bounds,
            stage: 0,
            at_race: false,
            objects: section(Section::Objects),
            threads: section(Section::Threads),
            slots: section(Section::Slots),
            victim,
            process_of: Vec::new(),
        }
    }

    /// Whether threads race for a word.
    fn is_raced(&self, offset: usize) -> bool {
        let word = |(from, to): (usize, usize), words: usize| {
            (offset >= from && offset < to).then(|| (offset - from) / 8 % words)
        };
        if let Some(word) = word(self.objects, object::WORDS) {
            return word == object::STATE;
        }
        if let Some(word) = word(self.threads, thread::WORDS) {
            let claim =
                word >= thread::CONTEXT && (word - thread::CONTEXT).is_multiple_of(thread::CONTEXT_WORDS);
            return word == thread::BELONGS || claim;
        }
        if let Some(word) = word(self.slots, slot::WORDS) {
            return matches!(word, slot::WORD | slot::RAISED | slot::POKE | slot::SLEEPERS)
                || (slot::LIFELINE..slot::LIFELINE + slot::LIFELINES).contains(&word);
        }
        offset / 8 == header::STRUCTURE
    }

    fn options(&self, view: &View<'_>) -> Vec<Choice> {
        let mut options = Vec::new();
        let mut ready = view.ready.clone();
        if !self.bounds.keepers && ready.iter().any(|&t| !view.state.threads[t].keeper) {
            ready.retain(|&t| !view.state.threads[t].keeper);
        }
        // Between two calls nothing can be seen of a thread: it goes on.
        if let Some(&t) = ready
            .iter()
            .find(|&&t| !view.state.threads[t].keeper && !view.state.threads[t].calling)
        {
            return vec![Choice::Run(t)];
        }
        let goes_on = ready.contains(&view.last);
        if goes_on {
            options.push(Choice::Run(view.last));
        }
        let others = ready.iter().filter(|&&t| t != view.last).map(|&t| Choice::Run(t));
        if !goes_on {
            options.extend(others.take(if self.bounds.turns > 0 { usize::MAX } else { 1 }));
        } else if self.at_race && self.bounds.turns > 0 {
            options.extend(others);
        }
        let strikes = self.victim.is_some_and(|p| {
            let process = &view.state.processes[p];
            process.life == Life::Alive && !process.stopped
        });
        if strikes {
            options.extend(match self.bounds.strike {
                Strike::Nothing => None,
                Strike::Kill(p) => Some(Choice::Kill(p)),
                Strike::Stop(p, time) => Some(Choice::Stop(p, time)),
                Strike::Vanish(_, thread) => Some(Choice::Vanish(thread)),
            });
        }
        options
    }
}

impl Policy for Guided {
    fn choose(&mut self, view: &View<'_>) -> Choice {
        self.stage = view.stage;
        self.process_of = view.state.threads.iter().map(|t| t.process).collect();
        if view.stage < self.bounds.from {
            let goes_on = view.ready.contains(&view.last);
            return Choice::Run(if goes_on { view.last } else { view.ready[0] });
        }
        let options = self.options(view);
        self.at_race = false;
        if options.len() == 1 {
            return options[0];
        }
        let chosen = self.path.get(self.taken.len()).copied().unwrap_or(0);
        self.taken.push((chosen, options.len() as u16));
        let choice = options[usize::from(chosen).min(options.len() - 1)];
        match choice {
            Choice::Run(_) => self.bounds.turns -= u32::from(chosen > 0),
            _ => self.victim = None,
        }
        choice
    }

    fn fuel(&mut self) -> u32 {
        if self.stage < self.bounds.from {
            u32::MAX
        } else {
            0
        }
    }

    fn minds(&mut self, _: Access, offset: usize, thread: usize) -> bool {
        let interrupted = self
            .bounds
            .only
            .is_none_or(|p| self.process_of.get(thread) == Some(&p));
        self.at_race = self.bounds.turns > 0 && interrupted && self.is_raced(offset);
        self.at_race
            || self
                .victim
                .is_some_and(|p| self.process_of.get(thread) == Some(&p))
    }

    fn is_offered(&mut self, thread: usize) {
        self.at_race = self
            .bounds
            .only
            .is_none_or(|p| self.process_of.get(thread) == Some(&p));
    }

    fn end_of_process(&mut self) -> (i64, i64) {
        self.bounds.death
    }

    fn quiet_ns(&self) -> i64 {
        self.bounds.quiet_ns
    }

    fn record(&mut self) -> Vec<(u16, u16)> {
        std::mem::take(&mut self.taken)
    }
}

/// The path after the one taken, in depth-first order.
pub fn next_path(mut taken: Vec<(u16, u16)>) -> Option<Vec<u16>> {
    while let Some((chosen, options)) = taken.pop() {
        if chosen + 1 < options {
            let mut path: Vec<u16> = taken.iter().map(|t| t.0).collect();
            path.push(chosen + 1);
            return Some(path);
        }
    }
    None
}
