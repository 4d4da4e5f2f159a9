//! Names and lifetimes: on threads, across processes, and mixed.

use testkit::prelude::*;

const KINDS: [Kind; 4] = [Kind::Event, Kind::Mutex, Kind::Semaphore, Kind::Timer];

/// Creates or opens an object of this kind.
fn create(actor: &Actor, kind: Kind, name: &str) -> Result<bool, Failure> {
    match kind {
        Kind::Event => actor.event(name, Reset::Auto, false),
        Kind::Mutex => actor.mutex(name, false),
        Kind::Semaphore => actor.semaphore(name, 0, 1),
        Kind::Timer => actor.timer(name, Reset::Auto),
        Kind::Process | Kind::Thread => panic!("a {kind} has no name"),
    }
}

fn named(permanent: bool, new: bool) -> CreateOptions {
    CreateOptions {
        new,
        permanent,
        at: None,
    }
}

const EVENT: Sort = Sort::Event {
    manual: true,
    signaled: false,
};

semantics! {
    fn a_created_object_can_be_opened_by_its_name(stage) {
        let [one, two] = stage.actors();
        for kind in KINDS {
            let name = kind.to_string();
            assert_eq!(refused(two.open(kind, &name)), "NotFound");
            assert_eq!(create(&one, kind, &name), Ok(false));
            assert_eq!(two.open(kind, &name), DONE);
            assert_eq!(two.open_any(&name), DONE);
            assert_eq!(create(&two, kind, &name), Ok(true));
        }
    }

    fn all_kinds_share_one_set_of_names(stage) {
        let [one, two] = stage.actors();
        for kind in KINDS {
            let name = kind.to_string();
            assert_eq!(create(&one, kind, &name), Ok(false));
            for other in KINDS.into_iter().filter(|&other| other != kind) {
                assert_eq!(refused(create(&two, other, &name)), "WrongKind");
                assert_eq!(refused(two.open(other, &name)), "WrongKind");
            }
        }
    }

    fn create_new_insists_on_a_new_object(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.create_with("e", EVENT, named(false, true)), Ok(false));
        assert_eq!(refused(two.create_with("e", EVENT, named(false, true))), "AlreadyExists");
        assert_eq!(one.close("e"), DONE);
        assert_eq!(two.create_with("e", EVENT, named(false, true)), Ok(false));
    }

    fn an_object_lives_until_its_last_handle_closes(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.event("e", Reset::Manual, true), Ok(false));
        assert_eq!(two.open(Kind::Event, "e"), DONE);
        assert_eq!(two.copy("e", "copy"), DONE);
        assert_eq!(one.close("e"), DONE);
        assert_eq!(two.close("e"), DONE);
        assert_eq!(one.open(Kind::Event, "e"), DONE);
        assert_eq!(one.state("e").map(State::signaled), Ok(true));
        assert_eq!(one.close("e"), DONE);
        assert_eq!(two.close("copy"), DONE);
        assert_eq!(refused(one.open(Kind::Event, "e")), "NotFound");
        // The name may go to another kind now.
        assert_eq!(two.mutex("e", false), Ok(false));
    }

    fn the_end_of_a_thread_closes_no_handles(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.event("e", Reset::Manual, false), Ok(false));
        one.end_thread();
        assert_eq!(two.open(Kind::Event, "e"), DONE);
    }

    fn a_name_is_gone_once_its_only_holder_has_been_killed_and_reaped(stage) {
        let [survivor] = stage.actors();
        assert_eq!(create(&survivor, Kind::Event, "other"), Ok(false));
        for kind in KINDS {
            let holder = stage.process();
            assert_eq!(create(&holder, kind, "held"), Ok(false));
            assert_eq!(survivor.open_any("held"), DONE);
            assert_eq!(survivor.close("held"), DONE);
            holder.kill_process();
            assert_eq!(refused(survivor.open_any("held")), "NotFound");
        }
        assert_eq!(create(&survivor, Kind::Timer, "held"), Ok(false));
    }

    fn a_name_is_gone_once_its_only_holder_has_exited(stage) {
        let [survivor] = stage.actors();
        let holder = stage.process();
        assert_eq!(create(&survivor, Kind::Event, "other"), Ok(false));
        assert_eq!(holder.semaphore("held", 5, 9), Ok(false));
        holder.exit_process();
        assert_eq!(survivor.semaphore("held", 1, 2), Ok(false));
        assert_eq!(survivor.state("held"), Ok(State::Semaphore { count: 1, maximum: 2 }));
    }

    fn an_object_outlives_a_killed_holder_if_it_has_another(stage) {
        let [survivor] = stage.actors();
        let holder = stage.process();
        assert_eq!(holder.semaphore("held", 5, 9), Ok(false));
        assert_eq!(survivor.open(Kind::Semaphore, "held"), DONE);
        let pid = holder.child_pid();
        holder.kill_process();
        assert_eq!(survivor.semaphore("held", 1, 2), Ok(true));
        assert_eq!(survivor.state("held"), Ok(State::Semaphore { count: 5, maximum: 9 }));
        stage.scratch.until_reaped(pid);
        assert_eq!(stage.scratch.object("held").map(|object| object.handles), Some(1));
    }

    fn a_permanent_object_outlives_its_handles_until_it_is_made_temporary(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.create_with("e", EVENT, named(true, false)), Ok(false));
        assert_eq!(one.set("e"), DONE);
        assert_eq!(one.close("e"), DONE);
        assert_eq!(two.open(Kind::Event, "e"), DONE);
        assert_eq!(two.poll("e"), SIGNALED);
        assert_eq!(two.set_permanent("e", false), DONE);
        assert_eq!(one.open(Kind::Event, "e"), DONE);
        for actor in [&one, &two] {
            assert_eq!(actor.close("e"), DONE);
        }
        assert_eq!(refused(two.open(Kind::Event, "e")), "NotFound");
        assert_eq!(refused(two.set_permanent("e", true)), "NotFound");
    }

    fn making_an_unused_permanent_object_temporary_ends_it(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.event("e", Reset::Manual, false), Ok(false));
        assert_eq!(two.set_permanent("e", true), DONE);
        assert_eq!(one.close("e"), DONE);
        assert_eq!(stage.scratch.object("e").map(|object| object.permanent), Some(true));
        assert_eq!(two.set_permanent("e", false), DONE);
        assert_eq!(refused(two.open_any("e")), "NotFound");
    }

    fn a_permanent_object_outlives_its_killed_creator(stage) {
        let [survivor] = stage.actors();
        let creator = stage.process();
        let sort = Sort::Semaphore { initial: 2, maximum: 4, give_back: false };
        assert_eq!(creator.create_with("s", sort, named(true, false)), Ok(false));
        creator.kill_process();
        assert_eq!(survivor.open(Kind::Semaphore, "s"), DONE);
        assert_eq!(survivor.state("s"), Ok(State::Semaphore { count: 2, maximum: 4 }));
        assert_eq!(survivor.set_permanent("s", false), DONE);
    }

    fn names_are_case_sensitive_and_may_contain_almost_anything(stage) {
        let [one, two] = stage.actors();
        let names = [
            "name", "Name", "NAME", " name", "name ", "a/b", "a b", ".", "..", "quote\"d", "it's", "tab\tbed",
            "new\nline", "%41", "ÄÖÜ", "äöü", "名前", "🔒", "x:y*z?", "e\u{301}", "é",
        ];
        for name in names {
            assert_eq!(one.event(name, Reset::Auto, false), Ok(false), "{name:?}");
        }
        for name in names {
            assert_eq!(two.open(Kind::Event, name), DONE, "{name:?}");
        }
        assert_eq!(two.set("Name"), DONE);
        assert_eq!(one.poll("name"), TIMED_OUT);
        assert_eq!(one.poll("Name"), SIGNALED);
    }

    fn the_prefix_local_means_the_same_object(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.event("Local\\e", Reset::Manual, true), Ok(false));
        assert_eq!(two.event("e", Reset::Auto, false), Ok(true));
        assert_eq!(two.poll("e"), SIGNALED);
    }

    fn malformed_names_are_refused_by_create_and_open_alike(stage) {
        let [actor] = stage.actors();
        assert_eq!(create(&actor, Kind::Event, "well-formed"), Ok(false));
        for (name, problem) in [
            ("\\x", "LeadingBackslash"),
            ("\\", "LeadingBackslash"),
            ("foo\\x", "UnknownPrefix"),
            ("foo\\", "UnknownPrefix"),
            ("global\\x", "UnknownPrefix"),
            ("local\\x", "UnknownPrefix"),
            ("Local\\sub\\x", "InnerBackslash"),
            ("Global\\sub\\x", "InnerBackslash"),
            ("Local\\", "EmptyPart"),
            ("Global\\", "EmptyPart"),
            ("Global\\\\x", "EmptyPart"),
            ("Local\\\\x", "EmptyPart"),
            ("Local", "PrefixOnly"),
            ("Global", "PrefixOnly"),
            ("Session", "PrefixOnly"),
            ("nul\0byte", "Nul"),
        ] {
            let expected = format!("InvalidName {problem}");
            assert_eq!(refused(create(&actor, Kind::Event, name)), expected, "{name:?}");
            assert_eq!(refused(actor.open(Kind::Event, name)), expected, "{name:?}");
            assert_eq!(refused(actor.open_any(name)), expected, "{name:?}");
        }
        assert_eq!(refused(actor.open(Kind::Event, "")), "InvalidName Empty");
        assert_eq!(stage.scratch.snapshot().objects.len(), 1);
    }

    fn names_may_be_as_long_as_on_windows_and_not_longer(stage) {
        let [one, two] = stage.actors();
        for length in [1, 23, 24, 25, 260, 261, 32_766] {
            let name = "n".repeat(length);
            assert_eq!(one.event(&name, Reset::Auto, false), Ok(false), "{length}");
            assert_eq!(two.open(Kind::Event, &name), DONE, "{length}");
        }
        // What counts is UTF-16 units: three bytes each here, and two units each with surrogates.
        assert_eq!(one.event(&"語".repeat(32_766), Reset::Auto, false), Ok(false));
        assert_eq!(one.event(&"🔒".repeat(16_383), Reset::Auto, false), Ok(false));
        for name in ["n".repeat(32_767), "🔒".repeat(16_384), "語".repeat(40_000)] {
            assert_eq!(refused(one.event(&name, Reset::Auto, false)), "InvalidName TooLong");
            assert_eq!(refused(two.open_any(&name)), "InvalidName TooLong");
        }
    }

    fn unnamed_objects_are_all_different(stage) {
        let [actor] = stage.actors();
        let sibling = actor.troupe().actor();
        for handle in ["one", "two"] {
            let options = CreateOptions::default();
            let unnamed = Command::Create { handle: handle.to_owned(), name: None, sort: EVENT, options };
            assert!(actor.call(unnamed.clone()).is_ok());
            assert!(sibling.call(unnamed).is_ok());
        }
        assert_eq!(actor.set("one"), DONE);
        assert_eq!(actor.poll("two"), TIMED_OUT);
        assert_eq!(sibling.poll("one"), TIMED_OUT);
        assert_eq!(actor.poll("one"), SIGNALED);
    }

    fn many_names_come_and_go(stage) {
        let [one, two] = stage.actors();
        for round in 0..3 {
            for number in 0..500 {
                let name = format!("name {number} of many");
                assert_eq!(one.semaphore(&name, round, 5), Ok(false));
                assert_eq!(two.open(Kind::Semaphore, &name), DONE);
                assert_eq!(two.state(&name), Ok(State::Semaphore { count: round, maximum: 5 }));
            }
            for number in 0..500 {
                let name = format!("name {number} of many");
                assert_eq!(one.close(&name), DONE);
                assert_eq!(two.close(&name), DONE);
            }
        }
        assert_eq!(stage.scratch.snapshot().objects.len(), 0);
    }
}
