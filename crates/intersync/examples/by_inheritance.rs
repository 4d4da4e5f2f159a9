//! A child inherits handles to events that have no name: nobody else can get at them.
//!
//! The child knows the handles by their values, which are the same as in the parent and come to it in its environment. It
//! holds them from its first moment, whether it uses them or not. The handle to `stop` is one that can only be waited
//! with: the child cannot set it. The handle to the parent tells the child if there is nobody left to set it.
//!
//! On Windows: a `SECURITY_ATTRIBUTES` with `bInheritHandle`, `DuplicateHandle` with `SYNCHRONIZE`, and `CreateProcess` with
//! `bInheritHandles` and the list `PROC_THREAD_ATTRIBUTE_HANDLE_LIST`.

use std::process::{Command, ExitCode};

use intersync::{
    Access, Error, Event, Handle, InheritHandles, Outcome, Process, RawHandle, Reset, Timeout, wait_any,
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    match std::env::args().nth(1).as_deref() {
        Some("child") => child(),
        _ => parent(),
    }
}

fn parent() -> Result<ExitCode, Failure> {
    let ready = Event::options().inheritable(true).unnamed()?;
    let stop = Event::options().reset(Reset::Manual).unnamed()?;
    let wait_only = stop.duplicate(Access::WAIT)?;
    wait_only.set_inheritable(true)?;
    let parent = Process::current()?;
    parent.set_inheritable(true)?;

    let mut child = Command::new(std::env::current_exe()?)
        .arg("child")
        .env("READY", ready.as_raw()?.to_string())
        .env("STOP", wait_only.as_raw()?.to_string())
        .env("PARENT", parent.as_raw()?.to_string())
        .spawn_inheriting_only(&[ready.as_raw()?, wait_only.as_raw()?, parent.as_raw()?])?;
    let ended = Process::of(&child)?;
    if wait_any(&[&ready, &ended], Timeout::INFINITE)? != (Outcome::Signaled { index: 0 }) {
        child.wait()?;
        return Err("the child ended before it was ready".into());
    }
    println!("parent: the child is ready; stopping it");
    stop.set()?;
    Ok(match child.wait()?.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn child() -> Result<ExitCode, Failure> {
    let ready = Event::from_raw(inherited("READY")?)?;
    let stop = Event::from_raw(inherited("STOP")?)?;
    let parent = Process::from_raw(inherited("PARENT")?)?;
    if let Err(Error::AccessDenied { what }) = stop.set() {
        println!("child: cannot set the event: {what}");
    }
    ready.set()?;
    match wait_any(&[&stop, &parent], Timeout::INFINITE)? {
        Outcome::Signaled { index: 0 } => println!("child: stopped"),
        _ => println!("child: the parent has ended"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The handle whose value is in this variable.
fn inherited(variable: &str) -> Result<RawHandle, Failure> {
    Ok(std::env::var(variable)?.parse()?)
}
