//! Tests of what each fact means.

use super::super::facts::samples;
use super::*;

/// The findings that are not fine.
fn bad(facts: &Facts) -> Vec<Finding> {
    of(facts)
        .into_iter()
        .filter(|finding| finding.level > Level::Fine)
        .collect()
}

/// The only bad finding, with its words.
fn only(facts: &Facts, level: Level, words: &str) {
    let bad = bad(facts);
    assert_eq!(bad.len(), 1, "{words}: {bad:?}");
    assert_eq!(bad[0].level, level, "{bad:?}");
    assert!(bad[0].fact.contains(words), "{words}: {bad:?}");
    // What the library says contains the way out already.
    let advised = bad[0].advice.as_ref().is_some_and(|advice| !advice.is_empty());
    assert!(advised || bad[0].area == "namespace", "{bad:?}");
}

#[test]
fn a_healthy_system_has_nothing_but_fine_findings() {
    assert_eq!(bad(&samples::healthy()), []);
    let facts = of(&samples::healthy());
    for area in [
        "kernel",
        "place",
        "space",
        "namespace",
        "tables",
        "processes",
        "check",
    ] {
        assert!(
            facts.iter().any(|finding| finding.area == area),
            "nothing about {area}"
        );
    }
}

#[test]
fn an_old_kernel_is_a_fault_and_a_missing_feature_a_risk() {
    let mut facts = samples::healthy();
    facts.kernel.release = "5.4.0-150-generic".to_string();
    only(&facts, Level::Fault, "5.4.0");
    let mut facts = samples::healthy();
    facts.kernel.futex_waitv = false;
    only(&facts, Level::Risk, "several futexes");
    let mut facts = samples::healthy();
    facts.kernel.ofd_locks = false;
    only(&facts, Level::Fault, "locks of open files");
}

#[test]
fn kernel_releases_are_compared_as_numbers() {
    assert_eq!(version("6.18.0"), Some((6, 18)));
    assert_eq!(version("5.10.0-28-amd64"), Some((5, 10)));
    assert_eq!(version("6.1-rc1"), Some((6, 1)));
    assert_eq!(version("strange"), None);
}

#[test]
fn dev_shm_is_a_risk_only_where_logind_clears_it() {
    let mut facts = samples::healthy();
    samples::base(&mut facts).choice = BaseChoice::Fallback;
    assert_eq!(bad(&facts), []);
    facts.logind_removes = true;
    only(&facts, Level::Risk, "logind removes");
    samples::base(&mut facts).choice = BaseChoice::Provided;
    assert_eq!(bad(&facts), []);
}

#[test]
fn little_space_is_a_risk_and_none_a_fault() {
    let with = |total_bytes, free_bytes| {
        let mut facts = samples::healthy();
        let base = samples::base(&mut facts);
        (base.total_bytes, base.free_bytes) = (total_bytes, free_bytes);
        facts
    };
    only(&with(64 << 20, 60 << 20), Level::Risk, "container's default");
    only(&with(1 << 30, 4096), Level::Risk, "4 KiB of 1 GiB left");
    only(&with(1 << 30, 0), Level::Fault, "0 B of 1 GiB left");
    assert_eq!(bad(&with(0, 0)), [], "a tmpfs without limit");
}

#[test]
fn a_table_is_a_risk_at_nine_tenths_and_a_fault_when_full() {
    let with = |used| {
        let mut facts = samples::healthy();
        samples::used(&mut facts).tables = vec![Table {
            what: "objects".to_string(),
            used,
            limit: 100,
        }];
        facts
    };
    assert_eq!(bad(&with(89)), []);
    only(&with(90), Level::Risk, "90 of 100 objects");
    only(&with(100), Level::Fault, "100 of 100 objects");
}

#[test]
fn a_global_namespace_for_others_is_told_and_is_no_risk() {
    let mut facts = samples::healthy();
    facts.namespaces[1].used = Err("access denied: for the group staff".to_string());
    only(&facts, Level::Risk, "for the group staff");
    facts.namespaces[1].for_others = true;
    assert_eq!(bad(&facts), []);
    assert!(
        of(&facts)
            .iter()
            .any(|finding| finding.fact.contains("for the group staff"))
    );
}

#[test]
fn other_versions_missing_keepers_and_broken_rules_are_named() {
    let mut facts = samples::healthy();
    samples::used(&mut facts).processes[0].version = "0.0.9".to_string();
    only(&facts, Level::Risk, "library 0.0.9");
    let mut facts = samples::healthy();
    samples::used(&mut facts).processes[0].keeper = false;
    only(&facts, Level::Risk, "without keeper thread");
    let mut facts = samples::healthy();
    samples::used(&mut facts).violations = vec!["object 3: broken".to_string()];
    only(&facts, Level::Fault, "object 3: broken");
}

#[test]
fn of_many_broken_rules_the_first_are_named_and_the_rest_counted() {
    let mut facts = samples::healthy();
    samples::used(&mut facts).violations = (0..105).map(|index| format!("object {index}: broken")).collect();
    let bad = bad(&facts);
    assert_eq!(bad.len(), 6, "{bad:?}");
    assert!(bad[5].fact.contains("100 more broken rules"), "{bad:?}");
}

#[test]
fn a_local_namespace_that_cannot_be_used_is_a_fault_and_a_global_one_a_risk() {
    let mut facts = samples::healthy();
    facts.namespaces[0].used = Err("wrong owner".to_string());
    only(&facts, Level::Fault, "wrong owner");
    let mut facts = samples::healthy();
    facts.namespaces[1].used = Err("wrong mode".to_string());
    only(&facts, Level::Risk, "wrong mode");
}

#[test]
fn a_small_memory_limit_is_a_risk() {
    let mut facts = samples::healthy();
    facts.memory_limit = Some(64 << 20);
    only(&facts, Level::Risk, "64 MiB");
    facts.memory_limit = Some(8 << 30);
    assert_eq!(bad(&facts), []);
}
