//! The long help of each command: examples, exit codes and what happens when things go wrong.

pub(super) const COMMAND: &str = r"Names:
  All kinds of objects share one set of names, case-sensitive. `name` and
  `Local\name` are the same object, in the namespace of the calling user;
  `Global\name` is in the one of the machine, which an administrator
  provisions. A name may contain anything but backslashes and NUL.
  `\\u{d83d}` in a name is half a surrogate pair, which programs in C can use.

Times:
  500ms, 5s, 1m30s, 2h.

Exit codes:
  0  done, satisfied, nothing wrong
  1  timed out; `check`, `deadlocks` or `doctor` found something
  2  error, told on standard error
  3  `wait`: satisfied, and a mutex was abandoned: its owner ended without releasing it
  `run` and `exec` pass on the exit code of the command they run.

Examples:
  $ intersync demo
  $ intersync run --mutex build -- make
  $ intersync create event ready --manual
  $ intersync wait ready --timeout 30s && echo go
  $ intersync set ready
  $ intersync ls";

pub(super) const RUN: &str = r"The mutex or the permit is given back however the command ends. Its exit code
is passed on; if a signal ended it, intersync ends by the same signal, which a
shell reports as 128 + its number.

Signals:
  TERM, HUP, INT, QUIT, USR1, USR2 and WINCH are passed on to the command.
  Those that come from the terminal are not, since the command gets them from
  there too. TSTP and CONT stop and continue both; the mutex stays held
  meanwhile. A signal that comes before the command runs ends the wait.

If intersync itself is killed (SIGKILL):
  The kernel tells the other processes at once. A mutex is then abandoned and
  goes to the next waiter; a permit goes back to the count if the semaphore
  gives back (those made by this command do). The command gets the signal
  --orphan-signal, from the kernel, but may need time to end, and its own
  children get nothing: for that moment two commands may run. A set-user-ID
  command does not get the signal.

An abandoned mutex:
  If the last holder was killed, intersync says so on standard error, sets
  INTERSYNC_ABANDONED=1 for the command, and runs it.

Exit codes:
  that of the command; otherwise
  1    the time passed (see --timeout-code)
  2    error
  126  the command cannot be executed
  127  the command was not found

Examples:
  $ intersync run --mutex build -- make -j4
  $ intersync run --semaphore gpu:4 -- ./train.sh
  $ intersync run --mutex nightly --timeout 0s --timeout-code 75 -- backup";

pub(super) const EXEC: &str = r"Opens the objects and starts the command, which finds the value of each handle,
a decimal number, in its variable. It holds the objects as long as it lives,
whether it uses them or not, and so do the processes it starts; intersync itself
does not. The handles allow whatever the calling user may do.

Signals, and what happens if intersync itself is killed:
  As with `run`.

Exit codes:
  that of the command; otherwise
  2    error; the command was not started
  126  the command cannot be executed
  127  the command was not found

Examples:
  $ intersync exec --inherit stop=STOP -- ./worker
  $ intersync exec --inherit jobs=JOBS --inherit stop=STOP -- ./worker --fast";

pub(super) const DUP: &str = r"Prints the value of the handle, a decimal number: the process has to be told, and
takes it over with `from_raw`. It holds the object from then on, until it closes
the handle or ends. If it never learns of the handle, it holds the object all
the same: `intersync show` tells who does.

The process must have used the namespace of the object before, and belong to the
calling user, unless that is root. Without --access the handle allows whatever
the calling user may do. The words for rights are those that `show` prints:
  query, modify, wait, delete, read-control, write-dac, write-owner
joined by commas or bars; `nothing` for a handle that only holds the object.

Exit codes:
  0  the process has the handle
  2  error; it has not

Examples:
  $ intersync dup stop --to 4711
  $ intersync dup stop --to 4711 --access query,wait
  $ intersync dup jobs --to 4711 --inherit";

pub(super) const CREATE: &str = r"Such an object is permanent: it stays, without any user, until `rm` or until
the machine restarts. If an object of this name and kind exists already its
state stays as it is, and it becomes permanent.

Examples:
  $ intersync create event ready --manual
  $ intersync create mutex build
  $ intersync create semaphore jobs --maximum 8 --initial 0
  $ intersync create semaphore gpu --maximum 4 --give-back
  $ intersync create timer nightly
  $ intersync create mutex 'Global\deploy' --mode 770";

pub(super) const RM: &str = r"The objects become temporary: each one goes, with its name, when its last user
closes it; at once if nobody uses it. Objects that a program made and uses are
not permanent and cannot be removed.

Examples:
  $ intersync rm ready jobs";

pub(super) const SET: &str = r"A manual-reset event lets all its waiters through and stays signaled. An
auto-reset event lets one through, or stays signaled for the next one.

Examples:
  $ intersync set ready";

pub(super) const RESET: &str = r"Who was let through stays so.

Examples:
  $ intersync reset ready";

pub(super) const PULSE: &str = r"A manual-reset event lets all through who wait, an auto-reset event one;
nobody if nobody waits.

Examples:
  $ intersync pulse tick";

pub(super) const RELEASE: &str = r"Each permit lets one waiter through. If the maximum would be passed nothing
changes. A mutex cannot be released from here: only the thread that owns it
can.

Examples:
  $ intersync release jobs
  $ intersync release jobs 3";

pub(super) const TIMER: &str = r"Examples:
  $ intersync timer set nightly --at 03:00
  $ intersync timer set tick --in 5s --every 1s
  $ intersync timer cancel tick";

pub(super) const TIMER_SET: &str = r"An expired timer lets one waiter through, or with manual reset everybody until
it is set again. WHEN is a time with its zone, a local time, a time of day
(the next one), or @SECONDS since 1970; if the system clock is set the timer
follows. A time that has passed expires at once. The timer runs on when this
command has ended.

Examples:
  $ intersync timer set tick --in 5s --every 1s
  $ intersync timer set nightly --at 03:00
  $ intersync timer set once --at 2030-01-31T18:00:00Z";

pub(super) const WAIT: &str = r"Prints the name of the object that satisfied the wait; with --all, all names.
What it acquires:
  An auto-reset event or timer is unsignaled again. A semaphore has one permit
  less, until `intersync release`. A mutex is released when this command exits.
  To hold a mutex or a permit while something runs, use `intersync run`.

Exit codes:
  0  satisfied
  1  timed out; nothing was taken
  2  error; nothing was taken
  3  satisfied, and a mutex was abandoned: its owner ended without releasing it

Examples:
  $ intersync wait ready
  $ intersync wait ready stop --timeout 30s
  $ intersync wait ready build --all --timeout 30s";

pub(super) const LS: &str = r"A table on a terminal, otherwise one line per object with tabs between name,
kind, state, owner (pid:tid), waiters, handles and age. Looking takes no lock
and changes nothing.

JSON keys:
  all         version, namespace, id, name, kind, owner (pid, tid, alive),
              waiters (pid, tid, all), handles, permanent, condemned, age_ms
  events      reset, signaled
  mutexes     recursion, abandoned
  semaphores  count, maximum, give_back
  timers      reset, signaled, remaining_ms, period_ms

Examples:
  $ intersync ls
  $ intersync ls --kind mutex --json
  $ intersync ls --global";

pub(super) const SHOW: &str = r"Every handle of a living process is a line: the process with its command, how
long it has been attached to the namespace, the value of the handle and what it
may be used for, whether it is there for children of the process only, whether
children inherit it, whether it is protected from closing, and the permits of a
semaphore with give-back that were taken by it.

JSON keys:
  those of `ls`, and
  holders     pid, comm, attached_ms, handle, bundle, access, inherit, protect,
              permits
  user, mode  who owns it, and who may open it
  waiters     comm, waits_for (id, name), ends_in_ms

Examples:
  $ intersync show build
  $ intersync show build jobs --json";

pub(super) const WHY: &str = r"Prints the state of the object, every handle to it with its process and rights,
every waiter with what else it waits for, and the chain of owners: who holds
the object, what that thread waits for, who holds that, and so on. Looking
takes no lock and changes nothing.

JSON keys:
  those of `show`, and
  chain       object (namespace, id, name, kind), holders (pid, tid, comm,
              permits, waits)
  deadlock    whether the object is part of a deadlock

Examples:
  $ intersync why build
  $ intersync why build --json";

pub(super) const DEADLOCKS: &str = r"Looks at the namespace of the calling user and, if it is provisioned, at the
one of the machine; with --dir at that one only. A thread that waits for any of
several objects is stuck if all of them are held by stuck threads; one that
waits for all, if any is. A mutex is held by its owner, a permit of a semaphore
with give-back by all threads of the process that took it. Events, timers and
other semaphores are held by nobody: anybody may signal them. Nor does who waits
for the end of a process or thread count as stuck.

Only waits that last through three looks count, so waits that come and go are
never taken for a deadlock. A wait with a time-out ends its deadlock by itself:
ENDS IN tells when.

One line per thread and object, with tabs between number of the deadlock, part
of it (in, or behind it), thread (pid:tid), command, object, who holds it
(pid:tid), and the time until the wait ends.

JSON keys:
  version, threads and behind (pid, tid, comm, waits: all, ends_in_ms, objects),
  objects (namespace, id, name, kind, holders: pid, tid, permits), ends_in_ms

Exit codes:
  0  no deadlock
  1  a deadlock
  2  error

Examples:
  $ intersync deadlocks
  $ intersync deadlocks --json
  $ intersync deadlocks --graph svg > waits.svg
  $ intersync deadlocks --graph dot | dot -Tpdf -o waits.pdf";

pub(super) const CHECK: &str = r"Prints each rule that is broken, with its place. Takes no lock; users go on
meanwhile.

Exit codes:
  0  every rule holds, or there is no namespace yet
  1  a rule is broken
  2  error

Examples:
  $ intersync check
  $ intersync check --json";

pub(super) const DOCTOR: &str = r"Looks at the kernel, at the place of the namespaces and who may use them, at
their space and tables, at the attached processes and at known risks, and says
what to do about each.

Exit codes:
  0  all is well
  1  it works, with the risks named
  2  it does not work, or an error

Examples:
  $ intersync doctor
  $ intersync doctor --json";

pub(super) const PROVISION: &str = r"Makes the directory and the file of the names that begin with `Global\`, below
$INTERSYNC_DIR, else /run/intersync (which is made too), for root and the
members of the group. What is there already is repaired: owner, group and modes.
It can be given to another group while nobody uses it.

The members of the group trust each other: each can use, and break, all objects
in it. It is gone at the next boot, as everything on a tmpfs; what makes it again
is printed, as files for systemd-tmpfiles and systemd.

Exit codes:
  0  it is as it should be
  2  error; the message says what is in the way

Examples:
  $ intersync provision --group intersync
  $ intersync provision --group 1500 --print";

pub(super) const DEMO: &str = r"Starts worker processes that share a mutex, a semaphore, events and a periodic
timer by name, kills one with SIGKILL while it owns the mutex, and checks
everything that follows. Takes some seconds. The names are its own and are
gone at the end.

Exit codes:
  0  everything that must happen was seen
  2  something was not, or an error

Examples:
  $ intersync demo
  $ intersync demo --workers 8";

pub(super) const COMPLETIONS: &str = r"Examples:
  $ intersync completions bash > ~/.local/share/bash-completion/completions/intersync
  $ intersync completions zsh > ~/.zfunc/_intersync
  $ intersync completions fish > ~/.config/fish/completions/intersync.fish";

pub(super) const MAN: &str = r"Examples:
  $ intersync man > intersync.1
  $ intersync man run | man -l -";

/// All of the above, for the test that reads their examples.
#[cfg(test)]
pub(super) const ALL: [&str; 23] = [
    COMMAND,
    RUN,
    EXEC,
    DUP,
    CREATE,
    RM,
    SET,
    RESET,
    PULSE,
    RELEASE,
    TIMER,
    TIMER_SET,
    WAIT,
    LS,
    SHOW,
    WHY,
    DEADLOCKS,
    CHECK,
    DOCTOR,
    PROVISION,
    DEMO,
    COMPLETIONS,
    MAN,
];
