//! A pool of worker processes that inherit all they share: a semaphore that counts jobs, one that counts results, an
//! event that stops them, and a handle to the pool itself.
//!
//! `worker_pool [COMMAND [ARGUMENT]...]`: three workers run the command six times in all. The pool waits for a result or
//! for the end of any worker; a worker waits for a job, for the order to stop or for the end of the pool. So neither
//! outlives the other, whatever is killed.
//!
//! On Windows: the same objects, inherited by `CreateProcess` with `bInheritHandles`; the process handles of the workers go
//! to `WaitForMultipleObjects` together with the semaphore.

use std::process::{Child, Command, ExitCode};

use intersync::{
    Event, Handle, InheritHandles, Outcome, Process, RawHandle, Reset, Semaphore, Timeout, Waitable, wait_any,
};

const WORKERS: usize = 3;
const JOBS: u32 = 6;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    let mut words = std::env::args_os().skip(1);
    match words.next() {
        Some(word) if word == "--worker" => worker(words.collect()),
        Some(program) => pool([program].into_iter().chain(words).collect()),
        None => pool(vec!["echo".into(), "a job".into()]),
    }
}

fn pool(command: Vec<std::ffi::OsString>) -> Result<ExitCode, Failure> {
    let semaphore = || Semaphore::options().permits(0, JOBS).inheritable(true).unnamed();
    let (jobs, results) = (semaphore()?, semaphore()?);
    let stop = Event::options()
        .reset(Reset::Manual)
        .inheritable(true)
        .unnamed()?;
    let pool = Process::current()?;
    pool.set_inheritable(true)?;
    let shared: [&dyn Handle; 4] = [&stop, &pool, &jobs, &results];
    let handles: Vec<RawHandle> = shared.iter().map(|h| h.as_raw()).collect::<Result<_, _>>()?;
    let values: Vec<String> = handles.iter().map(ToString::to_string).collect();

    let mut worker = Command::new(std::env::current_exe()?);
    worker.arg("--worker").arg(values.join(",")).args(command);
    let mut workers: Vec<Child> = (0..WORKERS)
        .map(|_| worker.spawn_inheriting_only(&handles))
        .collect::<Result<_, _>>()?;
    let ends: Vec<Process> = workers.iter().map(Process::of).collect::<Result<_, _>>()?;

    jobs.release(JOBS)?;
    let mut awaited: Vec<&dyn Waitable> = vec![&results];
    awaited.extend(ends.iter().map(|end| end as &dyn Waitable));
    let mut done = 0;
    let lost = loop {
        match wait_any(&awaited, Timeout::INFINITE)? {
            Outcome::Signaled { index: 0 } => done += 1,
            outcome => break outcome.index(),
        }
        if done == JOBS {
            break None;
        }
    };
    stop.set()?;
    for child in &mut workers {
        child.wait()?;
    }
    println!("{done} of {JOBS} jobs done");
    match lost.and_then(|index| ends.get(index - 1)) {
        None => Ok(ExitCode::SUCCESS),
        Some(end) => Err(format!("a worker ended early: {:?}", end.exit_status()?).into()),
    }
}

fn worker(words: Vec<std::ffi::OsString>) -> Result<ExitCode, Failure> {
    let [values, program, arguments @ ..] = &*words else {
        return Err("a worker is started by its pool".into());
    };
    let values = values.to_string_lossy();
    let handles: Vec<RawHandle> = values.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let [stop, pool, jobs, results] = *handles else {
        return Err("a worker needs four handles".into());
    };
    let (stop, pool) = (Event::from_raw(stop)?, Process::from_raw(pool)?);
    let (jobs, results) = (Semaphore::from_raw(jobs)?, Semaphore::from_raw(results)?);
    // Of several, the first in the list: no more jobs once the pool has stopped or ended.
    while wait_any(&[&stop, &pool, &jobs], Timeout::INFINITE)?.index() == Some(2) {
        if !Command::new(program).args(arguments).status()?.success() {
            return Err("the job failed".into());
        }
        results.release(1)?;
    }
    Ok(ExitCode::SUCCESS)
}
