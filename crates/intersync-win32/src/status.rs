//! Status codes of the native functions.

use intersync::Error;

/// `STATUS_SUCCESS`.
pub(crate) const SUCCESS: u32 = 0;
/// `STATUS_UNSUCCESSFUL`.
const UNSUCCESSFUL: u32 = 0xC000_0001;
/// `STATUS_INVALID_INFO_CLASS`.
pub(crate) const INVALID_INFO_CLASS: u32 = 0xC000_0003;
/// `STATUS_INFO_LENGTH_MISMATCH`.
pub(crate) const INFO_LENGTH_MISMATCH: u32 = 0xC000_0004;
/// `STATUS_ACCESS_VIOLATION`.
pub(crate) const ACCESS_VIOLATION: u32 = 0xC000_0005;
/// `STATUS_INVALID_HANDLE`.
pub(crate) const INVALID_HANDLE: u32 = 0xC000_0008;
/// `STATUS_INVALID_PARAMETER`.
const INVALID_PARAMETER: u32 = 0xC000_000D;
/// `STATUS_ACCESS_DENIED`.
const ACCESS_DENIED: u32 = 0xC000_0022;
/// `STATUS_OBJECT_TYPE_MISMATCH`.
pub(crate) const OBJECT_TYPE_MISMATCH: u32 = 0xC000_0024;
/// `STATUS_MUTANT_NOT_OWNED`.
const MUTANT_NOT_OWNED: u32 = 0xC000_0046;
/// `STATUS_SEMAPHORE_LIMIT_EXCEEDED`.
const SEMAPHORE_LIMIT_EXCEEDED: u32 = 0xC000_0047;
/// `STATUS_INSUFFICIENT_RESOURCES`.
const INSUFFICIENT_RESOURCES: u32 = 0xC000_009A;
/// `STATUS_INTERNAL_ERROR`.
pub(crate) const INTERNAL_ERROR: u32 = 0xC000_00E5;
/// `STATUS_MUTANT_LIMIT_EXCEEDED`.
const MUTANT_LIMIT_EXCEEDED: u32 = 0xC000_0191;

/// A failure of a native function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u32);

/// What a native function comes to.
pub(crate) type Result<T> = std::result::Result<T, Status>;

impl From<Error> for Status {
    fn from(error: Error) -> Status {
        Status(match error {
            Error::InvalidHandle { .. } | Error::InheritanceLost { .. } | Error::Forked => INVALID_HANDLE,
            Error::WrongKind { .. } => OBJECT_TYPE_MISMATCH,
            Error::AccessDenied { .. } => ACCESS_DENIED,
            Error::InvalidArgument { .. } => INVALID_PARAMETER,
            Error::NotOwner => MUTANT_NOT_OWNED,
            Error::OverMaximum { .. } => SEMAPHORE_LIMIT_EXCEEDED,
            Error::RecursionLimit => MUTANT_LIMIT_EXCEEDED,
            Error::Exhausted { .. } | Error::NoSpace { .. } => INSUFFICIENT_RESOURCES,
            _ => UNSUCCESSFUL,
        })
    }
}
