//! One JSON object per line, with stable keys. Times are integers in milliseconds.

use std::time::Duration;

use intersync::{ExitState, Reset};
use serde::Serialize;

use super::view::{HolderView, ObjectView, StateView, Thread, WaiterView};

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
pub(crate) struct Object<'a> {
    version: u32,
    namespace: &'static str,
    id: u32,
    name: Option<&'a str>,
    kind: String,
    #[serde(flatten)]
    state: State,
    owner: Option<ThreadKeys>,
    waiters: Vec<Waiter<'a>>,
    handles: u32,
    holders: Vec<Holder<'a>>,
    user: u32,
    mode: String,
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
    Process {
        pid: u32,
        ended: bool,
        exit_code: Option<i32>,
        exit_signal: Option<i32>,
    },
    Thread {
        pid: u32,
        tid: u32,
        ended: bool,
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
struct Waiter<'a> {
    pid: u32,
    tid: u32,
    comm: Option<&'a str>,
    all: bool,
    waits_for: Vec<Named<'a>>,
    ends_in_ms: Option<u64>,
}

#[derive(Serialize)]
struct Named<'a> {
    id: u32,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct Holder<'a> {
    pid: u32,
    comm: Option<&'a str>,
    attached_ms: Option<u64>,
    handle: u32,
    bundle: bool,
    access: String,
    inherit: bool,
    protect: bool,
    permits: u32,
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

impl<'a> From<&'a WaiterView> for Waiter<'a> {
    fn from(waiter: &'a WaiterView) -> Self {
        let named = |(id, name): &'a (u32, Option<String>)| Named {
            id: *id,
            name: name.as_deref(),
        };
        Waiter {
            pid: waiter.thread.pid,
            tid: waiter.thread.tid,
            comm: waiter.comm.as_deref(),
            all: waiter.all,
            waits_for: waiter.waits_for.iter().map(named).collect(),
            ends_in_ms: waiter.remaining.map(millis),
        }
    }
}

impl<'a> From<&'a HolderView> for Holder<'a> {
    fn from(holder: &'a HolderView) -> Self {
        Holder {
            pid: holder.pid,
            comm: holder.comm.as_deref(),
            attached_ms: holder.attached.map(millis),
            handle: holder.handle,
            bundle: holder.bundle,
            access: holder.access.to_string(),
            inherit: holder.inherit,
            protect: holder.protect,
            permits: holder.permits,
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
            StateView::Process { pid, exit } => State::Process {
                pid,
                ended: exit.is_some(),
                exit_code: match exit {
                    Some(ExitState::Exited(code)) => Some(code),
                    _ => None,
                },
                exit_signal: match exit {
                    Some(ExitState::Killed(signal)) => Some(signal),
                    _ => None,
                },
            },
            StateView::Thread { pid, tid, ended } => State::Thread { pid, tid, ended },
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
            holders: object.holders.iter().map(Holder::from).collect(),
            user: object.user,
            mode: format!("{:04o}", object.mode),
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
                r#"{"version":1,"namespace":"local","id":1,"name":"jobs","kind":"semaphore","count":6,"maximum":8,"give_back":true,"owner":null,"waiters":[],"handles":3,"holders":[{"pid":99,"comm":"a\u001bb","attached_ms":60000,"handle":24,"bundle":false,"access":"query|wait","inherit":true,"protect":false,"permits":2}],"user":1000,"mode":"0740","permanent":true,"condemned":false,"age_ms":7800000}"#,
                "\n",
                r#"{"version":1,"namespace":"local","id":2,"name":"db","kind":"mutex","recursion":1,"abandoned":false,"owner":{"pid":4711,"tid":4713,"alive":true},"waiters":[{"pid":12,"tid":12,"comm":null,"all":false,"waits_for":[{"id":2,"name":"db"}],"ends_in_ms":null},{"pid":13,"tid":13,"comm":null,"all":true,"waits_for":[{"id":2,"name":"db"},{"id":7,"name":null}],"ends_in_ms":30000}],"handles":4,"holders":[],"user":1000,"mode":"0740","permanent":false,"condemned":false,"age_ms":7800000}"#,
                "\n",
                r#"{"version":1,"namespace":"local","id":7,"name":null,"kind":"timer","reset":"auto","signaled":false,"remaining_ms":450,"period_ms":1000,"owner":null,"waiters":[],"handles":1,"holders":[],"user":1000,"mode":"0740","permanent":false,"condemned":false,"age_ms":7800000}"#,
                "\n",
                r#"{"version":1,"namespace":"local","id":9,"name":"a\tb\u001b[2J","kind":"event","reset":"manual","signaled":true,"owner":null,"waiters":[],"handles":1,"holders":[],"user":1000,"mode":"0740","permanent":false,"condemned":true,"age_ms":7800000}"#,
                "\n",
            )
        );
    }
}
