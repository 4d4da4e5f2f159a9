//! `by_name`, `by_inheritance`, `by_duplication`.

use super::Place;

#[test]
fn by_name() {
    let place = Place::new("by-name");
    for _ in 0..2 {
        let (success, lines, errors) = place.run("by_name", &[]);
        assert!(success, "{errors}");
        let expected = [
            "child: found the event: true",
            "parent: the child has set the event",
        ];
        assert_eq!(lines, expected);
        place.is_left_clean();
    }
    // Alone, the child creates the event and finds nobody.
    let (success, lines, _) = place.run("by_name", &["child"]);
    assert!(success);
    assert_eq!(lines, ["child: found the event: false"]);
}

#[test]
fn by_inheritance() {
    let place = Place::new("by-inheritance");
    let (success, lines, errors) = place.run("by_inheritance", &[]);
    assert!(success, "{errors}");
    let [refused, stopped, parent] = &*lines else {
        panic!("{lines:?}")
    };
    assert!(refused.starts_with("child: cannot set the event: "), "{refused}");
    assert!(refused.contains("modify"), "{refused}");
    assert_eq!(stopped, "child: stopped");
    assert_eq!(parent, "parent: the child is ready; stopping it");
    place.is_left_clean();
}

#[test]
fn by_duplication() {
    let place = Place::new("by-duplication");
    let (success, lines, errors) = place.run("by_duplication", &[]);
    assert!(success, "{errors}");
    assert_eq!(lines, ["giver: the target has released the semaphore"]);
    assert_eq!(errors, "target: got a handle for modify\n");
    place.is_left_clean();
}
