//! Waiting for one, any and all.

mod support;

use rustix::process::Signal;
use support::Space;

#[test]
fn waiting_for_any_takes_the_first_in_the_list_and_nothing_else() {
    let space = Space::new();
    space.ok(&["create", "event", "a", "--signaled"]);
    space.ok(&["create", "semaphore", "b", "--maximum", "1"]);
    assert_eq!(space.ok(&["wait", "b", "a", "--any"]), "b\n");
    assert_eq!(space.show("a")["signaled"], true);
    assert_eq!(space.ok(&["wait", "b", "a"]), "a\n");
    assert_eq!(space.run(&["wait", "b", "a", "--timeout", "10ms"]).code, Some(1));
    space.audit();
}

#[test]
fn waiting_for_all_takes_nothing_until_it_can_take_everything() {
    let space = Space::new();
    space.ok(&["create", "event", "ready"]);
    space.ok(&["create", "mutex", "build"]);
    space.ok(&["create", "semaphore", "jobs", "--maximum", "1"]);
    let mut waiter = space.start(&["wait", "ready", "build", "jobs", "--all", "--timeout", "60s"]);
    space.until_waiters("ready", 1);
    assert_eq!(space.show("jobs")["count"], 1);
    assert_eq!(space.show("build")["owner"], serde_json::Value::Null);
    assert_eq!(space.show("build")["waiters"][0]["all"], true);
    space.ok(&["set", "ready"]);
    assert_eq!(
        [waiter.line(), waiter.line(), waiter.line()],
        ["ready", "build", "jobs"]
    );
    assert_eq!(waiter.end().0.code(), Some(0));
    assert_eq!(space.show("ready")["signaled"], false);
    assert_eq!(space.show("jobs")["count"], 0);
    assert_eq!(
        space.show("build")["owner"],
        serde_json::Value::Null,
        "the mutex was released"
    );
    assert_eq!(space.show("build")["abandoned"], false);
    space.audit();
}

#[test]
fn an_abandoned_mutex_is_told_once() {
    let space = Space::new();
    space.ok(&["create", "mutex", "build"]);
    let mut holder = space.start(&["run", "--mutex", "build", "--", "sh", "-c", "echo ready; read x"]);
    assert_eq!(holder.line(), "ready");
    holder.signal(Signal::KILL);
    holder.end();
    assert_eq!(
        space.show("build")["owner"]["alive"],
        false,
        "nobody has looked after it yet"
    );
    let told = space.run(&["wait", "build", "--timeout", "20s"]);
    assert_eq!((told.code, told.stdout.as_str()), (Some(3), "build\n"));
    assert!(told.stderr.contains("\"build\" was abandoned"), "{told:?}");
    assert_eq!(space.ok(&["wait", "build", "--timeout", "0s"]), "build\n");
    space.audit();
}

#[test]
fn a_wait_that_is_killed_leaves_the_queue() {
    let space = Space::new();
    space.ok(&["create", "event", "next"]);
    let killed = space.start(&["wait", "next"]);
    space.until_waiters("next", 1);
    let mut survivor = space.start(&["wait", "next"]);
    space.until_waiters("next", 2);
    killed.signal(Signal::KILL);
    killed.end();
    space.ok(&["set", "next"]);
    assert_eq!(survivor.line(), "next", "the dead waiter was passed over");
    space.audit();
}

#[test]
fn a_wait_for_too_many_or_for_one_thing_twice_takes_nothing() {
    let space = Space::new();
    space.ok(&["create", "event", "a", "--signaled"]);
    let many: Vec<&str> = ["wait"]
        .into_iter()
        .chain(std::iter::repeat_n("a", 1025))
        .collect();
    space
        .run(&many)
        .failed(2, "cannot wait for 1025 objects at once: the limit is 1024");
    space
        .run(&["wait", "a", "Local\\a", "--all"])
        .failed(2, "are the same object");
    assert_eq!(space.show("a")["signaled"], true);
    let most: Vec<&str> = ["wait"]
        .into_iter()
        .chain(std::iter::repeat_n("a", 1024))
        .collect();
    assert_eq!(space.ok(&most), "a\n");
}
