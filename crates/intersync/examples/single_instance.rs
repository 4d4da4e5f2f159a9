//! A program that runs once per user: a second instance tells the first one to come forward, and ends.
//!
//! One event by name does it. `already_existed` tells who is first, in one step with the creation, so two that start at the
//! same moment never both are. And as the name goes with its last handle, a first instance that is killed leaves nothing
//! behind that would keep the next one out, as a PID file would.
//!
//! `single_instance [SECONDS]`: the first instance ends when it was told to come forward, or after that time (10).
//!
//! On Windows: `CreateEventW` or `CreateMutexW`, and `GetLastError() == ERROR_ALREADY_EXISTS`. The name `Global\...` makes it
//! once per machine, there as here.

use std::process::ExitCode;
use std::time::Duration;

use intersync::{Event, Outcome};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let seconds = match std::env::args().nth(1) {
        Some(word) => word.parse()?,
        None => 10,
    };
    let come_forward = Event::options().create("single_instance.come_forward")?;
    if come_forward.already_existed {
        come_forward.object.set()?;
        println!("another instance runs; it was told to come forward");
        return Ok(ExitCode::FAILURE);
    }
    println!("the only instance");
    match come_forward.object.wait(Duration::from_secs(seconds))? {
        Outcome::TimedOut => println!("nobody else came"),
        _ => println!("coming forward"),
    }
    Ok(ExitCode::SUCCESS)
}
