//! The process that dies.

use super::operations::find;
use super::tracee::MARKER;

/// Says which process the operation has to do with besides the victim.
pub const PEER: &str = "VICTIM_PEER";

/// That process.
///
/// # Panics
/// If there is none.
pub fn peer() -> u32 {
    let pid = std::env::var(PEER).ok().and_then(|pid| pid.parse().ok());
    pid.unwrap_or_else(|| panic!("{PEER} names no process"))
}

/// Prepares itself for an operation, raises the marker, does it, raises the marker, and stays.
///
/// # Errors
/// There is no such operation, or it cannot be traced.
pub fn victim_main(operation: &str) -> Result<(), String> {
    let found = find(operation).ok_or_else(|| format!("no operation is called \"{operation}\""))?;
    // Some become another program first, which a tracer would be told of.
    let act = (found.victim)();
    nix::sys::ptrace::traceme().map_err(|errno| format!("being traced: {errno}"))?;
    let marker = || nix::sys::signal::raise(MARKER).map_err(|errno| format!("raising the marker: {errno}"));
    marker()?;
    let kept = act();
    marker()?;
    // Everything it has stays open until it is killed.
    std::mem::forget(kept);
    loop {
        std::thread::park();
    }
}
