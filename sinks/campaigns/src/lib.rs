//! The sink: streams of three topics in, one state machine per partition, absolute totals to InfluxDB, dead letters to their topic.

pub mod dead_letter;
mod drain;
mod points;
pub mod reader;
mod run;
mod worker;

pub use drain::PointsWritten;
pub use run::{LogEnds, Report, Settings, SinkError, run_to_end};
