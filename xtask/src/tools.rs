//! The programs that the checks need, besides cargo.

use std::path::Path;

use anyhow::{Result, bail};

use crate::shell;

/// A program and the Debian packages that bring it.
#[derive(Clone, Copy)]
pub struct Tool {
    program: &'static str,
    packages: &'static [&'static str],
}

const COMPILER: Tool = Tool {
    program: "gcc",
    packages: &["gcc", "libc6-dev"],
};
const SPIN: Tool = Tool {
    program: "spin",
    packages: &["spin"],
};

const CPP_COMPILER: Tool = Tool {
    program: "g++",
    packages: &["g++"],
};
const CLANG: Tool = Tool {
    program: "clang",
    packages: &["clang"],
};
const CMAKE: Tool = Tool {
    program: "cmake",
    packages: &["cmake"],
};
const MAKE: Tool = Tool {
    program: "make",
    packages: &["make"],
};
const PKG_CONFIG: Tool = Tool {
    program: "pkg-config",
    packages: &["pkg-config"],
};

const VALGRIND: Tool = Tool {
    program: "valgrind",
    packages: &["valgrind", "libc6-dbg"],
};

/// What all checks together need: the models, the compilers that the headers are for, and what uses an installed library.
pub const FOR_ALL: &[Tool] = &[
    COMPILER,
    CPP_COMPILER,
    CLANG,
    SPIN,
    CMAKE,
    MAKE,
    PKG_CONFIG,
    VALGRIND,
];
/// What running the C programs under watch needs.
pub const FOR_MEMORY: &[Tool] = &[COMPILER, VALGRIND];
/// What the search of the models needs. Rust itself needs the compiler, to link.
pub const FOR_MODELS: &[Tool] = &[COMPILER, SPIN];

/// Installs what is missing if that is possible, else names it.
///
/// # Errors
/// If something is missing and stays so; the message names the packages.
pub fn need(tools: &[Tool]) -> Result<()> {
    let packages = missing(tools);
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if !(rustix::process::geteuid().is_root() && found("apt-get")) {
        bail!("missing: {list}; install it, on Debian with `sudo apt-get install {list}`");
    }
    println!("installing {list}");
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(&packages);
    for arguments in [&["update", "-qq"][..], &install] {
        let mut apt = shell::command("apt-get", arguments);
        shell::run(apt.env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    let still = missing(tools);
    if !still.is_empty() {
        bail!(
            "apt-get could not install {}; install it by hand",
            still.join(" ")
        );
    }
    Ok(())
}

fn missing(tools: &[Tool]) -> Vec<&'static str> {
    let absent = tools.iter().filter(|tool| !found(tool.program));
    absent.flat_map(|tool| tool.packages).copied().collect()
}

fn found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| is_file(&directory.join(program)))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_exists_is_not_missing_and_one_that_does_not_is_named_by_its_packages() {
        let shell = Tool {
            program: "sh",
            packages: &["dash"],
        };
        let absent = Tool {
            program: "no such program",
            packages: &["one", "two"],
        };
        assert_eq!(missing(&[shell, absent]), ["one", "two"]);
    }
}
