//! Data goes to standard output, words to standard error.

use std::fmt::Display;
use std::io::{self, Write};

use crate::failure::{Failure, Trying};

/// Writes data. That the reader has gone away is no failure: it has seen enough.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).trying(|| "write to standard output".to_string())
        }
        _ => Ok(()),
    }
}

/// Says something about what happens. Nowhere to say it is no failure either.
pub(crate) fn say(message: impl Display) {
    let _ = writeln!(io::stderr(), "intersync: {message}");
}
