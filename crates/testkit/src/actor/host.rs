//! A process of actors: one thread for each, made when it is first spoken to.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::perform::Belongings;
use super::protocol::{Answer, Command, Failure, Message, Order, Reply, Report};

/// Where reports go.
pub type Sink = Arc<dyn Fn(Report) + Send + Sync>;

/// The actors of one process.
pub struct Host {
    actors: HashMap<u32, Player>,
    home: Option<PathBuf>,
    sink: Sink,
}

struct Player {
    thread: Option<(Sender<Command>, JoinHandle<()>)>,
    /// Not the thread's, so that its end closes nothing.
    belongings: Arc<Mutex<Belongings>>,
}

impl Host {
    /// A process without actors. `home`: the base directory of their namespace, if not the default.
    pub fn new(home: Option<PathBuf>, sink: Sink) -> Host {
        Host {
            actors: HashMap::new(),
            home,
            sink,
        }
    }

    /// Has an order carried out. The report comes later.
    pub fn order(&mut self, message: Message) {
        let Message { actor, order } = message;
        match order {
            Order::Perform(command) => self.player(actor).tell(actor, command),
            Order::EndThread => {
                if let Some((commands, thread)) = self.player(actor).thread.take() {
                    drop(commands);
                    // A panic of the thread has been reported as the answer to its command.
                    let _ = thread.join();
                }
                (self.sink)(Report {
                    actor,
                    reply: Ok(Answer::Done),
                });
            }
            Order::ExitProcess => std::process::exit(0),
        }
    }

    fn player(&mut self, actor: u32) -> &mut Player {
        let (home, sink) = (&self.home, &self.sink);
        let player = self.actors.entry(actor).or_insert_with(|| Player {
            thread: None,
            belongings: Arc::new(Mutex::new(Belongings::new(home.clone()))),
        });
        if player.thread.is_none() {
            player.thread = Some(start(actor, Arc::clone(&player.belongings), Arc::clone(sink)));
        }
        player
    }
}

impl Player {
    fn tell(&self, actor: u32, command: Command) {
        let told = self.thread.as_ref().map(|(commands, _)| commands.send(command));
        assert!(
            matches!(told, Some(Ok(()))),
            "actor {actor} takes no more commands"
        );
    }
}

/// Starts the thread of an actor; it ends when nobody can tell it anything any more.
fn start(actor: u32, belongings: Arc<Mutex<Belongings>>, sink: Sink) -> (Sender<Command>, JoinHandle<()>) {
    let (sender, commands) = mpsc::channel::<Command>();
    let perform = move || {
        for command in commands {
            let mut belongings = belongings.lock().unwrap_or_else(PoisonError::into_inner);
            let reply = catch_unwind(AssertUnwindSafe(|| belongings.perform(command)));
            drop(belongings);
            sink(Report {
                actor,
                reply: reply.unwrap_or_else(|panic| panicked(panic.as_ref())),
            });
        }
    };
    let thread = std::thread::Builder::new()
        .name(format!("actor {actor}"))
        .spawn(perform);
    (sender, thread.expect("a thread for an actor"))
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Reply {
    let message = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without a message".to_owned());
    Err(Failure {
        variant: "Panic".to_owned(),
        message,
    })
}

/// Is a process of actors: reads messages from `input` and writes reports to `output`, until the
/// input ends.
///
/// # Errors
/// The input cannot be read or understood.
pub fn serve(input: impl BufRead, output: impl Write + Send + 'static) -> io::Result<()> {
    let output = Mutex::new(output);
    let sink = move |report: Report| {
        let mut line = serde_json::to_vec(&report).unwrap_or_default();
        line.push(b'\n');
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        // If the test is gone there is nobody to tell, and the input ends too.
        let _ = output.write_all(&line).and_then(|()| output.flush());
    };
    let mut host = Host::new(None, Arc::new(sink));
    for line in input.lines() {
        host.order(serde_json::from_str(&line?)?);
    }
    Ok(())
}
