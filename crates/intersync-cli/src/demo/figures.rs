//! What the demo saw, as figures and as expectations.

use hdrhistogram::Histogram;

use super::props::PERMITS;
use super::protocol::histogram;
use crate::report::table;

/// Everything that was seen. All times in nanoseconds.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    workers: usize,
    /// From the set of the manual-reset event until a worker runs.
    pub(super) starts: Histogram<u64>,
    pub(super) mutex_waits: Histogram<u64>,
    pub(super) acquired_by_workers: u64,
    pub(super) acquired_on_board: u64,
    pub(super) hand_overs: u64,
    pub(super) permit_waits: Histogram<u64>,
    pub(super) permits_by_workers: u64,
    pub(super) permits_on_board: u64,
    pub(super) inside_at_end: u64,
    pub(super) most_inside: u64,
    pub(super) permits_left: u32,
    /// From the set of the auto-reset event until the answer.
    pub(super) round_trips: Histogram<u64>,
    pub(super) let_through: u64,
    /// From the kill until the next worker owns the mutex.
    pub(super) recoveries: Histogram<u64>,
    pub(super) abandoned_seen: usize,
    pub(super) first_saw_abandoned: bool,
    pub(super) permit_came_back: bool,
    /// From the due time until a worker runs.
    pub(super) tick_lateness: Histogram<u64>,
    pub(super) expiries: u64,
    pub(super) names_left: usize,
    pub(super) broken_rules: Vec<String>,
}

impl Seen {
    /// Nothing seen yet, of this many workers.
    pub(super) fn new(workers: usize) -> Seen {
        Seen {
            workers,
            starts: histogram(),
            mutex_waits: histogram(),
            acquired_by_workers: 0,
            acquired_on_board: 0,
            hand_overs: 0,
            permit_waits: histogram(),
            permits_by_workers: 0,
            permits_on_board: 0,
            inside_at_end: 0,
            most_inside: 0,
            permits_left: 0,
            round_trips: histogram(),
            let_through: 0,
            recoveries: histogram(),
            abandoned_seen: 0,
            first_saw_abandoned: false,
            permit_came_back: false,
            tick_lateness: histogram(),
            expiries: 0,
            names_left: 0,
            broken_rules: Vec::new(),
        }
    }

    /// The table of figures.
    pub(super) fn report(&self, width: u16) -> String {
        let rows = [
            ("manual-reset event: set to running", &self.starts),
            ("mutex: wait to owned", &self.mutex_waits),
            ("semaphore: wait to permit", &self.permit_waits),
            ("auto-reset event: set to answer", &self.round_trips),
            ("owner killed to next owner", &self.recoveries),
            ("periodic timer: due to running", &self.tick_lateness),
        ]
        .map(|(what, times)| {
            let at = |quantile| time(times.value_at_quantile(quantile));
            vec![
                what.to_string(),
                times.len().to_string(),
                at(0.5),
                at(0.99),
                time(times.max()),
            ]
        });
        let table = table::figures(&["", "OPERATIONS", "MEDIAN", "P99", "MAX"], &rows, width);
        format!(
            "\n{table}\nhand-overs of the mutex {}, abandoned seen {} by {} survivors, names left {}, broken rules {}\n",
            self.hand_overs,
            self.abandoned_seen,
            self.workers.saturating_sub(1),
            self.names_left,
            self.broken_rules.len()
        )
    }

    /// The expectations that were not met, each with what was found instead.
    pub(super) fn unmet(&self) -> Vec<String> {
        let all = [
            self.of_exclusion(),
            self.of_events(),
            self.of_the_crash(),
            self.of_the_end(),
        ];
        all.into_iter()
            .flatten()
            .filter(|(met, _)| !met)
            .map(|(_, expectation)| expectation)
            .collect()
    }

    /// What the mutex and the semaphore must have done.
    fn of_exclusion(&self) -> Vec<Expectation> {
        vec![
            (
                self.acquired_by_workers > 0 && self.acquired_on_board == self.acquired_by_workers,
                format!(
                    "the mutex guards its data: {} acquisitions were counted as {}",
                    self.acquired_by_workers, self.acquired_on_board
                ),
            ),
            (
                self.hand_overs >= 1,
                "the mutex goes from one worker to another".to_string(),
            ),
            (
                self.permits_by_workers > 0 && self.permits_on_board == self.permits_by_workers,
                format!(
                    "{} permits were counted as {}",
                    self.permits_by_workers, self.permits_on_board
                ),
            ),
            (
                (1..=u64::from(PERMITS)).contains(&self.most_inside) && self.inside_at_end == 0,
                format!(
                    "a semaphore of {PERMITS} lets no more in: there were {}, and {} at the end",
                    self.most_inside, self.inside_at_end
                ),
            ),
            (
                self.permits_left == PERMITS,
                format!(
                    "all {PERMITS} permits are back at the end, not {}",
                    self.permits_left
                ),
            ),
        ]
    }

    /// What the events and the timer must have done.
    fn of_events(&self) -> Vec<Expectation> {
        let (starts, sets, ticks) = (
            self.starts.len(),
            self.round_trips.len(),
            self.tick_lateness.len(),
        );
        vec![
            (
                starts == self.workers as u64,
                format!(
                    "one set of a manual-reset event lets all {} through, not {starts}",
                    self.workers
                ),
            ),
            (
                self.let_through > 0 && self.let_through == sets,
                format!(
                    "each set of an auto-reset event lets one through: {sets} sets, {} let through",
                    self.let_through
                ),
            ),
            (
                (1..=self.expiries).contains(&ticks),
                format!(
                    "each expiry of the timer lets at most one through: {} expiries, {ticks} let through",
                    self.expiries
                ),
            ),
        ]
    }

    /// What must follow when the owner of the mutex is killed.
    fn of_the_crash(&self) -> Vec<Expectation> {
        vec![
            (
                self.abandoned_seen == 1,
                format!(
                    "one survivor is told that the mutex was abandoned, not {}",
                    self.abandoned_seen
                ),
            ),
            (
                self.first_saw_abandoned,
                "the next owner is the one who is told".to_string(),
            ),
            (
                self.permit_came_back,
                "the permit of the killed worker comes back".to_string(),
            ),
        ]
    }

    /// What must be left when all workers have ended.
    fn of_the_end(&self) -> Vec<Expectation> {
        vec![
            (
                self.names_left == 0,
                format!("no name is left, not {}", self.names_left),
            ),
            (
                self.broken_rules.is_empty(),
                format!(
                    "no rule of the namespace is broken, not: {}",
                    self.broken_rules.join("; ")
                ),
            ),
        ]
    }
}

/// Whether it was met, and in words, with what was found.
type Expectation = (bool, String);

/// A time with three digits and its unit.
pub(super) fn time(nanos: u64) -> String {
    const UNITS: [(&str, f64); 4] = [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9)];
    let (unit, size) = UNITS
        .into_iter()
        .rev()
        .find(|(_, size)| nanos as f64 >= *size)
        .unwrap_or(("ns", 1.0));
    let value = nanos as f64 / size;
    let decimals = match value {
        _ if unit == "ns" => 0,
        value if value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_it_must_be() -> Seen {
        let mut seen = Seen::new(4);
        for _ in 0..4 {
            seen.starts.saturating_record(60_000);
        }
        seen.mutex_waits.saturating_record_n(12_000, 100);
        (seen.acquired_by_workers, seen.acquired_on_board, seen.hand_overs) = (100, 100, 90);
        (seen.permits_by_workers, seen.permits_on_board) = (50, 50);
        (seen.most_inside, seen.permits_left) = (2, PERMITS);
        seen.round_trips.saturating_record_n(9_000, 30);
        seen.let_through = 30;
        seen.recoveries.saturating_record(180_000);
        (
            seen.abandoned_seen,
            seen.first_saw_abandoned,
            seen.permit_came_back,
        ) = (1, true, true);
        seen.tick_lateness.saturating_record_n(50_000, 100);
        seen.expiries = 100;
        seen
    }

    #[test]
    fn a_demo_as_it_must_be_has_no_unmet_expectation() {
        assert_eq!(as_it_must_be().unmet(), Vec::<String>::new());
    }

    #[test]
    fn a_demo_that_saw_nothing_meets_hardly_any() {
        assert!(Seen::new(4).unmet().len() >= 10);
    }

    #[test]
    fn each_deviation_is_named() {
        type Deviation = (&'static str, fn(&mut Seen));
        let cases: [Deviation; 14] = [
            ("manual-reset", |seen| seen.starts.reset()),
            ("guards its data", |seen| seen.acquired_on_board -= 1),
            ("to another", |seen| seen.hand_overs = 0),
            ("counted as", |seen| seen.permits_on_board += 1),
            ("lets no more in", |seen| seen.most_inside = 3),
            ("at the end", |seen| seen.inside_at_end = 1),
            ("are back", |seen| seen.permits_left = 1),
            ("auto-reset", |seen| seen.let_through += 1),
            ("told that", |seen| seen.abandoned_seen = 2),
            ("the one who is told", |seen| seen.first_saw_abandoned = false),
            ("comes back", |seen| seen.permit_came_back = false),
            ("timer", |seen| seen.expiries = 99),
            ("name is left", |seen| seen.names_left = 1),
            ("object 3: broken", |seen| {
                seen.broken_rules.push("object 3: broken".to_string())
            }),
        ];
        for (words, deviate) in cases {
            let mut seen = as_it_must_be();
            deviate(&mut seen);
            let unmet = seen.unmet();
            assert_eq!(unmet.len(), 1, "{words}: {unmet:?}");
            assert!(unmet[0].contains(words), "{words}: {unmet:?}");
        }
    }

    #[test]
    fn the_table_has_a_line_for_each_measurement() {
        let report = as_it_must_be().report(0);
        let line = report
            .lines()
            .find(|line| line.starts_with("mutex"))
            .expect("a line for the mutex");
        assert!(line.contains("100") && line.contains("12.0 us"), "{line}");
        assert!(
            report.contains("hand-overs of the mutex 90, abandoned seen 1 by 3 survivors"),
            "{report}"
        );
    }

    #[test]
    fn times_have_three_digits_and_a_unit() {
        let cases = [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 us"),
            (12_340, "12.3 us"),
            (180_000, "180 us"),
        ];
        for (nanos, text) in cases {
            assert_eq!(time(nanos), text);
        }
        assert_eq!(time(2_500_000_000), "2.50 s");
    }
}
