//! `doctor`: whether this system is fit for Intersync, and what to do if not.

mod facts;
mod findings;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::args::DoctorArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::place::Place;
use crate::report::text::Printable;
use crate::report::{Format, json, tsv};
use facts::Facts;
use findings::{Finding, Level};

/// Prints what was found, and ends with the worst of it.
pub(crate) fn run(args: &DoctorArgs, place: &Place) -> Result<Exit, Failure> {
    let findings = findings::of(&Facts::gather(place));
    let format = Format::choose(args.json);
    output::print(
        findings
            .iter()
            .map(|finding| line(finding, format))
            .collect::<String>(),
    )?;
    Ok(exit(&findings))
}

/// The exit code for the worst of the findings.
fn exit(findings: &[Finding]) -> Exit {
    match findings.iter().map(|finding| finding.level).max() {
        Some(Level::Fault) => Exit::Error,
        Some(Level::Risk) => Exit::Findings,
        Some(Level::Fine) | None => Exit::Success,
    }
}

/// A finding as JSON.
#[derive(Serialize)]
struct Keys<'a> {
    version: u32,
    level: &'static str,
    area: &'static str,
    fact: &'a str,
    advice: Option<&'a str>,
}

fn line(finding: &Finding, format: Format) -> String {
    let Finding {
        level,
        area,
        fact,
        advice,
    } = finding;
    match format {
        Format::Json => json::line(&Keys {
            version: json::VERSION,
            level: level.word(),
            area,
            fact,
            advice: advice.as_deref(),
        }),
        Format::Tsv => tsv::line(&[
            level.word().into(),
            (*area).into(),
            fact.clone(),
            advice.clone().unwrap_or_default(),
        ]),
        Format::Table { .. } => {
            let style = Style::new().fg_color(Some(level.color().into()));
            let mut text = format!(
                "{style}{:<5}{style:#}  {area:<9}  {}\n",
                level.word(),
                Printable(fact)
            );
            if let Some(advice) = advice {
                text.push_str(&format!("{:<5}  {:<9}  -> {}\n", "", "", Printable(advice)));
            }
            text
        }
    }
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Fine => "ok",
            Level::Risk => "risk",
            Level::Fault => "fault",
        }
    }

    fn color(self) -> AnsiColor {
        match self {
            Level::Fine => AnsiColor::Green,
            Level::Risk => AnsiColor::Yellow,
            Level::Fault => AnsiColor::Red,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(level: Level) -> Finding {
        Finding {
            level,
            area: "space",
            fact: "4 MiB\tleft".to_string(),
            advice: Some("free some".to_string()),
        }
    }

    #[test]
    fn the_worst_finding_decides_the_exit_code() {
        use Level::{Fault, Fine, Risk};
        let code = |levels: &[Level]| exit(&levels.iter().copied().map(finding).collect::<Vec<_>>()).code();
        assert_eq!(code(&[Fine, Fine]), 0);
        assert_eq!(code(&[Risk, Fine]), 1);
        assert_eq!(code(&[Fine, Fault, Risk]), 2);
        assert_eq!(code(&[]), 0);
    }

    #[test]
    fn each_format_has_level_area_fact_and_advice() {
        let risk = finding(Level::Risk);
        assert_eq!(
            line(&risk, Format::Tsv),
            "risk\tspace\t4 MiB\\u{9}left\tfree some\n"
        );
        assert_eq!(
            line(&risk, Format::Json),
            "{\"version\":1,\"level\":\"risk\",\"area\":\"space\",\"fact\":\"4 MiB\\tleft\",\"advice\":\"free some\"}\n"
        );
        let table = line(&risk, Format::Table { width: 80 });
        assert!(
            table.contains("risk") && table.contains("  -> free some\n"),
            "{table}"
        );
    }
}
