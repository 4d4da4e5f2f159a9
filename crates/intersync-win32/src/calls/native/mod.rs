//! What the native functions do. They give a value or the status of their failure, and leave the last error alone.

pub(crate) mod directories;
pub(crate) mod handles;
pub(crate) mod objects;
pub(crate) mod paths;
pub(crate) mod records;
pub(crate) mod states;
pub(crate) mod threads;
pub(crate) mod waits;
