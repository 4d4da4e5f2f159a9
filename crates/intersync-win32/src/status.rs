//! Status codes of the native functions.

use intersync::{Error, NameProblem};

use crate::code::{self, Code};

macro_rules! statuses {
    ($($name:ident = $value:literal;)*) => {$(
        #[doc = concat!("`STATUS_", stringify!($name), "`.")]
        pub(crate) const $name: u32 = $value;
    )*};
}

statuses! {
    SUCCESS = 0;
    ABANDONED_WAIT_0 = 0x80;
    USER_APC = 0xC0;
    ALERTED = 0x101;
    TIMEOUT = 0x102;
    PENDING = 0x103;
    MORE_ENTRIES = 0x105;
    OBJECT_NAME_EXISTS = 0x4000_0000;
    TIMER_RESUME_IGNORED = 0x4000_0025;
    DATATYPE_MISALIGNMENT = 0x8000_0002;
    BUFFER_OVERFLOW = 0x8000_0005;
    NO_MORE_ENTRIES = 0x8000_001A;
    UNSUCCESSFUL = 0xC000_0001;
    INVALID_INFO_CLASS = 0xC000_0003;
    INFO_LENGTH_MISMATCH = 0xC000_0004;
    ACCESS_VIOLATION = 0xC000_0005;
    INVALID_HANDLE = 0xC000_0008;
    INVALID_CID = 0xC000_000B;
    INVALID_PARAMETER = 0xC000_000D;
    NO_MEMORY = 0xC000_0017;
    ACCESS_DENIED = 0xC000_0022;
    BUFFER_TOO_SMALL = 0xC000_0023;
    OBJECT_TYPE_MISMATCH = 0xC000_0024;
    INVALID_PARAMETER_MIX = 0xC000_0030;
    OBJECT_NAME_INVALID = 0xC000_0033;
    OBJECT_NAME_NOT_FOUND = 0xC000_0034;
    OBJECT_NAME_COLLISION = 0xC000_0035;
    OBJECT_PATH_NOT_FOUND = 0xC000_003A;
    OBJECT_PATH_SYNTAX_BAD = 0xC000_003B;
    MUTANT_NOT_OWNED = 0xC000_0046;
    SEMAPHORE_LIMIT_EXCEEDED = 0xC000_0047;
    UNKNOWN_REVISION = 0xC000_0058;
    INVALID_OWNER = 0xC000_005A;
    INVALID_PRIMARY_GROUP = 0xC000_005B;
    PRIVILEGE_NOT_HELD = 0xC000_0061;
    INVALID_ACL = 0xC000_0077;
    INVALID_SID = 0xC000_0078;
    INSUFFICIENT_RESOURCES = 0xC000_009A;
    NOT_SUPPORTED = 0xC000_00BB;
    INTERNAL_ERROR = 0xC000_00E5;
    INVALID_PARAMETER_1 = 0xC000_00EF;
    INVALID_PARAMETER_3 = 0xC000_00F1;
    INVALID_PARAMETER_4 = 0xC000_00F2;
    INVALID_PARAMETER_6 = 0xC000_00F4;
    NAME_TOO_LONG = 0xC000_0106;
    PROCESS_IS_TERMINATING = 0xC000_010A;
    MUTANT_LIMIT_EXCEEDED = 0xC000_0191;
    POSSIBLE_DEADLOCK = 0xC000_0194;
    NOT_SAME_OBJECT = 0xC000_01AC;
    HANDLE_NOT_CLOSABLE = 0xC000_0235;
    REPARSE_POINT_ENCOUNTERED = 0xC000_050B;
}

/// The Win32 codes of this library's own begin here.
const OWN_CODE: u32 = 0x2000_0000;
/// What makes such a code a status: Windows leaves the errors with this bit to others.
const OWN: u32 = 0xC000_0000;

/// A failure of a native function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u32);

/// What a native function comes to.
pub(crate) type Result<T> = std::result::Result<T, Status>;

impl From<Error> for Status {
    fn from(error: Error) -> Status {
        Status(match error {
            Error::InvalidHandle { .. } | Error::InheritanceLost { .. } | Error::Forked => INVALID_HANDLE,
            Error::Protected { .. } | Error::Claimed { .. } => HANDLE_NOT_CLOSABLE,
            Error::InvalidName { problem, .. } => name(problem),
            Error::NotFound { .. } => OBJECT_NAME_NOT_FOUND,
            Error::AlreadyExists { .. } => OBJECT_NAME_COLLISION,
            Error::WrongKind { .. } => OBJECT_TYPE_MISMATCH,
            Error::AccessDenied { .. } | Error::NotAttached { .. } => ACCESS_DENIED,
            Error::PrivilegeNotHeld => PRIVILEGE_NOT_HELD,
            Error::InvalidArgument { .. } | Error::NothingToWaitFor | Error::TooManyObjects { .. } => {
                INVALID_PARAMETER
            }
            Error::DuplicateObject { .. } => INVALID_PARAMETER_MIX,
            Error::NoSuchProcess { .. } | Error::NoSuchThread { .. } => INVALID_CID,
            Error::NotOwner => MUTANT_NOT_OWNED,
            Error::OverMaximum { .. } => SEMAPHORE_LIMIT_EXCEEDED,
            Error::RecursionLimit => MUTANT_LIMIT_EXCEEDED,
            Error::Reentrant => POSSIBLE_DEADLOCK,
            Error::Exhausted { .. } | Error::NoSpace { .. } => INSUFFICIENT_RESOURCES,
            Error::NotSupported { .. } => NOT_SUPPORTED,
            Error::Os { errno, .. } if errno == libc::ENOMEM => NO_MEMORY,
            other => match Code::from(other) {
                Code(own) if own & OWN_CODE != 0 => OWN | own,
                _ => UNSUCCESSFUL,
            },
        })
    }
}

/// What the functions below have in common with the others: descriptors, and the thread pool.
impl From<Code> for Status {
    fn from(Code(error): Code) -> Status {
        Status(match error {
            code::IO_PENDING => PENDING,
            code::NOT_ENOUGH_MEMORY => NO_MEMORY,
            code::NO_SYSTEM_RESOURCES => INSUFFICIENT_RESOURCES,
            code::ACCESS_DENIED => ACCESS_DENIED,
            code::INVALID_HANDLE => INVALID_HANDLE,
            code::INVALID_PARAMETER => INVALID_PARAMETER,
            code::NOACCESS => ACCESS_VIOLATION,
            code::NOT_SUPPORTED => NOT_SUPPORTED,
            code::PRIVILEGE_NOT_HELD => PRIVILEGE_NOT_HELD,
            code::UNKNOWN_REVISION => UNKNOWN_REVISION,
            code::INVALID_OWNER => INVALID_OWNER,
            code::INVALID_PRIMARY_GROUP => INVALID_PRIMARY_GROUP,
            code::INVALID_ACL => INVALID_ACL,
            code::INVALID_SID => INVALID_SID,
            code::INTERNAL_ERROR => INTERNAL_ERROR,
            own if own & OWN_CODE != 0 => OWN | own,
            _ => UNSUCCESSFUL,
        })
    }
}

fn name(problem: NameProblem) -> u32 {
    match problem {
        NameProblem::LeadingBackslash => OBJECT_PATH_SYNTAX_BAD,
        NameProblem::UnknownPrefix | NameProblem::InnerBackslash => OBJECT_PATH_NOT_FOUND,
        NameProblem::PrefixOnly => OBJECT_TYPE_MISMATCH,
        _ => OBJECT_NAME_INVALID,
    }
}
