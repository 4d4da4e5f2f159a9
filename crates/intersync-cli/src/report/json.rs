//! One JSON object per line, with stable keys. Times are integers in milliseconds.

use std::time::Duration;

use intersync::Reset;
use serde::Serialize;

use super::view::{ObjectView, StateView, Thread, WaiterView};

/// Raised when the meaning of a key changes or one goes; new keys may come at any time.
pub(crate) const VERSION: u32 = 1;

/// A list of objects.
pub(crate) fn objects(objects: &[ObjectView]) -> String {
    objects.iter().map(|object| line(&Object::from(object))).collect()
}

/// One line.
pub(crate) fn line(value: &impl Serialize) -> String {
    // Serializing plain structs into memory cannot fail; were it to, an empty line is no lie.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

/// Whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// An object on its line.
#[derive(Serialize)]
struct Object<'a> {
    version: u32,
    namespace: &'static str,
    id: u32,
    name: Option<&'a str>,
    kind: String,
    #[serde(flatten)]
    state: State,
    owner: Option<ThreadKeys>,
    waiters: Vec<Waiter>,
    handles: u32,
    permanent: bool,
    condemned: bool,
    age_ms: u64,
}

/// The keys that differ between kinds.
#[derive(Serialize)]
#[serde(untagged)]
enum State {
    Event {
        reset: &'static str,
        signaled: bool,
    },
    Mutex {
        recursion: u32,
        abandoned: bool,
    },
    Semaphore {
        count: u32,
        maximum: u32,
        give_back: bool,
    },
    Timer {
        reset: &'static str,
        signaled: bool,
        remaining_ms: Option<u64>,
        period_ms: Option<u64>,
    },
    Unknown {},
}

#[derive(Serialize)]
struct ThreadKeys {
    pid: u32,
    tid: u32,
    alive: bool,
}

#[derive(Serialize)]
struct Waiter {
    pid: u32,
    tid: u32,
    all: bool,
}

impl From<Thread> for ThreadKeys {
    fn from(thread: Thread) -> Self {
        ThreadKeys {
            pid: thread.pid,
            tid: thread.tid,
            alive: thread.alive,
        }
    }
}

impl From<&WaiterView> for Waiter {
    fn from(waiter: &WaiterView) -> Self {
        Waiter {
            pid: waiter.thread.pid,
            tid: waiter.thread.tid,
            all: waiter.all,
        }
    }
}

impl From<StateView> for State {
    fn from(state: StateView) -> Self {
        match state {
            StateView::Event { reset, signaled } => State::Event {
                reset: word(reset),
                signaled,
            },
            StateView::Mutex {
                recursion, abandoned, ..
            } => State::Mutex { recursion, abandoned },
            StateView::Semaphore {
                count,
                maximum,
                give_back,
            } => State::Semaphore {
                count,
                maximum,
                give_back,
            },
            StateView::Timer {
                reset,
                signaled,
                remaining,
                period,
            } => State::Timer {
                reset: word(reset),
                signaled,
                remaining_ms: remaining.map(millis),
                period_ms: period.map(millis),
            },
            StateView::Unknown => State::Unknown {},
        }
    }
}

/// The key's value for a reset mode.
fn word(reset: Reset) -> &'static str {
    match reset {
        Reset::Manual => "manual",
        Reset::Auto => "auto",
    }
}

impl<'a> From<&'a ObjectView> for Object<'a> {
    fn from(object: &'a ObjectView) -> Self {
        Object {
            version: VERSION,
            namespace: object.scope.word(),
            id: object.id,
            name: object.name.as_deref(),
            kind: object.kind.to_string(),
            state: object.state.into(),
            owner: object.state.owner().map(ThreadKeys::from),
            waiters: object.waiters.iter().map(Waiter::from).collect(),
            handles: object.handles,
            permanent: object.permanent,
            condemned: object.condemned,
            age_ms: millis(object.age),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::view::samples;
    use super::*;

    #[test]
    fn the_keys_of_each_kind_are_stable() {
        assert_eq!(
            objects(&[
                samples::semaphore(),
                samples::owned_mutex(),
                samples::unnamed_timer(),
                samples::hostile_event()
            ]),
            concat!(
                r#"{"version":1,"namespace":"local","id":1,"name":"jobs","kind":"semaphore","count":6,"maximum":8,"give_back":true,"owner":null,"waiters":[],"handles":3,"permanent":true,"condemned":false,"age_ms":7800000}"#,
                "\n",
                r#"{"version":1,"namespace":"local","id":2,"name":"db","kind":"mutex","recursion":1,"abandoned":false,"owner":{"pid":4711,"tid":4713,"alive":true},"waiters":[{"pid":12,"tid":12,"all":false},{"pid":13,"tid":13,"all":true}],"handles":4,"permanent":false,"condemned":false,"age_ms":7800000}"#,
                "\n",
                r#"{"version":1,"namespace":"local","id":7,"name":null,"kind":"timer","reset":"auto","signaled":false,"remaining_ms":450,"period_ms":1000,"owner":null,"waiters":[],"handles":1,"permanent":false,"condemned":false,"age_ms":7800000}"#,
                "\n",
                r#"{"version":1,"namespace":"local","id":9,"name":"a\tb\u001b[2J","kind":"event","reset":"manual","signaled":true,"owner":null,"waiters":[],"handles":1,"permanent":false,"condemned":true,"age_ms":7800000}"#,
                "\n",
            )
        );
    }
}
