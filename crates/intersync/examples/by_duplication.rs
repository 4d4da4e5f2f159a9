//! A process gives a handle to another one that runs already.
//!
//! Three steps: the target uses the library, which makes room for its handles; the other duplicates its handle into it;
//! and it tells the target the value, by whatever way the two have. Here that is the target's standard input. The two
//! must be of one user. `intersync dup NAME --to PID` does the same from a shell.
//!
//! On Windows: `OpenProcess(PROCESS_DUP_HANDLE)` and `DuplicateHandle`; the value is told in the same way.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use intersync::{
    Access, DuplicateOptions, Handle, Location, Namespace, Outcome, Process, RawHandle, Semaphore, Timeout,
    wait_any,
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    match std::env::args().nth(1).as_deref() {
        Some("target") => target(),
        _ => giver(),
    }
}

fn giver() -> Result<ExitCode, Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("target")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the target has no pipes".into());
    };
    let mut lines = BufReader::new(output).lines();
    if lines.next().transpose()?.as_deref() != Some("ready") {
        child.wait()?;
        return Err("the target ended before it was ready".into());
    }

    let results = Semaphore::options().permits(0, 8).unnamed()?;
    let target = Process::of(&child)?;
    // It may release the semaphore, and nothing else.
    let options = DuplicateOptions::new().access(Access::MODIFY);
    let value = results.duplicate_into(&target, options)?;
    writeln!(input, "{value}")?;

    let outcome = wait_any(&[&results, &target], Timeout::INFINITE)?;
    child.wait()?;
    if outcome != (Outcome::Signaled { index: 0 }) {
        return Err("the target ended without a result".into());
    }
    println!("giver: the target has released the semaphore");
    Ok(ExitCode::SUCCESS)
}

fn target() -> Result<ExitCode, Failure> {
    // From here on the process has a table that handles can be put into.
    let _namespace = Namespace::open(&Location::Local)?;
    println!("ready");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let value: RawHandle = line.trim().parse()?;
    let results = Semaphore::from_raw(value)?;
    eprintln!("target: got a handle for {}", results.access());
    results.release(1)?;
    Ok(ExitCode::SUCCESS)
}
