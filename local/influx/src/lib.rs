//! A single-process stand-in for InfluxDB 2: its write API with the same status codes and merge rules, set-up, buckets,
//! and the queries the project itself sends. In memory, on loopback only; for development, tests and demos.

mod account;
mod admin;
mod annotated_csv;
mod answer;
mod connection;
mod dialect;
mod faults;
mod fields;
mod instance;
mod key;
mod number;
mod parameters;
pub mod parser;
mod point;
mod query;
mod reason;
mod rejection;
mod rfc3339;
mod server;
mod store;
mod write;

pub use account::Account;
pub use faults::{Faults, RetryAfter, WriteFault};
pub use point::{FieldType, FieldValue, Point, TagSet, Text, UnixNanos};
pub use reason::Reason;
pub use server::{Config, LocalInflux, StartError};
