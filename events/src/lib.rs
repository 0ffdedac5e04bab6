//! The vocabulary of AdvertiseX: events, ids, time, money, verdicts; their decoding and the in-stream encoding.
//!
//! Pure: no I/O, no clock, no allocation where it can be had. Built natively and to WASM, so that a SmartModule and a test judge alike.

pub mod bid;
pub mod block;
pub mod bots;
pub mod bytes;
pub mod csv_rows;
pub mod fingerprint;
pub mod impression;
pub mod json;
pub mod json_text;
pub mod key;
pub mod marker;
pub mod money;
pub mod offset;
pub mod reason;
pub mod sequence;
pub mod standardise;
pub mod tag;
pub mod time;
pub mod topic;
pub mod tracked;
pub mod verdict;

/// A record as read is at most this many bytes (contract.md, Inputs).
pub const RECORD_BYTES_MAX: usize = 256 * 1024;
