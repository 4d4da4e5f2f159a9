//! What Intersync is compared with: peers that a program could use instead, and limits, the least
//! work that the hardware or the kernel allows.

pub mod posix_semaphore;
pub mod robust_list;
pub mod robust_mutex;
pub mod system_v;
pub mod word_event;

use clap::ValueEnum;

/// What a worker works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    Mutex,
    Event,
    Semaphore,
    Timer,
    CompareAndSwap,
    Futex,
    FutexWaitv,
    Scan,
    RobustList,
    PosixSemaphore,
    RobustMutex,
    SystemV,
    Timerfd,
    Spawn,
}

impl Subject {
    /// Whether it is Intersync.
    pub fn ours(self) -> bool {
        matches!(
            self,
            Subject::Mutex | Subject::Event | Subject::Semaphore | Subject::Timer
        )
    }

    /// Its name in the table.
    pub fn title(self) -> &'static str {
        match self {
            Subject::Mutex => "Intersync mutex",
            Subject::Event => "Intersync event",
            Subject::Semaphore => "Intersync semaphore",
            Subject::Timer => "Intersync timer",
            Subject::CompareAndSwap => "two compare-and-swaps",
            Subject::Futex => "raw futex",
            Subject::FutexWaitv => "futex_waitv",
            Subject::Scan => "scan and one compare-and-swap",
            Subject::RobustList => "kernel's robust list",
            Subject::PosixSemaphore => "named POSIX semaphore",
            Subject::RobustMutex => "robust pthread mutex",
            Subject::SystemV => "System V semaphore, SEM_UNDO",
            Subject::Timerfd => "timerfd",
            Subject::Spawn => "plain spawn",
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            self.to_possible_value()
                .as_ref()
                .map_or("", |value| value.get_name()),
        )
    }
}
