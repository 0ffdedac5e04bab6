//! The way to InfluxDB 2: line protocol, a client of its v2 API that waits for an outage to end, and a writer that loses no point.

mod client;
mod encoded;
pub mod line_protocol;
pub mod writer;

pub use client::{AnswerError, Call, Cell, InfluxClient, InfluxError, InfluxTarget, Point, RetryLimits, Row};
pub use encoded::{EncodedPoint, Revision};
pub use writer::{RefusedFile, Writer, WriterError};
