//! Ten thousand random rounds of creating, inheriting, forking, duplicating, closing and killing, with up to 32 processes at a
//! time, in Rust and in C: at the end nothing is left.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use fastrand::Rng;
use intersync::inspect::TableInfo;
use testkit::c_program::CProgram;
use testkit::scratch::Scratch;
use testkit::sharer::Sharer;

/// Rounds in all.
const ROUNDS: u32 = 10_000;
/// Who plays at the same time, each with processes of its own.
const PLAYERS: usize = 4;
/// Processes that a player starts itself; each of them starts others.
const ROOTS: usize = 2;
/// The most children of one of them at a time: 32 processes in all.
const CHILDREN: u32 = 3;
/// What an answer may be besides a number: everything else is a failure.
const FINE: [&str; 23] = [
    "done",
    "true",
    "false",
    "timed",
    "signaled",
    "abandoned",
    "nothing",
    "no",
    "InvalidHandle",
    "InvalidArgument",
    "InheritanceLost",
    "NotFound",
    "WrongKind",
    "AccessDenied",
    "Protected",
    "Claimed",
    "NotOwner",
    "OverMaximum",
    "Forked",
    "NoSuchProcess",
    "NotAttached",
    "closed",
    "1:",
];

/// The language of a player's processes.
#[derive(Clone, Copy)]
enum Tongue<'a> {
    Rust,
    /// This program.
    C(&'a Path),
}

impl Tongue<'_> {
    fn start(self, scratch: &Scratch) -> Sharer {
        match self {
            Tongue::Rust => Sharer::start(env!("CARGO_BIN_EXE_sharer"), scratch),
            Tongue::C(program) => Sharer::start(program, scratch),
        }
    }

    /// Whether there is such a command. The types of Rust that keep handles, reserve them for forked children or prepare to pass
    /// them on have no counterpart in C.
    fn knows(self, command: &str) -> bool {
        let word = command.split(' ').next().unwrap_or_default();
        match self {
            Tongue::Rust => !matches!(word, "poll-any" | "poll-all"),
            Tongue::C(_) => !matches!(
                word,
                "keep"
                    | "drop-kept"
                    | "poll-kept"
                    | "prepare"
                    | "unprepare"
                    | "reserve"
                    | "end-reservation"
                    | "shell-child"
            ),
        }
    }

    /// A command that it knows.
    fn choose(self, rng: &mut Rng, choice: fn(&mut Rng) -> String) -> String {
        loop {
            let command = choice(rng);
            if self.knows(&command) {
                return command;
            }
        }
    }
}

/// A process that a player has started, with what it knows of it.
struct Root {
    sharer: Sharer,
    children: u32,
    living: u32,
}

impl Root {
    fn start(scratch: &Scratch, tongue: Tongue<'_>) -> Root {
        Root {
            sharer: tongue.start(scratch),
            children: 0,
            living: 0,
        }
    }
}

/// Any handle: low values are the likely ones, and what they are does not matter.
fn handle(rng: &mut Rng) -> u32 {
    4 * rng.u32(1..24)
}

/// A command on names and handles.
fn command(rng: &mut Rng) -> String {
    let (one, two, name) = (handle(rng), handle(rng), rng.u32(0..8));
    match rng.u32(0..26) {
        0..4 => format!("event e{name} inherit"),
        4 => "event - inherit".to_owned(),
        5 => format!("mutex m{name}"),
        6 => format!("semaphore s{name} 3"),
        7 => format!("open e{name}"),
        8..12 => format!("close {one}"),
        12 => format!("inherit {one} {}", if rng.bool() { "on" } else { "off" }),
        13 => format!("protect {one} {}", if rng.u32(0..4) == 0 { "on" } else { "off" }),
        14 => format!("duplicate {one} same inherit"),
        15 => format!("duplicate {one} wait"),
        16 => format!("keep e{name}"),
        17 => "drop-kept".to_owned(),
        18 => "poll-kept".to_owned(),
        19 => format!("set {one}"),
        20 => format!("poll {one}"),
        21 => format!("release {one}"),
        22 => format!("same {one} {two}"),
        23 => format!("poll-any {one} {two}"),
        24 => format!("poll-all {one} {two}"),
        _ => ["prepare", "unprepare", "reserve", "end-reservation"][rng.usize(0..4)].to_owned(),
    }
}

/// A command that starts a child.
fn start(rng: &mut Rng) -> String {
    match rng.u32(0..7) {
        0 | 1 => "child".to_owned(),
        2 => "child plain".to_owned(),
        3 => format!("child {}", handle(rng)),
        4 => "shell-child".to_owned(),
        _ => "fork".to_owned(),
    }
}

/// A duplicate between two processes, one of which may have ended.
fn duplicate(rng: &mut Rng, pids: &[AtomicU32]) -> String {
    let other = pids[rng.usize(0..pids.len())].load(Ordering::Relaxed);
    let close = if rng.u32(0..4) == 0 { " close" } else { "" };
    let handle = handle(rng);
    match rng.u32(0..4) {
        0 => format!("pass {other} {handle} 0 same{close}"),
        1 => format!("pass {other} {handle} {other} wait inherit{close}"),
        _ => format!("pass 0 {handle} {other} same inherit{close}"),
    }
}

fn check(line: &str, answer: &str) {
    let fine = answer.parse::<u32>().is_ok() || FINE.iter().any(|word| answer.starts_with(word));
    assert!(fine, "\"{line}\" was answered by \"{answer}\"");
}

fn play(scratch: &Scratch, player: usize, tongue: Tongue<'_>, rounds: &AtomicU32, pids: &[AtomicU32]) {
    let mut rng = Rng::with_seed(player as u64);
    let start_root = |n: usize| {
        let root = Root::start(scratch, tongue);
        pids[player * ROOTS + n].store(root.sharer.process.pid(), Ordering::Relaxed);
        root
    };
    let mut roots: Vec<Root> = (0..ROOTS).map(start_root).collect();
    while rounds.fetch_add(1, Ordering::Relaxed) < ROUNDS {
        let n = rng.usize(0..ROOTS);
        let root = &mut roots[n];
        let line = match rng.u32(0..100) {
            0..6 if root.living < CHILDREN => tongue.choose(&mut rng, start),
            6..9 if root.children > 0 => format!("end {}", rng.u32(0..root.children)),
            9..11 => "stranger".to_owned(),
            11 | 12 => "reap-stranger".to_owned(),
            13 => {
                // With all of its children: they end when their pipes do.
                root.sharer.process.kill_and_reap();
                *root = start_root(n);
                continue;
            }
            14..34 => duplicate(&mut rng, pids),
            34..70 if root.children > 0 => {
                format!(
                    "tell {} {}",
                    rng.u32(0..root.children),
                    tongue.choose(&mut rng, command)
                )
            }
            _ => tongue.choose(&mut rng, command),
        };
        let answer = root.sharer.ask(&line);
        check(&line, &answer);
        match line.split(' ').next() {
            Some("child" | "shell-child" | "fork") if answer.parse::<u32>().is_ok() => {
                root.children += 1;
                root.living += 1;
            }
            Some("end") => root.living = root.living.saturating_sub(1),
            _ => {}
        }
    }
}

/// What is in use of the tables of a namespace in which one process has one event.
fn in_use(scratch: &Scratch) -> Vec<(&'static str, u64)> {
    let mut last = Sharer::start(env!("CARGO_BIN_EXE_sharer"), scratch);
    last.number("event last");
    let used = |table: TableInfo| (table.what, table.used);
    scratch.snapshot().tables.into_iter().map(used).collect()
}

/// Plays, and sees that nothing is left.
fn ten_thousand_rounds(tongues: [Tongue<'_>; PLAYERS]) {
    let fresh = in_use(&Scratch::new());
    let scratch = Scratch::new();
    let rounds = AtomicU32::new(0);
    let pids: Vec<AtomicU32> = (0..PLAYERS * ROOTS).map(|_| AtomicU32::new(0)).collect();
    std::thread::scope(|scope| {
        for (player, tongue) in tongues.into_iter().enumerate() {
            let (scratch, rounds, pids) = (&scratch, &rounds, &pids);
            scope.spawn(move || play(scratch, player, tongue, rounds, pids));
        }
    });
    let mut left = Vec::new();
    let ended = testkit::patience::await_some("everybody has ended", || {
        // Each look takes back what is left of the dead.
        left = in_use(&scratch);
        (left == fresh).then_some(())
    });
    assert_eq!(
        (ended, left),
        (Ok(()), fresh),
        "{:#?}",
        scratch.snapshot().objects
    );
    scratch.audit().expect("a clean audit");
}

#[test]
fn ten_thousand_rounds_leave_nothing() {
    ten_thousand_rounds([Tongue::Rust; PLAYERS]);
}

#[test]
fn ten_thousand_rounds_of_programs_in_c_leave_nothing() {
    let program = CProgram::build("tests/c/sharer.c");
    ten_thousand_rounds([Tongue::C(program.path()); PLAYERS]);
}

#[test]
fn ten_thousand_rounds_of_programs_in_rust_and_in_c_leave_nothing() {
    let program = CProgram::build("tests/c/sharer.c");
    let (rust, c) = (Tongue::Rust, Tongue::C(program.path()));
    ten_thousand_rounds([rust, c, rust, c]);
}
