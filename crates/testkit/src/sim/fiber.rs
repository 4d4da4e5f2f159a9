//! Virtual threads: coroutines with stacks of their own, which can be killed at any step.
#![allow(unsafe_code, reason = "a killed thread runs no destructor, as after SIGKILL")]

use std::cell::Cell;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// Bytes of a stack: engine code keeps little on it.
const STACK: usize = 256 * 1024;

thread_local! {
    static RUNNING: Cell<*const Yielder<(), ()>> = const { Cell::new(std::ptr::null()) };
}

/// A virtual thread.
pub struct Fiber(Coroutine<(), (), ()>);

/// Stacks that fibers have left.
#[derive(Default)]
pub struct Stacks(Vec<DefaultStack>);

impl Stacks {
    /// A fiber that will run `body`.
    ///
    /// # Panics
    /// If the system has no memory for a stack.
    pub fn start(&mut self, body: impl FnOnce() + 'static) -> Fiber {
        let stack = self
            .0
            .pop()
            .unwrap_or_else(|| DefaultStack::new(STACK).expect("memory for a stack"));
        Fiber(Coroutine::with_stack(stack, move |yielder, ()| {
            RUNNING.set(yielder);
            body();
        }))
    }

    /// Ends a fiber, whatever it is doing: it is not resumed again, and nothing on its stack is dropped.
    pub fn kill(&mut self, mut fiber: Fiber) {
        if !fiber.0.done() {
            // SAFETY: the stack is abandoned like that of a killed thread. What lives on it is owned heap
            // memory, which leaks, and references to data that outlives every fiber; nobody outside
            // holds a reference into it: the scheduler only knows fibers by number.
            unsafe { fiber.0.force_reset() };
        }
        self.0.push(fiber.0.into_stack());
    }
}

impl Fiber {
    /// Runs the fiber until it suspends. `true`: its body has returned.
    pub fn resume(&mut self) -> bool {
        let result = self.0.resume(());
        RUNNING.set(std::ptr::null());
        matches!(result, CoroutineResult::Return(()))
    }
}

/// Whether the caller runs in a fiber.
pub fn is_inside() -> bool {
    !RUNNING.get().is_null()
}

/// Suspends the running fiber until it is resumed.
pub fn suspend() {
    let yielder = RUNNING.get();
    assert!(!yielder.is_null(), "only a fiber can be suspended");
    // SAFETY: `RUNNING` is set by the fiber that runs, to the yielder that lives on its stack below
    // this call, and is null while no fiber runs.
    unsafe { (*yielder).suspend(()) };
    RUNNING.set(yielder);
}
