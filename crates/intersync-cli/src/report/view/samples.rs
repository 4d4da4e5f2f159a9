//! Objects as they could be found, for the tests of the reports.

use intersync::Reset;

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
        holders: vec![],
        user: 1000,
        mode: 0o740,
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
        holders: vec![HolderView {
            pid: 99,
            comm: Some("a\u{1b}b".to_string()),
            attached: Some(Duration::from_secs(60)),
            handle: 0x18,
            bundle: false,
            access: Access::QUERY | Access::WAIT,
            inherit: true,
            protect: false,
            permits: 2,
        }],
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
        scope: Scope::Local,
        thread: Thread {
            pid,
            tid: pid,
            alive: true,
        },
        all,
        comm: None,
        waits_for: match all {
            true => vec![(2, Some("db".to_string())), (7, None)],
            false => vec![(2, Some("db".to_string()))],
        },
        remaining: all.then_some(Duration::from_secs(30)),
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
