//! Arguments of the commands about who shares what with whom.

use std::ffi::OsString;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use intersync::Access;

use super::value::SignalName;

/// Arguments of `why`.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// The name of the object
    pub(crate) name: String,
    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `deadlocks`.
#[derive(Debug, Args)]
pub(crate) struct DeadlocksArgs {
    /// One JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the whole wait-for graph instead, deadlocks in red
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "json")]
    pub(crate) graph: Option<GraphFormat>,
}

/// How to draw a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// The language of Graphviz
    Dot,
    /// A picture, ready for a browser
    Svg,
}

/// Arguments of `exec`.
#[derive(Debug, Args)]
pub(crate) struct InheritArgs {
    /// Have the command inherit a handle to this object, its value in this variable; can be given again
    #[arg(long = "inherit", required = true, value_name = "NAME=VAR")]
    pub(crate) inherit: Vec<InheritSpec>,
    /// The signal the command gets if intersync itself is killed
    #[arg(long, value_name = "SIGNAL", default_value = "TERM")]
    pub(crate) orphan_signal: SignalName,
    /// The command and its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    #[arg(value_hint = clap::ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<OsString>,
}

/// An object to inherit, and the variable for its handle: `NAME=VAR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InheritSpec {
    /// The name of the object.
    pub(crate) name: String,
    /// The name of the variable.
    pub(crate) variable: String,
}

impl FromStr for InheritSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A name may contain equals signs, a variable cannot.
        let Some((name, variable)) = text.rsplit_once('=') else {
            return Err("write NAME=VAR: the object, and the variable for its handle".to_string());
        };
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if variable.is_empty()
            || !variable.chars().all(is_word)
            || variable.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(
                "a variable has letters, digits and underscores only, and no digit first".to_string(),
            );
        }
        if variable.starts_with("INTERSYNC_") {
            return Err("variables that begin with INTERSYNC_ are for intersync itself".to_string());
        }
        Ok(InheritSpec {
            name: name.to_string(),
            variable: variable.to_string(),
        })
    }
}

/// Arguments of `dup`.
#[derive(Debug, Args)]
pub(crate) struct DupArgs {
    /// The name of the object
    pub(crate) name: String,
    /// The process that gets the handle
    #[arg(long = "to", value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) to: u32,
    /// What the handle may be used for [default: whatever the calling user may do]
    #[arg(long, value_name = "RIGHTS", value_parser = rights)]
    pub(crate) access: Option<Access>,
    /// Let children of the process inherit the handle
    #[arg(long)]
    pub(crate) inherit: bool,
}

/// The rights by the words that `show` prints.
const RIGHTS: [(&str, Access); 7] = [
    ("query", Access::QUERY),
    ("modify", Access::MODIFY),
    ("wait", Access::WAIT),
    ("delete", Access::DELETE),
    ("read-control", Access::READ_CONTROL),
    ("write-dac", Access::WRITE_DAC),
    ("write-owner", Access::WRITE_OWNER),
];

/// Parses rights, as in `query,wait` or `query|wait`.
fn rights(text: &str) -> Result<Access, String> {
    if text == "nothing" {
        return Ok(Access::empty());
    }
    text.split([',', '|']).try_fold(Access::empty(), |sum, word| {
        let found = RIGHTS.iter().find(|(name, _)| *name == word);
        let (_, right) = found.ok_or_else(|| {
            let words: Vec<&str> = RIGHTS.iter().map(|(name, _)| *name).collect();
            format!(
                "\"{word}\" is no right; write some of {}, or nothing",
                words.join(", ")
            )
        })?;
        Ok(sum | *right)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_the_last_equals_sign_is_the_variable() {
        let spec = |name: &str, variable: &str| {
            Ok(InheritSpec {
                name: name.into(),
                variable: variable.into(),
            })
        };
        assert_eq!("stop=STOP".parse(), spec("stop", "STOP"));
        assert_eq!(r"Local\a=b=_1".parse(), spec(r"Local\a=b", "_1"));
        for bad in [
            "stop",
            "stop=",
            "stop=1A",
            "stop=A B",
            "stop=INTERSYNC_INHERIT",
            "stop=Ä",
        ] {
            assert!(bad.parse::<InheritSpec>().is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn rights_are_read_as_show_prints_them() {
        assert_eq!(rights("wait"), Ok(Access::WAIT));
        assert_eq!(rights("query,wait"), Ok(Access::QUERY | Access::WAIT));
        assert_eq!(rights("nothing"), Ok(Access::empty()));
        for kind in [intersync::Kind::Event, intersync::Kind::Mutex] {
            let full = Access::full(kind);
            assert_eq!(rights(&full.to_string()), Ok(full));
        }
        for bad in ["", "query,", "Wait", "query wait", "nothing,wait", "0x1"] {
            assert!(rights(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
