//! The examples, run as a user would.

mod child_or_stop;
mod pools;
mod single_instance;
mod ways_to_share;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use intersync::inspect::{self, Snapshot};
use intersync::{Location, Namespace};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// An example, which cargo builds beside the tests.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    let profile = test.ancestors().nth(2).expect("the directory of the profile");
    let path = profile.join("examples").join(name);
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

    /// Starts an example, with pipes to its streams.
    fn start(&self, name: &str, arguments: &[&str]) -> Child {
        Command::new(example(name))
            .args(arguments)
            .env("INTERSYNC_DIR", &self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example runs")
    }

    /// Runs an example to its end: whether it succeeded, and the lines it wrote, sorted, to both streams.
    fn run(&self, name: &str, arguments: &[&str]) -> (bool, Vec<String>, String) {
        let output = self.start(name, arguments).wait_with_output().expect("it ends");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let mut lines: Vec<String> = text(output.stdout).lines().map(str::to_owned).collect();
        lines.sort();
        (output.status.success(), lines, text(output.stderr))
    }

    fn location(&self) -> Location {
        Location::Under(self.0.clone())
    }

    /// Looks at the namespace, once it is there, until it shows what is looked for.
    fn until<T>(&self, found: impl Fn(&Snapshot) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            let look = inspect::snapshot(&self.location());
            if let Some(found) = look.as_ref().ok().and_then(&found) {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{look:?}");
            std::thread::yield_now();
        }
    }

    /// Waits until the namespace is empty: orphans may still be on their way out. Then it is sound.
    fn is_left_clean(&self) {
        let _namespace = Namespace::open(&self.location()).expect("a namespace");
        self.until(|look| look.objects.is_empty().then_some(()));
        assert_eq!(inspect::audit(&self.location()), Ok(Vec::new()));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
