//! What the functions do. Every call gets plain values and gives a value or the Win32 code of its failure.

pub(crate) mod acl;
pub(crate) mod apc;
pub(crate) mod descriptor;
pub(crate) mod handles;
pub(crate) mod messages;
pub(crate) mod mode;
pub(crate) mod namespaces;
pub(crate) mod native;
pub(crate) mod objects;
pub(crate) mod pool;
pub(crate) mod sddl;
pub(crate) mod sid;
pub(crate) mod signals;
mod texts;
pub(crate) mod waits;
