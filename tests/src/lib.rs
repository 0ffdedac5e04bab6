//! What whole-pipeline tests need: random inputs, the exact answer for an input, and a row-for-row comparison with it.

pub mod avro;
pub mod beyond;
pub mod compare;
pub mod expected;
pub mod flux;
pub mod influxd;
pub mod inputs;
pub mod oracle;
