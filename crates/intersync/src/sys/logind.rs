//! Whether logind may remove namespaces from `/dev/shm` while they are in use, as plain facts.
//!
//! With `RemoveIPC=yes`, its default, logind removes all files of a user there when the last login of that
//! user ends, unless the user lingers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::people;

/// Users below this uid are system users, whom `RemoveIPC` does not concern.
const FIRST_ORDINARY_UID: u32 = 1000;

/// Where systemd reads the settings of logind: a main file, and fragments, of which those with the same
/// name are looked for in this order.
const PLACES: [&str; 4] = [
    "/etc/systemd",
    "/run/systemd",
    "/usr/local/lib/systemd",
    "/usr/lib/systemd",
];

/// What logind would do with the files of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogindFacts {
    /// Whether logind runs on this machine.
    pub(crate) running: bool,
    /// The setting `RemoveIPC`: `true` where no file says otherwise.
    pub(crate) remove_ipc: bool,
    /// The file that decides, if one does.
    pub(crate) decided_by: Option<PathBuf>,
    /// Whether the user lingers: counts as logged in for good.
    pub(crate) lingers: bool,
    /// Whether the setting concerns this user at all.
    pub(crate) ordinary_user: bool,
}

impl LogindFacts {
    /// Whether files of the user in `/dev/shm` are removed at the end of the last login.
    pub(crate) fn removes_files(&self) -> bool {
        self.running && self.remove_ipc && self.ordinary_user && !self.lingers
    }
}

/// What logind would do with the files of the user `uid`.
pub(crate) fn facts(uid: u32) -> LogindFacts {
    facts_below(Path::new("/"), uid, people::user_name(uid).as_deref())
}

fn facts_below(root: &Path, uid: u32, name: Option<&str>) -> LogindFacts {
    let below = |path: &str| root.join(path.trim_start_matches('/'));
    let decided = files(root)
        .into_iter()
        .filter_map(|path| setting(&path).map(|value| (value, path)))
        .next_back();
    let lingers = name.is_some_and(|name| below("/var/lib/systemd/linger").join(name).exists());
    LogindFacts {
        running: below("/run/systemd/seats").exists(),
        remove_ipc: decided.as_ref().is_none_or(|(value, _)| *value),
        decided_by: decided.map(|(_, path)| path),
        lingers,
        ordinary_user: uid >= FIRST_ORDINARY_UID,
    }
}

/// The files with settings, in the order in which later ones win.
fn files(root: &Path) -> Vec<PathBuf> {
    let places = PLACES.map(|place| root.join(place.trim_start_matches('/')));
    let main = places
        .iter()
        .map(|place| place.join("logind.conf"))
        .find(|path| path.exists());
    let mut fragments = BTreeMap::new();
    for place in &places {
        let entries = std::fs::read_dir(place.join("logind.conf.d"))
            .into_iter()
            .flatten()
            .flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "conf") {
                fragments
                    .entry(path.file_name().map(ToOwned::to_owned))
                    .or_insert(path);
            }
        }
    }
    main.into_iter().chain(fragments.into_values()).collect()
}

/// The last valid `RemoveIPC` of a file.
fn setting(path: &Path) -> Option<bool> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut values = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        if key.trim() != "RemoveIPC" {
            return None;
        }
        match value.trim().to_ascii_lowercase().as_str() {
            "1" | "yes" | "y" | "true" | "t" | "on" => Some(true),
            "0" | "no" | "n" | "false" | "f" | "off" => Some(false),
            _ => None,
        }
    });
    values.next_back()
}

#[cfg(test)]
mod unit_tests {
    use super::super::tests::Scratch;
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("below the root")).expect("mkdir");
        std::fs::write(path, text).expect("write");
    }

    #[test]
    fn fragments_win_over_the_main_file_and_the_first_place_over_the_others() {
        let scratch = Scratch::new();
        let root = scratch.path();
        let bare = facts_below(root, 1000, Some("ann"));
        assert!(bare.remove_ipc && !bare.running && !bare.removes_files() && bare.decided_by.is_none());
        write(root, "run/systemd/seats/seat0", "");
        write(root, "etc/systemd/logind.conf", "[Login]\n#RemoveIPC=no\n");
        assert!(facts_below(root, 1000, Some("ann")).removes_files());
        write(
            root,
            "usr/lib/systemd/logind.conf.d/50-x.conf",
            "[Login]\nRemoveIPC = no\n",
        );
        let vendor = facts_below(root, 1000, Some("ann"));
        assert!(!vendor.removes_files());
        assert!(
            vendor
                .decided_by
                .is_some_and(|path| path.ends_with("logind.conf.d/50-x.conf"))
        );
        write(
            root,
            "etc/systemd/logind.conf.d/50-x.conf",
            "[Login]\nRemoveIPC=true\n",
        );
        assert!(facts_below(root, 1000, Some("ann")).removes_files());
        write(
            root,
            "etc/systemd/logind.conf.d/60-y.conf",
            "RemoveIPC=off\nRemoveIPC=maybe\n",
        );
        assert!(!facts_below(root, 1000, Some("ann")).remove_ipc);
    }

    #[test]
    fn lingering_and_system_users_keep_their_files() {
        let scratch = Scratch::new();
        let root = scratch.path();
        write(root, "run/systemd/seats/seat0", "");
        write(root, "var/lib/systemd/linger/ann", "");
        assert!(!facts_below(root, 1000, Some("ann")).removes_files());
        assert!(facts_below(root, 1001, Some("bob")).removes_files());
        assert!(!facts_below(root, 33, Some("www-data")).removes_files());
    }
}
