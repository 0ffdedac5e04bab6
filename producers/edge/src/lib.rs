//! The edge producer: reads files into records, chooses partitions, numbers every record, publishes it in the form of its topic.
//!
//! Reading is plain synchronous code in bounded memory ([`record::Records`]); [`batch`] drives it from the async side.

mod avro;
pub mod batch;
mod columns;
pub mod files;
mod lines;
mod members;
pub mod numbering;
mod open;
pub mod record;
mod rows;
pub mod source;
mod stream;
#[cfg(test)]
mod testing;
