//! The table.

use comfy_table::{CellAlignment, Table, TableStyle, presets};

use crate::question::{Answer, Missing, Target, Unit};
use crate::stats::Summary;

const HEADINGS: [&str; 7] = [
    "what",
    "ours",
    "reference",
    "its figure",
    "ratio",
    "target",
    "met",
];

/// For the terminal.
pub fn text(answers: &[Answer]) -> String {
    build(answers, presets::UTF8_BORDERS_ONLY, str::to_uppercase).to_string()
}

/// For a document.
pub fn markdown(answers: &[Answer]) -> String {
    build(answers, presets::ASCII_MARKDOWN, |title| format!("**{title}**")).to_string()
}

/// Whether the target is met: "yes", "no", "spread" if the quartiles enclose it, or nothing.
pub fn verdict(answer: &Answer) -> &'static str {
    let (Some(target), Some(judged)) = (answer.target, answer.judged()) else {
        return "";
    };
    if target.met(judged.median) {
        "yes"
    } else if target.met(judged.low) || target.met(judged.high) {
        "spread"
    } else {
        "no"
    }
}

/// One section for each row, under a line with its title.
fn build(answers: &[Answer], style: TableStyle, title: fn(&str) -> String) -> Table {
    let mut table = Table::new();
    table.load_style(style).set_header(HEADINGS);
    let mut row = None;
    for answer in answers {
        if row != Some(answer.row) {
            row = Some(answer.row);
            table.add_row([title(answer.row.title())]);
        }
        table.add_row(line(answer));
    }
    for column in [1, 3, 4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn line(answer: &Answer) -> [String; 7] {
    let figure = |summary: &Result<Summary, Missing>| match summary {
        Ok(summary) => with_unit(summary.median, answer.unit),
        Err(Missing::LeftOut) => "left out".to_owned(),
        Err(Missing::Failed) => "failed".to_owned(),
    };
    let (name, theirs) = match &answer.reference {
        Some((name, summary)) => (name.clone(), figure(summary)),
        None => Default::default(),
    };
    let ratio = answer.ratio.map_or(String::new(), |ratio| {
        format!(
            "{} ({} to {})",
            number(ratio.median),
            number(ratio.low),
            number(ratio.high)
        )
    });
    let target = match answer.target {
        Some(Target::AtMost(bound)) => format!("≤ {}", number(bound)),
        Some(Target::AtLeast(bound)) => format!("≥ {}", number(bound)),
        None => String::new(),
    };
    let what = if answer.disturbed {
        format!("{} †", answer.what)
    } else {
        answer.what.clone()
    };
    [
        what,
        figure(&answer.ours),
        name,
        theirs,
        ratio,
        target,
        verdict(answer).to_owned(),
    ]
}

fn with_unit(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Nanoseconds if value >= 999_500.0 => format!("{} ms", number(value / 1e6)),
        Unit::Nanoseconds if value >= 999.5 => format!("{} µs", number(value / 1e3)),
        Unit::Nanoseconds => format!("{} ns", number(value)),
        Unit::PerSecond => format!("{} k/s", number(value / 1e3)),
        Unit::Share => number(value),
        Unit::Calls => format!("{} calls", number(value)),
        Unit::Bytes => format!("{} bytes", number(value)),
    }
}

/// Three significant digits, without an exponent.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        value if value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        value if value >= 0.0995 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Row;

    fn answer(ratio: [f64; 3], target: Target) -> Answer {
        let summary = Summary {
            low: ratio[0],
            median: ratio[1],
            high: ratio[2],
        };
        Answer {
            row: Row::Free,
            what: "something".to_owned(),
            unit: Unit::Nanoseconds,
            ours: Ok(summary),
            reference: Some(("peer".to_owned(), Ok(summary))),
            ratio: Some(summary),
            target: Some(target),
            disturbed: false,
        }
    }

    #[test]
    fn numbers_keep_three_digits() {
        let shown = [0.0, 0.05, 0.5, 1.155, 12.345, 123.4, 2_345_678.0].map(number);
        assert_eq!(shown, ["0", "0.050", "0.50", "1.16", "12.3", "123", "2345678"]);
    }

    #[test]
    fn a_target_is_judged_by_the_median() {
        assert_eq!(verdict(&answer([0.9, 1.0, 1.4], Target::AtMost(1.0))), "yes");
        assert_eq!(verdict(&answer([0.9, 1.1, 1.4], Target::AtMost(1.0))), "spread");
        assert_eq!(verdict(&answer([1.1, 1.2, 1.4], Target::AtMost(1.0))), "no");
        assert_eq!(verdict(&answer([0.7, 0.8, 1.0], Target::AtLeast(0.9))), "spread");
    }

    #[test]
    fn nothing_is_judged_that_was_not_measured() {
        let mut answer = answer([1.0; 3], Target::AtMost(1.0));
        answer.ours = Err(Missing::Failed);
        answer.ratio = None;
        assert_eq!(verdict(&answer), "");
        assert_eq!(line(&answer)[1], "failed");
    }
}
