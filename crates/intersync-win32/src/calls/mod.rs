//! What the functions do. Every call gets plain values and gives a value or the Win32 code of its failure.

pub(crate) mod acl;
pub(crate) mod address;
pub(crate) mod apc;
pub(crate) mod barrier;
pub(crate) mod births;
pub(crate) mod condition_variable;
pub(crate) mod critical_section;
pub(crate) mod descriptor;
pub(crate) mod entries;
pub(crate) mod handles;
pub(crate) mod init_once;
pub(crate) mod messages;
pub(crate) mod mode;
pub(crate) mod namespaces;
pub(crate) mod native;
pub(crate) mod objects;
pub(crate) mod pool;
pub(crate) mod sddl;
pub(crate) mod sid;
pub(crate) mod signals;
pub(crate) mod slist;
pub(crate) mod srw_lock;
mod texts;
pub(crate) mod threads;
pub(crate) mod times;
pub(crate) mod waits;
