//! Security descriptors: what is in them, and how they lie in one piece of memory.

use super::acl::{self, Entry};
use super::sid::Sid;
use crate::code::Result;

/// `SECURITY_DESCRIPTOR_REVISION`.
pub(crate) const REVISION: u8 = 1;
/// `SE_OWNER_DEFAULTED`.
pub(crate) const OWNER_DEFAULTED: u16 = 0x0001;
/// `SE_GROUP_DEFAULTED`.
pub(crate) const GROUP_DEFAULTED: u16 = 0x0002;
/// `SE_DACL_PRESENT`.
pub(crate) const DACL_PRESENT: u16 = 0x0004;
/// `SE_DACL_DEFAULTED`.
pub(crate) const DACL_DEFAULTED: u16 = 0x0008;
/// `SE_SACL_PRESENT`.
pub(crate) const SACL_PRESENT: u16 = 0x0010;
/// `SE_DACL_AUTO_INHERIT_REQ`.
pub(crate) const DACL_AUTO_INHERIT_REQ: u16 = 0x0100;
/// `SE_DACL_AUTO_INHERITED`.
pub(crate) const DACL_AUTO_INHERITED: u16 = 0x0400;
/// `SE_DACL_PROTECTED`.
pub(crate) const DACL_PROTECTED: u16 = 0x1000;
/// `SE_SELF_RELATIVE`.
pub(crate) const SELF_RELATIVE: u16 = 0x8000;

/// The bytes of the head of a self-relative descriptor: revision, 0, control (16 bits), and where owner, group, system list
/// and discretionary list are (32 bits each; 0: nowhere).
const HEAD: usize = 20;

/// What a security descriptor says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Descriptor {
    pub(crate) owner: Option<Sid>,
    pub(crate) group: Option<Sid>,
    pub(crate) list: List,
    /// The entries of the system list, if there is one.
    pub(crate) system: Option<Vec<Entry>>,
}

/// The discretionary list of a security descriptor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum List {
    /// There is none: the default of the creator counts.
    #[default]
    Absent,
    /// It is NULL: everybody may do everything.
    Null,
    /// What it has not granted by its end is denied.
    Entries(Vec<Entry>),
}

impl Descriptor {
    /// How it lies in one piece of memory, without a system list. `control` is added to what is so anyway.
    ///
    /// # Errors
    /// `ERROR_INVALID_ACL`: the list is too long.
    pub(crate) fn to_bytes(&self, control: u16) -> Result<Vec<u8>> {
        let mut control = control | SELF_RELATIVE;
        let mut body: Vec<u8> = Vec::new();
        let mut put = |part: Option<Vec<u8>>| {
            let at = part.as_ref().map_or(0, |_| HEAD + body.len());
            body.extend(part.unwrap_or_default());
            at as u32
        };
        let list = match &self.list {
            List::Absent => None,
            List::Null => {
                control |= DACL_PRESENT;
                None
            }
            List::Entries(entries) => {
                control |= DACL_PRESENT;
                Some(acl::list(entries)?)
            }
        };
        let list = put(list);
        let owner = put(self.owner.as_ref().map(Sid::to_bytes));
        let group = put(self.group.as_ref().map(Sid::to_bytes));
        let mut bytes = vec![REVISION, 0];
        bytes.extend(control.to_le_bytes());
        for place in [owner, group, 0, list] {
            bytes.extend(place.to_le_bytes());
        }
        bytes.extend(body);
        Ok(bytes)
    }
}
