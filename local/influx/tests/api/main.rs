//! The stand-in over HTTP: status codes, bodies, faults.

mod admin;
mod client;
mod faults;
mod query;
mod write;
