//! The bounded buffer: producers and consumers, in processes of their own, over two semaphores and a mutex.
//!
//! `free` counts the empty places, `full` the filled ones, `lock` guards the ring. Producers wait while it is full,
//! consumers while it is empty. The ring is a file without a name, which the processes get as their standard input; the
//! handles are inherited.
//!
//! `bounded_buffer [N]`: two producers put in the numbers 1 to N (500) each, and two consumers take them out.
//!
//! On Windows: two `CreateSemaphore`, one `CreateMutex`, and a file mapping instead of the file; `WAIT_ABANDONED` is what
//! `abandoned` is here: somebody was killed at the ring, so what is in it cannot be trusted.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, ExitCode};

use intersync::{Handle, InheritHandles, Mutex, Process, RawHandle, Semaphore, Timeout, Waitable, wait_any};

const PLACES: u32 = 4;
// The words of the file: how many were put in, how many taken out, the sum of these; then the places.
const PUT: u64 = 0;
const TAKEN: u64 = 1;
const SUM: u64 = 2;
const RING: u64 = 3;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match &*words {
        [role, items, handles] => work(role == "--producer", items.parse()?, handles),
        [items] => start(items),
        _ => start("500"),
    }
}

fn start(items: &str) -> Result<ExitCode, Failure> {
    let path = std::env::temp_dir().join(format!("bounded_buffer-{}", std::process::id()));
    let file = File::create_new(&path)?;
    std::fs::remove_file(&path)?;
    file.set_len(8 * (RING + u64::from(PLACES)))?;

    let semaphore = |count| {
        Semaphore::options()
            .permits(count, PLACES)
            .inheritable(true)
            .unnamed()
    };
    let (free, full) = (semaphore(PLACES)?, semaphore(0)?);
    let lock = Mutex::options().inheritable(true).unnamed()?;
    let parent = Process::current()?;
    parent.set_inheritable(true)?;
    let shared: [&dyn Handle; 4] = [&free, &full, &lock, &parent];
    let handles: Vec<RawHandle> = shared.iter().map(|h| h.as_raw()).collect::<Result<_, _>>()?;
    let values: Vec<String> = handles.iter().map(ToString::to_string).collect();

    let mut running: Vec<(Process, Child)> = Vec::new();
    for role in ["--producer", "--consumer", "--producer", "--consumer"] {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args([role, items, &values.join(",")])
            .stdin(file.try_clone()?);
        let child = command.spawn_inheriting_only(&handles)?;
        running.push((Process::of(&child)?, child));
    }
    while !running.is_empty() {
        let ends: Vec<&dyn Waitable> = running.iter().map(|(end, _)| end as &dyn Waitable).collect();
        let index = wait_any(&ends, Timeout::INFINITE)?.index().unwrap_or(0);
        if !running.remove(index).1.wait()?.success() {
            // Without it the others could wait for ever. They see that this process ends.
            return Err("a producer or consumer failed".into());
        }
    }
    println!(
        "{} items came out, their sum is {}",
        read(&file, TAKEN)?,
        read(&file, SUM)?
    );
    Ok(ExitCode::SUCCESS)
}

fn work(produces: bool, items: u64, handles: &str) -> Result<ExitCode, Failure> {
    let ring = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let handles: Vec<RawHandle> = handles.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let [free, full, lock, parent] = *handles else {
        return Err("four handles are needed".into());
    };
    let (free, full) = (Semaphore::from_raw(free)?, Semaphore::from_raw(full)?);
    let (lock, parent) = (Mutex::from_raw(lock)?, Process::from_raw(parent)?);
    let (before, after) = if produces { (&free, &full) } else { (&full, &free) };
    for item in 1..=items {
        // The parent first: of several, the first in the list counts.
        if wait_any(&[&parent, before], Timeout::INFINITE)?.index() != Some(1) {
            return Err("the parent has ended".into());
        }
        let guard = lock.lock()?;
        if guard.abandoned() {
            return Err("somebody was killed at the ring".into());
        }
        let counter = if produces { PUT } else { TAKEN };
        let count = read(&ring, counter)?;
        let place = RING + count % u64::from(PLACES);
        if produces {
            write(&ring, place, item)?;
        } else {
            write(&ring, SUM, read(&ring, SUM)? + read(&ring, place)?)?;
        }
        write(&ring, counter, count + 1)?;
        drop(guard);
        after.release(1)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &File, word: u64) -> std::io::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, 8 * word)?;
    Ok(u64::from_ne_bytes(bytes))
}

fn write(file: &File, word: u64, value: u64) -> std::io::Result<()> {
    file.write_all_at(&value.to_ne_bytes(), 8 * word)
}
