//! Failures as the user reads them: what was tried, on what, and the fact.

use std::fmt;

use crate::exit::Exit;
use crate::report::text::Printable;

/// Why the command failed. Printed as `intersync: <attempt>: <fact>`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    exit: Exit,
}

impl Failure {
    /// A failure that says all there is to say in one sentence.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            exit: Exit::Error,
        }
    }

    /// The same failure with another exit code.
    pub(crate) fn with_exit(self, exit: Exit) -> Self {
        Failure { exit, ..self }
    }

    /// The code to exit with.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names and paths come from other users: nothing in them may drive the terminal.
        write!(f, "{}", Printable(&self.message))
    }
}

/// Adds what was tried to an error.
pub(crate) trait Trying<T> {
    /// `attempt` reads on after "cannot": `set event "ready"`.
    fn trying(self, attempt: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Trying<T> for Result<T, E> {
    fn trying(self, attempt: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(format!("cannot {}: {error}", attempt())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_attempt_and_the_fact() {
        let error = intersync::Error::OverMaximum {
            count: 6,
            released: 3,
            maximum: 8,
        };
        let failure = Err::<(), _>(error)
            .trying(|| r#"release semaphore "Local\jobs""#.into())
            .unwrap_err();
        assert_eq!(
            failure.to_string(),
            r#"cannot release semaphore "Local\jobs": 3 more would pass the semaphore's maximum of 8 (now 6)"#
        );
        assert_eq!(failure.exit(), Exit::Error);
    }

    #[test]
    fn control_characters_of_a_name_do_not_reach_the_terminal() {
        assert_eq!(Failure::new("no \u{1b}[31mred").to_string(), "no \\u{1b}[31mred");
    }
}
