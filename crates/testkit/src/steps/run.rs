//! The loop over all points of death.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;

use super::cast::Cast;
use super::check::Progress;
use super::effect::Program;
use super::operations::{Operation, find};
use super::tracee::{MARKER, Step, Tracee};

/// After which instructions the victim is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Points {
    /// After each that somebody else can tell from the one before: it made a system call or
    /// wrote to shared memory. As good as [`Points::Every`], and much faster.
    Visible,
    /// After each.
    Every,
    /// After one in so many, beginning with this one.
    Stride {
        /// The distance between two points.
        by: u64,
        /// The first one.
        from: u64,
    },
}

impl Points {
    fn first(self) -> u64 {
        match self {
            Points::Visible | Points::Every => 0,
            Points::Stride { from, .. } => from,
        }
    }

    fn distance(self) -> u64 {
        match self {
            Points::Visible | Points::Every => 1,
            Points::Stride { by, .. } => by.max(1),
        }
    }
}

/// The programs the harness starts.
#[derive(Debug, Clone)]
pub struct Programs {
    /// Runs [`victim_main`].
    pub victim: PathBuf,
    /// Runs [`crate::actor::serve`].
    pub actor: PathBuf,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many victims were killed.
    pub killed: u64,
    /// How many instructions the whole operation has.
    pub instructions: u64,
}

/// Kills a victim of `operation` at each of `points`, and checks each time that the survivors go on.
///
/// # Errors
/// What was wrong, and at which point.
pub fn kill_at_every_step(
    operation: &Operation,
    points: Points,
    programs: &Programs,
) -> Result<Summary, String> {
    let mut program = Program::default();
    let mut cast = setup(operation, programs)?;
    let mut summary = Summary::default();
    let mut point = points.first();
    loop {
        let scene = Scene {
            operation,
            point,
            points,
            programs,
        };
        // A survivor that hangs or answers nonsense panics in the middle of a check.
        let death = catch_unwind(AssertUnwindSafe(|| scene.play(&cast, &mut program)))
            .unwrap_or_else(|_| Err("see the panic above".to_owned()))
            .map_err(|problem| {
                format!(
                    "{}: killed at point {point} ({points:?}): {problem}",
                    operation.name
                )
            })?;
        summary.killed += 1;
        summary.instructions = summary.instructions.max(death.instructions);
        if death.finished {
            return Ok(summary);
        }
        point += points.distance();
        if operation.fresh {
            cast = setup(operation, programs)?;
        }
    }
}

fn setup(operation: &Operation, programs: &Programs) -> Result<Cast, String> {
    let cast = Cast::new(&programs.actor)?;
    if !operation.fresh {
        (operation.setup)(&cast);
        cast.remember_baseline();
    }
    Ok(cast)
}

/// One victim.
struct Scene<'a> {
    operation: &'a Operation,
    point: u64,
    points: Points,
    programs: &'a Programs,
}

struct Death {
    instructions: u64,
    finished: bool,
}

impl Scene<'_> {
    fn play(&self, cast: &Cast, program: &mut Program) -> Result<Death, String> {
        let operation = self.operation;
        let mut command = Command::new(&self.programs.victim);
        command
            .arg(operation.name)
            .env("INTERSYNC_DIR", cast.scratch.base());
        let mut victim = Tracee::start(&mut command)?;
        if let Some(thread) = operation.thread {
            victim.switch_to_thread(thread)?;
        }
        let waits = (operation.ready)(cast);
        let death = self.run_to_point(cast, &mut victim, program)?;
        let pid = victim.process().pid();
        let watched = cast.is_watched(pid);
        victim.process().kill_and_reap();
        (operation.at_once)(cast)?;
        cast.until_reaped(pid, watched)?;
        let progress = match (self.point, death.finished) {
            (_, true) => Progress::Finished,
            (0, false) => Progress::NotBegun,
            _ => Progress::Midway,
        };
        (operation.proceed)(cast, waits, progress)?;
        cast.nothing_is_left()?;
        Ok(death)
    }

    fn run_to_point(&self, cast: &Cast, victim: &mut Tracee, program: &mut Program) -> Result<Death, String> {
        let (mut instructions, mut passed) = (0, 0);
        while passed < self.point {
            let step = victim.step(program)?;
            passed += match step {
                Step::Marker => {
                    return Ok(Death {
                        instructions,
                        finished: true,
                    });
                }
                Step::Ran { visible } => {
                    instructions += 1;
                    u64::from(visible || self.points != Points::Visible)
                }
                Step::Sleeps => 1,
            };
            // At its point it is killed asleep; before that somebody has to wake it.
            if step == Step::Sleeps && passed < self.point && !(self.operation.wake)(cast) {
                return Ok(Death {
                    instructions,
                    finished: true,
                });
            }
        }
        Ok(Death {
            instructions,
            finished: false,
        })
    }
}

/// The victim: prepares itself for an operation, raises the marker, does it, raises the marker, stays.
///
/// # Errors
/// There is no such operation, or it cannot be traced.
pub fn victim_main(operation: &str) -> Result<(), String> {
    let found = find(operation).ok_or_else(|| format!("no operation is called \"{operation}\""))?;
    nix::sys::ptrace::traceme().map_err(|errno| format!("being traced: {errno}"))?;
    let act = (found.victim)();
    let marker = || nix::sys::signal::raise(MARKER).map_err(|errno| format!("raising the marker: {errno}"));
    marker()?;
    let kept = act();
    marker()?;
    // Everything it has stays open until it is killed.
    std::mem::forget(kept);
    loop {
        std::thread::park();
    }
}
