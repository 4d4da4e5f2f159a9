//! Progress on standard error: a bar on a terminal, plain lines otherwise.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::text::Printable;

/// Steps of a bar.
const STEPS: u64 = 100;

/// How to show progress.
pub(super) struct Progress {
    bars: bool,
}

/// One act under way. Dropped without [`Act::end`], its bar goes away.
pub(super) struct Act {
    title: String,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Bars on a terminal, unless `plain`.
    pub(super) fn new(plain: bool) -> Progress {
        Progress {
            bars: !plain && std::io::stderr().is_terminal(),
        }
    }

    /// Begins an act.
    pub(super) fn act(&self, title: &str, what: &str) -> Act {
        let bar = self.bars.then(|| {
            let style = ProgressStyle::with_template("{prefix:<10} [{bar:30}] {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(STEPS).with_style(style.progress_chars("=> "));
            bar.set_prefix(title.to_string());
            bar.set_message(what.to_string());
            bar
        });
        if bar.is_none() {
            eprintln!("{title:<10} {}", Printable(what));
        }
        Act {
            title: title.to_string(),
            bar,
        }
    }
}

impl Act {
    /// Shows how far it is, as a part of 1, and what there is to see. Plain lines show only the ends.
    pub(super) fn update(&self, part: f64, message: &str) {
        if let Some(bar) = &self.bar {
            // A part of 1 times 100 fits.
            bar.set_position((part.clamp(0.0, 1.0) * STEPS as f64) as u64);
            bar.set_message(message.to_string());
        }
    }

    /// Shows how it ended.
    pub(super) fn end(self, result: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        eprintln!("{:<10} {result}", self.title);
    }
}
