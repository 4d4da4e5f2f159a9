//! Descriptors of processes: when a process ends, and how it did.
#![allow(
    unsafe_code,
    reason = "no safe wrapper asks a process descriptor for an exit status"
)]

use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};
use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, pidfd_send_signal, waitid,
};

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// It exited with this code.
    Exited(i32),
    /// This signal killed it.
    Killed(i32),
}

impl End {
    /// From the status word of `wait`.
    fn from_status(status: i32) -> End {
        match status & 0x7f {
            0 => End::Exited((status >> 8) & 0xff),
            signal => End::Killed(signal),
        }
    }
}

/// Why there is no descriptor of a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// There is no such process.
    NoSuchProcess,
    /// The kernel is older than 5.3.
    OldKernel,
    /// Another error number: no more descriptors, for instance.
    Os(i32),
}

/// A descriptor of a process.
///
/// Programs close descriptors that they do not know, and others then get their numbers: every use asks whether the
/// descriptor is still this one.
#[derive(Debug)]
pub(crate) struct Pidfd {
    fd: ManuallyDrop<OwnedFd>,
    pid: u32,
}

impl Drop for Pidfd {
    fn drop(&mut self) {
        if self.is_intact() {
            // SAFETY: it is not used after this, the only place where it is dropped.
            unsafe { ManuallyDrop::drop(&mut self.fd) };
        }
    }
}

impl AsFd for Pidfd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Pidfd {
    /// A descriptor of the process `pid`, as this process's PID namespace numbers it; also if it is a zombie.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub(crate) fn open(pid: u32) -> Result<Pidfd, Refusal> {
        let number = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let number = number.ok_or(Refusal::NoSuchProcess)?;
        match pidfd_open(number, PidfdFlags::empty()) {
            Ok(fd) => Ok(Pidfd {
                fd: ManuallyDrop::new(fd),
                pid,
            }),
            Err(Errno::SRCH | Errno::INVAL | Errno::NOENT) => Err(Refusal::NoSuchProcess),
            Err(Errno::NOSYS) => Err(Refusal::OldKernel),
            Err(errno) => Err(Refusal::Os(errno.raw_os_error())),
        }
    }

    /// What the kernel says of the descriptor: the process id, or -1 once nobody has to reap it any more.
    fn said(&self) -> Option<i64> {
        let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", self.fd.as_raw_fd()));
        parse_pid(&info.ok()?)
    }

    /// Whether nobody has reaped the process yet: as long as that is so, its number is its own.
    pub(crate) fn is_unreaped(&self) -> bool {
        self.said() == Some(i64::from(self.pid))
    }

    /// Whether the descriptor is still the one that was opened.
    pub(crate) fn is_intact(&self) -> bool {
        self.said()
            .is_some_and(|said| said == -1 || said == i64::from(self.pid))
    }

    /// Whether the process has ended: all of its threads are gone, its parent may still have to reap it.
    pub(crate) fn has_ended(&self) -> bool {
        let mut fds = [PollFd::new(self, PollFlags::IN)];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        loop {
            match poll(&mut fds, Some(&now)) {
                Ok(found) => return found > 0 && self.is_intact(),
                Err(Errno::INTR) => {}
                Err(_) => return false,
            }
        }
    }

    /// How the process ended, if the kernel tells: a child of this process, which stays for its parent's `wait`, or,
    /// from Linux 6.15 on, any process that its parent has reaped.
    pub(crate) fn end(&self) -> Option<End> {
        if !self.is_intact() {
            return None;
        }
        end_of_child(self.as_fd()).or_else(|| recorded_end(self.as_fd()))
    }

    /// Waits for the process as its parent does, if this is it and it has ended: then it is no zombie any more.
    pub(crate) fn reap(&self) -> Option<End> {
        if !self.is_intact() {
            return None;
        }
        reaped(self.as_fd(), WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
    }

    /// Kills the process.
    ///
    /// # Errors
    /// It has been reaped, or may not be killed.
    pub(crate) fn kill(&self) -> Result<(), Refusal> {
        if !self.is_intact() {
            return Err(Refusal::NoSuchProcess);
        }
        pidfd_send_signal(self, Signal::KILL).map_err(|e| match e {
            Errno::SRCH => Refusal::NoSuchProcess,
            errno => Refusal::Os(errno.raw_os_error()),
        })
    }
}

/// The line `Pid:` of a descriptor's information.
fn parse_pid(info: &str) -> Option<i64> {
    let line = info.lines().find_map(|line| line.strip_prefix("Pid:"))?;
    line.trim().parse().ok()
}

fn end_of_child(fd: BorrowedFd<'_>) -> Option<End> {
    reaped(
        fd,
        WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG,
    )
}

fn reaped(fd: BorrowedFd<'_>, how: WaitIdOptions) -> Option<End> {
    let status = waitid(WaitId::PidFd(fd), how).ok()??;
    let killed = status.terminating_signal().map(End::Killed);
    status.exit_status().map(End::Exited).or(killed)
}

/// `struct pidfd_info` of the kernel in its first version.
#[repr(C)]
#[derive(Default)]
struct Info {
    mask: u64,
    cgroup: u64,
    /// Process, thread group, parent, and eight user and group ids.
    ids: [u32; 11],
    exit_code: i32,
}

/// `PIDFD_INFO_EXIT`: the exit status is asked for, or given.
const EXIT: u64 = 1 << 3;
/// `PIDFD_GET_INFO`.
const GET_INFO: Opcode = opcode::read_write::<Info>(0xff, 11);

fn recorded_end(fd: BorrowedFd<'_>) -> Option<End> {
    let mut info = Info {
        mask: EXIT,
        ..Info::default()
    };
    // SAFETY: `GET_INFO` is the kernel's number for this request, and reads and writes one `Info`, whose size is
    // part of the number.
    let request = unsafe { Updater::<GET_INFO, Info>::new(&mut info) };
    // SAFETY: as above; the kernel keeps no pointer to it. An older kernel refuses.
    unsafe { ioctl(fd, request) }.ok()?;
    (info.mask & EXIT != 0).then(|| End::from_status(info.exit_code))
}

/// Descriptors of processes that are watched for their ends.
#[derive(Debug)]
pub(crate) struct Watchlist(ManuallyDrop<OwnedFd>);

impl Drop for Watchlist {
    fn drop(&mut self) {
        let path = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        if std::fs::read_link(path).is_ok_and(|file| file.as_os_str() == "anon_inode:[eventpoll]") {
            // SAFETY: it is not used after this, the only place where it is dropped.
            unsafe { ManuallyDrop::drop(&mut self.0) };
        }
    }
}

impl Watchlist {
    /// An empty one.
    ///
    /// # Errors
    /// No more descriptors.
    pub(crate) fn new() -> io::Result<Watchlist> {
        let list = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Watchlist(ManuallyDrop::new(list)))
    }

    /// Watches one more process. Its end is reported once, with `token`.
    ///
    /// # Errors
    /// It cannot be watched.
    pub(crate) fn add(&self, fd: &Pidfd, token: u64) -> io::Result<()> {
        let once = epoll::EventFlags::IN | epoll::EventFlags::ONESHOT;
        Ok(epoll::add(&*self.0, fd, epoll::EventData::new_u64(token), once)?)
    }

    /// Watches it no more. To be called before the descriptor is closed: a forked child may have a copy of it.
    pub(crate) fn remove(&self, fd: &Pidfd) {
        let _ = epoll::delete(&*self.0, fd);
    }

    /// Waits for ends, up to `ns` nanoseconds; returns the tokens of those that were reported.
    ///
    /// # Errors
    /// The list cannot be waited for.
    pub(crate) fn wait(&self, ns: i64) -> io::Result<Vec<u64>> {
        let timeout = Timespec {
            tv_sec: ns / super::clock::NS_PER_S,
            tv_nsec: ns % super::clock::NS_PER_S,
        };
        let mut events = Vec::with_capacity(64);
        match epoll::wait(
            &*self.0,
            rustix::buffer::spare_capacity(&mut events),
            Some(&timeout),
        ) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        Ok(events.iter().map(|event| event.data.u64()).collect())
    }
}

#[cfg(test)]
mod unit_tests {
    use std::process::{Child, Command, Stdio};

    use super::*;

    fn child(script: &str) -> (Child, Pidfd) {
        let child = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let fd = Pidfd::open(child.id()).expect("the child exists");
        (child, fd)
    }

    fn until_ended(fd: &Pidfd) {
        let list = Watchlist::new().expect("a list");
        list.add(fd, 7).expect("it can be watched");
        while list.wait(1_000_000_000).expect("the list is open") != [7] {}
    }

    #[test]
    fn the_end_of_a_child_is_seen_and_told_and_left_to_its_parent() {
        let (mut child, fd) = child("read line; exit 5");
        assert!(!fd.has_ended() && fd.is_unreaped());
        assert_eq!(fd.end(), None);
        drop(child.stdin.take());
        until_ended(&fd);
        assert!(fd.has_ended() && fd.is_unreaped());
        assert_eq!(fd.end(), Some(End::Exited(5)));
        assert_eq!(child.wait().expect("not reaped yet").code(), Some(5));
        assert!(fd.has_ended() && !fd.is_unreaped() && fd.is_intact());
    }

    #[test]
    fn a_killed_child_is_told_from_one_that_exits() {
        let (mut child, fd) = child("read line");
        child.kill().expect("it runs");
        until_ended(&fd);
        assert_eq!(fd.end(), Some(End::Killed(libc::SIGKILL)));
        child.wait().expect("not reaped yet");
    }

    #[test]
    fn a_child_is_killed_and_reaped_once() {
        let (child, fd) = child("read line");
        assert_eq!(fd.reap(), None);
        fd.kill().expect("it runs");
        until_ended(&fd);
        assert_eq!(fd.reap(), Some(End::Killed(libc::SIGKILL)));
        assert!(!fd.is_unreaped() && fd.reap().is_none());
        assert_eq!(fd.kill(), Err(Refusal::NoSuchProcess));
        drop(child);
    }

    #[test]
    fn a_reaped_process_has_its_status_recorded_where_the_kernel_does() {
        let (mut child, fd) = child("exit 9");
        child.wait().expect("it ends");
        let probe = recorded_end(fd.as_fd());
        assert!(matches!(probe, None | Some(End::Exited(9))), "{probe:?}");
        assert_eq!(end_of_child(fd.as_fd()), None);
    }

    #[test]
    fn what_is_no_process_is_refused() {
        for pid in [0, u32::MAX, 1 << 30] {
            assert_eq!(Pidfd::open(pid).err(), Some(Refusal::NoSuchProcess), "{pid}");
        }
        assert_eq!(parse_pid("pos:\t0\nPid:\t-1\nNSpid:\t-1\n"), Some(-1));
        assert_eq!(parse_pid("pos:\t0\n"), None);
    }

    #[test]
    fn a_number_that_another_file_has_by_now_is_left_alone() {
        let (mut child, fd) = child("exit 0");
        child.wait().expect("it ends");
        assert!(fd.is_intact() && fd.has_ended());
        let other = std::fs::File::open("/dev/null").expect("a file");
        let mut number = fd.fd.as_fd().try_clone_to_owned().expect("a copy");
        let copy = Pidfd {
            fd: ManuallyDrop::new(number.try_clone().expect("another")),
            pid: fd.pid,
        };
        rustix::io::dup2(&other, &mut number).expect("one takes the number of the other");
        let taken = Pidfd {
            fd: ManuallyDrop::new(number),
            pid: fd.pid,
        };
        assert!(!taken.is_intact() && !taken.has_ended() && taken.end().is_none());
        assert!(copy.is_intact() && copy.has_ended());
        let raw = taken.fd.as_raw_fd();
        drop(taken);
        assert!(std::fs::exists(format!("/proc/self/fd/{raw}")).expect("procfs"));
    }

    #[test]
    fn what_is_removed_is_not_reported() {
        let (mut child, fd) = child("exit 0");
        let list = Watchlist::new().expect("a list");
        list.add(&fd, 1).expect("it can be watched");
        list.remove(&fd);
        child.wait().expect("it ends");
        assert!(list.wait(0).expect("a look").is_empty());
    }

    #[test]
    fn statuses_are_read_as_wait_gives_them() {
        assert_eq!(End::from_status(3 << 8), End::Exited(3));
        assert_eq!(End::from_status(9), End::Killed(9));
        assert_eq!(End::from_status(11 | 0x80), End::Killed(11));
    }
}
