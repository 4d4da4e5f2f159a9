//! Boundaries: who may create a private namespace, and which one is meant.

use std::collections::BTreeSet;

use crate::sys::thread;
use crate::{Error, Name, Result};

/// What, besides its alias, tells a private namespace from others: a name, and users and groups to whom its creator belongs.
///
/// Two boundaries are equal if their names and members are. Nobody can create a namespace in a boundary without being
/// every one of its members, so whoever opens it knows who made it.
///
/// Source: Win32 `CreateBoundaryDescriptor`, `AddSIDToBoundaryDescriptor`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Boundary {
    name: Name<'static>,
    members: BTreeSet<Member>,
}

/// A member of a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Member {
    User(u32),
    Group(u32),
    Everyone,
}

impl Boundary {
    /// A boundary without members; it needs at least one.
    pub fn new<'n>(name: impl Into<Name<'n>>) -> Boundary {
        Boundary {
            name: name.into().into_owned(),
            members: BTreeSet::new(),
        }
    }

    /// With this user: the creator's effective user id is this one.
    pub fn user(mut self, uid: u32) -> Boundary {
        self.members.insert(Member::User(uid));
        self
    }

    /// With this group: the creator is in it.
    pub fn group(mut self, gid: u32) -> Boundary {
        self.members.insert(Member::Group(gid));
        self
    }

    /// With everybody.
    pub fn everyone(mut self) -> Boundary {
        self.members.insert(Member::Everyone);
        self
    }

    /// Checks that it has a name and members.
    pub(crate) fn check(&self) -> Result<()> {
        if self.name.is_empty() || self.name.bytes().contains(&0) {
            return Err(Error::InvalidArgument {
                what: format!(
                    "the name of a boundary, \"{}\", must not be empty or contain NUL",
                    self.name
                ),
            });
        }
        Ok(())
    }

    /// Checks that the calling process is every one of the members.
    pub(crate) fn check_caller(&self) -> Result<()> {
        let refuse = |what: String| Err(Error::AccessDenied { what });
        if self.members.is_empty() {
            return refuse(format!(
                "the boundary \"{}\" has no members; add users or groups",
                self.name
            ));
        }
        for member in &self.members {
            match *member {
                Member::User(uid) if uid != thread::euid() => {
                    return refuse(format!(
                        "the boundary \"{}\" is for the user {uid}, and the effective user is {}",
                        self.name,
                        thread::euid()
                    ));
                }
                Member::Group(gid) if !thread::is_in_group(gid) => {
                    return refuse(format!(
                        "the boundary \"{}\" is for members of the group {gid}, which this process is not in",
                        self.name
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether processes of several users may be meant.
    pub(crate) fn is_for_several(&self) -> bool {
        self.members
            .iter()
            .any(|member| !matches!(member, Member::User(_)))
    }

    /// The user that whoever creates the namespace is.
    pub(crate) fn owner(&self) -> Option<u32> {
        self.members.iter().find_map(|member| match member {
            Member::User(uid) => Some(*uid),
            _ => None,
        })
    }

    /// The group that whoever creates the namespace is in, if it names one; the smallest number if it names several.
    pub fn first_group(&self) -> Option<u32> {
        self.members.iter().find_map(|member| match member {
            Member::Group(gid) => Some(*gid),
            _ => None,
        })
    }

    /// A number that this boundary and alias have, and others do not: FNV-1a of 128 bits. Who could find another pair
    /// with the same number can make the file under its name as well.
    pub(crate) fn hash_with(&self, alias: &str) -> u128 {
        const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        let mut text = [alias.as_bytes(), self.name.bytes(), b""].join(&0);
        for member in &self.members {
            let member = match member {
                Member::User(uid) => format!("u{uid}\0"),
                Member::Group(gid) => format!("g{gid}\0"),
                Member::Everyone => "e\0".to_owned(),
            };
            text.extend_from_slice(member.as_bytes());
        }
        text.iter().fold(OFFSET, |hash, &byte| {
            (hash ^ u128::from(byte)).wrapping_mul(PRIME)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_equal_by_name_and_members_whatever_the_order() {
        let one = Boundary::new("b").user(1).group(2).everyone();
        let same = Boundary::new("b").everyone().group(2).user(1).user(1);
        assert_eq!((&one, one.hash_with("a")), (&same, same.hash_with("a")));
        let others = [
            Boundary::new("c").user(1).group(2).everyone(),
            Boundary::new("b").user(1).group(2),
            Boundary::new("b").user(2).group(1).everyone(),
        ];
        for other in &others {
            assert!(
                one != *other && one.hash_with("a") != other.hash_with("a"),
                "{other:?}"
            );
        }
        assert_ne!(one.hash_with("a"), one.hash_with("b"));
    }

    #[test]
    fn the_caller_must_be_every_member() {
        let me = thread::euid();
        let denied = |boundary: Boundary| matches!(boundary.check_caller(), Err(Error::AccessDenied { .. }));
        assert!(denied(Boundary::new("b")));
        assert!(!denied(Boundary::new("b").everyone()));
        assert!(!denied(Boundary::new("b").user(me).everyone()));
        assert!(denied(Boundary::new("b").user(me).user(me + 1)));
        assert!(denied(Boundary::new("b").group(u32::MAX - 7)));
    }

    #[test]
    fn a_boundary_needs_a_name() {
        assert!(Boundary::new("").everyone().check().is_err());
        assert!(Boundary::new("a\0b").everyone().check().is_err());
    }
}
