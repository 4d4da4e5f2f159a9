//! Simulator, crash harness and test processes.
