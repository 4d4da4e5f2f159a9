//! The process that dies: runs one operation between two markers, under single-stepping.

fn main() -> Result<(), String> {
    #[cfg(target_arch = "x86_64")]
    {
        let operation = std::env::args().nth(1).ok_or("usage: victim OPERATION")?;
        testkit::steps::victim_main(&operation)
    }
    #[cfg(not(target_arch = "x86_64"))]
    Err("single-stepping is only there for x86-64".to_owned())
}
