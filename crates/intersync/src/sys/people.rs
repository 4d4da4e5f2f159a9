//! Names of users and groups, for messages.
//!
//! Only those of the machine's own files: the C library's search takes locks that a forked child may find held for ever,
//! and may ask the network.

use std::fs::File;
use std::io::Read;

/// The most that is read of a file.
const FILE_BYTES: u64 = 1 << 20;

/// The login name of a user, if the machine's own file has it.
pub(crate) fn user_name(uid: u32) -> Option<String> {
    name("/etc/passwd", uid)
}

/// The name of a group, if the machine's own file has it.
pub(crate) fn group_name(gid: u32) -> Option<String> {
    name("/etc/group", gid)
}

fn name(path: &str, id: u32) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(FILE_BYTES)
        .read_to_end(&mut bytes)
        .ok()?;
    find(&String::from_utf8_lossy(&bytes), id)
}

/// The first field of the line whose third field is the id.
fn find(text: &str, id: u32) -> Option<String> {
    let named = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    };
    text.lines().find_map(named)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn names_are_found_by_the_third_field() {
        let text = "# comment\nroot:x:0:\n\nbroken\nstaff:x:50:a,b\nlate:x:50:\n";
        assert_eq!(find(text, 0).as_deref(), Some("root"));
        assert_eq!(find(text, 50).as_deref(), Some("staff"));
        assert_eq!(find(text, 51), None);
    }

    #[test]
    fn root_is_known() {
        assert_eq!(user_name(0).as_deref(), Some("root"));
        assert_eq!((user_name(u32::MAX - 7), group_name(u32::MAX - 7)), (None, None));
    }
}
