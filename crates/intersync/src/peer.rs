//! Which process: told apart from all others, also from a later one with the same number.

use crate::recover::ends::same_start;
use crate::sys::pidfd::{Pidfd, Refusal};
use crate::sys::thread;
use crate::{Error, Result};

/// A process, as one PID namespace numbers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Peer {
    /// Inode of the PID namespace.
    pub(crate) namespace: u64,
    /// Its number there.
    pub(crate) pid: u32,
    /// When it started, in clock ticks since the boot.
    pub(crate) start: u64,
}

/// What can be found of a process.
#[derive(Debug)]
pub(crate) enum Sight {
    /// It is there, perhaps as a zombie.
    There(Pidfd),
    /// It has ended and was reaped.
    Gone,
}

impl Peer {
    /// The calling process.
    ///
    /// # Errors
    /// [`Error::NotSupported`] without `/proc`.
    pub(crate) fn this() -> Result<Peer> {
        Peer {
            namespace: thread::pid_namespace(),
            pid: thread::pid(),
            start: thread::start_time(),
        }
        .complete()
    }

    /// The process that this process's PID namespace numbers `pid`, with a descriptor of it.
    ///
    /// # Errors
    /// [`Error::NoSuchProcess`], [`Error::NotSupported`], no more descriptors.
    pub(crate) fn find(pid: u32) -> Result<(Peer, Pidfd)> {
        let fd = Pidfd::open(pid).map_err(|e| refused(pid, e))?;
        let peer = Peer {
            namespace: thread::pid_namespace(),
            pid,
            start: thread::start_time_of(pid),
        };
        // If it has not been reaped until now, what was read between is its own.
        if !fd.is_unreaped() {
            return Err(Error::NoSuchProcess { pid });
        }
        Ok((peer.complete()?, fd))
    }

    /// The process that this process's PID namespace has numbered `pid` until a moment ago.
    ///
    /// # Errors
    /// [`Error::NotSupported`] without `/proc`.
    pub(crate) fn ended(pid: u32) -> Result<Peer> {
        Peer {
            namespace: thread::pid_namespace(),
            pid,
            // No process can have started later and be found under this number.
            start: u64::MAX,
        }
        .complete()
    }

    fn complete(self) -> Result<Peer> {
        if self.namespace == 0 || self.start == 0 {
            return Err(Error::NotSupported {
                what: "handles to processes where /proc is missing or hides the process; mount it",
            });
        }
        Ok(self)
    }

    /// Whether it is the calling process.
    pub(crate) fn is_this(&self) -> bool {
        self.pid == thread::pid() && self.namespace == thread::pid_namespace()
    }

    /// A descriptor of it, if it is still there.
    ///
    /// # Errors
    /// [`Error::NotSupported`] if it is numbered by another PID namespace; no more descriptors.
    pub(crate) fn open(&self) -> Result<Sight> {
        if self.namespace != thread::pid_namespace() {
            return Err(Error::NotSupported {
                what: "waiting for a process through a handle from another PID namespace; open the process by its id here",
            });
        }
        match Peer::find(self.pid) {
            Ok((found, fd)) if same_start(found.start, self.start) => Ok(Sight::There(fd)),
            // The number belongs to another process by now, or to none.
            Ok(_) | Err(Error::NoSuchProcess { .. }) => Ok(Sight::Gone),
            Err(e) => Err(e),
        }
    }

    /// The name of the object for its end. No user can give such a name: it begins with NUL.
    pub(crate) fn name(&self) -> String {
        format!("\0process:{}:{}:{}", self.namespace, self.pid, self.start)
    }

    /// The name of the object for the end of one of its threads; `record` and `life` say which use of which record.
    pub(crate) fn thread_name(&self, tid: u32, record: u16, life: u32) -> String {
        format!(
            "\0thread:{}:{}:{}:{tid}:{record}:{life}",
            self.namespace, self.pid, self.start
        )
    }

    /// The name of the object for the end of its first thread, if it is made before that uses this library.
    pub(crate) fn main_thread_name(&self) -> String {
        format!(
            "\0thread:{}:{}:{}:{}:main",
            self.namespace, self.pid, self.start, self.pid
        )
    }

    /// The process in the name of such an object.
    pub(crate) fn parse(name: &[u8]) -> Option<Peer> {
        let mut words = std::str::from_utf8(name).ok()?.split(':');
        matches!(words.next()?, "\0process" | "\0thread").then_some(())?;
        Some(Peer {
            namespace: words.next()?.parse().ok()?,
            pid: words.next()?.parse().ok()?,
            start: words.next()?.parse().ok()?,
        })
    }
}

fn refused(pid: u32, refusal: Refusal) -> Error {
    match refusal {
        Refusal::NoSuchProcess => Error::NoSuchProcess { pid },
        Refusal::OldKernel => Error::NotSupported {
            what: "handles to processes on a kernel older than 5.3",
        },
        Refusal::Os(errno) => Error::Os {
            operation: format!("pidfd_open of process {pid}"),
            errno,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_read_and_written_by_nobody_else() {
        let peer = Peer {
            namespace: 4_026_531_836,
            pid: 77,
            start: 123_456,
        };
        assert_eq!(Peer::parse(peer.name().as_bytes()), Some(peer));
        assert_eq!(Peer::parse(peer.thread_name(78, 3, 9).as_bytes()), Some(peer));
        assert_eq!(Peer::parse(peer.main_thread_name().as_bytes()), Some(peer));
        for name in [
            &b"process:1:2:3"[..],
            b"\0process:1:2",
            b"\0process:x:2:3",
            b"\0other:1:2:3",
            b"\xff",
        ] {
            assert_eq!(Peer::parse(name), None);
        }
        assert!(crate::name::parse(&peer.name().into()).is_err());
    }

    #[test]
    fn this_process_is_found_as_itself() {
        let this = Peer::this().expect("procfs");
        let (found, _) = Peer::find(this.pid).expect("it lives");
        assert!(found == this && found.is_this());
        assert!(matches!(this.open(), Ok(Sight::There(_))));
        let earlier = Peer {
            start: this.start.wrapping_sub(100),
            ..this
        };
        assert!(matches!(earlier.open(), Ok(Sight::Gone)));
        let elsewhere = Peer { namespace: 1, ..this };
        assert!(matches!(elsewhere.open(), Err(Error::NotSupported { .. })));
        assert!(matches!(Peer::find(u32::MAX), Err(Error::NoSuchProcess { .. })));
    }
}
