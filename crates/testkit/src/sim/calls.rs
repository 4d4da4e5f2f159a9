//! Calls as scenarios write them.

use super::checks::HOLD;
use super::history::{Make, Op};

/// A wait for one object.
pub fn wait(h: usize, timeout: Option<i64>) -> Op {
    Op::Wait {
        list: vec![h],
        all: false,
        timeout,
    }
}

/// A look at one object.
pub fn poll(h: usize) -> Op {
    wait(h, Some(0))
}

/// A wait for any of several objects.
pub fn any(list: &[usize], timeout: Option<i64>) -> Op {
    Op::Wait {
        list: list.to_vec(),
        all: false,
        timeout,
    }
}

/// A wait for all of several objects.
pub fn all(list: &[usize], timeout: Option<i64>) -> Op {
    Op::Wait {
        list: list.to_vec(),
        all: true,
        timeout,
    }
}

/// A wait that never ends: the thread stays.
pub fn stay() -> [Op; 2] {
    let hold = usize::from(HOLD);
    [
        Op::Create(hold, HOLD, Make::new(intersync::word::value::Sort::EventManual)),
        wait(hold, None),
    ]
}
