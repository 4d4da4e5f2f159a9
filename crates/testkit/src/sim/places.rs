//! Names of words, for traces.

use intersync::arena::layout::{Section, block, entry, object, slot, thread};
use intersync::word::claim::{Claim, Target};
use intersync::word::slot::SlotWord;
use intersync::word::state::State;

use super::memory::Memory;

/// What a word is, such as `object 3 STATE`.
pub fn name(memory: &Memory, offset: usize) -> String {
    let (offsets, _) = memory.profile().offsets();
    let section = Section::ALL
        .into_iter()
        .rev()
        .find(|&s| offset >= offsets[s as usize]);
    let Some(section) = section else {
        return format!("header {}", offset / 8);
    };
    let inside = offset - offsets[section as usize];
    let (index, word) = (inside / section.stride(), inside % section.stride() / 8);
    match section {
        Section::Objects => format!("object {index} {}", object_word(word)),
        Section::Threads => format!("thread {index} {}", thread_word(word)),
        Section::Slots => format!("slot {index} {}", slot_word(word)),
        Section::Segments => {
            let names = ["LINKS", "MEMBER", "INFO", "WAIT"];
            format!(
                "block {} {}",
                index * intersync::limits::SEGMENT_BLOCKS + word / block::WORDS,
                names[word % block::WORDS]
            )
        }
        Section::Chunks => format!(
            "entry {} word {}",
            index * intersync::limits::CHUNK_ENTRIES + word / entry::WORDS,
            word % entry::WORDS
        ),
        _ => format!("{} {index} word {word}", section.name()),
    }
}

/// A value as its place means it.
pub fn value(place: &str, value: u64) -> String {
    if place.ends_with("STATE") {
        let s = State(value);
        let flags = [
            (s.contended(), 'c'),
            (s.waiters(), 'w'),
            (s.wait_all(), 'a'),
            (s.condemned(), 'x'),
        ];
        let flags: String = flags.iter().filter(|f| f.0).map(|f| f.1).collect();
        return format!(
            "{{locker {} {flags} g{} value {:#x}}}",
            s.locker(),
            s.generation(),
            s.value()
        );
    }
    if place.contains("CLAIM") {
        let c = Claim(value);
        let phase = c.phase().map_or("?".to_owned(), |p| format!("{p:?}"));
        return format!(
            "{{{phase} seq {} index {} granter {} flags {}{}}}",
            c.seq(),
            c.index(),
            c.granter(),
            u8::from(c.abandoned()),
            u8::from(c.pulse())
        );
    }
    if place.ends_with("TARGET") {
        let t = Target(value);
        return if t.present() {
            format!(
                "{{t {} ctx {} index {} seq {}}}",
                t.thread(),
                t.context(),
                t.index(),
                t.seq()
            )
        } else {
            "{none}".to_owned()
        };
    }
    if place.starts_with("slot") && place.ends_with("WORD") {
        let w = SlotWord(value);
        return format!("{{{:?} reaper {} nonce {}}}", w.life(), w.reaper(), w.nonce());
    }
    format!("{value:#x}")
}

fn object_word(word: usize) -> &'static str {
    const NAMES: [&str; object::WORDS] = [
        "STATE",
        "META",
        "HANDLES",
        "QUEUE",
        "QUEUED",
        "TICKET",
        "RUNNING",
        "NEXT",
        "FIRST",
        "SECOND",
        "NEW_FIRST",
        "NEW_SECOND",
        "NAME",
        "CHAIN",
        "BORN",
        "HOLDER",
    ];
    NAMES[word]
}

fn thread_word(word: usize) -> String {
    let named = match word {
        thread::BELONGS => "BELONGS",
        thread::TID => "TID",
        thread::JOURNAL => "JOURNAL",
        thread::TARGET => "TARGET",
        thread::PRIMARY => "PRIMARY",
        thread::ARGUMENT => "ARGUMENT",
        thread::ARGUMENT2 => "ARGUMENT2",
        thread::OWNED_OVERFLOW => "OWNED_OVERFLOW",
        _ => "",
    };
    if !named.is_empty() {
        return named.to_owned();
    }
    match word {
        w if w < thread::OBJECTS => format!("OWNED[{}]", w - thread::OWNED_LIST),
        w if w < thread::CONTEXT => format!("OBJECTS[{}]", w - thread::OBJECTS),
        w => {
            let (context, field) = (
                (w - thread::CONTEXT) / thread::CONTEXT_WORDS,
                (w - thread::CONTEXT) % thread::CONTEXT_WORDS,
            );
            match field {
                thread::CLAIM => format!("context {context} CLAIM"),
                thread::SHAPE => format!("context {context} SHAPE"),
                _ => format!("context {context} SEGMENT[{}]", field - thread::SEGMENT),
            }
        }
    }
}

fn slot_word(word: usize) -> String {
    match word {
        slot::WORD => "WORD".to_owned(),
        slot::LIFELINE => "LIFELINE".to_owned(),
        slot::POKE => "POKE".to_owned(),
        slot::RAISED => "RAISED".to_owned(),
        slot::SLEEPERS => "SLEEPERS".to_owned(),
        slot::CHUNKS => "CHUNKS".to_owned(),
        w => format!("word {w}"),
    }
}
