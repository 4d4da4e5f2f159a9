//! The commands, carried out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use intersync::{
    Event, Kind, Location, Mutex, Namespace, Object, Outcome, Process, Semaphore, Thread, Timer, Waitable,
    signal_and_wait, wait_all, wait_any,
};

use super::protocol::{
    Answer, Command, CreateOptions, Exit, Failure, KindName, Reply, Sort, State, is_manual, reset_of,
    timeout_of,
};

/// Options for the namespace that a command names. The kinds have no trait in common that could say this.
macro_rules! placed {
    ($actor:expr, $options:expr, $at:expr) => {
        match $actor.namespace($at)? {
            Some(namespace) => $options.namespace(&namespace),
            None => $options,
        }
    };
}

/// Creates an object; gives it, and whether it existed already.
macro_rules! make {
    ($actor:expr, $options:expr, $name:expr, $how:expr, $wrap:expr) => {{
        let options = placed!($actor, $options, $how.at.as_deref()).permanent($how.permanent);
        match $name {
            None => ($wrap(options.unnamed()?), false),
            Some(name) if $how.new => ($wrap(options.create_new(name)?), false),
            Some(name) => {
                let created = options.create(name)?;
                ($wrap(created.object), created.already_existed)
            }
        }
    }};
}

/// What an actor has: its handles, and the namespace it works in.
#[derive(Debug, Default)]
pub struct Belongings {
    handles: HashMap<String, Object>,
    /// `None`: the one that the environment and a name's prefix say.
    home: Option<PathBuf>,
}

impl Belongings {
    /// Nothing yet, but a namespace.
    pub fn new(home: Option<PathBuf>) -> Belongings {
        Belongings {
            handles: HashMap::new(),
            home,
        }
    }

    fn get(&self, handle: &str) -> Result<&Object, Failure> {
        self.handles
            .get(handle)
            .ok_or_else(|| misuse(format!("no handle \"{handle}\"")))
    }

    fn list(&self, handles: &[String]) -> Result<Vec<&dyn Waitable>, Failure> {
        handles
            .iter()
            .map(|handle| self.get(handle).map(|object| object as &dyn Waitable))
            .collect()
    }

    fn namespace(&self, at: Option<&Path>) -> Result<Option<Namespace>, Failure> {
        let Some(base) = at.or(self.home.as_deref()) else {
            return Ok(None);
        };
        Ok(Some(Namespace::open(&Location::Under(base.to_owned()))?))
    }

    fn keep(&mut self, handle: &str, object: Object) {
        self.handles.insert(handle.to_owned(), object);
    }

    fn create(&mut self, handle: &str, name: Option<&str>, sort: Sort, how: &CreateOptions) -> Reply {
        let (object, already_existed) = match sort {
            Sort::Event { manual, signaled } => {
                let options = Event::options().reset(reset_of(manual)).signaled(signaled);
                make!(self, options, name, how, Object::Event)
            }
            Sort::Mutex { owned } => {
                make!(self, Mutex::options().owned(owned), name, how, Object::Mutex)
            }
            Sort::Semaphore {
                initial,
                maximum,
                give_back,
            } => {
                let options = Semaphore::options()
                    .permits(initial, maximum)
                    .give_back(give_back);
                make!(self, options, name, how, Object::Semaphore)
            }
            Sort::Timer { manual } => {
                make!(
                    self,
                    Timer::options().reset(reset_of(manual)),
                    name,
                    how,
                    Object::Timer
                )
            }
        };
        self.keep(handle, object);
        Ok(Answer::Created { already_existed })
    }

    fn open(&mut self, handle: &str, name: &str, kind: KindName, at: Option<&Path>) -> Reply {
        let object = match kind {
            KindName::Event => Object::Event(placed!(self, Event::options(), at).open(name)?),
            KindName::Mutex => Object::Mutex(placed!(self, Mutex::options(), at).open(name)?),
            KindName::Semaphore => Object::Semaphore(placed!(self, Semaphore::options(), at).open(name)?),
            KindName::Timer => Object::Timer(placed!(self, Timer::options(), at).open(name)?),
            KindName::Process | KindName::Thread => {
                return Err(misuse(format!("no process or thread has the name \"{name}\"")));
            }
        };
        self.keep(handle, object);
        Ok(Answer::Done)
    }

    fn open_process(&mut self, handle: &str, pid: u32) -> Reply {
        let process = match self.namespace(None)? {
            Some(namespace) => Process::open_in(&namespace, pid)?,
            None => Process::open(pid)?,
        };
        self.keep(handle, Object::Process(process));
        Ok(Answer::Done)
    }

    fn open_thread(&mut self, handle: &str, pid: u32, tid: u32) -> Reply {
        let thread = match self.namespace(None)? {
            Some(namespace) => Thread::open_in(&namespace, pid, tid)?,
            None => Thread::open(pid, tid)?,
        };
        self.keep(handle, Object::Thread(thread));
        Ok(Answer::Done)
    }

    fn set_permanent(&self, name: &str, permanent: bool, at: Option<&Path>) -> Reply {
        let namespace = match self.namespace(at)? {
            Some(namespace) => namespace,
            None => Namespace::open(&Location::Local)?,
        };
        namespace.set_permanent(name, permanent)?;
        Ok(Answer::Done)
    }

    /// Carries out one command.
    pub fn perform(&mut self, command: Command) -> Reply {
        match command {
            Command::Identify => {
                let tid = nix::unistd::gettid().as_raw().unsigned_abs();
                Ok(Answer::Identity {
                    pid: std::process::id(),
                    tid,
                })
            }
            Command::Create {
                handle,
                name,
                sort,
                options,
            } => self.create(&handle, name.as_deref(), sort, &options),
            Command::Open {
                handle,
                name,
                kind,
                at,
            } => self.open(&handle, &name, kind, at.as_deref()),
            Command::OpenAny { handle, name, at } => {
                let object = match self.namespace(at.as_deref())? {
                    Some(namespace) => Object::open_in(&namespace, &name)?,
                    None => Object::open(&name)?,
                };
                self.keep(&handle, object);
                Ok(Answer::Done)
            }
            Command::SetPermanent { name, permanent, at } => {
                self.set_permanent(&name, permanent, at.as_deref())
            }
            Command::Clone { handle, copy } => {
                let object = self.get(&handle)?.clone();
                self.keep(&copy, object);
                Ok(Answer::Done)
            }
            Command::Close { handle } => match self.handles.remove(&handle) {
                Some(_closed) => Ok(Answer::Done),
                None => Err(misuse(format!("no handle \"{handle}\""))),
            },
            Command::OpenProcess { handle, pid } => self.open_process(&handle, pid),
            Command::OpenThread { handle, pid, tid } => self.open_thread(&handle, pid, tid),
            call => self.call(call),
        }
    }

    /// Carries out a command on open handles.
    fn call(&self, command: Command) -> Reply {
        match command {
            Command::Set { handle } => done(self.event(&handle)?.set()),
            Command::Reset { handle } => done(self.event(&handle)?.reset()),
            Command::Pulse { handle } => done(self.event(&handle)?.pulse()),
            Command::ReleaseMutex { handle } => match self.get(&handle)? {
                Object::Mutex(mutex) => done(mutex.release()),
                other => Err(wrong_kind(&handle, other)),
            },
            Command::ReleaseSemaphore { handle, count } => match self.get(&handle)? {
                Object::Semaphore(semaphore) => Ok(Answer::Previous {
                    count: semaphore.release(count)?,
                }),
                other => Err(wrong_kind(&handle, other)),
            },
            Command::SetTimer { handle, due, period } => done(self.timer(&handle)?.set(due.into(), period)),
            Command::SetTimerCalling { handle, due, period } => {
                done(self.timer(&handle)?.set_calling(due.into(), period, |_| {}))
            }
            Command::CancelTimer { handle } => done(self.timer(&handle)?.cancel()),
            Command::WaitOne { handle, timeout } => ended(self.get(&handle)?.wait(timeout_of(timeout))),
            Command::WaitAny { handles, timeout } => {
                ended(wait_any(&self.list(&handles)?, timeout_of(timeout)))
            }
            Command::WaitAll { handles, timeout } => {
                ended(wait_all(&self.list(&handles)?, timeout_of(timeout)))
            }
            Command::SignalAndWait {
                signal,
                wait,
                timeout,
            } => ended(signal_and_wait(
                self.get(&signal)?,
                self.get(&wait)?,
                timeout_of(timeout),
            )),
            Command::ExitStatus { handle } => match self.get(&handle)? {
                Object::Process(process) => Ok(Answer::Exit(process.exit_status()?.map(Exit::from))),
                other => Err(wrong_kind(&handle, other)),
            },
            Command::State { handle } => Ok(Answer::State(state(self.get(&handle)?)?)),
            other => Err(misuse(format!("{other:?} is not a call on open handles"))),
        }
    }

    fn event(&self, handle: &str) -> Result<&Event, Failure> {
        match self.get(handle)? {
            Object::Event(event) => Ok(event),
            other => Err(wrong_kind(handle, other)),
        }
    }

    fn timer(&self, handle: &str) -> Result<&Timer, Failure> {
        match self.get(handle)? {
            Object::Timer(timer) => Ok(timer),
            other => Err(wrong_kind(handle, other)),
        }
    }
}

fn state(object: &Object) -> Result<State, Failure> {
    Ok(match object {
        Object::Event(event) => {
            let state = event.state()?;
            State::Event {
                manual: is_manual(state.reset),
                signaled: state.signaled,
            }
        }
        Object::Mutex(mutex) => {
            let state = mutex.state()?;
            State::Mutex {
                owned: state.owned,
                owned_by_caller: state.owned_by_caller,
                recursion: state.recursion,
                abandoned: state.abandoned,
            }
        }
        Object::Semaphore(semaphore) => {
            let state = semaphore.state()?;
            State::Semaphore {
                count: state.count,
                maximum: state.maximum,
            }
        }
        Object::Timer(timer) => {
            let state = timer.state()?;
            State::Timer {
                manual: is_manual(state.reset),
                signaled: state.signaled,
                remaining: state.remaining,
                period: state.period,
            }
        }
        Object::Process(process) => State::Process {
            ended: process.has_exited()?,
        },
        Object::Thread(thread) => State::Thread {
            ended: thread.has_ended()?,
        },
        other => return Err(misuse(format!("an object of an unknown kind: {other:?}"))),
    })
}

fn done(result: intersync::Result<()>) -> Reply {
    result?;
    Ok(Answer::Done)
}

fn ended(result: intersync::Result<Outcome>) -> Reply {
    Ok(Answer::Ended(result?))
}

/// A mistake of the test, which no test expects.
fn misuse(message: String) -> Failure {
    Failure {
        variant: "Misuse".to_owned(),
        message,
    }
}

fn wrong_kind(handle: &str, found: &Object) -> Failure {
    let kind: Kind = found.kind();
    misuse(format!("handle \"{handle}\" is a {kind}"))
}
