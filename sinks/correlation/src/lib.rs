//! The pure core of the sink: verdicts of one partition in, absolute window totals, a ledger and dead letters out.
//!
//! Law: within what is admitted, neither order, batching, resends nor the number of partitions change a total (semantics.md).
//! No I/O, no clock; results depend on nothing but the records pushed and the catalogue.

pub mod attribution;
pub mod buckets;
pub mod catalogue;
pub mod identity;
pub mod journey;
mod labels;
pub mod ledger;
pub mod packed;
pub mod point;
mod recent_key;
pub mod settings;
pub mod shard;
mod spans;
mod state;
mod tallies;
pub mod views;
mod windows;

pub use catalogue::{CampaignIndex, Catalogue, CatalogueError};
pub use ledger::Counts;
pub use point::{Attribution, CampaignTotals, Point};
pub use settings::{CONVERSION_TYPES, Settings};
pub use shard::{DeadLetter, Outcome, Revision, Shard, ShardError, StreamRecord};
