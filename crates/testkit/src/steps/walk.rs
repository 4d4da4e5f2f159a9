//! The way to a point of death: at full speed where it is known, one instruction at a time
//! where it is new.

use super::effect::Program;
use super::run::Points;
use super::tracee::{Step, Tracee};

/// An instruction that others can tell was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stone {
    address: u64,
    /// How many instructions are run before it.
    instructions: u64,
}

/// What is known of an operation's way, from the victims before: the instructions that others
/// can tell were run, in order. Victims go from one to the next at full speed.
#[derive(Debug, Default)]
pub struct Trail {
    stones: Vec<Stone>,
}

/// Where a victim stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Position {
    /// How many points it has passed.
    pub points: u64,
    /// How many instructions it has run.
    pub instructions: u64,
    stones: usize,
}

/// Where a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the point.
    Point,
    /// The operation was over first.
    Finished,
    /// The operation took another way than before and was over first.
    Strayed,
}

impl Trail {
    /// Takes the victim to a point; `wake` is called when it sleeps and says whether it will go on.
    ///
    /// # Errors
    /// The victim has ended, or hangs.
    pub fn walk(
        &mut self,
        victim: &mut Tracee,
        program: &mut Program,
        points: Points,
        target: u64,
        wake: &dyn Fn() -> bool,
    ) -> Result<(Position, End), String> {
        let mut at = Position::default();
        while at.points < target {
            if !victim.is_asleep() && self.hurry(victim, points, target, &mut at)? == End::Strayed {
                self.stones.clear();
                return Ok((at, End::Strayed));
            }
            if at.points == target {
                break;
            }
            let (address, begins) = (victim.address()?, !victim.is_asleep());
            let step = victim.step(program)?;
            if begins && matches!(step, Step::Sleeps | Step::Ran { visible: true }) {
                self.record(&mut at, address);
            }
            match step {
                Step::Marker => return Ok((at, End::Finished)),
                Step::Sleeps => at.points += 1,
                Step::Ran { visible } => {
                    at.instructions += 1;
                    at.points += u64::from(visible || points != Points::Visible);
                }
            }
            // At its point it is killed asleep; before that somebody has to wake it.
            if step == Step::Sleeps && at.points < target && !wake() {
                return Ok((at, End::Finished));
            }
        }
        Ok((at, End::Point))
    }

    /// Goes to the next known stone, if that is not beyond the target.
    fn hurry(
        &self,
        victim: &mut Tracee,
        points: Points,
        target: u64,
        at: &mut Position,
    ) -> Result<End, String> {
        let Some(stone) = self.stones.get(at.stones) else {
            return Ok(End::Point);
        };
        let skipped = stone.instructions.saturating_sub(at.instructions);
        let passed = if points == Points::Visible { 0 } else { skipped };
        if at.points + passed > target {
            return Ok(End::Point);
        }
        if !victim.run_to(stone.address)? {
            return Ok(End::Strayed);
        }
        at.points += passed;
        at.instructions += skipped;
        Ok(End::Point)
    }

    fn record(&mut self, at: &mut Position, address: u64) {
        let stone = Stone {
            address,
            instructions: at.instructions,
        };
        match self.stones.get(at.stones) {
            Some(known) if known.address == address => {}
            _ => {
                self.stones.truncate(at.stones);
                self.stones.push(stone);
            }
        }
        at.stones += 1;
    }
}
