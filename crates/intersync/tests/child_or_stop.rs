//! The example `child_or_stop`, run as a user would.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use intersync::{Event, Location, Namespace, Outcome};

/// The example, which cargo builds beside the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    let profile = test.ancestors().nth(2).expect("the directory of the profile");
    let path = profile.join("examples").join("child_or_stop");
    assert!(
        path.exists(),
        "{} is not built: run all of the package's tests",
        path.display()
    );
    path
}

/// A directory of its own, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        let path = PathBuf::from(format!(
            "/dev/shm/intersync-example-{name}-{}",
            std::process::id()
        ));
        std::fs::create_dir(&path).expect("a directory in shared memory");
        Place(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(place: &Place, script: &str) -> Child {
    Command::new(example())
        .args(["sh", "-c", script])
        .env("INTERSYNC_DIR", &place.0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example runs")
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
    let namespace = Namespace::open(&Location::Under(place.0.clone())).expect("the example made it");
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
