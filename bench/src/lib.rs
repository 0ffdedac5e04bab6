//! The project's instrument: how fast each part of the pipeline is, and the whole, as one table.
//!
//! It measures the build that users run (one profile serves tests, demo and bench). CPU time is that of all threads of this process while a row
//! runs, so rows run one after the other; of `adx run` it is that of the child. Where the other end is a stand-in, its work is part of the row.

pub mod cli;
mod context;
mod feed;
mod input;
mod measure;
mod perf;
mod profile;
mod program;
mod records;
mod report;
mod rows;
mod stand_in;
mod stats;
mod table;
mod usage;
mod week;

pub use program::main;
