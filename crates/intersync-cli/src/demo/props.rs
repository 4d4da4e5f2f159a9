//! The objects of the demo.

use std::time::Duration;

use intersync::{Event, Mutex, Reset, Result, Semaphore, Timeout, Timer};

use crate::place::Place;

/// How many workers may be in the guarded section of the semaphore.
pub(super) const PERMITS: u32 = 2;
/// The period of the timer.
pub(super) const PERIOD: Duration = Duration::from_millis(5);
/// How long anybody waits for what must come, before giving up on the demo.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Where the acts begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Start,
    MutexGo,
    MutexStop,
    SemaphoreGo,
    SemaphoreStop,
    EventGo,
    EventStop,
    CrashGo,
    CrashQueue,
    TimerGo,
    TimerStop,
    End,
}

impl Gate {
    /// Every gate with its name, in the order of the enum.
    const ALL: [(Gate, &'static str); 12] = [
        (Gate::Start, "start"),
        (Gate::MutexGo, "mutex-go"),
        (Gate::MutexStop, "mutex-stop"),
        (Gate::SemaphoreGo, "semaphore-go"),
        (Gate::SemaphoreStop, "semaphore-stop"),
        (Gate::EventGo, "event-go"),
        (Gate::EventStop, "event-stop"),
        (Gate::CrashGo, "crash-go"),
        (Gate::CrashQueue, "crash-queue"),
        (Gate::TimerGo, "timer-go"),
        (Gate::TimerStop, "timer-stop"),
        (Gate::End, "end"),
    ];
}

/// All objects, as the director and each worker have them open.
pub(super) struct Props {
    prefix: String,
    /// Guards the board.
    pub(super) mutex: Mutex,
    /// Lets two into the guarded section.
    pub(super) semaphore: Semaphore,
    /// One permit, which comes back when its holder dies.
    pub(super) pool: Semaphore,
    /// Auto-reset: each set lets one worker through.
    pub(super) ball: Event,
    /// Auto-reset: the worker that was let through answers.
    pub(super) answer: Event,
    /// Periodic.
    pub(super) timer: Timer,
    gates: Vec<Event>,
}

impl Props {
    /// Creates all objects, which must be new.
    pub(super) fn create(place: &Place, prefix: &str) -> Result<Props> {
        Props::with(place, prefix, true)
    }

    /// Opens all objects, which must be there.
    pub(super) fn open(place: &Place, prefix: &str) -> Result<Props> {
        Props::with(place, prefix, false)
    }

    fn with(place: &Place, prefix: &str, new: bool) -> Result<Props> {
        let name = |part: &str| format!("{prefix}{part}");
        let namespace = place.local_namespace()?;
        let event = |reset, part| {
            let (options, name) = (Event::options().reset(reset).namespace(&namespace), name(part));
            if new {
                options.create_new(&name)
            } else {
                options.open(&name)
            }
        };
        let semaphore = |permits, give_back, part| {
            let options = Semaphore::options()
                .permits(permits, permits)
                .give_back(give_back);
            let (options, name) = (options.namespace(&namespace), name(part));
            if new {
                options.create_new(&name)
            } else {
                options.open(&name)
            }
        };
        let (mutex, timer) = (
            Mutex::options().namespace(&namespace),
            Timer::options().namespace(&namespace),
        );
        let (mutex_name, timer_name) = (name("mutex"), name("timer"));
        Ok(Props {
            mutex: if new {
                mutex.create_new(&mutex_name)
            } else {
                mutex.open(&mutex_name)
            }?,
            timer: if new {
                timer.create_new(&timer_name)
            } else {
                timer.open(&timer_name)
            }?,
            semaphore: semaphore(PERMITS, false, "semaphore")?,
            pool: semaphore(1, true, "pool")?,
            ball: event(Reset::Auto, "ball")?,
            answer: event(Reset::Auto, "answer")?,
            gates: Gate::ALL
                .iter()
                .map(|(_, part)| event(Reset::Manual, part))
                .collect::<Result<_>>()?,
            prefix: prefix.to_string(),
        })
    }

    /// The event behind a gate.
    pub(super) fn gate(&self, gate: Gate) -> &Event {
        &self.gates[gate as usize]
    }

    /// Waits until the gate opens; `false` if it does not.
    pub(super) fn pass(&self, gate: Gate) -> Result<bool> {
        // The director may wait its full patience for another worker first.
        Ok(self.gate(gate).wait(Timeout::from(PATIENCE * 2))?.is_satisfied())
    }

    /// The name of the mutex, without prefix `Local\`.
    pub(super) fn mutex_name(&self) -> String {
        format!("{}mutex", self.prefix)
    }

    /// The name of a gate, without prefix `Local\`.
    pub(super) fn gate_name(&self, gate: Gate) -> String {
        format!("{}{}", self.prefix, Gate::ALL[gate as usize].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gate_is_at_its_place_in_the_list_and_has_its_own_name() {
        for (place, (gate, name)) in Gate::ALL.iter().enumerate() {
            assert_eq!(*gate as usize, place);
            assert_eq!(
                Gate::ALL.iter().filter(|(_, other)| other == name).count(),
                1,
                "{name}"
            );
        }
    }
}
