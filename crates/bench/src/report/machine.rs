//! What kind of machine this is, without saying which one.

use std::fs;

use crate::sys::place;

/// Cores, kernel and processor vendor.
pub fn describe() -> String {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let kernel = release.split(['.', '-']).take(2).collect::<Vec<_>>().join(".");
    let cores = place::cores().len();
    format!("{cores} cores, Linux {kernel}, processor vendor {}", vendor())
}

fn vendor() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = information.lines().find(|line| line.starts_with("vendor_id"));
    let vendor = line
        .and_then(|line| line.split_once(':'))
        .map(|(_, vendor)| vendor.trim());
    vendor.unwrap_or(std::env::consts::ARCH).to_owned()
}
