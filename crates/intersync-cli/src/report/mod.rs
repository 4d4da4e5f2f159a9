//! What the command prints: one view of a namespace, and one module for each way to print it.

pub(crate) mod json;
pub(crate) mod picture;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod tsv;
pub(crate) mod view;
pub(crate) mod waits;

use std::io::IsTerminal;

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Aligned columns with a header, as wide as the terminal (0: as wide as needed).
    Table {
        /// Columns of the terminal.
        width: u16,
    },
    /// One line each, tabs between the fields, no header.
    Tsv,
    /// One JSON object per line.
    Json,
}

impl Format {
    /// JSON if asked for, a table for a terminal, tabs otherwise.
    pub(crate) fn choose(json: bool) -> Format {
        let stdout = std::io::stdout();
        if json {
            Format::Json
        } else if stdout.is_terminal() {
            Format::Table {
                width: rustix::termios::tcgetwinsize(stdout).map_or(0, |size| size.ws_col),
            }
        } else {
            Format::Tsv
        }
    }
}
