//! Two processes share an event by its name.
//!
//! Whoever comes first creates it, whoever comes later opens it: `create` does both, in one step. The name goes with the
//! last handle, so nothing is left behind, however the processes end. Names without a prefix, and with `Local\`, are those
//! of the calling user; with `Global\`, those of the machine.
//!
//! On Windows: `CreateEventW(NULL, TRUE, FALSE, L"by_name.ready")` in both; `GetLastError() == ERROR_ALREADY_EXISTS` tells
//! the second one what `already_existed` tells here.

use std::process::{Command, ExitCode};

use intersync::{Event, Outcome, Process, Reset, Timeout, wait_any};

const NAME: &str = "by_name.ready";

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let ready = Event::options().reset(Reset::Manual).create(NAME)?;
    if std::env::args().nth(1).as_deref() == Some("child") {
        println!("child: found the event: {}", ready.already_existed);
        ready.object.set()?;
        return Ok(ExitCode::SUCCESS);
    }
    let ready = ready.object;
    let mut child = Command::new(std::env::current_exe()?).arg("child").spawn()?;
    // Not only for the event: a child that fails never sets it.
    let ended = Process::of(&child)?;
    let outcome = wait_any(&[&ready, &ended], Timeout::INFINITE)?;
    child.wait()?;
    match outcome {
        Outcome::Signaled { index: 0 } => {
            println!("parent: the child has set the event");
            Ok(ExitCode::SUCCESS)
        }
        _ => Err("the child ended without setting the event".into()),
    }
}
