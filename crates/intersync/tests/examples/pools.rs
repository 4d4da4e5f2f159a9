//! `worker_pool` and `bounded_buffer`.

use std::io::{BufRead, BufReader};
use std::process::Command;

use intersync::inspect::ProcessInfo;

use super::Place;

#[test]
fn the_workers_do_every_job_once() {
    let place = Place::new("pool");
    let (success, lines, errors) = place.run("worker_pool", &[]);
    assert!(success, "{errors}");
    let mut expected = vec!["6 of 6 jobs done"];
    expected.extend(["a job"; 6]);
    assert_eq!(lines, expected);
    place.is_left_clean();
}

#[test]
fn a_worker_that_fails_or_is_killed_ends_the_pool() {
    let place = Place::new("killed-worker");
    for (job, end) in [("exit 3", "Exited(1)"), ("kill -9 $PPID", "Killed(9)")] {
        let (success, lines, errors) = place.run("worker_pool", &["sh", "-c", job]);
        assert!(!success);
        assert_eq!(lines, ["0 of 6 jobs done"]);
        assert!(
            errors.contains("a worker ended early") && errors.contains(end),
            "{errors}"
        );
        place.is_left_clean();
    }
}

#[test]
fn workers_end_with_a_pool_that_is_killed() {
    let place = Place::new("killed-pool");
    // Each worker is in its first job when the pool is killed.
    let job = "echo started; read line; echo done";
    let mut pool = place.start("worker_pool", &["sh", "-c", job]);
    let input = pool.stdin.take();
    let mut lines = BufReader::new(pool.stdout.take().expect("a pipe")).lines();
    for _ in 0..3 {
        assert_eq!(lines.next().expect("a line").expect("text"), "started");
    }
    pool.kill().expect("killed");
    pool.wait().expect("reaped");
    // Now the jobs go on.
    drop(input);
    // The output ends with the last worker, and none of them has begun another job.
    let rest: Vec<String> = lines.map(|line| line.expect("text")).collect();
    assert_eq!(rest, ["done"; 3]);
    place.is_left_clean();
}

#[test]
fn what_is_put_into_the_buffer_comes_out() {
    let place = Place::new("buffer");
    let (success, lines, errors) = place.run("bounded_buffer", &[]);
    assert!(success, "{errors}");
    assert_eq!(lines, ["1000 items came out, their sum is 250500"]);
    place.is_left_clean();
}

#[test]
fn the_buffer_ends_when_a_producer_or_consumer_is_killed() {
    let place = Place::new("killed-buffer");
    let buffer = place.start("bounded_buffer", &["1000000000"]);
    // Whoever has taken its handles over is at work.
    let at_work = |p: &&ProcessInfo| p.pid != buffer.id() && !p.bundle && p.handles > 0;
    let victim = place.until(|look| look.processes.iter().find(at_work).map(|p| p.pid));
    let killed = Command::new("kill").args(["-9", &victim.to_string()]).status();
    assert!(killed.expect("kill").success());
    // The output ends with the last of them.
    let output = buffer.wait_with_output().expect("it ends");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success());
    assert!(errors.contains("a producer or consumer failed"), "{errors}");
    assert!(
        errors.contains("the parent has ended") || errors.contains("killed at the ring"),
        "{errors}"
    );
    place.is_left_clean();
}
