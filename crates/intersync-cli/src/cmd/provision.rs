//! `provision`: the namespace of the machine, for a group.

use std::path::{Path, PathBuf};

use intersync::provision;

use crate::args::ProvisionArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::place::{Place, Scope};
use crate::report::text::{Printable, quoted};

/// Where the command is, if it cannot be told.
const INSTALLED: &str = "/usr/bin/intersync";

/// Makes or repairs the namespace, and prints what was done and what does it again at each boot.
pub(crate) fn run(args: &ProvisionArgs, place: &Place) -> Result<Exit, Failure> {
    // A directory of the user's own choice has no names for the machine.
    place.location(Scope::Global)?;
    if args.print {
        output::print(for_the_next_boot(&args.group))?;
        return Ok(Exit::Success);
    }
    let attempt = || "provision the Global namespace".to_string();
    let done = provision::provision(group(&args.group)?).trying(attempt)?;
    let mut text = String::new();
    for step in &done.steps {
        text.push_str(&format!("{}\n", Printable(step)));
    }
    if done.steps.is_empty() {
        text.push_str(&format!(
            "{} is as it should be already\n",
            done.directory.display()
        ));
    }
    text.push_str("\n# It is gone at the next boot. These files make it again then.\n");
    text.push_str(&for_the_next_boot(&args.group));
    output::print(text)?;
    Ok(Exit::Success)
}

/// The id of a group given by name or number.
fn group(given: &str) -> Result<u32, Failure> {
    let known = provision::group_id(given).or_else(|| given.parse().ok());
    known.ok_or_else(|| {
        Failure::new(format!(
            "there is no group {}; make it first (groupadd --system {given})",
            quoted(given)
        ))
    })
}

/// The files that provision at each boot, each under its path.
fn for_the_next_boot(group: &str) -> String {
    let base = provision::base();
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from(INSTALLED));
    format!(
        "# /etc/tmpfiles.d/intersync-global.conf\n{}\n# /etc/systemd/system/intersync-provision.service\n{}",
        provision::tmpfiles(&base, group),
        provision::service(&base, group, Path::new(&program))
    )
}
