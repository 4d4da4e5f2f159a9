//! The command line, as types. Help, completions and the manual page come from here.

mod help;
pub(crate) mod internal;
pub(crate) mod sharing;
#[cfg(test)]
mod tests;
pub(crate) mod value;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use sharing::{DeadlocksArgs, DupArgs, InheritArgs, WhyArgs};
use value::{DueTime, PermitSpec, SignalName};

/// Events, mutexes, semaphores and waitable timers, shared by name between processes.
#[derive(Debug, Parser)]
#[command(name = "intersync", version, after_long_help = help::COMMAND, max_term_width = 100)]
#[command(
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command understands.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// Use the namespace under this directory, which must be on a tmpfs
    ///
    /// Without it, `Local\` is the calling user's namespace under $INTERSYNC_DIR, else
    /// /run/intersync, else /dev/shm, and `Global\` the one of the machine.
    #[arg(long, global = true, value_name = "BASE", value_hint = clap::ValueHint::DirPath, display_order = 100)]
    pub(crate) dir: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a command while holding a mutex or a permit of a semaphore
    #[command(after_long_help = help::RUN)]
    Run(RunArgs),
    /// Run a command that inherits handles to objects
    #[command(after_long_help = help::EXEC)]
    Exec(InheritArgs),
    /// Put a handle to an object into a running process
    #[command(after_long_help = help::DUP)]
    Dup(DupArgs),
    /// Create an object that stays until it is removed
    #[command(after_long_help = help::CREATE, subcommand_required = true, arg_required_else_help = true)]
    Create {
        /// The kind of the object
        #[command(subcommand)]
        object: CreateCommand,
    },
    /// Remove objects that `create` made: they go with their last user
    #[command(after_long_help = help::RM)]
    Rm(Names),
    /// Make events signaled
    #[command(after_long_help = help::SET)]
    Set(Names),
    /// Make events unsignaled
    #[command(after_long_help = help::RESET)]
    Reset(Names),
    /// Let through who waits for an event at this moment, and leave it unsignaled
    #[command(after_long_help = help::PULSE)]
    Pulse(Names),
    /// Add permits to a semaphore
    #[command(after_long_help = help::RELEASE)]
    Release(ReleaseArgs),
    /// Arm or cancel a timer
    #[command(after_long_help = help::TIMER, subcommand_required = true, arg_required_else_help = true)]
    Timer {
        /// What to do with the timer
        #[command(subcommand)]
        action: TimerCommand,
    },
    /// Wait for one, any or all of some objects
    #[command(after_long_help = help::WAIT)]
    Wait(WaitArgs),
    /// List the objects of a namespace
    #[command(after_long_help = help::LS)]
    Ls(LsArgs),
    /// Show everything about some objects
    #[command(after_long_help = help::SHOW)]
    Show(ShowArgs),
    /// Tell why an object is not to be had: who holds it, who waits, and what the holders wait for
    #[command(after_long_help = help::WHY)]
    Why(WhyArgs),
    /// Find threads that wait for one another, or draw who waits for whom
    #[command(after_long_help = help::DEADLOCKS)]
    Deadlocks(DeadlocksArgs),
    /// Check every rule of a namespace's shared memory; changes nothing
    #[command(after_long_help = help::CHECK)]
    Check(PlaceArgs),
    /// Tell whether this system is fit for Intersync, and what to do if not
    #[command(after_long_help = help::DOCTOR)]
    Doctor(DoctorArgs),
    /// Set up the namespace of the machine, for the members of a group (needs root)
    #[command(after_long_help = help::PROVISION)]
    Provision(ProvisionArgs),
    /// Show all objects at work between processes, one of which is killed
    #[command(after_long_help = help::DEMO)]
    Demo(DemoArgs),
    /// Print the completions for a shell
    #[command(after_long_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of the whole or of one command
    #[command(after_long_help = help::MAN)]
    Man {
        /// The command
        #[arg(value_name = "COMMAND")]
        of: Option<String>,
    },
}

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["mutex", "semaphore"])))]
pub(crate) struct RunArgs {
    /// Hold this mutex; it is created if it is not there
    #[arg(long, value_name = "NAME")]
    pub(crate) mutex: Option<String>,
    /// Hold a permit of this semaphore; with :N it is created with N permits if it is not there
    #[arg(long, value_name = "NAME[:N]")]
    pub(crate) semaphore: Option<PermitSpec>,
    #[command(flatten)]
    pub(crate) access: Mode,
    /// Give up after this time, without running the command
    #[arg(long, value_name = "TIME", value_parser = value::duration)]
    pub(crate) timeout: Option<Duration>,
    /// The exit code when the time passed
    #[arg(long, value_name = "CODE", default_value_t = 1)]
    pub(crate) timeout_code: u8,
    /// The signal the command gets if intersync itself is killed
    #[arg(long, value_name = "SIGNAL", default_value = "TERM")]
    pub(crate) orphan_signal: SignalName,
    /// The command and its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    #[arg(value_hint = clap::ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<OsString>,
}

/// The kinds `create` can make.
#[derive(Debug, Subcommand)]
pub(crate) enum CreateCommand {
    /// Create an event
    Event {
        /// The name
        name: String,
        /// Manual reset: once set it lets everybody through, until it is reset
        #[arg(long)]
        manual: bool,
        /// Signaled from the start
        #[arg(long)]
        signaled: bool,
        #[command(flatten)]
        existing: Existing,
    },
    /// Create a mutex
    Mutex {
        /// The name
        name: String,
        #[command(flatten)]
        existing: Existing,
    },
    /// Create a semaphore
    Semaphore {
        /// The name
        name: String,
        /// The most permits it can have
        #[arg(long, value_name = "N", value_parser = value::permits)]
        maximum: u32,
        /// The permits it has at first [default: the maximum]
        #[arg(long, value_name = "N", value_parser = value::initial_permits)]
        initial: Option<u32>,
        /// Permits held by a process that dies come back
        #[arg(long)]
        give_back: bool,
        #[command(flatten)]
        existing: Existing,
    },
    /// Create a timer
    Timer {
        /// The name
        name: String,
        /// Manual reset: once expired it lets everybody through, until it is set again
        #[arg(long)]
        manual: bool,
        #[command(flatten)]
        existing: Existing,
    },
}

/// What to do when the object is there already.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Existing {
    /// Fail if it exists already
    #[arg(long)]
    pub(crate) new: bool,
    #[command(flatten)]
    pub(crate) access: Mode,
}

/// Who may open a new object.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Mode {
    /// Who may open it if it is new: the permission bits of its owner, of the group of the namespace and of others
    ///
    /// Read = query the state, write = change it, execute = wait for it. Only `Global\` and private namespaces have
    /// other users: 770 lets the whole group use the object.
    #[arg(long, value_name = "MODE", default_value = "700", value_parser = value::mode)]
    pub(crate) mode: u16,
}

/// Some objects by name.
#[derive(Debug, Args)]
pub(crate) struct Names {
    /// The names of the objects
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

/// Arguments of `release`.
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    /// The name of the semaphore
    pub(crate) name: String,
    /// How many permits to add
    #[arg(default_value = "1", value_name = "N", value_parser = value::permits, allow_negative_numbers = true)]
    pub(crate) count: u32,
}

/// What can be done with a timer.
#[derive(Debug, Subcommand)]
pub(crate) enum TimerCommand {
    /// Arm the timer; it becomes unsignaled until it expires
    #[command(after_long_help = help::TIMER_SET)]
    #[command(group(ArgGroup::new("due").required(true).args(["after", "at"])))]
    Set {
        /// The name of the timer
        name: String,
        /// Expire after this time
        #[arg(long = "in", value_name = "TIME", value_parser = value::duration)]
        after: Option<Duration>,
        /// Expire at this time of the system clock
        #[arg(long, value_name = "WHEN")]
        at: Option<DueTime>,
        /// Then expire again and again, after each such time
        #[arg(long, value_name = "TIME", value_parser = value::period)]
        every: Option<Duration>,
    },
    /// Stop timers; whether they are signaled does not change
    Cancel(Names),
}

/// Arguments of `wait`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("mode").args(["any", "all"])))]
pub(crate) struct WaitArgs {
    /// The names of the objects, of any kind
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Until one of them is signaled; the first in the list wins (the default)
    #[arg(long)]
    pub(crate) any: bool,
    /// Until all of them are signaled at the same moment; until then nothing is taken
    #[arg(long)]
    pub(crate) all: bool,
    /// Give up after this time (0s: look once)
    #[arg(long, value_name = "TIME", value_parser = value::duration)]
    pub(crate) timeout: Option<Duration>,
}

/// Which namespace to look at.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlaceArgs {
    /// Look at the namespace of the machine instead of the user's
    #[arg(long, conflicts_with = "dir")]
    pub(crate) global: bool,
    /// One JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `ls`.
#[derive(Debug, Args)]
pub(crate) struct LsArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Only objects of this kind
    #[arg(long, value_enum)]
    pub(crate) kind: Option<KindName>,
    /// Objects without a name too
    #[arg(long, short)]
    pub(crate) all: bool,
}

/// The kinds of objects, as words of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindName {
    /// Events
    Event,
    /// Mutexes
    Mutex,
    /// Semaphores
    Semaphore,
    /// Timers
    Timer,
    /// Handles to processes
    Process,
    /// Handles to threads
    Thread,
}

impl From<KindName> for intersync::Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Event => intersync::Kind::Event,
            KindName::Mutex => intersync::Kind::Mutex,
            KindName::Semaphore => intersync::Kind::Semaphore,
            KindName::Timer => intersync::Kind::Timer,
            KindName::Process => intersync::Kind::Process,
            KindName::Thread => intersync::Kind::Thread,
        }
    }
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The names of the objects
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// One JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// One JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `provision`.
#[derive(Debug, Args)]
pub(crate) struct ProvisionArgs {
    /// The group whose members may use it: a name or a number
    #[arg(long, value_name = "NAME")]
    pub(crate) group: String,
    /// Change nothing: only print what does the same at each boot
    #[arg(long)]
    pub(crate) print: bool,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many worker processes
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(3..=32))]
    pub(crate) workers: u32,
    /// Plain lines of progress even on a terminal
    #[arg(long)]
    pub(crate) plain: bool,
}
