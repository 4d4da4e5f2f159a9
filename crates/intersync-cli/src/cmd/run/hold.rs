//! What `run` holds.

use std::fmt;

use intersync::{Mutex, Semaphore, Waitable};

use crate::args::RunArgs;
use crate::args::value::PermitSpec;
use crate::failure::{Failure, Trying};
use crate::place::Place;
use crate::report::text::quoted;

/// A mutex, or a semaphore of which one permit is held.
pub(super) enum Hold {
    Mutex { name: String, mutex: Mutex },
    Permit { name: String, semaphore: Semaphore },
}

impl Hold {
    /// Opens what the command line says, and creates it where it may.
    pub(super) fn open(args: &RunArgs, place: &Place) -> Result<Hold, Failure> {
        match (&args.mutex, &args.semaphore) {
            (Some(name), _) => {
                let attempt = || format!("open mutex {}", quoted(name));
                let options = Mutex::options()
                    .mode(args.access.mode)
                    .namespace(&place.namespace(name, attempt)?);
                let mutex = options.create(name).trying(attempt)?.object;
                Ok(Hold::Mutex {
                    name: name.clone(),
                    mutex,
                })
            }
            (None, Some(spec)) => {
                let semaphore = open_semaphore(spec, args.access.mode, place)?;
                Ok(Hold::Permit {
                    name: spec.name.clone(),
                    semaphore,
                })
            }
            (None, None) => Err(Failure::new("nothing to hold: give --mutex or --semaphore")),
        }
    }

    /// The name.
    pub(super) fn name(&self) -> &str {
        match self {
            Hold::Mutex { name, .. } | Hold::Permit { name, .. } => name,
        }
    }

    /// What to wait for.
    pub(super) fn object(&self) -> &dyn Waitable {
        match self {
            Hold::Mutex { mutex, .. } => mutex,
            Hold::Permit { semaphore, .. } => semaphore,
        }
    }

    /// Gives back what the wait acquired, from the thread that acquired it.
    pub(super) fn give_back(&self) -> Result<(), Failure> {
        match self {
            Hold::Mutex { mutex, .. } => mutex.release(),
            Hold::Permit { semaphore, .. } => semaphore.release(1).map(drop),
        }
        .trying(|| format!("release {self}"))
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.object().kind(), quoted(self.name()))
    }
}

/// Opens the semaphore, or creates it if the command line says with how many permits.
fn open_semaphore(spec: &PermitSpec, mode: u16, place: &Place) -> Result<Semaphore, Failure> {
    let attempt = || format!("open semaphore {}", quoted(&spec.name));
    let options = Semaphore::options()
        .mode(mode)
        .namespace(&place.namespace(&spec.name, attempt)?);
    let Some(permits) = spec.permits else {
        return options.open(&spec.name).trying(attempt);
    };
    // With give-back, a holder that is killed does not take its permit with it.
    let options = options.permits(permits, permits).give_back(true);
    let created = options.create(&spec.name).trying(attempt)?;
    let maximum = created.object.state().trying(attempt)?.maximum;
    if maximum != permits {
        return Err(Failure::new(format!(
            "cannot {}: it exists with a maximum of {maximum}, not {permits}; leave out \":{permits}\" to take it as it is",
            attempt()
        )));
    }
    Ok(created.object)
}
