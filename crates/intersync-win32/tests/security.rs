//! Security descriptors: how they are made, which mode an object gets by them, and whom that lets in.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use intersync::{Location, inspect, provision};
use rustix::process::{getegid, geteuid};
use support::program::{Program, Run, holds};
use support::{output, scratch_namespace, tell, text};

const NOT_SUPPORTED: u32 = 50;
const INVALID_OWNER: u32 = 1307;
const INVALID_PRIMARY_GROUP: u32 = 1308;

/// The group that Global is provisioned for; the users in `users.c` are in it.
const GROUP: u32 = 65_100;

fn build(source: &str) -> Program {
    Program::build(source).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn identifiers_lists_and_descriptors_are_made_and_read_as_documented() {
    holds("c/security.c");
}

/// Kind and descriptor of an object, and its mode, or the last error that refuses it. `UID` and `GID` stand for those of
/// this process, `UID+` and `GID+` for other ones.
const OBJECTS: &[(&str, Result<u16, u32>)] = &[
    ("event", Ok(0o700)),
    ("event O:S-1-22-1-UID G:S-1-22-2-GID", Ok(0o700)),
    ("event D:NO_ACCESS_CONTROL", Ok(0o777)),
    ("event D:", Ok(0o000)),
    ("event D:(A;;GA;;;WD)", Ok(0o777)),
    ("mutex D:(A;;GA;;;AU)", Ok(0o777)),
    ("event D:(A;;GA;;;S-1-22-1-UID)", Ok(0o700)),
    ("event D:(A;;GA;;;OW)", Ok(0o700)),
    ("event D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;CO)", Ok(0o700)),
    // Each class is one caller, who is everything that the entries name: the owner is in the group here.
    ("event D:(A;;GR;;;CG)", Ok(0o440)),
    ("event D:(A;;GA;;;CO)(A;;GRGX;;;S-1-22-2-GID)", Ok(0o750)),
    ("semaphore D:(A;;GA;;;CO)(A;;0x100000;;;WD)", Ok(0o711)),
    (
        "timer D:(A;;0x1F0003;;;CO)(A;;0x100001;;;CG)(A;;0x2;;;WD)",
        Ok(0o772),
    ),
    // For each right the first entry counts that names it.
    ("event D:(D;;GA;;;CG)(A;;GA;;;WD)", Ok(0o007)),
    ("event D:(A;;GA;;;CO)(D;;0x2;;;CG)(A;;GRGWGX;;;WD)", Ok(0o757)),
    ("event D:(A;;GA;;;WD)(D;;GA;;;WD)", Ok(0o777)),
    ("event D:(A;;GA;;;CO)(D;;0x2;;;S-1-0-0)", Ok(0o700)),
    // For children only; there are none.
    ("event D:(A;;GA;;;CO)(A;IO;GA;;;S-1-5-21-1-2-3-1000)", Ok(0o700)),
    // A mutex is either queried and released by everybody who waits, or nothing.
    ("mutex D:(A;;0x100001;;;WD)", Ok(0o555)),
    ("mutex D:(A;;0x1F0001;;;WD)", Ok(0o777)),
    ("semaphore D:(A;;0x100003;;;WD)", Ok(0o777)),
    // What no mode says.
    ("event D:(A;;GA;;;CO)(A;;GA;;;S-1-22-1-UID+)", Err(NOT_SUPPORTED)),
    ("event D:(A;;GA;;;CO)(A;;GA;;;S-1-22-2-GID+)", Err(NOT_SUPPORTED)),
    ("event D:(D;;GA;;;S-1-22-1-UID+)(A;;GA;;;WD)", Err(NOT_SUPPORTED)),
    ("event D:(D;;GA;;;BA)(A;;GA;;;WD)", Err(NOT_SUPPORTED)),
    ("event D:(A;;GA;;;IU)", Err(NOT_SUPPORTED)),
    ("event D:(A;;GA;;;S-1-5-21-1-2-3-1000)", Err(NOT_SUPPORTED)),
    ("event D:(A;;0x110000;;;WD)", Err(NOT_SUPPORTED)),
    ("event D:(A;;GA;;;CO)(D;;0x10000;;;CO)", Ok(0o700)),
    ("event D:(D;;0x10000;;;CO)(A;;GA;;;CO)", Err(NOT_SUPPORTED)),
    ("event D:(D;;GW;;;CG)(A;;GRGX;;;WD)", Err(NOT_SUPPORTED)),
    ("mutex D:(A;;GW;;;WD)", Err(NOT_SUPPORTED)),
    ("event O:S-1-22-1-UID+ D:(A;;GA;;;WD)", Err(INVALID_OWNER)),
    ("event O:WD", Err(INVALID_OWNER)),
    ("event G:S-1-22-2-GID+", Err(INVALID_PRIMARY_GROUP)),
];

#[test]
fn an_object_gets_the_mode_that_its_descriptor_means_or_none() {
    let program = build("c/modes.c");
    let namespace = scratch_namespace();
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    let texts = OBJECTS.iter().map(|(text, _)| {
        // Others before those that their names begin with.
        text.replace("UID+", &(uid ^ 0x2000_0000).to_string())
            .replace("GID+", &(gid ^ 0x2000_0000).to_string())
            .replace("UID", &uid.to_string())
            .replace("GID", &gid.to_string())
    });
    let mut command = program.command(namespace.path());
    command.args(texts).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.spawn().expect("the program");
    let lines = BufReader::new(running.stdout.take().expect("its output")).lines();
    let mut lines = lines.map(|line| line.expect("a line"));
    let errors: Vec<String> = lines.by_ref().take_while(|line| line != "made").collect();

    let seen = inspect::snapshot(&Location::Under(namespace.path().to_owned())).expect("a snapshot");
    let modes: BTreeMap<_, _> = seen
        .objects
        .iter()
        .filter_map(|object| Some((object.name.clone()?, object.mode)))
        .collect();
    assert_eq!(errors.len(), OBJECTS.len(), "{errors:?}");
    for (number, ((text, expected), told)) in OBJECTS.iter().zip(&errors).enumerate() {
        let name = (number + 1).to_string();
        assert_eq!(*told, format!("{name} {}", expected.err().unwrap_or(0)), "{text}");
        let mode = modes.get(&name).map(|mode| format!("{mode:03o}"));
        assert_eq!(mode, expected.ok().map(|mode| format!("{mode:03o}")), "{text}");
    }
    drop(running.stdin.take());
    assert!(running.wait().expect("the program").success());
}

/// Run by [`users_get_what_descriptors_grant_them`], in a process of its own for the sake of its environment.
#[test]
#[ignore = "a part of another test, not a test"]
fn provision_for_the_group() {
    provision::provision(GROUP).expect("root may");
}

#[test]
fn users_get_what_descriptors_grant_them() {
    if !geteuid().is_root() {
        tell("skipped: descriptors between users, which only root can test");
        return;
    }
    let program = build("c/users.c");
    let namespace = scratch_namespace();
    let for_all = std::fs::Permissions::from_mode(0o1777);
    std::fs::set_permissions(namespace.path(), for_all).expect("chmod");
    let mut provider = Command::new(std::env::current_exe().expect("this program"));
    provider.args(["--exact", "--ignored", "provision_for_the_group"]);
    let provided = output(provider.env("INTERSYNC_DIR", namespace.path()));
    assert!(
        provided.status.success() && text(&provided.stdout).contains("1 passed"),
        "{}",
        text(&provided.stdout)
    );
    Run::of(output(program.command(namespace.path()).stdin(Stdio::null()))).holds();
}
