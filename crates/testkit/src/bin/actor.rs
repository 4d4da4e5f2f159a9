//! A process of actors for tests: commands in, answers out, one a line.

fn main() -> std::io::Result<()> {
    testkit::actor::serve(std::io::stdin().lock(), std::io::stdout())
}
