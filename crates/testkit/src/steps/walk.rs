//! The way to a point of death: at full speed where it is known, one instruction at a time
//! where it is new.
//!
//! # Ways that differ
//! The victim's other threads run meanwhile, and the survivors: a lock may be found taken, a sleeper may be
//! nudged by its keeper and go back to sleep. So a victim may leave the way of those before it. Its numbers mean
//! nothing from there on, and at full speed nobody would see it fall asleep to wake it: such a victim is killed where it
//! is noticed, as good a place to die as any, the way is forgotten, and the next victim steps to the
//! point that was meant. It cannot stray, since it has nothing to follow.

use std::collections::HashMap;

use super::effect::Program;
use super::run::Points;
use super::tracee::{Run, Step, Tracee};

/// An instruction that others can tell was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stone {
    address: u64,
    /// How many instructions are run before it.
    instructions: u64,
    /// How many points are passed before it.
    points: u64,
    /// The number of the last instruction before it at the same address, if there is one.
    before: Option<u64>,
    /// It is a system call: it may sleep, and change what is shared.
    call: bool,
}

/// What is known of an operation's way, from the victims before: the instructions that others
/// can tell were run, in order. Victims go from one to another at full speed.
#[derive(Debug, Default)]
pub struct Trail {
    stones: Vec<Stone>,
    /// The number of the last instruction that was stepped at each address.
    stepped: HashMap<u64, u64>,
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
    /// The operation took another way than before and sleeps somewhere on it.
    Lost,
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
            if !victim.is_asleep() {
                let end = self.hurry(victim, points, target, &mut at)?;
                if end != End::Point {
                    *self = Trail::default();
                    return Ok((at, end));
                }
            }
            if at.points == target {
                break;
            }
            let (address, begins) = (victim.address()?, !victim.is_asleep());
            let step = victim.step(program)?;
            if begins {
                self.record(&mut at, address, step);
            }
            match step {
                Step::Marker => return Ok((at, End::Finished)),
                Step::Sleeps => at.points += 1,
                Step::Ran { visible, .. } => {
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

    /// Goes at full speed to the farthest known stone that can be reached so.
    fn hurry(
        &self,
        victim: &mut Tracee,
        points: Points,
        target: u64,
        at: &mut Position,
    ) -> Result<End, String> {
        let Some((index, stone)) = self.farthest(points, target, at) else {
            return Ok(End::Point);
        };
        match victim.run_to(stone.address)? {
            Run::Reached => {}
            Run::Marker => return Ok(End::Strayed),
            Run::Sleeps => return Ok(End::Lost),
        }
        *at = Position {
            points: stone.points,
            instructions: stone.instructions,
            stones: index,
        };
        Ok(End::Point)
    }

    /// The last stone that is not beyond the target nor behind a system call, and whose address is not met on the way.
    fn farthest(&self, points: Points, target: u64, at: &Position) -> Option<(usize, Stone)> {
        let mut found = None;
        for (index, &stone) in self.stones.iter().enumerate().skip(at.stones) {
            // Behind the last one that others can tell, the victim stops at once.
            let beyond = match points {
                Points::Visible => stone.points >= target,
                _ => stone.points > target,
            };
            if beyond {
                break;
            }
            if stone.before.is_none_or(|before| before < at.instructions) {
                found = Some((index, stone));
            }
            if stone.call {
                break;
            }
        }
        found
    }

    fn record(&mut self, at: &mut Position, address: u64, step: Step) {
        let before = self.stepped.get(&address).copied();
        // Victims that step a part again must not hide what lies behind it.
        self.stepped
            .insert(address, before.unwrap_or(0).max(at.instructions));
        let call = match step {
            Step::Sleeps => true,
            Step::Ran { visible: true, call } => call,
            Step::Ran { visible: false, .. } | Step::Marker => return,
        };
        match self.stones.get(at.stones) {
            Some(known) if known.address == address => {}
            _ => {
                self.stones.truncate(at.stones);
                self.stones.push(Stone {
                    address,
                    instructions: at.instructions,
                    points: at.points,
                    before,
                    call,
                });
            }
        }
        at.stones += 1;
    }
}
