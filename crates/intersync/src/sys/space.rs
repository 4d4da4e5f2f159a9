//! How large a new namespace may be.

use std::path::Path;

use super::base::variable;

/// The sizes a namespace comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For small file systems and memory limits, as in containers.
    Small,
    /// For everything else.
    Standard,
}

/// A file system below this size gets the small profile.
const SMALL_FILE_SYSTEM: u64 = 256 << 20;
/// A memory limit below this size gets the small profile.
const SMALL_MEMORY: u64 = 512 << 20;

impl Profile {
    /// The profile for a file system of this size, unless `INTERSYNC_PROFILE` names one.
    pub(crate) fn choose(file_system_bytes: u64) -> Profile {
        match variable("INTERSYNC_PROFILE")
            .as_ref()
            .and_then(|value| value.to_str())
        {
            Some("small") => Profile::Small,
            Some("standard") => Profile::Standard,
            _ => Profile::fitting(file_system_bytes, memory_limit()),
        }
    }

    fn fitting(file_system_bytes: u64, memory_bytes: Option<u64>) -> Profile {
        let little_memory = memory_bytes.is_some_and(|limit| limit < SMALL_MEMORY);
        if file_system_bytes < SMALL_FILE_SYSTEM || little_memory {
            Profile::Small
        } else {
            Profile::Standard
        }
    }

    /// The apparent size of the file.
    pub(crate) fn len(self) -> u64 {
        match self {
            Profile::Small => 8 << 20,
            Profile::Standard => 64 << 20,
        }
    }
}

/// The tightest memory limit of the control groups this process is in, if there is one.
pub(crate) fn memory_limit() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    groups.lines().filter_map(group_limit).min()
}

/// The tightest limit from the group of one line ("0::/path" or "4:memory:/path") up to the root.
fn group_limit(line: &str) -> Option<u64> {
    let mut fields = line.splitn(3, ':');
    let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    let (root, file) = if controllers.is_empty() {
        ("/sys/fs/cgroup", "memory.max")
    } else if controllers.split(',').any(|controller| controller == "memory") {
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
    } else {
        return None;
    };
    let group = Path::new(path.trim_start_matches('/'));
    group
        .ancestors()
        .filter_map(|group| read_limit(&Path::new(root).join(group).join(file)))
        .min()
}

/// A limit in bytes. "max" is none, and so is the rounded infinity of the first version of control groups.
fn read_limit(path: &Path) -> Option<u64> {
    let limit: u64 = std::fs::read_to_string(path).ok()?.trim().parse().ok()?;
    (limit < 1 << 60).then_some(limit)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn little_space_or_little_memory_gets_the_small_profile() {
        assert_eq!(Profile::fitting(64 << 20, None), Profile::Small);
        assert_eq!(Profile::fitting(1 << 30, Some(128 << 20)), Profile::Small);
        assert_eq!(Profile::fitting(1 << 30, Some(1 << 30)), Profile::Standard);
        assert_eq!(Profile::fitting(u64::MAX, None), Profile::Standard);
        assert!(Profile::Small.len() < Profile::Standard.len());
    }

    #[test]
    fn groups_without_a_memory_limit_are_passed_over() {
        assert_eq!(group_limit("3:cpu,cpuacct:/x"), None);
        assert_eq!(group_limit("nonsense"), None);
        assert_eq!(
            group_limit("0::/no/such/group/of/this/machine"),
            read_limit(Path::new("/sys/fs/cgroup/memory.max"))
        );
    }
}
