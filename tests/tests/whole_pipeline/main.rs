//! The whole pipeline as a user runs it, through the stock client and real modules, against the exact answer.
//!
//! Servers are the local stand-ins; where `ADX_FLUVIO` names a cluster, what is said of named servers is tried there too.

mod arrangements;
mod exact;
mod exits;
mod faults;
mod generated;
mod killing_proxy;
mod named_servers;
mod real_influx;
mod runner;
mod servers;
mod topics;
