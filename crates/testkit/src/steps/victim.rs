//! The process that dies.

use super::operations::find;
use super::tracee::MARKER;

/// Prepares itself for an operation, raises the marker, does it, raises the marker, and stays.
///
/// # Errors
/// There is no such operation, or it cannot be traced.
pub fn victim_main(operation: &str) -> Result<(), String> {
    let found = find(operation).ok_or_else(|| format!("no operation is called \"{operation}\""))?;
    nix::sys::ptrace::traceme().map_err(|errno| format!("being traced: {errno}"))?;
    let act = (found.victim)();
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
