//! The whole pipeline as a user runs it, through the stock client and real modules, against the exact answer.
//!
//! Servers are the local stand-ins.

mod arrangements;
mod exact;
mod exits;
mod faults;
mod runner;
