//! The process's side.

use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Command, Stdio};

use intersync::{
    Access, DuplicateOptions, Error, Event, ForkReservation, Handle, HandleFlags, InheritHandles,
    Inheritance, Kind, Launch, Location, Mutex, Namespace, Object, Outcome, Party, Process, RawHandle, Reset,
    Semaphore, Suspended, Timeout, Waitable, wait_any,
};

use super::Sharer;

/// What a process has besides its handles.
#[derive(Default)]
pub(super) struct State {
    children: Vec<Sharer>,
    others: Vec<std::process::Child>,
    prepared: Option<Inheritance>,
    reservation: Option<ForkReservation>,
    held: Vec<Suspended>,
    /// Objects kept as values: the handles they own are claimed.
    kept: Vec<Object>,
}

/// Does what the lines of standard input say, until they end.
pub fn serve() {
    serve_on(BufReader::new(stdin()), &mut stdout(), &mut State::default());
}

/// Does what the lines of `orders` say, until they end.
pub(super) fn serve_on(mut orders: impl BufRead, answers: &mut impl Write, state: &mut State) {
    let mut line = String::new();
    while orders.read_line(&mut line).is_ok_and(|read| read != 0) {
        let answer = answer_to(state, line.trim_end());
        if writeln!(answers, "{answer}")
            .and_then(|()| answers.flush())
            .is_err()
        {
            return;
        }
        line.clear();
    }
}

/// Does what a line says.
pub(super) fn answer_to(state: &mut State, line: &str) -> String {
    perform(state, line).unwrap_or_else(|error| name_of(&error))
}

impl State {
    /// A forked child has no children, and must not end those of its parent.
    pub(super) fn forget_children(&mut self) {
        std::mem::take(&mut self.children)
            .into_iter()
            .for_each(Sharer::abandon);
        for mut other in std::mem::take(&mut self.others) {
            drop((other.stdin.take(), other.stdout.take()));
            std::mem::forget(other);
        }
    }
}

/// Sets the event behind a handle; the exit code.
pub fn set_and_leave(handle: &str) -> i32 {
    let set = || Event::from_raw(raw(handle)?)?.set();
    i32::from(set().is_err())
}

/// The name of an error's variant.
fn name_of(error: &Error) -> String {
    let shown = format!("{error:?}");
    let end = shown.find(|c: char| !c.is_alphanumeric()).unwrap_or(shown.len());
    shown[..end].to_owned()
}

fn raw(text: &str) -> Result<RawHandle, Error> {
    text.parse()
}

fn told(outcome: Outcome) -> String {
    match outcome {
        Outcome::Signaled { index } => format!("signaled {index}"),
        Outcome::Abandoned { index } => format!("abandoned {index}"),
        Outcome::TimedOut => "timed out".to_owned(),
    }
}

fn done() -> String {
    "done".to_owned()
}

fn perform(state: &mut State, line: &str) -> Result<String, Error> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["event", name, ref flags @ ..] => {
            let options = Event::options()
                .reset(Reset::Manual)
                .inheritable(flags.contains(&"inherit"));
            let options = match flags.iter().find_map(|f| f.strip_prefix("access=")) {
                Some(mask) => options.access(access(mask)?),
                None => options,
            };
            let options = match flags.iter().find_map(|f| f.strip_prefix("mode=")) {
                Some(mode) => options.mode(u16::from_str_radix(mode, 8).unwrap_or(u16::MAX)),
                None => options,
            };
            let event = match name {
                "-" => options.unnamed()?,
                name if flags.contains(&"open") => options.open(name)?,
                name => options.create(name)?.object,
            };
            Ok(event.into_raw()?.to_string())
        }
        ["mutex", name] => Ok(Mutex::options()
            .inheritable(true)
            .create(name)?
            .object
            .into_raw()?
            .to_string()),
        ["semaphore", name, count] => {
            let count = count.parse().unwrap_or(0);
            let semaphore = Semaphore::options()
                .inheritable(true)
                .permits(count, count)
                .create(name)?;
            Ok(semaphore.object.into_raw()?.to_string())
        }
        ["open", name] => Ok(Object::open(name)?.into_raw()?.to_string()),
        ["keep", name] => {
            let object = Object::open(name)?;
            let value = object.as_raw()?.to_string();
            state.kept.push(object);
            Ok(value)
        }
        ["drop-kept"] => {
            state.kept.clear();
            Ok(done())
        }
        ["poll-kept"] => match &state.kept[..] {
            [] => Ok("nothing".to_owned()),
            kept => {
                let list: Vec<&dyn Waitable> = kept.iter().map(|o| o as &dyn Waitable).collect();
                wait_any(&list, Timeout::ZERO).map(told)
            }
        },
        // By the value, as a program in C would: what was looked up is remembered.
        ["poll", handle] => raw(handle)?.wait(Timeout::ZERO).map(told),
        ["wait", handle] => raw(handle)?.wait(Timeout::INFINITE).map(told),
        ["set", handle] => match raw(handle)?.kind()? {
            Kind::Event => raw(handle)?.set_event().map(|()| done()),
            _ => Ok("no event".to_owned()),
        },
        ["reset", handle] => match raw(handle)?.kind()? {
            Kind::Event => raw(handle)?.reset_event().map(|()| done()),
            _ => Ok("no event".to_owned()),
        },
        ["release", handle] => match raw(handle)?.kind()? {
            Kind::Mutex => raw(handle)?.release_mutex().map(|()| done()),
            Kind::Semaphore => raw(handle)?.release_semaphore(1).map(|_| done()),
            _ => Ok("nothing to release".to_owned()),
        },
        _ => handles(state, &words),
    }
}

/// A mask by the names of its rights, or as a number.
fn access(text: &str) -> Result<Access, Error> {
    text.split('|').try_fold(Access::empty(), |mask, word| {
        Ok(mask
            | match word {
                "query" => Access::QUERY,
                "modify" => Access::MODIFY,
                "wait" => Access::WAIT,
                "none" => Access::empty(),
                "maximum" => Access::MAXIMUM,
                number => Access::from_bits_retain(number.parse().unwrap_or(u32::MAX)),
            })
    })
}

fn handles(state: &mut State, words: &[&str]) -> Result<String, Error> {
    match *words {
        ["close", handle] => raw(handle)?.close().map(|()| done()),
        ["flags", handle] => Ok(raw(handle)?.flags()?.bits().to_string()),
        ["access", handle] => Ok(raw(handle)?.access()?.to_string()),
        ["inherit", handle, on] => {
            let flags = HandleFlags::INHERIT;
            let wanted = if on == "on" { flags } else { HandleFlags::empty() };
            raw(handle)?.set_flags(flags, wanted).map(|()| done())
        }
        ["protect", handle, on] => {
            let flags = HandleFlags::PROTECT_FROM_CLOSE;
            let wanted = if on == "on" { flags } else { HandleFlags::empty() };
            raw(handle)?.set_flags(flags, wanted).map(|()| done())
        }
        ["same", one, two] => Ok(raw(one)?.is_same_object(raw(two)?)?.to_string()),
        ["duplicate", handle, mask, ref flags @ ..] => {
            let rights = if mask == "same" { None } else { Some(access(mask)?) };
            let made = raw(handle)?.duplicate(rights, flags.contains(&"inherit"))?;
            Ok(made.to_string())
        }
        // A handle of a process, for a process: 0 is this one, - is nobody.
        ["pass", source, handle, target, mask, ref flags @ ..] => {
            let open = |pid: &str| match pid {
                "0" | "-" => Ok(None),
                pid => Process::open(pid.parse().unwrap_or(0)).map(Some),
            };
            let (from, to) = (open(source)?, open(target)?);
            let options = DuplicateOptions::new()
                .inheritable(flags.contains(&"inherit"))
                .close_source(flags.contains(&"close"));
            let options = if mask == "same" {
                options
            } else {
                options.access(access(mask)?)
            };
            let from = from.as_ref().map_or(Party::This, Party::Process);
            let to = match target {
                "-" => None,
                _ => Some(to.as_ref().map_or(Party::This, Party::Process)),
            };
            let made = intersync::duplicate(from, raw(handle)?, to, options)?;
            Ok(made.map_or_else(|| "closed".to_owned(), |made| made.to_string()))
        }
        ["provision", group] => intersync::provision::provision(group.parse().unwrap_or(0)).map(|_| done()),
        ["permanent", name, on] => {
            let scope = if name.starts_with("Global\\") {
                Location::Global
            } else {
                Location::Local
            };
            Namespace::open(&scope)?
                .set_permanent(name, on == "on")
                .map(|()| done())
        }
        ["pid"] => Ok(std::process::id().to_string()),
        ["environment", name] => Ok(std::env::var(name).unwrap_or_else(|_| "-".to_owned())),
        ["reserve"] => {
            state.reservation = Some(ForkReservation::new()?);
            Ok(done())
        }
        ["end-reservation"] => {
            state.reservation = None;
            Ok(done())
        }
        _ => children(state, words),
    }
}

fn children(state: &mut State, words: &[&str]) -> Result<String, Error> {
    match *words {
        // A child like this one, which inherits everything that may be, or only these handles, or nothing.
        ["child", ref only @ ..] => {
            let mut command = this_program();
            let child = match only {
                ["plain"] => Ok(command.spawn().expect("a child")),
                [] => command.spawn_inheriting(),
                list => {
                    let list = list.iter().map(|h| raw(h)).collect::<Result<Vec<_>, _>>()?;
                    command.spawn_inheriting_only(&list)
                }
            }?;
            state.children.push(Sharer::of(child));
            Ok((state.children.len() - 1).to_string())
        }
        // A child that is started by the plain spawn of a prepared inheritance.
        ["spawn-child", marker] => {
            let prepared = Inheritance::prepare()?;
            let program = std::env::current_exe().expect("this program");
            let pid = prepared.spawn(program, &["leave".as_ref(), marker.as_ref()])?;
            let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a pid"));
            drop(prepared);
            let status = nix::sys::wait::waitpid(pid, None).expect("a child to wait for");
            Ok(format!("{status:?}"))
        }
        // A child that never becomes its program.
        ["hold"] => {
            let (launched, suspended) = Launch::new("/bin/true").start_suspended(&Inheritance::none())?;
            state.held.push(suspended);
            Ok(launched.process.id().to_string())
        }
        // This process goes on as the same program anew, without inheritance.
        ["exec"] => {
            let error = std::os::unix::process::CommandExt::exec(&mut Command::new("/proc/self/exe"));
            Ok(error.to_string())
        }
        // A child of a shell.
        ["shell-child"] => {
            let program = std::env::current_exe().expect("this program");
            let mut command = Command::new("sh");
            command.args(["-c", "true; \"$0\"; true"]).arg(program);
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            state.children.push(Sharer::of(command.spawn_inheriting()?));
            Ok((state.children.len() - 1).to_string())
        }
        // A child of a launcher that closes every descriptor it does not know.
        ["closing-child"] => {
            let program = std::env::current_exe().expect("this program");
            let closing = "import os,sys; os.closerange(3, 4096); os.execv(sys.argv[1], sys.argv[1:])";
            let mut command = Command::new("python3");
            command.args(["-c", closing]).arg(program);
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            state.children.push(Sharer::of(command.spawn_inheriting()?));
            Ok((state.children.len() - 1).to_string())
        }
        // A child that never uses the library, and one that has such a child and ends.
        ["stranger", ref how @ ..] => {
            let mut command = match how {
                ["daemon"] => {
                    let mut command = Command::new("sh");
                    command.args(["-c", "exec 3<&0; cat <&3 >/dev/null & echo $!"]);
                    command
                }
                _ => {
                    let mut command = Command::new("cat");
                    command.arg("-");
                    command
                }
            };
            // It ends with this process at the latest.
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn_inheriting()?;
            let mut pid = child.id();
            if let (["daemon"], Some(out)) = (how, child.stdout.take()) {
                let mut line = String::new();
                BufReader::new(out).read_line(&mut line).expect("a pid");
                pid = line.trim().parse().expect("a pid");
            }
            state.others.push(child);
            Ok(pid.to_string())
        }
        ["reap-stranger"] => {
            for mut other in state.others.drain(..) {
                let _ = other.kill();
                let _ = other.wait();
            }
            Ok(done())
        }
        ["fork"] => {
            let child = super::forking::fork_sharer(state).expect("a fork");
            state.children.push(child);
            Ok((state.children.len() - 1).to_string())
        }
        ["fork-orphan", file, ref rest @ ..] => {
            let child = super::forking::fork_orphan(state, file.as_ref(), &rest.join(" "));
            Ok(child.expect("a fork").to_string())
        }
        ["prepare"] => {
            let prepared = Inheritance::prepare()?;
            let value = prepared.variable().1.to_owned();
            state.prepared = Some(prepared);
            Ok(value)
        }
        ["unprepare"] => {
            state.prepared = None;
            Ok(done())
        }
        // A child with this variable that got no descriptor.
        ["forged-child", variable] => {
            let child = this_program()
                .env("INTERSYNC_INHERIT", variable)
                .spawn()
                .expect("a child");
            state.children.push(Sharer::of(child));
            Ok((state.children.len() - 1).to_string())
        }
        ["tell", child, ref rest @ ..] => {
            let child = child.parse().ok().and_then(|n: usize| state.children.get_mut(n));
            let asked = child.and_then(|child| child.ask_if_there(&rest.join(" ")));
            Ok(asked.unwrap_or_else(|| "no such child".to_owned()))
        }
        ["end", child] => {
            let child = child.parse().ok().and_then(|n: usize| state.children.get_mut(n));
            if let Some(child) = child.filter(|c| !c.process.has_ended()) {
                child.process.kill_and_reap();
            }
            Ok(done())
        }
        _ => Ok(format!("what is \"{}\"?", words.join(" "))),
    }
}

/// Another one like this.
fn this_program() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}
