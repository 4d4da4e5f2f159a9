//! The survivors: processes that are attached before the victim and go on after it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;

use intersync::Kind;

use crate::actor::{Actor, Troupe, refused};
use crate::patience;
use crate::scratch::Scratch;

/// The name of each object, and how many handles refer to it.
type Holdings = Vec<(Option<String>, u32)>;

/// The survivors of one namespace.
#[derive(Debug)]
pub struct Cast {
    /// Their namespace.
    pub scratch: Scratch,
    /// A process of one thread: the one that goes on with the victim's work.
    pub lead: Actor,
    /// Three threads of another process: those that wait.
    pub waiters: [Actor; 3],
    /// A process that is to die before the victim, if there is one.
    pub doomed: RefCell<Option<Actor>>,
    program: PathBuf,
    /// What there is when no victim is: each object's name and number of handles.
    baseline: RefCell<Option<Holdings>>,
}

impl Cast {
    /// Starts the survivors. They attach with their first command.
    ///
    /// # Errors
    /// They cannot be started.
    pub fn new(program: &Path) -> Result<Cast, String> {
        let scratch = Scratch::new();
        let lead = start(program, &scratch)?.actor();
        let crowd = start(program, &scratch)?;
        Ok(Cast {
            lead,
            waiters: std::array::from_fn(|_| crowd.actor()),
            doomed: RefCell::default(),
            program: program.to_owned(),
            baseline: RefCell::default(),
            scratch,
        })
    }

    /// Starts the process that is to die before the victim.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_doomed(&self) -> Result<(), String> {
        let doomed = start(&self.program, &self.scratch)?.actor();
        self.doomed.replace(Some(doomed));
        Ok(())
    }

    /// Its process id, if it is there.
    pub fn doomed_pid(&self) -> Option<u32> {
        self.doomed.borrow().as_ref().map(Actor::child_pid)
    }

    /// Kills that process and reaps it, if it is still there. Returns whether it was.
    pub fn kill_doomed(&self) -> bool {
        let doomed = self.doomed.take();
        if let Some(actor) = &doomed {
            actor.kill_process();
        }
        doomed.is_some()
    }

    /// Stops the survivors, so that the victim alone can act.
    pub fn stop(&self) {
        self.lead.stop_process();
        self.waiters[0].stop_process();
    }

    /// Lets them go on.
    pub fn resume(&self) {
        self.lead.resume_process();
        self.waiters[0].resume_process();
    }

    /// Remembers what there is without a victim.
    pub fn remember_baseline(&self) {
        self.baseline.replace(Some(self.holdings()));
    }

    fn holdings(&self) -> Holdings {
        let mut held: Vec<_> = self
            .scratch
            .snapshot()
            .objects
            .into_iter()
            .map(|object| (object.name, object.handles))
            .collect();
        held.sort();
        held
    }

    /// Checks that nobody can find `name`. A dead holder does not count, from the moment it is reaped.
    ///
    /// # Errors
    /// Somebody can.
    pub fn name_is_gone(&self, name: &str) -> Result<(), String> {
        let found = refused(self.lead.open_as("should be gone", Kind::Event, name, None));
        if found == "NotFound" {
            Ok(())
        } else {
            Err(format!("opening the dead victim's \"{name}\": {found}"))
        }
    }

    /// Whether the death of this process will be noticed at once: it has a keeper, and so has somebody else.
    pub fn is_watched(&self, pid: u32) -> bool {
        let mut keepers = self
            .scratch
            .processes()
            .into_iter()
            .filter(|process| process.keeper);
        keepers.clone().any(|process| process.pid == pid) && keepers.any(|process| process.pid != pid)
    }

    /// Waits until everything that the dead process had has been taken back: by the survivors'
    /// keepers if it was watched, else by the next process that attaches.
    ///
    /// # Errors
    /// It is not.
    pub fn until_reaped(&self, pid: u32, watched: bool) -> Result<(), String> {
        // Nobody watches a bundle.
        let bundles = || self.scratch.processes().iter().any(|p| p.pid == pid && p.bundle);
        if (!watched || bundles()) && self.scratch.process(pid).is_some() {
            let newcomer = start(&self.program, &self.scratch)?.actor();
            let found = refused(newcomer.open(Kind::Event, "nobody's"));
            if found != "NotFound" {
                return Err(format!("a newcomer's first look: {found}"));
            }
        }
        patience::await_some(&format!("process {pid} (watched: {watched}) is reaped"), || {
            self.scratch.process(pid).is_none().then_some(())
        })
        .map_err(|late| format!("{late}: {:?}", self.scratch.processes()))
    }

    /// Checks that the dead process has left nothing behind, and broken nothing.
    ///
    /// # Errors
    /// What it has.
    pub fn nothing_is_left(&self) -> Result<(), String> {
        self.scratch.audit()?;
        let Some(baseline) = self.baseline.borrow().clone() else {
            return Ok(());
        };
        let left = self.holdings();
        if left == baseline {
            Ok(())
        } else {
            Err(format!("left: {left:?}, but there should be: {baseline:?}"))
        }
    }
}

fn start(program: &Path, scratch: &Scratch) -> Result<Troupe, String> {
    Troupe::child(&mut Command::new(program), scratch)
        .map_err(|error| format!("{}: {error}", program.display()))
}
