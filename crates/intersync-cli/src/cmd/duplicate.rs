//! `dup`: a handle to an object, put into a running process.

use intersync::{DuplicateOptions, Error, Handle, Process};

use crate::args::sharing::DupArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::{Place, Scope};
use crate::report::text::quoted;

/// Duplicates a handle to the object into the process, and prints its value there.
pub(crate) fn run(args: &DupArgs, place: &Place) -> Result<Exit, Failure> {
    let attempt = || format!("duplicate {} into process {}", quoted(&args.name), args.to);
    let object = place.object(&args.name, attempt)?;
    // The object that stands for the process is the user's own, wherever the named one is.
    let target = place
        .local_namespace()
        .and_then(|namespace| Process::open_in(&namespace, args.to))
        .trying(attempt)?;
    let mut options = DuplicateOptions::new().inheritable(args.inherit);
    if let Some(access) = args.access {
        options = options.access(access);
    }
    let value = match object.duplicate_into(&target, options) {
        Err(error @ Error::NotAttached { .. }) => {
            return Err(why_not(args, &target).unwrap_or_else(|| error.to_string())).trying(attempt);
        }
        other => other.trying(attempt)?,
    };
    output::print(format_args!("{value}\n"))?;
    Ok(Exit::Success)
}

/// What is the matter with a process that does not use the namespace, if it is more than that.
fn why_not(args: &DupArgs, target: &Process) -> Option<String> {
    if target.has_exited() == Ok(true) {
        return Some("the process has ended".to_string());
    }
    let (me, other) = (rustix::process::geteuid().as_raw(), effective_user(args.to)?);
    let (scope, bare) = Scope::split(&args.name);
    (other != me && scope == Scope::Local).then(|| {
        format!(
            "it is a process of user {other}, with other Local\\ names than those of user {me}; share {} instead",
            quoted(&Scope::Global.full_name(bare))
        )
    })
}

/// The effective user of a process, as `/proc` tells it.
fn effective_user(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let users = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    users.split_whitespace().nth(1)?.parse().ok()
}
