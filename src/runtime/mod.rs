//! Threads and runs: the waist of the hourglass.
pub mod error;
