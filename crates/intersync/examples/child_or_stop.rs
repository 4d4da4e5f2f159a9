//! Waits for a child to end or for the event "stop", whichever comes first.
//!
//! `child_or_stop COMMAND [ARGUMENT]...` runs the command. `intersync set stop`, from anywhere, has it ended.

use std::process::{Command, ExitCode};

use intersync::{Event, ExitState, Outcome, Process, Reset, Timeout, wait_any};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        return Err("usage: child_or_stop COMMAND [ARGUMENT]...".into());
    };
    let stop = Event::options().reset(Reset::Manual).create("stop")?.object;
    let mut child = Command::new(program).args(words).spawn()?;
    let running = Process::of(&child)?;
    match wait_any(&[&running, &stop], Timeout::INFINITE)? {
        Outcome::Signaled { index: 0 } => match running.exit_status()? {
            Some(ExitState::Exited(code)) => println!("the child exited with {code}"),
            Some(ExitState::Killed(signal)) => println!("the child was killed by signal {signal}"),
            _ => println!("the child ended"),
        },
        _ => {
            println!("stopped");
            child.kill()?;
        }
    }
    // The handle did not reap it: that is the parent's part, as ever.
    child.wait()?;
    Ok(ExitCode::SUCCESS)
}
