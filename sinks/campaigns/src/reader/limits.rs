//! What a reader may hold, and how long it waits.

use std::time::Duration;

/// Bounds of a reader; the default suits a cluster that may be away for a long time.
#[derive(Debug, Clone)]
pub struct ReadLimits {
    /// Most bytes of one server response.
    pub response_bytes_max: i32,
    /// Without a record for so long, the log's end is asked for: behind it, the stream is opened anew. Longer than the server takes to start a chain.
    pub idle: Duration,
    /// Wait before the first new attempt; it doubles with every further one.
    pub backoff_min: Duration,
    /// Greatest wait between attempts.
    pub backoff_max: Duration,
    /// How often a stream may be opened at one offset and bring no record.
    pub fruitless_max: u32,
    /// How long the cluster may be out of reach, without any record, before reading fails.
    pub give_up_after: Duration,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            response_bytes_max: 8 << 20,
            idle: Duration::from_secs(30),
            backoff_min: Duration::from_millis(100),
            backoff_max: Duration::from_secs(10),
            fruitless_max: 10,
            give_up_after: Duration::from_secs(3600),
        }
    }
}
