//! Putting files where they belong. What is replaced stays whole for those who use it: a new file takes its name.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The directory that everything goes below.
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// The prefix, below another directory if there is one.
    pub fn new(prefix: &Path, destdir: Option<&Path>) -> Place {
        let root = match destdir {
            None => prefix.to_owned(),
            Some(below) => below.join(prefix.strip_prefix("/").unwrap_or(prefix)),
        };
        Place { root }
    }

    /// That directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Copies a file.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn copy(&self, from: &Path, to: impl AsRef<Path>, mode: u32) -> Result<()> {
        let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        self.write(&bytes, to, mode)
    }

    /// Makes a file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, bytes: &[u8], to: impl AsRef<Path>, mode: u32) -> Result<()> {
        self.replace(to.as_ref(), |new| {
            fs::write(new, bytes)?;
            fs::set_permissions(new, Permissions::from_mode(mode))
        })
    }

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn link(&self, target: &str, to: impl AsRef<Path>) -> Result<()> {
        self.replace(to.as_ref(), |new| symlink(target, new))
    }

    fn replace(&self, to: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<()> {
        let to = self.root.join(to);
        let (directory, name) = (to.parent(), to.file_name());
        let (directory, name) = directory.zip(name).context("a file in a directory")?;
        let new = directory.join(format!(".{}.new", name.to_string_lossy()));
        let place = || -> std::io::Result<()> {
            fs::create_dir_all(directory)?;
            match fs::remove_file(&new) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => make(&new)?,
            }
            fs::rename(&new, &to)
        };
        place().with_context(|| format!("cannot install {}", to.display()))
    }
}
