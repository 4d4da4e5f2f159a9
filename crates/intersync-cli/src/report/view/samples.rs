//! Objects as they could be found, for the tests of the reports.

use super::*;

fn sample(id: u32, name: Option<&str>, kind: Kind, state: StateView) -> ObjectView {
    ObjectView {
        scope: Scope::Local,
        id,
        name: name.map(str::to_string),
        kind,
        state,
        waiters: vec![],
        owner_comm: None,
        handles: 1,
        permanent: false,
        condemned: false,
        age: Duration::from_secs(7_800),
    }
}

pub(crate) fn semaphore() -> ObjectView {
    let state = StateView::Semaphore {
        count: 6,
        maximum: 8,
        give_back: true,
    };
    ObjectView {
        handles: 3,
        permanent: true,
        ..sample(1, Some("jobs"), Kind::Semaphore, state)
    }
}

pub(crate) fn owned_mutex() -> ObjectView {
    let owner = Some(Thread {
        pid: 4711,
        tid: 4713,
        alive: true,
    });
    let waiter = |pid, all| WaiterView {
        thread: Thread {
            pid,
            tid: pid,
            alive: true,
        },
        all,
        comm: None,
    };
    ObjectView {
        waiters: vec![waiter(12, false), waiter(13, true)],
        owner_comm: Some("make".to_string()),
        handles: 4,
        ..sample(
            2,
            Some("db"),
            Kind::Mutex,
            StateView::Mutex {
                owner,
                recursion: 1,
                abandoned: false,
            },
        )
    }
}

pub(crate) fn unnamed_timer() -> ObjectView {
    let (remaining, period) = (Some(Duration::from_millis(450)), Some(Duration::from_secs(1)));
    let state = StateView::Timer {
        reset: Reset::Auto,
        signaled: false,
        remaining,
        period,
    };
    sample(7, None, Kind::Timer, state)
}

pub(crate) fn hostile_event() -> ObjectView {
    let state = StateView::Event {
        reset: Reset::Manual,
        signaled: true,
    };
    ObjectView {
        condemned: true,
        ..sample(9, Some("a\tb\u{1b}[2J"), Kind::Event, state)
    }
}
