//! The example `child_or_stop`.

use std::io::{BufRead, BufReader};
use std::process::Child;

use intersync::{Event, Namespace, Outcome};

use super::Place;

fn run(place: &Place, script: &str) -> Child {
    place.start("child_or_stop", &["sh", "-c", script])
}

fn said(child: Child) -> String {
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_end_of_the_child_is_told_with_its_status() {
    let place = Place::new("exit");
    assert_eq!(said(run(&place, "exit 6")), "the child exited with 6\n");
    assert_eq!(
        said(run(&place, "kill -9 $$")),
        "the child was killed by signal 9\n"
    );
}

#[test]
fn the_event_ends_the_wait_and_the_child() {
    let place = Place::new("stop");
    let mut example = run(&place, "echo ready; exec sleep 1000");
    let mut lines = BufReader::new(example.stdout.take().expect("a pipe")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "ready");
    let namespace = Namespace::open(&place.location()).expect("the example made it");
    let stop = Event::options()
        .namespace(&namespace)
        .open("stop")
        .expect("the event");
    stop.set().expect("it can be set");
    assert_eq!(lines.next().expect("a line").expect("text"), "stopped");
    assert!(example.wait().expect("it ends").success());
    assert_eq!(
        stop.wait(intersync::Timeout::ZERO),
        Ok(Outcome::Signaled { index: 0 })
    );
}
