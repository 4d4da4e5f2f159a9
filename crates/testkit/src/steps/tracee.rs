//! A thread under single-stepping.

use std::ops::Range;
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::libc;
use nix::sys::personality::{self, Persona};
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::effect::{Effect, Program, shared_memory};
use crate::patience;
use crate::process::Process;

/// What a victim raises before and after its operation. Nobody else sees it: the tracer keeps it.
pub const MARKER: Signal = Signal::SIGUSR1;

/// The most bytes that are compared before and after an instruction.
const LARGEST_READ: u64 = 64;

/// How often a running thread is looked at before pauses are made between the looks.
const QUICK_LOOKS: u32 = 300;

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It ran one instruction, which may have changed what others see.
    Ran {
        /// Whether it may.
        visible: bool,
        /// Whether it was a system call.
        call: bool,
    },
    /// It sleeps in a system call.
    Sleeps,
    /// It raised the marker.
    Marker,
}

/// Where a run at full speed came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// The instruction to run to comes next.
    Reached,
    /// The marker came first.
    Marker,
    /// It sleeps in a system call on the way.
    Sleeps,
}

/// A stopped thread of a child process that is run one instruction at a time.
pub struct Tracee {
    process: Process,
    thread: Pid,
    shared: Vec<Range<u64>>,
    sleeping: bool,
    asleep_at: u64,
    breakpoint: Option<u64>,
}

impl Tracee {
    /// Starts a program that lets itself be traced, and runs it to its first marker.
    ///
    /// # Errors
    /// It cannot be started, or ends before.
    pub fn start(program: &mut Command) -> Result<Tracee, String> {
        let persona = personality::get().map_err(|errno| format!("reading the personality: {errno}"))?;
        personality::set(persona | Persona::ADDR_NO_RANDOMIZE)
            .map_err(|errno| format!("switching off address space randomization: {errno}"))?;
        let child = program.stdin(Stdio::null()).spawn();
        let pid = child.map_err(|error| format!("{program:?}: {error}"))?.id();
        let thread = Pid::from_raw(i32::try_from(pid).map_err(|_| "a strange process id")?);
        let mut tracee = Tracee {
            process: Process::adopt(thread),
            thread,
            shared: Vec::new(),
            sleeping: false,
            asleep_at: 0,
            breakpoint: None,
        };
        match tracee.wait()? {
            WaitStatus::Stopped(_, MARKER) => {}
            other => {
                return Err(format!(
                    "the victim should have raised the marker, but: {other:?}"
                ));
            }
        }
        tracee.look_at_memory()?;
        Ok(tracee)
    }

    /// Steps another thread of the process instead, which has to be one that is not traced yet.
    /// The first one stays stopped.
    ///
    /// # Errors
    /// There is no such thread.
    pub fn switch_to_thread(&mut self, name: &str) -> Result<(), String> {
        let tid = self.thread_called(name)?;
        let failed = |what: &str, errno: Errno| format!("{what} thread {tid} \"{name}\": {errno}");
        ptrace::seize(tid, ptrace::Options::empty()).map_err(|errno| failed("seizing", errno))?;
        ptrace::interrupt(tid).map_err(|errno| failed("interrupting", errno))?;
        self.thread = tid;
        match self.wait()? {
            WaitStatus::PtraceEvent(..) | WaitStatus::Stopped(..) => Ok(()),
            other => Err(format!("thread {tid} should have stopped, but: {other:?}")),
        }
    }

    fn thread_called(&self, name: &str) -> Result<Pid, String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.raw()));
        for task in tasks.map_err(|error| error.to_string())?.flatten() {
            let comm = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            if comm.trim_end() == name {
                let tid = task
                    .file_name()
                    .to_string_lossy()
                    .parse()
                    .map_err(|_| "a strange thread id")?;
                return Ok(Pid::from_raw(tid));
            }
        }
        Err(format!("the victim has no thread called \"{name}\""))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Kills the process and reaps it.
    ///
    /// # Errors
    /// It does not end.
    pub fn kill(&mut self) -> Result<(), String> {
        self.process.kill();
        if self.thread != self.process.raw() {
            // The kernel keeps the process until its tracer knows that this thread has ended.
            while !matches!(self.wait()?, WaitStatus::Exited(..) | WaitStatus::Signaled(..)) {}
        }
        self.process.reap();
        Ok(())
    }

    /// Runs at full speed until the instruction at `address` comes next. No system call that may
    /// sleep should be on the way.
    ///
    /// # Errors
    /// The process has ended.
    pub fn run_to(&mut self, address: u64) -> Result<Run, String> {
        if self.registers()?.rip == address {
            return Ok(Run::Reached);
        }
        self.set_breakpoint(address)?;
        ptrace::cont(self.thread, None).map_err(|errno| self.failed("continuing", errno))?;
        match self.wait_or_sleep()? {
            None => Ok(Run::Sleeps),
            Some(WaitStatus::Stopped(_, MARKER)) => Ok(Run::Marker),
            Some(WaitStatus::Stopped(_, Signal::SIGTRAP)) => Ok(Run::Reached),
            Some(other) => Err(format!("a run of {} ended with {other:?}", self.thread)),
        }
    }

    /// The processor's own breakpoint: other threads of the process do not meet it.
    fn set_breakpoint(&mut self, address: u64) -> Result<(), String> {
        const ENABLE_FIRST: u64 = 1;
        if self.breakpoint != Some(address) {
            self.write_debug_register(0, address)?;
        }
        if self.breakpoint.replace(address).is_none() {
            self.write_debug_register(7, ENABLE_FIRST)?;
        }
        Ok(())
    }

    fn write_debug_register(&self, number: usize, value: u64) -> Result<(), String> {
        let offset = std::mem::offset_of!(libc::user, u_debugreg) + number * size_of::<u64>();
        ptrace::write_user(self.thread, offset as ptrace::AddressType, value.cast_signed())
            .map_err(|errno| self.failed("setting a breakpoint", errno))
    }

    fn registers(&self) -> Result<libc::user_regs_struct, String> {
        ptrace::getregs(self.thread).map_err(|errno| self.failed("reading registers", errno))
    }

    /// The address of the next instruction; of the system call, if it sleeps in one.
    ///
    /// # Errors
    /// The process has ended.
    pub fn address(&self) -> Result<u64, String> {
        if self.sleeping {
            Ok(self.asleep_at)
        } else {
            Ok(self.registers()?.rip)
        }
    }

    /// Whether it sleeps in a system call.
    pub fn is_asleep(&self) -> bool {
        self.sleeping
    }

    /// Runs the next instruction; a system call counts as one. If the thread sleeps, waits until it is woken.
    ///
    /// # Errors
    /// The process has ended, or an instruction never does.
    pub fn step(&mut self, program: &mut Program) -> Result<Step, String> {
        if self.sleeping {
            self.sleeping = false;
            let status = self.wait()?;
            return self.stepped(status, true, true);
        }
        let registers = self.registers()?;
        let effect = program
            .effect(self.thread, &registers, &self.shared)
            .map_err(|errno| self.failed("reading its instructions", errno))?;
        let before = match &effect {
            Effect::SharedWrite(range) => self.read(range),
            Effect::SystemCall | Effect::Private => None,
        };
        ptrace::step(self.thread, None).map_err(|errno| self.failed("stepping", errno))?;
        match effect {
            Effect::SystemCall => {}
            Effect::Private => return self.stepped(self.wait_for_trap()?, false, false),
            Effect::SharedWrite(range) => {
                let status = self.wait_for_trap()?;
                let changed = before.is_none() || self.read(&range) != before;
                return self.stepped(status, changed, false);
            }
        }
        if may_sleep(registers.rax) && self.falls_asleep()? {
            self.sleeping = true;
            self.asleep_at = registers.rip;
            return Ok(Step::Sleeps);
        }
        let status = self.wait()?;
        if changes_sharing(registers.rax) {
            self.look_at_memory()?;
        }
        self.stepped(status, true, true)
    }

    /// A small piece of memory, if it can be read.
    fn read(&self, range: &Range<u64>) -> Option<Vec<i64>> {
        if range.end - range.start > LARGEST_READ {
            return None;
        }
        let words = range.clone().step_by(size_of::<i64>());
        words
            .map(|address| ptrace::read(self.thread, address as ptrace::AddressType).ok())
            .collect()
    }

    fn stepped(&self, status: WaitStatus, visible: bool, call: bool) -> Result<Step, String> {
        match status {
            WaitStatus::Stopped(_, MARKER) => Ok(Step::Marker),
            WaitStatus::Stopped(_, Signal::SIGTRAP) | WaitStatus::PtraceEvent(..) => {
                Ok(Step::Ran { visible, call })
            }
            other => Err(format!("a step of {} ended with {other:?}", self.thread)),
        }
    }

    /// Whether the thread sleeps in its system call rather than finishing it.
    fn falls_asleep(&self) -> Result<bool, String> {
        let path = self.stat_file();
        patience::await_some("a system call ends or sleeps", || {
            match thread_state(&path) {
                Some('S') => Some(true),
                // Stopped by its trap, or dead.
                Some('t' | 'T' | 'Z' | 'X') | None => Some(false),
                // Running, or in the kernel for a moment.
                Some(_) => None,
            }
        })
    }

    fn stat_file(&self) -> String {
        format!("/proc/{}/task/{}/stat", self.process.raw(), self.thread)
    }

    /// Waits until the thread stops or ends, which it does after an instruction that is no system call.
    fn wait_for_trap(&self) -> Result<WaitStatus, String> {
        waitpid(self.thread, Some(WaitPidFlag::__WALL)).map_err(|errno| self.failed("waiting", errno))
    }

    /// Waits until the thread stops or ends, with a bound.
    fn wait(&self) -> Result<WaitStatus, String> {
        self.await_some(|| self.look())
    }

    /// Waits until the thread stops or ends, with a bound; `None` if it falls asleep before.
    fn wait_or_sleep(&self) -> Result<Option<WaitStatus>, String> {
        let stat = self.stat_file();
        let mut looks = 0;
        self.await_some(|| {
            looks += 1;
            let stopped = self.look().map(|status| status.map(Some));
            let asleep = || (looks > QUICK_LOOKS && thread_state(&stat) == Some('S')).then_some(Ok(None));
            stopped.or_else(asleep)
        })
    }

    fn await_some<T>(&self, mut look: impl FnMut() -> Option<Result<T, String>>) -> Result<T, String> {
        // It is a matter of microseconds, most of the time.
        for _ in 0..QUICK_LOOKS {
            if let Some(found) = look() {
                return found;
            }
        }
        patience::await_some(&format!("thread {} stops", self.thread), look)?
    }

    fn look(&self) -> Option<Result<WaitStatus, String>> {
        match waitpid(self.thread, Some(WaitPidFlag::__WALL | WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => None,
            Ok(status) => Some(Ok(status)),
            Err(errno) => Some(Err(self.failed("waiting", errno))),
        }
    }

    fn look_at_memory(&mut self) -> Result<(), String> {
        self.shared = shared_memory(self.process.raw()).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn failed(&self, what: &str, errno: Errno) -> String {
        format!("{what}: thread {}: {errno}", self.thread)
    }
}

/// The state letter of a thread, if there is one.
fn thread_state(stat: &str) -> Option<char> {
    let text = std::fs::read_to_string(stat).ok()?;
    text.rsplit_once(") ")?.1.chars().next()
}

/// Whether a system call may sleep until another thread does something.
fn may_sleep(number: u64) -> bool {
    [libc::SYS_futex, libc::SYS_futex_waitv].contains(&(number as libc::c_long))
}

/// Whether a system call may change which memory others can see: by mapping it, or by naming a file.
fn changes_sharing(number: u64) -> bool {
    let calls = [
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_linkat,
        libc::SYS_renameat2,
    ];
    calls.contains(&(number as libc::c_long))
}
