//! `single_instance`.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout};

use super::Place;

/// The first instance, which has said that it is.
fn first(place: &Place) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut first = place.start("single_instance", &["3600"]);
    let mut lines = BufReader::new(first.stdout.take().expect("a pipe")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "the only instance");
    (first, lines)
}

#[test]
fn the_second_instance_calls_the_first_one_forward() {
    let place = Place::new("instances");
    let (mut first, mut lines) = first(&place);
    let (success, said, _) = place.run("single_instance", &[]);
    assert!(!success);
    assert_eq!(said, ["another instance runs; it was told to come forward"]);
    assert_eq!(lines.next().expect("a line").expect("text"), "coming forward");
    assert!(first.wait().expect("it ends").success());
    place.is_left_clean();
}

#[test]
fn an_instance_that_is_killed_does_not_keep_the_next_one_out() {
    let place = Place::new("killed-instance");
    let (mut killed, _) = first(&place);
    killed.kill().expect("killed");
    killed.wait().expect("reaped");
    let (success, said, errors) = place.run("single_instance", &["0"]);
    assert!(success, "{errors}");
    assert_eq!(said, ["nobody else came", "the only instance"]);
    place.is_left_clean();
}
