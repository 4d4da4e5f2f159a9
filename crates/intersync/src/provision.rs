//! Setting up the namespace of the machine, whose names begin with `Global\`.
//!
//! It is for the members of one group and is made by root: a directory that they may enter and not change, a complete
//! file in it that they may use, and a directory for the private namespaces they share. It lies on a tmpfs,
//! so it is to be made anew after each boot: [`tmpfiles`] and [`service`] say how.

use std::path::{Path, PathBuf};

use crate::sys::arena_file::{self, Base};
use crate::sys::{base, people, provision, thread};
use crate::{Error, Result, linux, opening};

/// What [`provision`](provision()) has set up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provisioned {
    /// The directory of the namespace.
    pub directory: PathBuf,
    /// The group that may use it.
    pub group: u32,
    /// What had to be made or changed, in words; nothing if all was as it should be.
    pub steps: Vec<String>,
}

/// Makes the namespace of the machine for this group, or repairs its owner, group and modes. What is as it should be stays,
/// with its users.
///
/// It goes below `$INTERSYNC_DIR`, else below `/run/intersync`, which is made, or below `/dev/shm` where
/// `/run` is no tmpfs, as in many containers.
///
/// # Errors
/// [`Error::AccessDenied`] for anybody but root; [`Error::Namespace`] if somebody else's files are in the way, or if
/// processes use it with another group.
pub fn provision(group: u32) -> Result<Provisioned> {
    let path = arena_path()?;
    let mut make = |fd: &std::os::fd::OwnedFd, length, _| linux::format(fd, length, &path);
    let done = provision::provision(group, &mut make, 0)?;
    let mut steps = done.steps;
    if let Some((file, fd)) = arena_file::open_existing(&Base::Global)? {
        match opening::read_header(&file, &fd) {
            Ok(_) => {}
            Err(e @ Error::Version { .. }) => {
                drop(fd);
                file.replace(&mut make, 0)?.ok_or(e)?;
                provision::provision(group, &mut make, 0)?;
                steps.push(format!(
                    "replaced {}, which was of another version",
                    file.path().display()
                ));
            }
            Err(e) => return Err(e),
        }
    }
    Ok(Provisioned {
        directory: done.directory,
        group,
        steps,
    })
}

/// What to call the file in messages about the space for it.
fn arena_path() -> Result<PathBuf> {
    Ok(base::choose(&Base::Global)?.0)
}

/// The id of the group called `name`.
pub fn group_id(name: &str) -> Option<u32> {
    thread::group_id(name)
}

/// The name of a group, if the file `/etc/group` has it.
pub fn group_name(id: u32) -> Option<String> {
    people::group_name(id)
}

/// Where [`provision`](provision()) is meant to work: `$INTERSYNC_DIR`, else `/run/intersync`.
pub fn base() -> PathBuf {
    base::provided()
}

/// The lines of a file in `/etc/tmpfiles.d` that make the directories below `base` at each boot.
pub fn tmpfiles(base: &Path, group: &str) -> String {
    let base = base.display();
    format!(
        "# The directories of Intersync's Global namespace, for the group {group}. The file in them is made by
# intersync-provision.service.
#
# Type Path Mode User Group Age Argument
d {base} 1777 root root - -
d {base}/global 0750 root {group} - -
d {base}/global/private 1730 root {group} - -
"
    )
}

/// A systemd unit that provisions below `base` at each boot; `program` is the installed `intersync`.
pub fn service(base: &Path, group: &str, program: &Path) -> String {
    let program = program.display();
    let environment = match base::is_usual(base) {
        true => String::new(),
        false => format!("Environment=\"INTERSYNC_DIR={}\"\n", base.display()),
    };
    format!(
        "[Unit]
Description=Provision the Global namespace of Intersync for the group {group}
Documentation=man:intersync-provision(1)
After=systemd-tmpfiles-setup.service nss-user-lookup.target
Before=multi-user.target

[Service]
Type=oneshot
RemainAfterExit=yes
{environment}ExecStart={program} provision --group {group}

[Install]
WantedBy=multi-user.target
"
    )
}
