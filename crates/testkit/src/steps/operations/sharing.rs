//! Handles as numbers: duplicating, inheriting, closing.

use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use intersync::{DuplicateOptions, Event, Inheritance, Process, RawHandle, Reset, duplicate};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};

use super::super::cast::Cast;
use super::super::check::{Check, Progress, expect};
use super::super::victim::peer;
use super::lifetime::{OWN, own_is_gone, setup, shared_still_works};
use super::{Act, OBJECT, Operation, PLAIN, act, must};
use crate::actor::Pending;

/// Says that the victim has already become the process that inherits, and by which values.
const INHERITED: &str = "VICTIM_INHERITS";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "duplicate",
        victim: || {
            let (own, shared) = both();
            act(move || {
                let made = [own, shared].map(|handle| must(handle.duplicate(None, true)));
                assert!(!made.contains(&own));
            })
        },
        at_once: both_are_as_before,
        ..HANDLES
    },
    Operation {
        name: "duplicate-into-another",
        victim: || {
            let (own, _) = both();
            let (from, to) = (must(Process::current()), must(Process::open(peer())));
            act(move || {
                let made = must(duplicate(&from, own, Some((&to).into()), DuplicateOptions::new()));
                assert!(made.is_some());
                (from, to)
            })
        },
        before: another,
        proceed: another_may_have_it,
        ..HANDLES
    },
    Operation {
        name: "duplicate-into-another-and-close",
        victim: || {
            let (own, _) = both();
            let (from, to) = (must(Process::current()), must(Process::open(peer())));
            act(move || {
                let options = DuplicateOptions::new().close_source(true);
                assert!(must(duplicate(&from, own, Some((&to).into()), options)).is_some());
                (from, to)
            })
        },
        before: another,
        proceed: another_may_have_it,
        ..HANDLES
    },
    Operation {
        name: "duplicate-from-another",
        victim: || {
            let (own, _) = both();
            let (from, to) = (must(Process::open(peer())), must(Process::current()));
            act(move || {
                // The peer has opened the shared event first, as this process has made its own: by the same value.
                assert!(must(duplicate(&from, own, Some((&to).into()), DuplicateOptions::new())).is_some());
                (from, to)
            })
        },
        before: another,
        at_once: both_are_as_before,
        proceed: |cast, _, _| end_of_another(cast),
        ..HANDLES
    },
    Operation {
        name: "close-last-raw",
        victim: || {
            let (own, _) = both();
            act(move || must(own.close()))
        },
        at_once: both_are_as_before,
        ..HANDLES
    },
    Operation {
        name: "inheritance-prepare",
        victim: || {
            both();
            act(|| must(Inheritance::prepare()))
        },
        at_once: both_are_as_before,
        ..HANDLES
    },
    Operation {
        name: "inheritance-drop",
        victim: || {
            both();
            let prepared = must(Inheritance::prepare());
            act(move || drop(prepared))
        },
        at_once: both_are_as_before,
        ..HANDLES
    },
    Operation {
        name: "inherit",
        victim: inherits,
        at_once: both_are_as_before,
        ..HANDLES
    },
];

const HANDLES: Operation = Operation { setup, ..PLAIN };

/// The victim's own event and the shared one, as numbers; children may inherit them.
fn both() -> (RawHandle, RawHandle) {
    let events = Event::options().reset(Reset::Manual).inheritable(true);
    let own = must(events.create(OWN)).object;
    let shared = must(events.open(OBJECT));
    (must(own.into_raw()), must(shared.into_raw()))
}

fn both_are_as_before(cast: &Cast) -> Check {
    own_is_gone(cast)?;
    shared_still_works(cast)
}

/// A process that was started with handles, and uses the library for the first time.
fn inherits() -> Act {
    let Ok(values) = std::env::var(INHERITED) else {
        become_an_heir();
    };
    let handles: Vec<RawHandle> = values.split(' ').map(|value| must(value.parse())).collect();
    act(move || {
        for handle in &handles {
            assert!(must(handle.flags()).contains(intersync::HandleFlags::INHERIT));
        }
    })
}

/// Prepares an inheritance and becomes, by `exec`, the process that has it.
fn become_an_heir() -> ! {
    let (own, shared) = both();
    let prepared = must(Inheritance::prepare());
    for descriptor in prepared.descriptors() {
        fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::empty()))
            .unwrap_or_else(|errno| panic!("descriptor {}: {errno}", descriptor.as_raw_fd()));
    }
    let own_program = std::env::current_exe().unwrap_or_else(|error| panic!("this program: {error}"));
    let (name, value) = prepared.variable();
    let failed = Command::new(own_program)
        .args(std::env::args_os().skip(1))
        .env(name, value)
        .env(INHERITED, format!("{own} {shared}"))
        .exec();
    panic!("becoming the heir: {failed}");
}

/// A process that gets a duplicate, or has a handle that is duplicated. It dies after the victim.
fn another(cast: &Cast) {
    cast.kill_doomed();
    cast.start_doomed().unwrap_or_else(|error| panic!("{error}"));
    let doomed = cast.doomed.borrow();
    let doomed = doomed.as_ref().expect("it was just started");
    assert_eq!(doomed.open(crate::prelude::Kind::Event, OBJECT), Ok(()));
}

fn end_of_another(cast: &Cast) -> Check {
    let pid = cast.doomed_pid().ok_or("the other process is gone")?;
    let watched = cast.is_watched(pid);
    cast.kill_doomed();
    cast.until_reaped(pid, watched)?;
    both_are_as_before(cast)
}

/// The victim's event lives on if the other process has it, and goes with that.
fn another_may_have_it(cast: &Cast, _: Vec<Pending<'_>>, progress: Progress) -> Check {
    let object = cast.scratch.object(OWN);
    progress.allows(object.is_some())?;
    if let Some(object) = object {
        expect("handles to the event", &object.handles, &1)?;
    }
    end_of_another(cast)
}
