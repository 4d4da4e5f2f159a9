//! Everything that can go wrong, one variant per cause.
//!
//! Outcomes are not errors: a wait that times out or takes an abandoned mutex returns an
//! [`Outcome`](crate::Outcome). An error means that the call changed nothing.

use std::path::PathBuf;

use crate::Kind;

/// Why a call failed. In every case nothing has been changed or taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name breaks the rules of object names.
    #[error("\"{name}\" is not a valid object name: {problem}")]
    InvalidName {
        /// The name as given.
        name: String,
        /// Which rule it breaks.
        problem: NameProblem,
    },
    /// No object has this name.
    #[error("no object is named \"{name}\"; create it first")]
    NotFound {
        /// The name that was looked up.
        name: String,
    },
    /// An object of this name and kind exists and the call insists on a new one.
    #[error("an object named \"{name}\" exists already; open it, or choose another name")]
    AlreadyExists {
        /// The name that is taken.
        name: String,
    },
    /// The name belongs to an object of another kind.
    #[error("\"{name}\" is of kind {found}, not {expected}; all kinds share one set of names")]
    WrongKind {
        /// The name that was looked up.
        name: String,
        /// The kind the call is for.
        expected: Kind,
        /// The kind the object has.
        found: Kind,
    },
    /// There is no private namespace of this alias and boundary (3).
    #[error(
        "there is no private namespace \"{alias}\" with this boundary: nobody has created it, or its creator has ended"
    )]
    NoPrivateNamespace {
        /// The alias.
        alias: String,
    },
    /// An argument is out of range.
    #[error("invalid argument: {what}")]
    InvalidArgument {
        /// The argument, the value found and the values allowed.
        what: String,
    },
    /// The list of objects to wait for is empty.
    #[error("nothing to wait for: the list of objects is empty")]
    NothingToWaitFor,
    /// The list of objects to wait for is longer than the limit.
    #[error("cannot wait for {count} objects at once: the limit is {maximum}")]
    TooManyObjects {
        /// How many were given.
        count: usize,
        /// How many are allowed.
        maximum: usize,
    },
    /// A wait for all names the same object twice; it could never be told what that means.
    #[error("objects {first} and {second} of a wait for all are the same object")]
    DuplicateObject {
        /// Index of the first mention.
        first: usize,
        /// Index of the second mention.
        second: usize,
    },
    /// The caller, or the handle it uses, may not do this.
    #[error("access denied: {what}")]
    AccessDenied {
        /// What may not be done, and why.
        what: String,
    },
    /// `ACCESS_SYSTEM_SECURITY` was asked for, which needs a privilege that nobody has here.
    #[error("the right to the system's security needs a privilege that does not exist here")]
    PrivilegeNotHeld,
    /// The value is no open handle of this process.
    #[error("{value:#x} is not an open handle of this process")]
    InvalidHandle {
        /// The value.
        value: u32,
    },
    /// The value may be an inherited handle, but the descriptor that handles are inherited by did not arrive.
    #[error(
        "{value:#x} is not an open handle of this process, whose launcher closed the descriptor that handles are \
         inherited by: have it keep descriptors open (in Python: close_fds=False), duplicate the handle, or open \
         the object by name"
    )]
    InheritanceLost {
        /// The value.
        value: u32,
    },
    /// The handle is protected from being closed.
    #[error("handle {value:#x} is protected from being closed; clear that flag first")]
    Protected {
        /// The value of the handle.
        value: u32,
    },
    /// A value of this library owns the handle: only that value may close it or give it away.
    #[error("handle {value:#x} belongs to a value of the program; drop that, or turn it into a raw handle")]
    Claimed {
        /// The value of the handle.
        value: u32,
    },
    /// The process has not used the namespace of the object, so it has no table for the handle.
    #[error(
        "process {pid} has not opened this namespace, so no handle can be put into it; let it use the library \
         first, or pass the handle by inheritance"
    )]
    NotAttached {
        /// The process id.
        pid: u32,
    },
    /// The process does not exist, or has ended.
    #[error("there is no process {pid}")]
    NoSuchProcess {
        /// The process id.
        pid: u32,
    },
    /// The calling thread does not own the mutex it wants to release.
    #[error("the calling thread does not own this mutex, so it cannot release it")]
    NotOwner,
    /// Releasing this many permits would pass the maximum of the semaphore.
    #[error("{released} more would pass the semaphore's maximum of {maximum} (now {count})")]
    OverMaximum {
        /// The count found.
        count: u32,
        /// How many were to be added.
        released: u32,
        /// The largest count allowed.
        maximum: u32,
    },
    /// The owner has acquired the mutex as many times as its counter can hold.
    #[error("the recursion count of this mutex is exhausted")]
    RecursionLimit,
    /// The handle was made before a `fork`, and the child could not take it over: its parent has closed it or ended.
    #[error(
        "this handle is from before the fork, and the parent has closed it or ended since; open the object \
         again, or reserve the handles before the fork"
    )]
    Forked,
    /// A signal handler called into the library while its thread was inside it.
    #[error("called from a signal handler that interrupted this library in the same thread")]
    Reentrant,
    /// A table of the namespace, or a limit of the process, is used up.
    #[error("out of {what}: the limit of {limit} is reached")]
    Exhausted {
        /// What there is no more of.
        what: &'static str,
        /// How many there can be.
        limit: u64,
    },
    /// The file system that holds the namespace is full.
    #[error("no space left for the namespace at {path}; free some, or move it with INTERSYNC_DIR")]
    NoSpace {
        /// The namespace's file.
        path: PathBuf,
    },
    /// The namespace cannot be used, for the reason given.
    #[error("cannot use the namespace at {path}: {problem}")]
    Namespace {
        /// The file or directory concerned.
        path: PathBuf,
        /// What is wrong, and what to do about it.
        problem: String,
    },
    /// The namespace's file was removed under its users.
    #[error(
        "the namespace file {path} was removed while in use (by hand, or by logind's RemoveIPC); \
         existing handles still work, new names are refused: end all its users and start again"
    )]
    Removed {
        /// Where the file was.
        path: PathBuf,
    },
    /// The namespace was made by a version of this library that this one cannot share it with.
    #[error(
        "the namespace at {path} has format {found}, this library needs {expected}; end its users and start again"
    )]
    Version {
        /// The namespace's file.
        path: PathBuf,
        /// The format found.
        found: String,
        /// The format this library writes.
        expected: String,
    },
    /// The other processes have declared this one dead and taken its objects back.
    #[error(
        "this process was declared dead by its peers (was its keeper thread killed?); its handles are gone"
    )]
    Fenced,
    /// The effective user id changed after the namespace was opened.
    #[error(
        "the effective user id changed from {attached} to {now} after the namespace was opened; open it again"
    )]
    IdentityChanged {
        /// The user id at attach.
        attached: u32,
        /// The user id now.
        now: u32,
    },
    /// A living process is stopped in the middle of an operation on the object.
    #[error("process {holder} is stopped in the middle of an operation on this object")]
    Stalled {
        /// The process that holds the object.
        holder: u32,
    },
    /// The shared memory breaks its own rules: somebody else has written to it.
    #[error("the shared memory of the namespace is corrupt: {what}")]
    Corrupt {
        /// The rule that is broken.
        what: &'static str,
    },
    /// This system or this version cannot do what was asked.
    #[error("not supported: {what}")]
    NotSupported {
        /// What, and what to use instead.
        what: &'static str,
    },
    /// No living thread with this id is known.
    #[error(
        "no living thread {tid} of process {pid} is known here; only threads that use this library in this namespace are"
    )]
    NoSuchThread {
        /// The process that was given.
        pid: u32,
        /// The thread that was looked for in it.
        tid: u32,
    },
    /// A system call failed.
    #[error("{operation} failed: {}", std::io::Error::from_raw_os_error(*.errno))]
    Os {
        /// The system call, with its object.
        operation: String,
        /// The error number.
        errno: i32,
    },
}

/// Which rule an object name breaks. The number is the Win32 code of the same case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameProblem {
    /// It begins with a backslash (161).
    #[error("it begins with a backslash")]
    LeadingBackslash,
    /// The word before its first backslash is no known prefix (3).
    #[error(
        "the part before the backslash is neither Local nor Global (in this spelling), nor a private namespace that \
         this process has open"
    )]
    UnknownPrefix,
    /// A second backslash follows a prefix (3).
    #[error("it has a backslash after its prefix")]
    InnerBackslash,
    /// Nothing follows the prefix or a backslash (123).
    #[error("a part of it is empty")]
    EmptyPart,
    /// It is a prefix word and nothing else (6).
    #[error("it is a prefix word, which no object may have as its name")]
    PrefixOnly,
    /// It is empty where a name is needed (6).
    #[error("it is empty")]
    Empty,
    /// It contains a NUL character.
    #[error("it contains a NUL character")]
    Nul,
    /// It is longer than 32766 UTF-16 units (123).
    #[error("it is longer than 32766 UTF-16 units")]
    TooLong,
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
