//! The plot: how much of each target is used, on a logarithmic scale. Left of the line is good.

use std::ops::Range;

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::question::{Answer, Target};
use crate::stats::Summary;

const LINE: i32 = 22;
const MARGIN: (i32, i32) = (560, 40);
const WIDTH: i32 = 1100;
/// What the scale shows, as shares of the target; what lies beyond stops at the edge.
const SCALE: Range<f64> = 0.05..20.0;
const MET: RGBColor = RGBColor(38, 120, 90);
const MISSED: RGBColor = RGBColor(190, 60, 40);

/// The plot as SVG.
pub fn draw(answers: &[Answer]) -> Result<String> {
    let bars: Vec<(&Answer, Summary)> = answers
        .iter()
        .filter_map(|answer| Some((answer, share(answer)?)))
        .collect();
    let height = 2 * MARGIN.1 + LINE * bars.len() as i32;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32)).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        scale(&area, height)?;
        for (place, (answer, share)) in bars.iter().enumerate() {
            bar(&area, MARGIN.1 + LINE * place as i32, answer, share)?;
        }
        area.present().map_err(failed)?;
    }
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw the plot: {error}")
}

/// How much of its target an answer uses: 1 meets it just so, less is better.
fn share(answer: &Answer) -> Option<Summary> {
    let judged = answer.judged()?;
    let share = |value: f64| match answer.target? {
        // A target of nothing at all has no shares: met is the left edge, missed the right one.
        Target::AtMost(0.0) => Some(if value > 0.0 { SCALE.end } else { SCALE.start }),
        Target::AtMost(bound) => Some(value / bound),
        Target::AtLeast(bound) => Some(bound / value),
    };
    let (one, other) = (share(judged.low)?, share(judged.high)?);
    Some(Summary {
        low: one.min(other),
        median: share(judged.median)?,
        high: one.max(other),
    })
}

/// Where a share lies.
fn across(share: f64) -> i32 {
    let share = share.clamp(SCALE.start, SCALE.end);
    let part = (share / SCALE.start).ln() / (SCALE.end / SCALE.start).ln();
    MARGIN.0 + (part * f64::from(WIDTH - MARGIN.0 - MARGIN.1)) as i32
}

fn text(size: i32, horizontal: HPos) -> TextStyle<'static> {
    ("sans-serif", size)
        .into_font()
        .color(&BLACK)
        .pos(Pos::new(horizontal, VPos::Center))
}

fn scale(area: &Area<'_>, height: i32) -> Result<()> {
    for (share, label) in [
        (0.05, "0.05"),
        (0.1, "0.1"),
        (0.5, "0.5"),
        (1.0, "target"),
        (2.0, "2"),
        (10.0, "10"),
    ] {
        let x = across(share);
        let style = if share == 1.0 {
            BLACK.stroke_width(2)
        } else {
            BLACK.mix(0.2).stroke_width(1)
        };
        let line = vec![(x, MARGIN.1 - 4), (x, height - MARGIN.1 + 4)];
        area.draw(&PathElement::new(line, style)).map_err(failed)?;
        area.draw(&Text::new(label, (x, MARGIN.1 / 2), text(13, HPos::Center)))
            .map_err(failed)?;
    }
    Ok(())
}

fn bar(area: &Area<'_>, top: i32, answer: &Answer, share: &Summary) -> Result<()> {
    let middle = top + LINE / 2;
    let label = format!("{}: {}", answer.row.title(), answer.what);
    let label = match &answer.reference {
        Some((name, _)) => format!("{label} / {name}"),
        None => label,
    };
    area.draw(&Text::new(label, (MARGIN.0 - 8, middle), text(12, HPos::Right)))
        .map_err(failed)?;
    let color = if share.median <= 1.0 { MET } else { MISSED };
    let corners = [
        (across(SCALE.start), top + 5),
        (across(share.median).max(MARGIN.0 + 2), top + LINE - 5),
    ];
    area.draw(&Rectangle::new(corners, color.filled()))
        .map_err(failed)?;
    let whisker = vec![(across(share.low), middle), (across(share.high), middle)];
    area.draw(&PathElement::new(whisker, BLACK.mix(0.6).stroke_width(2)))
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::{Missing, Unit};
    use crate::rows::Row;

    fn answer(what: &str, ours: Result<Summary, Missing>, target: Target) -> Answer {
        let what = what.to_owned();
        let (unit, reference, ratio) = (Unit::Share, None, None);
        Answer {
            row: Row::Contended,
            what,
            unit,
            ours,
            reference,
            ratio,
            target: Some(target),
            disturbed: false,
        }
    }

    fn value(median: f64) -> Result<Summary, Missing> {
        Ok(Summary {
            low: median * 0.9,
            median,
            high: median * 1.2,
        })
    }

    #[test]
    fn what_was_measured_is_drawn_and_nothing_else() {
        let answers = [
            answer("met", value(0.5), Target::AtMost(1.0)),
            answer("missed", value(0.5), Target::AtLeast(0.9)),
            answer("failed", Err(Missing::Failed), Target::AtMost(1.0)),
        ];
        let svg = draw(&answers).unwrap();
        assert!(svg.contains("contended mutex: met") && svg.contains("contended mutex: missed"));
        assert!(!svg.contains("failed"));
    }

    #[test]
    fn a_share_above_one_misses_its_target() {
        let used = |ours, target| share(&answer("something", value(ours), target)).unwrap().median;
        assert_eq!(used(2.0, Target::AtMost(4.0)), 0.5);
        assert_eq!(used(0.45, Target::AtLeast(0.9)), 2.0);
        assert_eq!(used(0.0, Target::AtMost(0.0)), SCALE.start);
        assert_eq!(used(1.0, Target::AtMost(0.0)), SCALE.end);
    }
}
