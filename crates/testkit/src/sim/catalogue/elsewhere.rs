//! What the review found that a simulation of the protocols cannot show, and what shows it instead.

use intersync::host::Rule;

/// What shows that a finding is met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// A test of real processes or of the system itself: its file in this workspace, and its name.
    Test(&'static str, &'static str),
    /// A model, with the definition that takes the fix out.
    Model(&'static str, &'static str),
    /// A document that says so: a limit or a difference that is meant.
    Document(&'static str, &'static str),
    /// It belongs to something that does not exist yet.
    NotBuilt(&'static str),
}

/// A finding that is shown elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The number in the review.
    pub id: &'static str,
    /// What it is about.
    pub what: &'static str,
    /// The rule, if it can be taken out although no search here finds an order that fails then.
    pub rule: Option<Rule>,
    /// What shows it.
    pub proof: Proof,
}

const fn row(id: &'static str, what: &'static str, proof: Proof) -> Row {
    Row {
        id,
        what,
        rule: None,
        proof,
    }
}

const TRAPS: &str = "crates/testkit/tests/traps.rs";
const HOSTILE: &str = "crates/testkit/tests/hostile.rs";
const STEPS: &str = "crates/testkit/tests/kill_steps.rs";
const WAITS: &str = "crates/testkit/tests/semantics_waits.rs";
const LIFE_BYTE: &str = "crates/intersync/src/sys/tests/lifebyte.rs";
const LIFELINE: &str = "crates/intersync/src/sys/tests/lifeline.rs";
const SANDBOX: &str = "crates/intersync/src/sys/tests/sandbox.rs";
const INHERITANCE: &str = "crates/testkit/tests/inheritance.rs";
const FORKING: &str = "crates/testkit/tests/forking.rs";
const PEER: &str = "crates/intersync/src/peer.rs";
const RACE: &str = "crates/intersync/src/sys/tests/race.rs";

use Proof::{Document, Model, NotBuilt, Test};

/// All of them.
pub const ELSEWHERE: &[Row] = &[
    row(
        "C3",
        "the life byte of a big process comes late",
        Test(TRAPS, "the_end_of_a_big_process_abandons_its_mutex"),
    ),
    row(
        "C3",
        "closing all descriptors is no death",
        Test(TRAPS, "closing_all_descriptors_is_no_death"),
    ),
    row(
        "C3",
        "a child made by a raw clone does not keep its parent alive",
        Test(TRAPS, "a_child_does_not_keep_its_parent_alive"),
    ),
    row(
        "C4",
        "a process that never uses the library holds what it was started with as long as it lives",
        Test(
            INHERITANCE,
            "a_child_that_never_uses_the_library_holds_its_handles_as_long_as_it_lives",
        ),
    ),
    row(
        "H4",
        "a journal that was forged writes nothing but what its operation may",
        Test(HOSTILE, "forged_threads"),
    ),
    row(
        "H5",
        "ordering: the simulator runs one thread at a time",
        Document("docs/ordering.md", "SeqCst"),
    ),
    row(
        "H7",
        "each watcher is woken by a word of its own",
        Test(LIFELINE, "each_of_its_words_wakes_a_sleeper_of_its_own"),
    ),
    row(
        "H7",
        "the mark is there before the parent learns of the death",
        Test(LIFELINE, "it_is_marked_before_the_parent_learns_of_the_death"),
    ),
    row("H7", "death at every step of attaching", Test(STEPS, "attach")),
    row(
        "H9",
        "a forked child has nothing of its parent",
        Test(
            LIFE_BYTE,
            "a_forked_child_neither_holds_nor_frees_the_byte_of_its_parent",
        ),
    ),
    row(
        "H9",
        "a child made by a raw clone has no identity",
        Test(LIFELINE, "a_raw_clone_has_no_identity_until_it_takes_one"),
    ),
    row(
        "H11",
        "time namespaces",
        Test(
            SANDBOX,
            "the_offset_of_a_time_namespace_is_known_and_deadlines_hold_in_it",
        ),
    ),
    row(
        "M7",
        "a process is known by its number, its start and its PID namespace",
        Test(PEER, "this_process_is_found_as_itself"),
    ),
    row(
        "M8",
        "waits over two arenas",
        Test(WAITS, "a_wait_can_span_two_namespaces"),
    ),
    row(
        "M9",
        "a child's values are those of its parent",
        Test(
            INHERITANCE,
            "a_child_finds_its_parents_inheritable_handles_by_their_values",
        ),
    ),
    row(
        "M10",
        "memory that a full file system does not give",
        Test(TRAPS, "a_full_file_system_is_an_error_and_no_signal"),
    ),
    row(
        "M11",
        "a waiter leaves and waits again before it is woken",
        Test(STEPS, "manual_event_set_three_waiters"),
    ),
    row(
        "M12",
        "the file is removed under its users",
        Test(TRAPS, "a_removed_file_refuses_names_and_keeps_handles"),
    ),
    row("M13", "a locker that cannot be", Test(HOSTILE, "forged_locks")),
    row(
        "M14",
        "a waiter that is stopped is handed signals",
        Document("ARCHITECTURE.md", "A thread stopped while it waits"),
    ),
    row(
        "M15",
        "two copies of the library in one process",
        NotBuilt("the C interface"),
    ),
    row(
        "M16",
        "who owns a mutex that an asynchronous wait took",
        NotBuilt("registered waits"),
    ),
    row(
        "M17",
        "looking at a byte takes nothing",
        Test(RACE, "racing_replacers_and_attachers_end_on_one_file"),
    ),
    row(
        "N6",
        "another object at a value that a forked child knows",
        Test(
            FORKING,
            "what_the_parent_has_closed_before_the_childs_first_use_is_gone",
        ),
    ),
    Row {
        id: "N9",
        what: "the record of a dead reaper passes to a newcomer before the next look",
        rule: Some(Rule::DropDeadRights),
        proof: Model("models/reap_right.pml", "FREE_WHILE_NAMED"),
    },
    row(
        "N14",
        "sets that keep growing, queues that are circles",
        Test(HOSTILE, "forged_queues"),
    ),
];
