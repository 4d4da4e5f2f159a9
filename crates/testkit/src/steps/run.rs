//! The loop over all points of death.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;

use super::cast::Cast;
use super::check::Progress;
use super::effect::Program;
use super::operations::Operation;
use super::tracee::Tracee;
use super::victim::PEER;
use super::walk::{End, Position, Trail};

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
    /// Runs [`super::victim_main`].
    pub victim: PathBuf,
    /// Runs [`crate::actor::serve`].
    pub actor: PathBuf,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many victims were killed.
    pub killed: u64,
    /// How many instructions the operation has at most.
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
    let mut scene = Scene {
        operation,
        points,
        programs,
        program: Program::default(),
        trail: Trail::default(),
    };
    let mut summary = Summary::default();
    let mut cast = setup(operation, programs)?;
    let mut point = points.first();
    loop {
        // A survivor that hangs or answers nonsense panics in the middle of a check.
        let (position, end) = catch_unwind(AssertUnwindSafe(|| scene.play(&cast, point)))
            .unwrap_or_else(|_| Err("see the panic above".to_owned()))
            .map_err(|problem| {
                let Operation { name, .. } = operation;
                format!("{name}: killed at point {point} ({points:?}): {problem}")
            })?;
        summary.killed += 1;
        summary.instructions = summary.instructions.max(position.instructions);
        match end {
            End::Finished => return Ok(summary),
            End::Point => point += points.distance(),
            // The trail was wrong; the point has yet to be reached.
            End::Strayed | End::Lost => {}
        }
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

/// What the victims of an operation have in common.
struct Scene<'a> {
    operation: &'a Operation,
    points: Points,
    programs: &'a Programs,
    program: Program,
    trail: Trail,
}

impl Scene<'_> {
    /// One victim, from its birth to the last trace of it.
    fn play(&mut self, cast: &Cast, point: u64) -> Result<(Position, End), String> {
        let operation = self.operation;
        (operation.before)(cast);
        let mut command = Command::new(&self.programs.victim);
        if let Some(pid) = cast.doomed_pid() {
            command.env(PEER, pid.to_string());
        }
        command
            .arg(operation.name)
            .env("INTERSYNC_DIR", cast.scratch.base());
        let mut victim = Tracee::start(&mut command)?;
        if let Some(thread) = operation.thread {
            victim.switch_to_thread(thread)?;
        }
        let waits = (operation.ready)(cast);
        let wake = || (operation.wake)(cast);
        let (position, end) = self
            .trail
            .walk(&mut victim, &mut self.program, self.points, point, &wake)?;
        let pid = victim.pid();
        let watched = cast.is_watched(pid);
        victim.kill()?;
        (operation.at_once)(cast)?;
        cast.until_reaped(pid, watched)?;
        let progress = match (point, end) {
            (_, End::Finished | End::Strayed) => Progress::Finished,
            (0, End::Point) => Progress::NotBegun,
            (_, End::Point | End::Lost) => Progress::Midway,
        };
        (operation.proceed)(cast, waits, progress)?;
        cast.nothing_is_left()?;
        Ok((position, end))
    }
}
