//! Programs in C that use the C interface.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A compiled program. It is removed with this.
#[derive(Debug)]
pub struct CProgram {
    _directory: TempDir,
    path: PathBuf,
}

impl CProgram {
    /// Compiles a source, given by its path, or by its path from the directory of this crate.
    ///
    /// # Panics
    /// If it cannot be compiled, or if the test that calls does not depend on the crate `intersync-win32`.
    pub fn build(source: impl AsRef<Path>) -> CProgram {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let test = std::env::current_exe().expect("the path of the test");
        // Beside the test: the copy one directory up is only renewed by `cargo build`.
        let library = test.with_file_name("libintersync_win32.so");
        assert!(library.is_file(), "{} has not been built", library.display());
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["libintersync.so", "libintersync.so.1"] {
            let link = directory.path().join(name);
            // No symbolic link: a build meanwhile must not take the library away from a program that runs.
            if fs::hard_link(&library, &link).is_err() {
                fs::copy(&library, &link).expect("a copy of the library");
            }
        }
        let path = directory.path().join("program");
        let mut compile = Command::new("cc");
        compile.args([
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-O1",
            "-pthread",
            "-Wl,-z,now,--disable-new-dtags",
        ]);
        compile.arg("-I").arg(here.join("../intersync-win32/include"));
        compile.arg(here.join(source)).arg("-o").arg(&path);
        compile.arg("-L").arg(directory.path()).arg("-lintersync");
        compile.arg(format!("-Wl,-rpath,{}", directory.path().display()));
        let ended = compile.output().expect("a C compiler");
        let complaints = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{compile:?}: {complaints}");
        CProgram {
            _directory: directory,
            path,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
