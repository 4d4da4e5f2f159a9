//! A process of the tests of sharing: one line in, one line out.

fn main() {
    testkit::sharer::serve();
}
