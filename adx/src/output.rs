//! The result files of a run: read back from InfluxDB, summed over shards, replaced atomically.

pub mod dead_letters;
pub mod ledger;
pub mod points;
pub mod replace;
pub mod windows;
