//! The way to InfluxDB 2: line protocol, and a client of its v2 API that waits for an outage to end.

mod client;
pub mod line_protocol;

pub use client::{AnswerError, Call, Cell, InfluxClient, InfluxError, InfluxTarget, Point, RetryLimits, Row};
