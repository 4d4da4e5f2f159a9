//! The `intersync` command.

fn main() {}
