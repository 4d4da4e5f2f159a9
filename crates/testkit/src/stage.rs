//! Where the actors of a test run.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::actor::{Actor, Troupe};
use crate::scratch::Scratch;

/// How actors are spread over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// All are threads of the test's process.
    Threads,
    /// Each is a process.
    Processes,
    /// Threads of two child processes and of the test's process, in turn.
    Mixed,
}

/// A namespace with actors.
#[derive(Debug)]
pub struct Stage {
    /// The namespace.
    pub scratch: Scratch,
    program: PathBuf,
    placement: Placement,
    troupes: Vec<Troupe>,
    actors: usize,
}

impl Stage {
    /// An empty stage. `program` is the actor program for child processes.
    pub fn new(program: impl AsRef<Path>, placement: Placement) -> Stage {
        let program = program.as_ref().to_owned();
        Stage {
            scratch: Scratch::new(),
            program,
            placement,
            troupes: Vec::new(),
            actors: 0,
        }
    }

    /// One more actor, where it is its turn.
    pub fn actor(&mut self) -> Actor {
        let number = self.actors;
        self.actors += 1;
        let troupe = match self.placement {
            Placement::Threads => 0,
            Placement::Processes => number,
            Placement::Mixed => number % 3,
        };
        if let Some(troupe) = self.troupes.get(troupe) {
            return troupe.actor();
        }
        let here = match self.placement {
            Placement::Threads => true,
            Placement::Processes => false,
            Placement::Mixed => troupe == 2,
        };
        let troupe = if here {
            Troupe::here(&self.scratch)
        } else {
            self.child()
        };
        self.troupes.push(troupe.clone());
        troupe.actor()
    }

    /// `N` more actors.
    pub fn actors<const N: usize>(&mut self) -> [Actor; N] {
        std::array::from_fn(|_| self.actor())
    }

    /// An actor in a child process of its own, wherever the others are: one that can be killed.
    pub fn process(&self) -> Actor {
        self.child().actor()
    }

    fn child(&self) -> Troupe {
        Troupe::child(&mut Command::new(&self.program), &self.scratch).expect("an actor process")
    }

    /// Waits until exactly `count` threads wait for the object called `name`.
    ///
    /// # Panics
    /// If they do not within the bound.
    #[track_caller]
    pub fn until_waiting(&self, name: &str, count: usize) {
        self.scratch.until_waiting(name, count);
    }
}

/// Declares semantic tables: each function becomes three tests, on threads, across processes and mixed.
#[macro_export]
macro_rules! semantics {
    ($($(#[doc = $doc:literal])* fn $name:ident($stage:ident) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every table needs all of them")]
            use super::*;

            $(#[doc = $doc])*
            fn table($stage: &mut $crate::stage::Stage) $body

            fn run(placement: $crate::stage::Placement) {
                let mut stage = $crate::stage::Stage::new(env!("CARGO_BIN_EXE_actor"), placement);
                table(&mut stage);
                stage.scratch.audit().unwrap_or_else(|broken| panic!("{broken}"));
            }

            #[test]
            fn threads() {
                run($crate::stage::Placement::Threads);
            }

            #[test]
            fn processes() {
                run($crate::stage::Placement::Processes);
            }

            #[test]
            fn mixed() {
                run($crate::stage::Placement::Mixed);
            }
        }
    )*};
}
