//! The test's side: telling actors what to do.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::ChildStdin;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use intersync::{Due, Kind, Outcome, Reset, Timeout};

use super::host::Host;
use super::protocol::{
    Answer, Command, CreateOptions, Failure, Message, Order, Reply, Report, Sort, State, is_manual,
};
use crate::patience::BOUND;
use crate::process::{Pipes, Process};
use crate::scratch::Scratch;

type Replies = Arc<Mutex<Vec<Sender<Reply>>>>;

/// Actors that share a process.
#[derive(Clone)]
pub struct Troupe {
    orders: Arc<Mutex<Orders>>,
    replies: Replies,
    child: Option<Arc<Mutex<Process>>>,
}

enum Orders {
    Here(Host),
    Pipe(ChildStdin),
}

impl std::fmt::Debug for Troupe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Troupe")
            .field("child", &self.child)
            .finish_non_exhaustive()
    }
}

fn deliver(replies: &Replies, report: Report) {
    let replies = replies.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(actor) = replies.get(report.actor as usize) {
        // The actor may have been dropped with a command under way.
        let _ = actor.send(report.reply);
    }
}

impl Troupe {
    /// In the test's own process.
    pub fn here(scratch: &Scratch) -> Troupe {
        let replies = Replies::default();
        let sink = Arc::clone(&replies);
        let host = Host::new(
            Some(scratch.base().to_owned()),
            Arc::new(move |report| deliver(&sink, report)),
        );
        Troupe {
            orders: Arc::new(Mutex::new(Orders::Here(host))),
            replies,
            child: None,
        }
    }

    /// In a child process that runs `program`, which must call [`super::serve`].
    ///
    /// # Errors
    /// It cannot be started.
    pub fn child(program: &mut std::process::Command, scratch: &Scratch) -> io::Result<Troupe> {
        let (process, Pipes { stdin, stdout }) =
            Process::spawn(program.env("INTERSYNC_DIR", scratch.base()))?;
        let replies = Replies::default();
        let readers = Arc::clone(&replies);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(report) = serde_json::from_str(&line.unwrap_or_default()) else {
                    break;
                };
                deliver(&readers, report);
            }
            // Nobody will be answered any more: whoever waits for an answer is told so.
            readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        });
        let orders = Arc::new(Mutex::new(Orders::Pipe(stdin)));
        Ok(Troupe {
            orders,
            replies,
            child: Some(Arc::new(Mutex::new(process))),
        })
    }

    /// One more actor of this process.
    pub fn actor(&self) -> Actor {
        let (sender, receiver) = mpsc::channel();
        let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(replies.len()).expect("few actors");
        replies.push(sender);
        Actor {
            troupe: self.clone(),
            number,
            replies: receiver,
        }
    }

    /// Does something to the child process: stop it, continue it, kill it.
    ///
    /// # Panics
    /// If this is not a child process.
    pub fn process<T>(&self, act: impl FnOnce(&mut Process) -> T) -> T {
        let child = self.child.as_ref().expect("actors of a child process");
        act(&mut child.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, message: Message) {
        match &mut *self.orders.lock().unwrap_or_else(PoisonError::into_inner) {
            Orders::Here(host) => host.order(message),
            Orders::Pipe(pipe) => {
                let mut line = serde_json::to_vec(&message).expect("messages can be written");
                line.push(b'\n');
                // If the process is dead the answer says so.
                let _ = pipe.write_all(&line);
            }
        }
    }
}

/// A thread that does what it is told.
#[derive(Debug)]
pub struct Actor {
    troupe: Troupe,
    number: u32,
    replies: Receiver<Reply>,
}

/// A call that an actor is busy with.
#[derive(Debug)]
#[must_use = "the call may still run"]
pub struct Pending<'a> {
    actor: &'a Actor,
}

impl Pending<'_> {
    /// How it ended.
    ///
    /// # Panics
    /// If it does not end within the bound.
    #[track_caller]
    pub fn reply(self) -> Reply {
        self.actor.reply()
    }

    /// How the wait ended.
    ///
    /// # Errors
    /// The wait failed.
    ///
    /// # Panics
    /// If it does not end within the bound, or is no wait.
    #[track_caller]
    pub fn outcome(self) -> Result<Outcome, Failure> {
        outcome(self.reply())
    }
}

#[track_caller]
fn outcome(reply: Reply) -> Result<Outcome, Failure> {
    match reply? {
        Answer::Ended(outcome) => Ok(outcome),
        other => panic!("the answer to a wait is {other:?}"),
    }
}

#[track_caller]
fn done(reply: Reply) -> Result<(), Failure> {
    match reply? {
        Answer::Done => Ok(()),
        other => panic!("the answer to a plain call is {other:?}"),
    }
}

fn strings(handles: &[&str]) -> Vec<String> {
    handles.iter().map(|&handle| handle.to_owned()).collect()
}

impl Actor {
    /// The actors it shares its process with.
    pub fn troupe(&self) -> &Troupe {
        &self.troupe
    }

    fn order(&self, order: Order) {
        self.troupe.tell(Message {
            actor: self.number,
            order,
        });
    }

    #[track_caller]
    fn reply(&self) -> Reply {
        match self.replies.recv_timeout(BOUND) {
            Ok(reply) => reply,
            Err(error) => panic!(
                "actor {} of {:?} does not answer: {error}",
                self.number, self.troupe
            ),
        }
    }

    /// Begins a call and does not wait for its end.
    pub fn begin(&self, command: Command) -> Pending<'_> {
        self.order(Order::Perform(command));
        Pending { actor: self }
    }

    /// Makes a call.
    ///
    /// # Errors
    /// As the call.
    #[track_caller]
    pub fn call(&self, command: Command) -> Reply {
        self.begin(command).reply()
    }

    /// Ends its thread, by returning from it. Its handles stay open; its next command makes it a new thread.
    #[track_caller]
    pub fn end_thread(&self) {
        self.order(Order::EndThread);
        assert_eq!(self.reply(), Ok(Answer::Done));
    }

    /// Ends its process by `exit`, and reaps it.
    #[track_caller]
    pub fn exit_process(&self) {
        self.order(Order::ExitProcess);
        self.troupe.process(Process::reap);
    }

    /// Its process and thread id.
    #[track_caller]
    pub fn identity(&self) -> (u32, u32) {
        match self.call(Command::Identify) {
            Ok(Answer::Identity { pid, tid }) => (pid, tid),
            other => panic!("the answer to who is there is {other:?}"),
        }
    }

    /// The process id of its child process, which it need not be free to tell.
    ///
    /// # Panics
    /// If this is not a child process.
    pub fn child_pid(&self) -> u32 {
        self.troupe.process(|process| process.pid())
    }

    /// Kills its process and reaps it.
    ///
    /// # Panics
    /// If this is not a child process.
    pub fn kill_process(&self) {
        self.troupe.process(Process::kill_and_reap);
    }

    /// Stops its process.
    ///
    /// # Panics
    /// If this is not a child process.
    pub fn stop_process(&self) {
        self.troupe.process(Process::stop);
    }

    /// Lets its process run again.
    ///
    /// # Panics
    /// If this is not a child process.
    pub fn resume_process(&self) {
        self.troupe.process(Process::resume);
    }

    /// Creates an object; the handle gets the object's name. Returns whether it existed.
    #[track_caller]
    pub fn create(&self, name: &str, sort: Sort) -> Result<bool, Failure> {
        self.create_with(name, sort, CreateOptions::default())
    }

    /// Creates an object in a special way.
    #[track_caller]
    pub fn create_with(&self, name: &str, sort: Sort, options: CreateOptions) -> Result<bool, Failure> {
        let (handle, name) = (name.to_owned(), Some(name.to_owned()));
        match self.call(Command::Create {
            handle,
            name,
            sort,
            options,
        })? {
            Answer::Created { already_existed } => Ok(already_existed),
            other => panic!("the answer to a create is {other:?}"),
        }
    }

    /// Creates or opens an event.
    #[track_caller]
    pub fn event(&self, name: &str, reset: Reset, signaled: bool) -> Result<bool, Failure> {
        self.create(
            name,
            Sort::Event {
                manual: is_manual(reset),
                signaled,
            },
        )
    }

    /// Creates or opens a mutex.
    #[track_caller]
    pub fn mutex(&self, name: &str, owned: bool) -> Result<bool, Failure> {
        self.create(name, Sort::Mutex { owned })
    }

    /// Creates or opens a semaphore.
    #[track_caller]
    pub fn semaphore(&self, name: &str, initial: u32, maximum: u32) -> Result<bool, Failure> {
        self.create(
            name,
            Sort::Semaphore {
                initial,
                maximum,
                give_back: false,
            },
        )
    }

    /// Creates or opens a timer.
    #[track_caller]
    pub fn timer(&self, name: &str, reset: Reset) -> Result<bool, Failure> {
        self.create(
            name,
            Sort::Timer {
                manual: is_manual(reset),
            },
        )
    }

    /// Opens an object; the handle gets its name.
    #[track_caller]
    pub fn open(&self, kind: Kind, name: &str) -> Result<(), Failure> {
        self.open_as(name, kind, name, None)
    }

    /// Opens an object under a handle of another name, or in another namespace.
    #[track_caller]
    pub fn open_as(&self, handle: &str, kind: Kind, name: &str, at: Option<&Path>) -> Result<(), Failure> {
        done(self.call(Command::Open {
            handle: handle.to_owned(),
            name: name.to_owned(),
            kind: kind.into(),
            at: at.map(Path::to_owned),
        }))
    }

    /// Opens an object of any kind; the handle gets its name.
    #[track_caller]
    pub fn open_any(&self, name: &str) -> Result<(), Failure> {
        done(self.call(Command::OpenAny {
            handle: name.to_owned(),
            name: name.to_owned(),
            at: None,
        }))
    }

    /// Makes an object permanent or temporary.
    #[track_caller]
    pub fn set_permanent(&self, name: &str, permanent: bool) -> Result<(), Failure> {
        done(self.call(Command::SetPermanent {
            name: name.to_owned(),
            permanent,
            at: None,
        }))
    }

    /// Makes another handle to the same object.
    #[track_caller]
    pub fn copy(&self, handle: &str, copy: &str) -> Result<(), Failure> {
        done(self.call(Command::Clone {
            handle: handle.to_owned(),
            copy: copy.to_owned(),
        }))
    }

    /// Closes a handle.
    #[track_caller]
    pub fn close(&self, handle: &str) -> Result<(), Failure> {
        done(self.call(Command::Close {
            handle: handle.to_owned(),
        }))
    }

    /// Sets an event.
    #[track_caller]
    pub fn set(&self, handle: &str) -> Result<(), Failure> {
        done(self.call(Command::Set {
            handle: handle.to_owned(),
        }))
    }

    /// Resets an event.
    #[track_caller]
    pub fn reset(&self, handle: &str) -> Result<(), Failure> {
        done(self.call(Command::Reset {
            handle: handle.to_owned(),
        }))
    }

    /// Pulses an event.
    #[track_caller]
    pub fn pulse(&self, handle: &str) -> Result<(), Failure> {
        done(self.call(Command::Pulse {
            handle: handle.to_owned(),
        }))
    }

    /// Releases a mutex.
    #[track_caller]
    pub fn release(&self, handle: &str) -> Result<(), Failure> {
        done(self.call(Command::ReleaseMutex {
            handle: handle.to_owned(),
        }))
    }

    /// Releases a semaphore; returns the previous count.
    #[track_caller]
    pub fn release_permits(&self, handle: &str, count: u32) -> Result<u32, Failure> {
        match self.call(Command::ReleaseSemaphore {
            handle: handle.to_owned(),
            count,
        })? {
            Answer::Previous { count } => Ok(count),
            other => panic!("the answer to a release is {other:?}"),
        }
    }

    /// Sets a timer.
    #[track_caller]
    pub fn set_timer(&self, handle: &str, due: Due, period: Option<Duration>) -> Result<(), Failure> {
        done(self.call(Command::SetTimer {
            handle: handle.to_owned(),
            due: due.into(),
            period,
        }))
    }

    /// Cancels a timer.
    #[track_caller]
    pub fn cancel(&self, handle: &str) -> Result<(), Failure> {
        done(self.call(Command::CancelTimer {
            handle: handle.to_owned(),
        }))
    }

    /// Waits for one object.
    #[track_caller]
    pub fn wait(&self, handle: &str, timeout: Timeout) -> Result<Outcome, Failure> {
        self.begin_wait(handle, timeout).outcome()
    }

    /// Waits for one object with time-out zero.
    #[track_caller]
    pub fn poll(&self, handle: &str) -> Result<Outcome, Failure> {
        self.wait(handle, Timeout::ZERO)
    }

    /// Waits for any of several objects.
    #[track_caller]
    pub fn wait_any(&self, handles: &[&str], timeout: Timeout) -> Result<Outcome, Failure> {
        self.begin_wait_any(handles, timeout).outcome()
    }

    /// Waits for all of several objects.
    #[track_caller]
    pub fn wait_all(&self, handles: &[&str], timeout: Timeout) -> Result<Outcome, Failure> {
        self.begin_wait_all(handles, timeout).outcome()
    }

    /// Begins to wait for one object.
    pub fn begin_wait(&self, handle: &str, timeout: Timeout) -> Pending<'_> {
        self.begin(Command::WaitOne {
            handle: handle.to_owned(),
            timeout: timeout.duration(),
        })
    }

    /// Begins to wait for any of several objects.
    pub fn begin_wait_any(&self, handles: &[&str], timeout: Timeout) -> Pending<'_> {
        self.begin(Command::WaitAny {
            handles: strings(handles),
            timeout: timeout.duration(),
        })
    }

    /// Begins to wait for all of several objects.
    pub fn begin_wait_all(&self, handles: &[&str], timeout: Timeout) -> Pending<'_> {
        self.begin(Command::WaitAll {
            handles: strings(handles),
            timeout: timeout.duration(),
        })
    }

    /// Begins to signal one object and wait for another.
    pub fn begin_signal_and_wait(&self, signal: &str, wait: &str, timeout: Timeout) -> Pending<'_> {
        let (signal, wait) = (signal.to_owned(), wait.to_owned());
        self.begin(Command::SignalAndWait {
            signal,
            wait,
            timeout: timeout.duration(),
        })
    }

    /// Signals one object and waits for another.
    #[track_caller]
    pub fn signal_and_wait(&self, signal: &str, wait: &str, timeout: Timeout) -> Result<Outcome, Failure> {
        self.begin_signal_and_wait(signal, wait, timeout).outcome()
    }

    /// The state of an object.
    #[track_caller]
    pub fn state(&self, handle: &str) -> Result<State, Failure> {
        match self.call(Command::State {
            handle: handle.to_owned(),
        })? {
            Answer::State(state) => Ok(state),
            other => panic!("the answer to a state query is {other:?}"),
        }
    }
}
