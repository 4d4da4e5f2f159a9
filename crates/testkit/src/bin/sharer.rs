//! A process of the tests of sharing: one line in, one line out.

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match &arguments[1..] {
        // Started with one thing to do: to set the event behind this handle.
        [leave, handle] if leave == "leave" => std::process::exit(testkit::sharer::set_and_leave(handle)),
        _ => testkit::sharer::serve(),
    }
}
