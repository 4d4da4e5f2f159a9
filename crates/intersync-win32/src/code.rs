//! Win32 error codes, and the last error of each thread.

use std::cell::Cell;

use intersync::{Error, NameProblem};

/// `ERROR_SUCCESS`.
pub(crate) const SUCCESS: u32 = 0;
/// `ERROR_FILE_NOT_FOUND`.
pub(crate) const FILE_NOT_FOUND: u32 = 2;
/// `ERROR_PATH_NOT_FOUND`.
pub(crate) const PATH_NOT_FOUND: u32 = 3;
/// `ERROR_ACCESS_DENIED`.
pub(crate) const ACCESS_DENIED: u32 = 5;
/// `ERROR_INVALID_HANDLE`.
pub(crate) const INVALID_HANDLE: u32 = 6;
/// `ERROR_NOT_ENOUGH_MEMORY`.
pub(crate) const NOT_ENOUGH_MEMORY: u32 = 8;
/// `ERROR_BAD_LENGTH`.
pub(crate) const BAD_LENGTH: u32 = 24;
/// `ERROR_GEN_FAILURE`.
pub(crate) const GEN_FAILURE: u32 = 31;
/// `ERROR_NOT_SUPPORTED`.
pub(crate) const NOT_SUPPORTED: u32 = 50;
/// `ERROR_INVALID_PARAMETER`.
pub(crate) const INVALID_PARAMETER: u32 = 87;
/// `ERROR_INSUFFICIENT_BUFFER`.
pub(crate) const INSUFFICIENT_BUFFER: u32 = 122;
/// `ERROR_INVALID_NAME`.
pub(crate) const INVALID_NAME: u32 = 123;
/// `ERROR_SIGNAL_REFUSED`.
pub(crate) const SIGNAL_REFUSED: u32 = 156;
/// `ERROR_BAD_PATHNAME`.
pub(crate) const BAD_PATHNAME: u32 = 161;
/// `ERROR_ALREADY_EXISTS`.
pub(crate) const ALREADY_EXISTS: u32 = 183;
/// `ERROR_BAD_EXE_FORMAT`.
pub(crate) const BAD_EXE_FORMAT: u32 = 193;
/// `ERROR_FILENAME_EXCED_RANGE`.
pub(crate) const FILENAME_EXCED_RANGE: u32 = 206;
/// `ERROR_DIRECTORY`.
pub(crate) const DIRECTORY: u32 = 267;
/// `ERROR_MORE_DATA`.
pub(crate) const MORE_DATA: u32 = 234;
/// `ERROR_NOT_OWNER`.
pub(crate) const NOT_OWNER: u32 = 288;
/// `ERROR_TOO_MANY_POSTS`.
pub(crate) const TOO_MANY_POSTS: u32 = 298;
/// `ERROR_MR_MID_NOT_FOUND`.
pub(crate) const MR_MID_NOT_FOUND: u32 = 317;
/// `ERROR_MUTANT_LIMIT_EXCEEDED`.
pub(crate) const MUTANT_LIMIT_EXCEEDED: u32 = 587;
/// `ERROR_OBJECT_NAME_EXISTS`.
pub(crate) const OBJECT_NAME_EXISTS: u32 = 698;
/// `ERROR_IO_PENDING`.
pub(crate) const IO_PENDING: u32 = 997;
/// `ERROR_NOACCESS`.
pub(crate) const NOACCESS: u32 = 998;
/// `ERROR_NO_UNICODE_TRANSLATION`.
pub(crate) const NO_UNICODE_TRANSLATION: u32 = 1113;
/// `ERROR_POSSIBLE_DEADLOCK`.
pub(crate) const POSSIBLE_DEADLOCK: u32 = 1131;
/// `ERROR_UNKNOWN_REVISION`.
pub(crate) const UNKNOWN_REVISION: u32 = 1305;
/// `ERROR_REVISION_MISMATCH`.
pub(crate) const REVISION_MISMATCH: u32 = 1306;
/// `ERROR_INVALID_OWNER`.
pub(crate) const INVALID_OWNER: u32 = 1307;
/// `ERROR_INVALID_PRIMARY_GROUP`.
pub(crate) const INVALID_PRIMARY_GROUP: u32 = 1308;
/// `ERROR_PRIVILEGE_NOT_HELD`.
pub(crate) const PRIVILEGE_NOT_HELD: u32 = 1314;
/// `ERROR_NONE_MAPPED`.
pub(crate) const NONE_MAPPED: u32 = 1332;
/// `ERROR_INVALID_ACL`.
pub(crate) const INVALID_ACL: u32 = 1336;
/// `ERROR_INVALID_SID`.
pub(crate) const INVALID_SID: u32 = 1337;
/// `ERROR_INVALID_SECURITY_DESCR`.
pub(crate) const INVALID_SECURITY_DESCR: u32 = 1338;
/// `ERROR_ALLOTTED_SPACE_EXCEEDED`.
pub(crate) const ALLOTTED_SPACE_EXCEEDED: u32 = 1344;
/// `ERROR_INTERNAL_ERROR`.
pub(crate) const INTERNAL_ERROR: u32 = 1359;
/// `ERROR_NO_SYSTEM_RESOURCES`.
pub(crate) const NO_SYSTEM_RESOURCES: u32 = 1450;
/// `ERROR_TIMEOUT`.
pub(crate) const TIMEOUT: u32 = 1460;
/// `ERROR_NOT_SAME_OBJECT`.
pub(crate) const NOT_SAME_OBJECT: u32 = 1656;
/// `ERROR_RESOURCE_TYPE_NOT_FOUND`.
pub(crate) const RESOURCE_TYPE_NOT_FOUND: u32 = 1813;
/// `ERROR_RESOURCE_LANG_NOT_FOUND`.
pub(crate) const RESOURCE_LANG_NOT_FOUND: u32 = 1815;
/// The first code of this library's own: Windows leaves those with this bit to applications.
const OWN: u32 = 0x2000_0000;
/// `ERROR_INTERSYNC_NAMESPACE`: the namespace cannot be used.
pub(crate) const NAMESPACE: u32 = OWN + 1;
/// `ERROR_INTERSYNC_NAMESPACE_REMOVED`: its file was removed under its users.
pub(crate) const NAMESPACE_REMOVED: u32 = OWN + 2;
/// `ERROR_INTERSYNC_VERSION`: it was made by another version.
pub(crate) const VERSION: u32 = OWN + 3;
/// `ERROR_INTERSYNC_FENCED`: the process was declared dead by the others.
pub(crate) const FENCED: u32 = OWN + 4;
/// `ERROR_INTERSYNC_IDENTITY_CHANGED`: the effective user id has changed.
pub(crate) const IDENTITY_CHANGED: u32 = OWN + 5;
/// `ERROR_INTERSYNC_STALLED`: a stopped process is in the middle of an operation on the object.
pub(crate) const STALLED: u32 = OWN + 6;
/// `ERROR_INTERSYNC_CORRUPT`: the shared memory breaks its rules.
pub(crate) const CORRUPT: u32 = OWN + 7;

thread_local! {
    static LAST: Cell<u32> = const { Cell::new(SUCCESS) };
}

/// The last error of the calling thread.
pub(crate) fn last() -> u32 {
    LAST.get()
}

/// Sets the last error of the calling thread.
pub(crate) fn set(code: u32) {
    LAST.set(code);
}

/// A failure of a call: its Win32 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) u32);

/// What a call comes to.
pub(crate) type Result<T> = std::result::Result<T, Code>;

/// What a wait comes to that somebody has ended in time, or not.
///
/// # Errors
/// The time-out is over.
pub(crate) fn in_time(woken: bool) -> Result<()> {
    match woken {
        true => Ok(()),
        false => Err(Code(TIMEOUT)),
    }
}

impl From<Error> for Code {
    fn from(error: Error) -> Code {
        Code(match error {
            Error::InvalidName { problem, .. } => name(problem),
            Error::NotFound { .. } => FILE_NOT_FOUND,
            Error::AlreadyExists { .. } => ALREADY_EXISTS,
            Error::InvalidArgument { .. }
            | Error::NothingToWaitFor
            | Error::TooManyObjects { .. }
            | Error::DuplicateObject { .. }
            | Error::NoSuchThread { .. } => INVALID_PARAMETER,
            Error::AccessDenied { .. } | Error::NotAttached { .. } | Error::NoSuchProcess { .. } => {
                ACCESS_DENIED
            }
            Error::PrivilegeNotHeld => PRIVILEGE_NOT_HELD,
            Error::WrongKind { .. }
            | Error::InvalidHandle { .. }
            | Error::InheritanceLost { .. }
            | Error::Protected { .. }
            | Error::Claimed { .. }
            | Error::Forked => INVALID_HANDLE,
            Error::NotOwner => NOT_OWNER,
            Error::OverMaximum { .. } => TOO_MANY_POSTS,
            Error::RecursionLimit => MUTANT_LIMIT_EXCEEDED,
            Error::Reentrant => POSSIBLE_DEADLOCK,
            Error::Exhausted { .. } | Error::NoSpace { .. } => NO_SYSTEM_RESOURCES,
            Error::NoPrivateNamespace { .. } => PATH_NOT_FOUND,
            Error::Namespace { .. } => NAMESPACE,
            Error::Removed { .. } => NAMESPACE_REMOVED,
            Error::Version { .. } => VERSION,
            Error::Fenced => FENCED,
            Error::IdentityChanged { .. } => IDENTITY_CHANGED,
            Error::Stalled { .. } => STALLED,
            Error::Corrupt { .. } => CORRUPT,
            Error::NotSupported { .. } => NOT_SUPPORTED,
            Error::Os { errno, .. } if errno == libc::ENOMEM => NOT_ENOUGH_MEMORY,
            _ => INTERNAL_ERROR,
        })
    }
}

fn name(problem: NameProblem) -> u32 {
    match problem {
        NameProblem::LeadingBackslash => BAD_PATHNAME,
        NameProblem::UnknownPrefix | NameProblem::InnerBackslash => PATH_NOT_FOUND,
        NameProblem::PrefixOnly | NameProblem::Empty => INVALID_HANDLE,
        _ => INVALID_NAME,
    }
}
