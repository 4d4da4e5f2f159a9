//! Where samples are taken: teams of worker processes, each with a board and a namespace of its own.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering::SeqCst;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::board::Board;
use crate::peer::Subject;
use crate::rows::Row;
use crate::sys::{clock, futex, place};

/// One worker process to start.
#[derive(Debug, Clone)]
pub struct Job {
    row: Row,
    part: &'static str,
    subject: Subject,
    core: Option<usize>,
    numbers: Vec<u64>,
    limit: u32,
}

impl Job {
    /// A worker that has this part in this row.
    pub fn new(row: Row, part: &'static str, subject: Subject) -> Job {
        Job {
            row,
            part,
            subject,
            core: None,
            numbers: Vec::new(),
            limit: 60,
        }
    }

    /// On this core only.
    pub fn on(mut self, core: usize) -> Job {
        self.core = Some(core);
        self
    }

    /// With these numbers.
    pub fn numbers(mut self, numbers: &[u64]) -> Job {
        self.numbers = numbers.to_vec();
        self
    }

    /// Ended by the kernel after so many seconds; 0 for never.
    pub fn limit(mut self, seconds: u32) -> Job {
        self.limit = seconds;
        self
    }
}

/// What all samples have in common.
#[derive(Debug)]
pub struct Lab {
    directory: TempDir,
    program: PathBuf,
    cores: Vec<usize>,
    teams: Cell<u64>,
    /// Steps of [`clock::work`] in a nanosecond.
    pub steps_per_ns: f64,
}

impl Lab {
    /// A directory on the tmpfs of this machine that is removed at the end, and a look at the cores.
    pub fn new() -> Result<Lab> {
        let directory = tempfile::Builder::new()
            .prefix("intersync-bench-")
            .tempdir_in("/dev/shm")?;
        let program = std::env::current_exe().context("cannot find this program")?;
        let steps_per_ns = clock::work_steps_per_ns();
        Ok(Lab {
            directory,
            program,
            cores: place::cores(),
            teams: Cell::new(0),
            steps_per_ns,
        })
    }

    /// The core for the `number`th worker, in turn over two cores.
    pub fn core(&self, number: usize) -> usize {
        self.cores[number % self.cores.len().min(2)]
    }

    /// A team without members, with a new board and an empty namespace.
    pub fn team(&self) -> Result<Team> {
        let number = self.teams.replace(self.teams.get() + 1);
        let directory = self.directory.path().join(number.to_string());
        let namespace = directory.join("namespace");
        fs::create_dir_all(&namespace)?;
        let board = Board::create(&directory.join("board"))?;
        let program = self.program.clone();
        Ok(Team {
            program,
            directory,
            namespace,
            board,
            members: Vec::new(),
        })
    }

    /// One sample: starts all, lets them begin together, and takes the figures of the last.
    pub fn sample(&self, jobs: &[Job], figures: usize) -> Result<Vec<f64>> {
        let mut team = self.team()?;
        team.spawn_all(jobs)?;
        team.run(figures)
    }
}

/// Worker processes that share a board. Those that still run are killed at the end.
#[derive(Debug)]
pub struct Team {
    program: PathBuf,
    directory: PathBuf,
    namespace: PathBuf,
    members: Vec<Child>,
    /// What they share.
    pub board: Board,
}

impl Team {
    /// Uses this namespace instead of one of its own.
    pub fn in_namespace(mut self, namespace: &Path) -> Self {
        self.namespace = namespace.to_path_buf();
        self
    }

    /// Where its namespace is.
    pub fn namespace(&self) -> &Path {
        &self.namespace
    }

    /// Starts a worker and returns its process id.
    pub fn spawn(&mut self, job: &Job) -> Result<u32> {
        let mut command = Command::new(&self.program);
        command
            .arg("worker")
            .args(["--row", &job.row.to_string(), "--part", job.part]);
        command.args([
            "--subject",
            &job.subject.to_string(),
            "--limit",
            &job.limit.to_string(),
        ]);
        command.arg("--board").arg(self.directory.join("board"));
        command.arg("--namespace").arg(&self.namespace);
        command.args(["--index", &self.members.len().to_string()]);
        if let Some(core) = job.core {
            command.args(["--core", &core.to_string()]);
        }
        for number in &job.numbers {
            command.args(["--number", &number.to_string()]);
        }
        // Where the C interface looks, which is not told by its calls.
        command.env("INTERSYNC_DIR", &self.namespace);
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start a worker")?;
        let id = child.id();
        self.members.push(child);
        Ok(id)
    }

    /// Starts these workers.
    pub fn spawn_all(&mut self, jobs: &[Job]) -> Result<()> {
        jobs.iter().try_for_each(|job| self.spawn(job).map(drop))
    }

    /// Waits until all have arrived at the start.
    pub fn assemble(&mut self) -> Result<()> {
        loop {
            let ready = self.board.ready.word.load(SeqCst);
            if ready as usize >= self.members.len() {
                return Ok(());
            }
            for (index, member) in self.members.iter_mut().enumerate() {
                if let Some(status) = member.try_wait()? {
                    bail!("worker {index} ended before the start: {status}");
                }
            }
            futex::wait_for(&self.board.ready.word, ready, 100);
        }
    }

    /// Lets all begin, waits for the end of the last one started, and returns its figures.
    pub fn run(&mut self, figures: usize) -> Result<Vec<f64>> {
        self.assemble()?;
        self.board.start();
        self.join_last()?;
        Ok(self.board.figures(figures))
    }

    /// Waits until the last one started has ended well.
    pub fn join_last(&mut self) -> Result<()> {
        let status = self.members.last_mut().context("the team is empty")?.wait()?;
        ensure!(status.success(), "the measuring worker failed: {status}");
        Ok(())
    }

    /// Kills the worker with this process id, and returns when: the last moment before it.
    pub fn kill(&mut self, id: u32) -> Result<u64> {
        let member = self.members.iter_mut().find(|member| member.id() == id);
        let member = member.context("no such worker")?;
        let before = clock::now();
        member.kill()?;
        Ok(before)
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        // Errors here mean that the process or the file is gone already, which is the aim.
        for member in &mut self.members {
            let _ = member.kill();
        }
        for member in &mut self.members {
            let _ = member.wait();
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}
