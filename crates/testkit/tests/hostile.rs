//! Hostile bytes: somebody overwrites words of the shared memory while processes work with it. Every call
//! of theirs returns, with success or a typed error; no process dies, none of their threads panics.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command as Program;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use intersync::arena::Geometry;
use intersync::arena::layout::{
    HEADER_BYTES, SECTIONS, Section, block, cell, entry, header, object, slot, thread,
};
use intersync::inspect;
use intersync::limits::{CHUNK_ENTRIES, CONTEXTS, SEGMENT_BLOCKS};
use intersync::word::claim::{Claim, Target};
use intersync::word::slot::{Belongs, SlotWord};
use intersync::word::state::State as Word;
use testkit::actor::Troupe;
use testkit::prelude::*;
use testkit::scratch::Scratch;

/// How long a call may take, whatever it finds: far above every pause and time-out of the library.
const CALL_BOUND: Duration = Duration::from_secs(10);
/// The time-outs of the waits that are made after an injury.
const WAIT: Timeout = Timeout::from_win32(50);
/// Of the waits that an injury finds under way.
const LONG_WAIT: Timeout = Timeout::from_win32(200);
/// The seed of the random words, unless `INTERSYNC_TEST_SEED` says another: a build must not fail by chance.
const SEED: u64 = 20_251;
/// A thread index beyond every table.
const NOBODY: u16 = 0xfff0;
/// A record index beyond every table, plus one.
const WILD: u64 = 0x00ff_fff0;

/// Says on failure what had been done to the memory.
struct Deed(String);

impl Drop for Deed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the injury was: {}", self.0);
        }
    }
}

/// The shared memory from outside, through its file.
struct Memory {
    file: File,
    geometry: Geometry,
    offset: [u64; SECTIONS],
}

impl Memory {
    fn of(scratch: &Scratch) -> Memory {
        let file = File::options().read(true).write(true).open(scratch.file());
        let file = file.expect("the file of the namespace");
        let length = file.metadata().expect("its size").len();
        let mut bytes = vec![0; HEADER_BYTES];
        file.read_exact_at(&mut bytes, 0).expect("its header");
        let words: Vec<u64> = bytes
            .chunks_exact(8)
            .map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes")))
            .collect();
        let length = usize::try_from(length).expect("a size in memory");
        Memory {
            file,
            geometry: Geometry::read(&words, length).expect("a sound header"),
            offset: std::array::from_fn(|section| words[header::SECTIONS + 2 * section]),
        }
    }

    fn read(&self, at: u64) -> u64 {
        let mut bytes = [0; 8];
        self.file
            .read_exact_at(&mut bytes, at)
            .expect("a word of the file");
        u64::from_le_bytes(bytes)
    }

    fn write(&self, at: u64, value: u64) {
        self.file
            .write_all_at(&value.to_le_bytes(), at)
            .expect("a word of the file");
    }

    fn at(&self, section: Section, record: usize, word: usize) -> u64 {
        self.offset[section as usize] + (record * section.stride() + word * 8) as u64
    }

    fn get(&self, section: Section, record: usize, word: usize) -> u64 {
        self.read(self.at(section, record, word))
    }

    fn put(&self, section: Section, record: usize, word: usize, value: u64) {
        self.write(self.at(section, record, word), value);
    }

    fn header(&self, word: usize) -> u64 {
        self.read(word as u64 * 8)
    }

    fn put_header(&self, word: usize, value: u64) {
        self.write(word as u64 * 8, value);
    }

    /// Records that are backed by memory. Never more than there can be, whatever the header says.
    fn mark(&self, section: Section) -> usize {
        let mark = self.header(header::HIGH_WATER + section as usize) as usize;
        mark.min(self.geometry.capacity(section))
    }

    fn change_state(&self, object: usize, change: impl Fn(Word) -> Word) {
        let word = Word(self.get(Section::Objects, object, object::STATE));
        self.put(Section::Objects, object, object::STATE, change(word).0);
    }

    /// The slot of a process.
    fn slot_of(&self, pid: u32) -> usize {
        (0..self.mark(Section::Slots))
            .find(|&slot| self.get(Section::Slots, slot, slot::PID) == u64::from(pid))
            .expect("an attached process")
    }

    /// The thread records of a process.
    fn threads_of(&self, pid: u32) -> Vec<usize> {
        let slot = self.slot_of(pid);
        let nonce = SlotWord(self.get(Section::Slots, slot, slot::WORD)).nonce();
        let mine = Belongs::to(slot as u16, nonce).0;
        self.threads(|belongs| belongs == mine)
    }

    fn threads(&self, wanted: impl Fn(u64) -> bool) -> Vec<usize> {
        (1..self.mark(Section::Threads))
            .filter(|&record| wanted(self.get(Section::Threads, record, thread::BELONGS)))
            .collect()
    }

    fn free_thread(&self) -> u16 {
        *self
            .threads(|belongs| belongs == 0)
            .last()
            .expect("a free record") as u16
    }

    /// Overwrites every handle entry in use, chunk heads left out.
    fn put_entries(&self, word: usize, value: u64) {
        for chunk in 0..self.mark(Section::Chunks) {
            for number in 1..CHUNK_ENTRIES {
                let at = number * entry::WORDS;
                if self.get(Section::Chunks, chunk, at + entry::OBJECT) != 0 {
                    self.put(Section::Chunks, chunk, at + word, value);
                }
            }
        }
    }

    /// Overwrites a word of every wait block that is in a queue.
    fn put_blocks(&self, word: usize, value: impl Fn(u64) -> u64) {
        for segment in 0..self.mark(Section::Segments) {
            for number in 0..SEGMENT_BLOCKS {
                let at = number * block::WORDS;
                if self.get(Section::Segments, segment, at + block::MEMBER) != 0 {
                    let index = (segment * SEGMENT_BLOCKS + number) as u64;
                    self.put(Section::Segments, segment, at + word, value(index));
                }
            }
        }
    }

    fn put_threads(&self, records: &[usize], word: usize, value: u64) {
        for &record in records {
            self.put(Section::Threads, record, word, value);
        }
    }
}

/// A process with a thread that works, and one that waits when the injury comes.
struct Peer {
    worker: Actor,
    waiter: Actor,
    errors: PathBuf,
}

impl Drop for Peer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = std::fs::read_to_string(&self.errors).unwrap_or_default();
            eprintln!("process {} said: {said}", self.worker.child_pid());
        }
    }
}

/// The objects of every scene. Nobody calls anything but waits with a time-out on "gate".
const SORTS: [(&str, Sort); 6] = [
    (
        "auto",
        Sort::Event {
            manual: false,
            signaled: false,
        },
    ),
    (
        "manual",
        Sort::Event {
            manual: true,
            signaled: true,
        },
    ),
    (
        "gate",
        Sort::Event {
            manual: false,
            signaled: false,
        },
    ),
    ("mutex", Sort::Mutex { owned: false }),
    (
        "semaphore",
        Sort::Semaphore {
            initial: 1,
            maximum: 1000,
            give_back: true,
        },
    ),
    ("timer", Sort::Timer { manual: false }),
];

impl Peer {
    fn start(scratch: &Scratch, name: &str) -> Peer {
        let errors = scratch.base().join(format!("{name}.errors"));
        let stderr = File::create(&errors).expect("a file for what a process says");
        let mut program = Program::new(env!("CARGO_BIN_EXE_actor"));
        let troupe = Troupe::child(program.stderr(stderr), scratch).expect("an actor process");
        Peer {
            worker: troupe.actor(),
            waiter: troupe.actor(),
            errors,
        }
    }

    fn enter(&self) {
        for (name, sort) in SORTS {
            self.worker.create(name, sort).expect("a sound namespace");
            self.waiter.open_any(name).expect("an object that exists");
        }
    }

    /// No thread of it has panicked: not even its keeper, which answers nobody.
    fn check_silence(&self) {
        let said = std::fs::read_to_string(&self.errors).expect("what the process said");
        assert!(!said.contains("panicked"), "a thread of a peer panicked: {said}");
    }

    /// One call that must return; how is not known.
    fn call(worker: &Actor, command: Command, calls: &AtomicUsize) -> bool {
        let shown = format!("{command:?}");
        let start = Instant::now();
        let reply = worker.call(command);
        let took = start.elapsed();
        calls.fetch_add(1, Ordering::Relaxed);
        assert!(took < CALL_BOUND, "{shown} took {took:?} and gave {reply:?}");
        match reply {
            Ok(_) => true,
            Err(failure) => {
                assert_ne!(failure.variant, "Panic", "{shown}: {}", failure.message);
                false
            }
        }
    }

    /// Calls of every sort.
    fn round(worker: &Actor, calls: &AtomicUsize) {
        let handle = |name: &str| name.to_owned();
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let timeout = WAIT.duration();
        let (name, options) = (format!("new of {}", worker.child_pid()), CreateOptions::default());
        let sort = Sort::Event {
            manual: true,
            signaled: false,
        };
        let created = Command::Create {
            handle: handle("new"),
            name: Some(name),
            sort,
            options,
        };
        if Peer::call(worker, created, calls) {
            Peer::call(
                worker,
                Command::Set {
                    handle: handle("new"),
                },
                calls,
            );
            Peer::call(
                worker,
                Command::Close {
                    handle: handle("new"),
                },
                calls,
            );
        }
        for name in ["manual", "gate", "no such object"] {
            let opened = Command::OpenAny {
                handle: handle("again"),
                name: handle(name),
                at: None,
            };
            if Peer::call(worker, opened, calls) {
                Peer::call(
                    worker,
                    Command::Close {
                        handle: handle("again"),
                    },
                    calls,
                );
            }
        }
        Peer::call(
            worker,
            Command::Set {
                handle: handle("auto"),
            },
            calls,
        );
        Peer::call(
            worker,
            Command::Reset {
                handle: handle("manual"),
            },
            calls,
        );
        Peer::call(
            worker,
            Command::Set {
                handle: handle("manual"),
            },
            calls,
        );
        Peer::call(
            worker,
            Command::Pulse {
                handle: handle("auto"),
            },
            calls,
        );
        if Peer::call(
            worker,
            Command::WaitOne {
                handle: handle("mutex"),
                timeout,
            },
            calls,
        ) {
            Peer::call(
                worker,
                Command::ReleaseMutex {
                    handle: handle("mutex"),
                },
                calls,
            );
        }
        Peer::call(
            worker,
            Command::WaitOne {
                handle: handle("gate"),
                timeout,
            },
            calls,
        );
        Peer::call(
            worker,
            Command::WaitAny {
                handles: list(&["gate", "semaphore", "auto"]),
                timeout,
            },
            calls,
        );
        Peer::call(
            worker,
            Command::ReleaseSemaphore {
                handle: handle("semaphore"),
                count: 1,
            },
            calls,
        );
        let due = Due::In(Duration::from_millis(5)).into();
        Peer::call(
            worker,
            Command::SetTimer {
                handle: handle("timer"),
                due,
                period: None,
            },
            calls,
        );
        Peer::call(
            worker,
            Command::WaitAll {
                handles: list(&["manual", "timer", "auto"]),
                timeout,
            },
            calls,
        );
        Peer::call(
            worker,
            Command::CancelTimer {
                handle: handle("timer"),
            },
            calls,
        );
        for (name, _) in SORTS {
            Peer::call(worker, Command::State { handle: handle(name) }, calls);
        }
    }
}

/// Who is in a scene.
struct Cast {
    /// They live through the injury.
    peers: [Peer; 2],
    /// It dies of something else just afterwards.
    victim: Peer,
}

/// A namespace in use, about to be injured.
struct Scene {
    scratch: Scratch,
    memory: Memory,
    /// Where the objects are, in the order of [`SORTS`].
    places: Vec<usize>,
    /// The process ids of the peers, the victim's last.
    pids: [u32; 3],
}

impl Scene {
    fn new() -> (Scene, Cast) {
        let scratch = Scratch::new();
        let peers = ["one", "two"].map(|name| Peer::start(&scratch, name));
        let victim = Peer::start(&scratch, "victim");
        for peer in peers.iter().chain([&victim]) {
            peer.enter();
        }
        assert_eq!(victim.worker.wait("mutex", Timeout::ZERO), SIGNALED);
        let memory = Memory::of(&scratch);
        let place = |name| scratch.object(name).expect("an object of the scene").id as usize;
        let places = SORTS.map(|(name, _)| place(name)).to_vec();
        let pids = [&peers[0], &peers[1], &victim].map(|peer| peer.worker.child_pid());
        let scene = Scene {
            scratch,
            memory,
            places,
            pids,
        };
        (scene, Cast { peers, victim })
    }

    fn place(&self, name: &str) -> usize {
        let number = SORTS.iter().position(|(known, _)| *known == name);
        self.places[number.expect("an object of the scene")]
    }

    fn victims(&self) -> Vec<usize> {
        self.memory.threads_of(self.pids[2])
    }

    fn living(&self) -> usize {
        self.memory.threads_of(self.pids[0])[0]
    }

    /// Lets the processes work, injures the memory under their hands, kills the victim, and sees that
    /// everybody comes through it.
    fn suffer(&self, mut cast: Cast, inflict: impl Fn(&Scene)) {
        let calls = AtomicUsize::new(0);
        let injured = AtomicBool::new(false);
        let [one, two] = &mut cast.peers;
        let waiters = [&one.waiter, &two.waiter, &cast.victim.waiter];
        let waits = waiters.map(|waiter| waiter.begin_wait_any(&["gate", "mutex"], LONG_WAIT));
        self.scratch.until_waiting("gate", 3);
        std::thread::scope(|scope| {
            for worker in [&mut one.worker, &mut two.worker] {
                let (calls, injured) = (&calls, &injured);
                scope.spawn(move || {
                    loop {
                        let last = injured.load(Ordering::SeqCst);
                        Peer::round(worker, calls);
                        if last {
                            break;
                        }
                    }
                });
            }
            until("the peers are at work", || calls.load(Ordering::Relaxed) >= 10);
            inflict(self);
            cast.victim.worker.kill_process();
            injured.store(true, Ordering::SeqCst);
        });
        let [first, second, _of_the_dead] = waits;
        for wait in [first, second] {
            if let Err(failure) = wait.reply() {
                assert_ne!(failure.variant, "Panic", "{}", failure.message);
            }
        }
        self.look();
        let newcomer = Peer::start(&self.scratch, "newcomer");
        Peer::round(&newcomer.worker, &calls);
        for peer in cast.peers.iter().chain([&newcomer]) {
            peer.worker.identity();
            peer.check_silence();
        }
    }

    /// Looking from outside ends too, with whatever it finds.
    fn look(&self) {
        let (done, ended) = mpsc::channel();
        let location = self.scratch.location();
        let looker = std::thread::spawn(move || {
            let _ = (inspect::snapshot(&location), inspect::audit(&location));
            let _ = inspect::wait_graph(&[location]).map(|graph| graph.cycles());
            let _ = done.send(());
        });
        if let Err(error) = ended.recv_timeout(CALL_BOUND) {
            panic!("a look at the namespace does not end: {error}");
        }
        looker.join().expect("no panic");
    }
}

/// What is done to the memory, in words and in deed.
type Injury<'a> = (&'a str, &'a dyn Fn(&Scene));

/// Runs injuries, each in a namespace of its own.
fn injure(injuries: &[Injury<'_>]) {
    for (what, inflict) in injuries {
        injure_once(what, inflict);
    }
}

fn injure_once(what: &str, inflict: impl Fn(&Scene)) {
    let _deed = Deed(what.to_owned());
    let (scene, cast) = Scene::new();
    scene.suffer(cast, inflict);
}

#[test]
fn random_words() {
    let seed = match std::env::var("INTERSYNC_TEST_SEED") {
        Ok(seed) => seed.parse().expect("INTERSYNC_TEST_SEED is a number"),
        Err(_) => SEED,
    };
    for round in 0..10 {
        let seed = seed.wrapping_add(round);
        println!("INTERSYNC_TEST_SEED={seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let script: Vec<[u64; 4]> = (0..60).map(|_| std::array::from_fn(|_| random.u64(..))).collect();
        injure_once(&format!("random words, seed {seed}"), |scene| {
            for &choice in &script {
                scribble(&scene.memory, choice);
            }
        });
    }
}

/// Overwrites one word somewhere below the high-water marks.
fn scribble(memory: &Memory, [section, record, word, value]: [u64; 4]) {
    let section = Section::ALL[(section % SECTIONS as u64) as usize];
    let record = (record % memory.mark(section).max(1) as u64) as usize;
    let words = (section.stride() / 8) as u64;
    let word = ((word >> 8) % words) as usize;
    let old = memory.get(section, record, word);
    let new = match value % 4 {
        0 => value,
        1 => (value >> 2) % 64,
        2 => old ^ 1 << ((value >> 2) % 64),
        _ => u64::MAX,
    };
    // A lock in the name of a living thread is respected as long as that thread lives.
    let forged = usize::from(Word(new).locker());
    let lock = section == Section::Objects && word == object::STATE;
    if !lock || !memory.threads(|belongs| belongs != 0).contains(&forged) {
        memory.put(section, record, word, new);
    }
}

#[test]
fn forged_locks() {
    let lock = |scene: &Scene, holder: u16| {
        for name in ["auto", "manual", "mutex", "timer", "gate"] {
            let at = scene.place(name);
            scene.memory.change_state(at, |word| word.with_locker(holder));
        }
    };
    injure(&[
        ("objects locked by a thread record that is free", &|scene| {
            lock(scene, scene.memory.free_thread());
        }),
        ("objects locked by a thread beyond the table", &|scene| {
            lock(scene, NOBODY)
        }),
        ("objects locked by a thread that dies", &|scene| {
            lock(scene, scene.victims()[0] as u16);
        }),
        (
            "an object locked by a living thread that knows nothing of it",
            &|scene| {
                let holder = scene.living() as u16;
                scene
                    .memory
                    .change_state(scene.place("gate"), |word| word.with_locker(holder));
            },
        ),
        ("the structure locked by a free thread record", &|scene| {
            scene
                .memory
                .put_header(header::STRUCTURE, u64::from(scene.memory.free_thread()));
        }),
        ("the structure locked by a thread beyond the table", &|scene| {
            scene.memory.put_header(header::STRUCTURE, u64::from(NOBODY));
        }),
        ("the structure locked by a thread that dies", &|scene| {
            scene
                .memory
                .put_header(header::STRUCTURE, scene.victims()[0] as u64);
        }),
        ("the structure with every flag and no holder", &|scene| {
            scene.memory.put_header(header::STRUCTURE, u64::MAX << 16);
        }),
    ]);
}

#[test]
fn forged_queues() {
    let put = |scene: &Scene, word: usize, value: u64| {
        scene
            .memory
            .put(Section::Objects, scene.place("gate"), word, value);
    };
    injure(&[
        ("the last ticket", &|scene| {
            put(scene, object::TICKET, u64::MAX);
        }),
        ("every queued block is its own next and previous", &|scene| {
            scene
                .memory
                .put_blocks(block::LINKS, |own| (own + 1) | ((own + 1) << 32));
        }),
        (
            "every queued block leads to its neighbour, in or out of use",
            &|scene| {
                scene
                    .memory
                    .put_blocks(block::LINKS, |own| (own + 2) | (((own ^ 1) + 1) << 32));
            },
        ),
        ("links beyond the table", &|scene| {
            scene.memory.put_blocks(block::LINKS, |_| u64::MAX - 7);
        }),
        ("two objects with the same queue", &|scene| {
            let queue = scene
                .memory
                .get(Section::Objects, scene.place("gate"), object::QUEUE);
            scene
                .memory
                .put(Section::Objects, scene.place("auto"), object::QUEUE, queue);
            let state = |word: Word| word.with_waiters(true).with_wait_all(true);
            scene.memory.change_state(scene.place("auto"), state);
        }),
        ("a queue beyond the table", &|scene| {
            put(scene, object::QUEUE, WILD | WILD << 32)
        }),
        ("a queue that counts wrongly", &|scene| {
            put(scene, object::QUEUED, u64::MAX)
        }),
        ("members of an object beyond the table", &|scene| {
            scene.memory.put_blocks(block::MEMBER, |own| WILD | own << 24);
        }),
        ("blocks of nobody", &|scene| {
            scene.memory.put_blocks(block::INFO, |_| u64::MAX)
        }),
        ("blocks of another wait", &|scene| {
            scene.memory.put_blocks(block::WAIT, |own| own << 7)
        }),
    ]);
}

#[test]
fn forged_threads() {
    let contexts = |scene: &Scene, word: usize, value: &dyn Fn(u64) -> u64| {
        for record in scene.memory.threads(|belongs| belongs != 0) {
            for context in 0..CONTEXTS {
                let at = thread::CONTEXT + context * thread::CONTEXT_WORDS + word;
                let old = scene.memory.get(Section::Threads, record, at);
                scene.memory.put(Section::Threads, record, at, value(old));
            }
        }
    };
    let victim = |scene: &Scene, words: &[(usize, u64)]| {
        for &(word, value) in words {
            scene.memory.put_threads(&scene.victims(), word, value);
        }
    };
    let wild_target = Target(0)
        .with_present(true)
        .with_thread(NOBODY)
        .with_context(3)
        .with_index(2047)
        .0;
    let objects = thread::OBJECTS;
    injure(&[
        ("claims in a phase that is none", &|scene| {
            contexts(scene, thread::CLAIM, &|old| Claim(old).with_phase_code(7).0);
        }),
        (
            "claims granted by nobody, at an index beyond the wait",
            &|scene| {
                contexts(scene, thread::CLAIM, &|old| {
                    Claim(old).granted(2047, true, true, NOBODY).0
                });
            },
        ),
        ("waits with more blocks than there are", &|scene| {
            contexts(scene, thread::SHAPE, &|_| u64::MAX)
        }),
        ("waits with segments beyond the table", &|scene| {
            contexts(scene, thread::SEGMENT, &|_| WILD)
        }),
        ("a dead thread's journal with an unknown step", &|scene| {
            victim(scene, &[(thread::JOURNAL, 0xff)]);
        }),
        ("a dead thread's journal with an unknown operation", &|scene| {
            victim(
                scene,
                &[
                    (thread::JOURNAL, 2 | 0xff << 8 | 0xffff << 16),
                    (thread::PRIMARY, 1),
                ],
            );
        }),
        ("a dead thread's journal of objects beyond the table", &|scene| {
            let head = 2 | 4 << 8 | 2 << 16;
            let wild = [
                thread::PRIMARY,
                thread::ARGUMENT,
                thread::ARGUMENT2,
                objects,
                objects + 1,
            ];
            victim(scene, &wild.map(|word| (word, WILD)));
            victim(scene, &[(thread::JOURNAL, head)]);
        }),
        (
            "a dead thread that was winning a waiter beyond the table",
            &|scene| {
                let at = scene.place("gate") as u64 + 1;
                let words = [
                    (thread::PRIMARY, at),
                    (objects, at),
                    (thread::TARGET, wild_target),
                ];
                victim(scene, &words);
                victim(scene, &[(thread::JOURNAL, 2 | 1 << 16)]);
                let holder = scene.victims()[0] as u16;
                scene
                    .memory
                    .change_state(scene.place("gate"), |word| word.with_locker(holder));
            },
        ),
        ("a dead thread that owned mutexes beyond the table", &|scene| {
            victim(
                scene,
                &[(thread::OWNED_LIST, u64::MAX), (thread::OWNED_OVERFLOW, u64::MAX)],
            );
        }),
        ("thread records of processes beyond the table", &|scene| {
            let all = scene.memory.threads(|belongs| belongs != 0);
            scene.memory.put_threads(&all, thread::BELONGS, u64::MAX);
        }),
    ]);
}

#[test]
fn forged_objects() {
    let everywhere = |scene: &Scene, word: usize, value: u64| {
        for &place in &scene.places {
            scene.memory.put(Section::Objects, place, word, value);
        }
    };
    injure(&[
        ("objects of kind 0", &|scene| everywhere(scene, object::META, 0)),
        ("objects of kind 7", &|scene| everywhere(scene, object::META, 7)),
        ("objects of kind 255 with every flag", &|scene| {
            everywhere(scene, object::META, u64::MAX)
        }),
        (
            "objects with the largest value, condemned and with waiters",
            &|scene| {
                let worst = |word: Word| {
                    let flags = word.with_condemned(true).with_waiters(true).with_wait_all(true);
                    flags.with_contended(true).with_value(u32::MAX)
                };
                for &place in &scene.places {
                    scene.memory.change_state(place, worst);
                }
            },
        ),
        ("objects of another generation", &|scene| {
            let older = |word: Word| word.with_generation(word.generation().wrapping_sub(1) & 0xfff);
            for &place in &scene.places {
                scene.memory.change_state(place, older);
            }
        }),
        ("recursion, maximum and due time all ones", &|scene| {
            for word in [
                object::FIRST,
                object::SECOND,
                object::NEW_FIRST,
                object::NEW_SECOND,
            ] {
                everywhere(scene, word, u64::MAX);
            }
        }),
        ("recursion, maximum and due time the smallest", &|scene| {
            everywhere(scene, object::FIRST, 1 << 63);
            everywhere(scene, object::SECOND, i64::MAX as u64);
        }),
        ("running values of all ones", &|scene| {
            everywhere(scene, object::RUNNING, u64::MAX);
            everywhere(scene, object::NEXT, u64::MAX);
        }),
        ("handle counts of zero", &|scene| {
            everywhere(scene, object::HANDLES, 0)
        }),
        ("handle hints beyond the table", &|scene| {
            everywhere(scene, object::HOLDER, WILD)
        }),
    ]);
}

#[test]
fn forged_directory() {
    injure(&[
        ("name cells in a circle, of names without end", &|scene| {
            for record in 0..scene.memory.mark(Section::Cells) {
                scene
                    .memory
                    .put(Section::Cells, record, cell::NEXT, record as u64 + 1);
            }
            for &place in &scene.places {
                let name = scene.memory.get(Section::Objects, place, object::NAME);
                let name = name & 0xffff_ffff | 0xffff_ffff << 32;
                scene.memory.put(Section::Objects, place, object::NAME, name);
            }
        }),
        ("names beyond the table", &|scene| {
            for &place in &scene.places {
                scene
                    .memory
                    .put(Section::Objects, place, object::NAME, WILD | 5 << 32);
            }
        }),
        ("hash chains in a circle", &|scene| {
            for &place in &scene.places {
                let chain = scene.memory.get(Section::Objects, place, object::CHAIN);
                let chain = chain & !0xffff_ffff | (place as u64 + 1);
                scene.memory.put(Section::Objects, place, object::CHAIN, chain);
            }
        }),
        ("hash buckets beyond the table", &|scene| {
            for bucket in 0..scene.memory.mark(Section::Buckets) {
                scene.memory.put(Section::Buckets, bucket, 0, WILD);
            }
        }),
        ("no hash buckets", &|scene| {
            scene.memory.put_header(header::BUCKETS, 0)
        }),
        ("three hash buckets", &|scene| {
            scene.memory.put_header(header::BUCKETS, 3)
        }),
        ("more hash buckets than there are", &|scene| {
            scene.memory.put_header(header::BUCKETS, 1 << 40)
        }),
        ("free lists beyond the tables", &|scene| {
            scene.memory.put_header(header::FREE_OBJECTS, WILD | WILD << 32);
            scene.memory.put_header(header::FREE_CELLS, WILD);
        }),
        ("free lists that lead to what is in use", &|scene| {
            let place = scene.place("manual") as u64 + 1;
            scene.memory.put_header(header::FREE_OBJECTS, place | place << 32);
            scene.memory.put_header(header::FREE_CELLS, 1);
        }),
        ("counts of all ones", &|scene| {
            for word in [
                header::OBJECTS,
                header::UNCOLLECTED,
                header::CELLS,
                header::HANDLES,
                header::NAMED,
            ] {
                scene.memory.put_header(word, u64::MAX);
            }
        }),
    ]);
}

#[test]
fn forged_handles_and_processes() {
    let slot_word = |scene: &Scene, change: &dyn Fn(SlotWord) -> SlotWord| {
        let at = scene.memory.slot_of(scene.pids[1]);
        let word = SlotWord(scene.memory.get(Section::Slots, at, slot::WORD));
        scene.memory.put(Section::Slots, at, slot::WORD, change(word).0);
    };
    injure(&[
        ("handles to objects beyond the table", &|scene| {
            scene.memory.put_entries(entry::OBJECT, WILD)
        }),
        ("handles to another object, of another generation", &|scene| {
            let other = scene.place("gate") as u64 + 1;
            scene
                .memory
                .put_entries(entry::OBJECT, other | 0xfff << 24 | 0xf << 36);
        }),
        ("handles with every right and all permits", &|scene| {
            scene.memory.put_entries(entry::MASK, u64::MAX);
        }),
        ("handle chunks in a circle", &|scene| {
            for chunk in 0..scene.memory.mark(Section::Chunks) {
                scene
                    .memory
                    .put(Section::Chunks, chunk, entry::MASK, chunk as u64 + 1);
            }
        }),
        ("handle chunks beyond the table", &|scene| {
            for slot in 0..scene.memory.mark(Section::Slots) {
                scene.memory.put(Section::Slots, slot, slot::CHUNKS, WILD);
            }
        }),
        ("a process whose life is none", &|scene| {
            slot_word(scene, &|word| word.with_life_code(77))
        }),
        ("a process of another life: it is fenced", &|scene| {
            slot_word(scene, &|word| word.with_nonce(word.nonce().wrapping_add(1)));
        }),
        ("a process that was reaped: it is fenced", &|scene| {
            slot_word(scene, &SlotWord::zombie)
        }),
        ("a process that nobody reaps", &|scene| {
            slot_word(scene, &|word| word.taken_by(NOBODY))
        }),
        ("block segments of nobody", &|scene| {
            for segment in 0..scene.memory.mark(Section::SegmentOwners) {
                scene.memory.put(Section::SegmentOwners, segment, 0, u64::MAX);
            }
        }),
    ]);
}

#[test]
fn forged_marks() {
    for section in Section::ALL {
        let mark = header::HIGH_WATER + section as usize;
        let what = format!("the high-water mark of {} beyond its section", section.name());
        injure_once(&what, |scene| {
            let beyond = scene.memory.geometry.capacity(section) as u64 + 1;
            scene.memory.put_header(mark, beyond);
        });
    }
    injure(&[("high-water marks of zero", &|scene| {
        for section in Section::ALL {
            scene.memory.put_header(header::HIGH_WATER + section as usize, 0);
        }
    })]);
}
