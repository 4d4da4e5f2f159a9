//! The objects of the demo.

use std::time::Duration;

use intersync::{Event, Mutex, Options, Reset, Result, Semaphore, Timeout, Timer};

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
        Props::with(place, prefix, New)
    }

    /// Opens all objects, which must be there.
    pub(super) fn open(place: &Place, prefix: &str) -> Result<Props> {
        Props::with(place, prefix, Existing)
    }

    fn with(place: &Place, prefix: &str, get: impl Get) -> Result<Props> {
        let name = |part: &str| format!("{prefix}{part}");
        let namespace = place.local_namespace()?;
        let manual = || Event::options().reset(Reset::Manual).namespace(&namespace);
        let auto = || Event::options().namespace(&namespace);
        let semaphore = |permits| {
            Semaphore::options()
                .permits(permits, permits)
                .namespace(&namespace)
        };
        Ok(Props {
            mutex: get.get(Mutex::options().namespace(&namespace), &name("mutex"))?,
            semaphore: get.get(semaphore(PERMITS), &name("semaphore"))?,
            pool: get.get(semaphore(1).give_back(true), &name("pool"))?,
            ball: get.get(auto(), &name("ball"))?,
            answer: get.get(auto(), &name("answer"))?,
            timer: get.get(Timer::options().namespace(&namespace), &name("timer"))?,
            gates: Gate::ALL
                .iter()
                .map(|(_, part)| get.get(manual(), &name(part)))
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

/// How the objects are come by.
trait Get {
    fn get<T>(&self, options: Options<T>, name: &str) -> Result<T>;
}

struct New;
struct Existing;

impl Get for New {
    fn get<T>(&self, options: Options<T>, name: &str) -> Result<T> {
        options.create_new(name)
    }
}

impl Get for Existing {
    fn get<T>(&self, options: Options<T>, name: &str) -> Result<T> {
        options.open(name)
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
