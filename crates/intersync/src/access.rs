//! Access rights: what a handle may be used for.
//!
//! Source: the Win32 access rights, generic mapping and rules of granting. Between processes that may write one arena they
//! guard against mistakes, not against malice.

use bitflags::bitflags;

use crate::{Error, Kind, Result};

bitflags! {
    /// What a handle may be used for: the access mask, with the numbers of Win32.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Access: u32 {
        /// Query the state (`EVENT_QUERY_STATE` and its kin).
        const QUERY = 0x1;
        /// Change the state: set, reset, pulse, release a semaphore, set or cancel a timer
        /// (`EVENT_MODIFY_STATE` and its kin). Releasing a mutex needs no right, so mutexes do not have this one.
        const MODIFY = 0x2;
        /// Queue calls to a thread (`THREAD_SET_CONTEXT`). Threads only.
        const SET_CONTEXT = 0x10;
        /// Have handles put into a process or taken out of it (`PROCESS_DUP_HANDLE`). Processes only.
        const DUPLICATE = 0x40;
        /// `DELETE`.
        const DELETE = 0x0001_0000;
        /// `READ_CONTROL`.
        const READ_CONTROL = 0x0002_0000;
        /// `WRITE_DAC`.
        const WRITE_DAC = 0x0004_0000;
        /// `WRITE_OWNER`.
        const WRITE_OWNER = 0x0008_0000;
        /// Wait for the object (`SYNCHRONIZE`).
        const WAIT = 0x0010_0000;
        /// `ACCESS_SYSTEM_SECURITY`: needs a privilege that nobody has here.
        const SYSTEM_SECURITY = 0x0100_0000;
        /// All that the caller may have (`MAXIMUM_ALLOWED`).
        const MAXIMUM = 0x0200_0000;
        /// `GENERIC_ALL`.
        const GENERIC_ALL = 0x1000_0000;
        /// `GENERIC_EXECUTE`: wait.
        const GENERIC_EXECUTE = 0x2000_0000;
        /// `GENERIC_WRITE`: change the state.
        const GENERIC_WRITE = 0x4000_0000;
        /// `GENERIC_READ`: query the state.
        const GENERIC_READ = 0x8000_0000;
        /// Other bits mean nothing to most kinds and are refused when a handle is opened.
        const _ = !0;
    }
}

/// The rights to processes and threads, which give the low bits meanings of their own.
impl Access {
    /// End a process or a thread (`PROCESS_TERMINATE`, `THREAD_TERMINATE`).
    pub const TERMINATE: Access = Access::from_bits_retain(0x1);
    /// Let go a thread that was started suspended (`THREAD_SUSPEND_RESUME`).
    pub const SUSPEND_RESUME: Access = Access::from_bits_retain(0x2);
    /// [Alert](crate::Thread::alert) a thread (`THREAD_ALERT`).
    pub const ALERT: Access = Access::from_bits_retain(0x4);
    /// Ask a process for its exit code (`PROCESS_QUERY_LIMITED_INFORMATION`).
    pub const QUERY_PROCESS: Access = Access::from_bits_retain(PROCESS_QUERY_LIMITED);
    /// Ask a thread for its exit code and its ids (`THREAD_QUERY_LIMITED_INFORMATION`).
    pub const QUERY_THREAD: Access = Access::from_bits_retain(THREAD_QUERY_LIMITED);
}

/// `PROCESS_QUERY_INFORMATION`, and the part of it that is granted with it.
const PROCESS_QUERY: u32 = 0x400;
const PROCESS_QUERY_LIMITED: u32 = 0x1000;
/// `THREAD_QUERY_INFORMATION`, and the part of it that is granted with it.
const THREAD_QUERY: u32 = 0x40;
const THREAD_QUERY_LIMITED: u32 = 0x800;

const STANDARD: u32 = 0x001f_0000;
const READ_CONTROL: u32 = Access::READ_CONTROL.bits();
const WAIT: u32 = Access::WAIT.bits();

impl Access {
    /// All access to an object of this kind (`EVENT_ALL_ACCESS` and its kin).
    pub const fn full(kind: Kind) -> Access {
        Access::from_bits_retain(STANDARD | specific(kind))
    }

    /// This mask with the generic bits replaced by what they mean for a kind.
    pub fn mapped(self, kind: Kind) -> Access {
        let [read, write, execute] = generic(kind);
        let generic = [
            (Access::GENERIC_READ, READ_CONTROL | read),
            (Access::GENERIC_WRITE, READ_CONTROL | write),
            (Access::GENERIC_EXECUTE, READ_CONTROL | WAIT | execute),
            (Access::GENERIC_ALL, Access::full(kind).bits()),
        ];
        let mask = generic.iter().fold(self, |mask, &(bit, meaning)| {
            if mask.contains(bit) {
                (mask - bit) | Access::from_bits_retain(meaning)
            } else {
                mask
            }
        });
        let (whole, part) = match kind {
            Kind::Process => (PROCESS_QUERY, PROCESS_QUERY_LIMITED),
            Kind::Thread => (THREAD_QUERY, THREAD_QUERY_LIMITED),
            _ => return mask,
        };
        match mask.bits() & whole {
            0 => mask,
            _ => mask | Access::from_bits_retain(part),
        }
    }

    /// What a handle to a new object is granted: exactly what its creator asks for.
    ///
    /// # Errors
    /// [`Error::AccessDenied`]: a bit that the kind does not define. [`Error::PrivilegeNotHeld`].
    pub(crate) fn of_creator(self, kind: Kind) -> Result<Access> {
        let mask = self.checked(kind)?;
        if mask.contains(Access::MAXIMUM) {
            Ok(Access::full(kind))
        } else {
            Ok(mask)
        }
    }

    /// What a handle to an existing object is granted, whose security allows `allowed`.
    ///
    /// # Errors
    /// [`Error::AccessDenied`]: nothing was asked for, or something that is not allowed. [`Error::PrivilegeNotHeld`].
    pub(crate) fn of_opener(self, kind: Kind, allowed: Access) -> Result<Access> {
        if self.is_empty() {
            return Err(denied("the handle was asked for without any right"));
        }
        let mask = self.checked(kind)?;
        let granted = if mask.contains(Access::MAXIMUM) {
            (mask - Access::MAXIMUM) | allowed
        } else {
            mask
        };
        if granted.is_empty() {
            return Err(denied("owner and mode of the object allow this user nothing"));
        }
        match granted - allowed {
            missing if missing.is_empty() => Ok(granted),
            missing => Err(Error::AccessDenied {
                what: format!("owner and mode of the object do not allow this user to {missing}"),
            }),
        }
    }

    /// What a duplicate of a handle with the rights `source` is granted; more than those only as an opener.
    ///
    /// # Errors
    /// As [`Access::of_opener`], but that no right at all may be asked for.
    pub(crate) fn of_duplicate(self, kind: Kind, source: Access, allowed: Access) -> Result<Access> {
        let mask = self.checked(kind)?;
        if source.contains(mask) {
            return Ok(mask);
        }
        mask.of_opener(kind, allowed | source)
    }

    fn checked(self, kind: Kind) -> Result<Access> {
        let mask = self.mapped(kind);
        if mask.contains(Access::SYSTEM_SECURITY) {
            return Err(Error::PrivilegeNotHeld);
        }
        let unknown = mask - Access::full(kind) - Access::MAXIMUM;
        if !unknown.is_empty() {
            return Err(Error::AccessDenied {
                what: format!(
                    "access bits {:#x} mean nothing for the kind {kind}",
                    unknown.bits()
                ),
            });
        }
        Ok(mask)
    }

    /// What owner and mode of an object allow a caller of one of the three classes of users, whose three bits of the
    /// mode are `class`: read = query, write = change, execute = wait. All three allow everything.
    pub fn of_class(kind: Kind, class: u16, is_owner: bool) -> Access {
        let mut allowed = Access::empty();
        for (bit, right) in [
            (0o4, Access::GENERIC_READ),
            (0o2, Access::GENERIC_WRITE),
            (0o1, Access::GENERIC_EXECUTE),
        ] {
            if class & bit != 0 {
                allowed |= right.mapped(kind);
            }
        }
        if class == 0o7 {
            allowed |= Access::full(kind);
        }
        if is_owner {
            // Whoever owns an object may always look at and change its security.
            allowed |= Access::READ_CONTROL | Access::WRITE_DAC;
        }
        allowed
    }
}

/// The rights of a kind beyond the standard ones.
const fn specific(kind: Kind) -> u32 {
    match kind {
        Kind::Event | Kind::Semaphore | Kind::Timer => 0x3,
        Kind::Mutex => 0x1,
        // Many of these are for calls that there are not: they are granted, and mean nothing.
        Kind::Process | Kind::Thread => 0xffff,
    }
}

/// What the generic rights to read, write and execute mean for a kind beyond the standard ones.
const fn generic(kind: Kind) -> [u32; 3] {
    match kind {
        // Read and query; write, duplicate, end, start threads and processes, change; query a little.
        Kind::Process => [0x410, 0xbeb, PROCESS_QUERY_LIMITED],
        // Read and query; end, suspend, alert, change; query a little, resume.
        Kind::Thread => [0x48, 0x37, THREAD_QUERY_LIMITED | 0x1000],
        _ => [specific(kind) & 0x1, specific(kind) & 0x2, 0],
    }
}

fn denied(what: &str) -> Error {
    Error::AccessDenied {
        what: what.to_owned(),
    }
}

impl std::fmt::Display for Access {
    /// The rights by their names, as in `query|modify|wait`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_empty() {
            return f.pad("nothing");
        }
        let mut words = Vec::new();
        let mut rest = *self;
        for (right, word) in [
            (Access::QUERY, "query"),
            (Access::MODIFY, "modify"),
            (Access::WAIT, "wait"),
            (Access::SET_CONTEXT, "set-context"),
            (Access::DUPLICATE, "duplicate"),
            (Access::DELETE, "delete"),
            (Access::READ_CONTROL, "read-control"),
            (Access::WRITE_DAC, "write-dac"),
            (Access::WRITE_OWNER, "write-owner"),
        ] {
            if rest.contains(right) {
                rest -= right;
                words.push(word.to_owned());
            }
        }
        if !rest.is_empty() {
            words.push(format!("{:#x}", rest.bits()));
        }
        f.pad(&words.join("|"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 4] = [Kind::Event, Kind::Mutex, Kind::Semaphore, Kind::Timer];

    #[test]
    fn generic_rights_mean_what_the_table_says() {
        for kind in KINDS {
            let modify = if kind == Kind::Mutex { 0 } else { 2 };
            for (generic, meaning) in [
                (Access::GENERIC_READ, 0x20001),
                (Access::GENERIC_WRITE, 0x20000 | modify),
                (Access::GENERIC_EXECUTE, 0x0012_0000),
                (Access::GENERIC_ALL, 0x001f_0001 | modify),
            ] {
                assert_eq!(generic.mapped(kind).bits(), meaning, "{generic:?} {kind}");
            }
        }
    }

    #[test]
    fn processes_and_threads_have_the_rights_of_windows() {
        for kind in [Kind::Process, Kind::Thread] {
            assert_eq!(Access::full(kind).bits(), 0x001f_ffff);
            assert_eq!(Access::GENERIC_ALL.mapped(kind), Access::full(kind));
            let to_others = Access::of_class(kind, 0o5, false);
            assert!(to_others.contains(Access::WAIT) && !to_others.contains(Access::TERMINATE));
            assert!(Access::GENERIC_WRITE.mapped(kind).contains(Access::TERMINATE));
        }
        let query = |bits, kind| Access::from_bits_retain(bits).mapped(kind);
        assert!(query(0x400, Kind::Process).contains(Access::QUERY_PROCESS));
        assert!(query(0x40, Kind::Thread).contains(Access::QUERY_THREAD));
        assert_eq!(query(0x40, Kind::Process), Access::DUPLICATE);
    }

    #[test]
    fn only_defined_bits_open_an_object() {
        for kind in KINDS {
            let all = Access::full(kind);
            for bit in (0..32).map(|bit| 1u32 << bit) {
                let defined = all.bits() & bit != 0 || bit >= 1 << 28 || bit == 1 << 25;
                let granted = Access::from_bits_retain(bit).of_opener(kind, all);
                match bit {
                    0x0100_0000 => assert_eq!(granted, Err(Error::PrivilegeNotHeld)),
                    _ => assert_eq!(granted.is_ok(), defined, "{bit:#x} of {kind}"),
                }
            }
            assert!(Access::empty().of_opener(kind, all).is_err());
            assert_eq!(Access::empty().of_creator(kind), Ok(Access::empty()));
            assert_eq!(Access::MAXIMUM.of_creator(kind), Ok(all));
        }
    }

    #[test]
    fn a_duplicate_may_have_fewer_rights_and_more_only_if_the_security_grants_them() {
        let few = Access::WAIT;
        let all = Access::full(Kind::Event);
        assert_eq!(
            Access::empty().of_duplicate(Kind::Event, few, Access::empty()),
            Ok(Access::empty())
        );
        assert_eq!(few.of_duplicate(Kind::Event, few, Access::empty()), Ok(few));
        assert_eq!(all.of_duplicate(Kind::Event, few, all), Ok(all));
        assert!(all.of_duplicate(Kind::Event, few, Access::empty()).is_err());
    }

    #[test]
    fn the_mode_grants_query_change_and_wait() {
        let of = |class, owner| Access::of_class(Kind::Event, class, owner);
        assert_eq!(of(0o7, false), Access::full(Kind::Event));
        assert!(of(0o4, false).contains(Access::QUERY) && !of(0o4, false).contains(Access::WAIT));
        assert!(of(0o1, false).contains(Access::WAIT) && !of(0o1, false).contains(Access::MODIFY));
        assert!(of(0o2, false).contains(Access::MODIFY));
        assert_eq!(of(0, false), Access::empty());
        assert_eq!(of(0, true), Access::READ_CONTROL | Access::WRITE_DAC);
    }
}
