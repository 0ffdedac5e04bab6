//! What a publisher may hold, and how long it waits.

use std::time::Duration;

/// Largest batch that a default Fluvio consumer can take (its `max_bytes`), and the client's default request limit.
pub(crate) const BATCH_BYTES_LIMIT: usize = 1 << 20;

/// Smallest batch worth a request.
const BATCH_BYTES_LEAST: usize = 1 << 10;

/// Bounds of a publisher; the default suits a cluster that may be away for a long time.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes of one batch, with its overhead and its records'; held within 1 KiB to 1 MiB, and to the topic's segments. A partition
    /// holds two at most, one that is filled and one under way, and its copies of the latter while that is written to the socket.
    pub batch_bytes_max: usize,
    /// How long a batch waits for more records before it is sent, unless it is full.
    pub linger: Duration,
    /// How long a batch's acknowledgement may take, and any other single answer.
    pub answer_timeout: Duration,
    /// Wait before the first new attempt; it doubles with every further one.
    pub backoff_min: Duration,
    /// Greatest wait between attempts.
    pub backoff_max: Duration,
    /// How long attempts go on without any success before publishing fails.
    pub give_up_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_bytes_max: BATCH_BYTES_LIMIT,
            linger: Duration::from_millis(20),
            answer_timeout: Duration::from_secs(15),
            backoff_min: Duration::from_millis(100),
            backoff_max: Duration::from_secs(10),
            give_up_after: Duration::from_secs(3600),
        }
    }
}

impl Limits {
    pub(crate) fn batch_bytes(&self) -> usize {
        self.batch_bytes_max.clamp(BATCH_BYTES_LEAST, BATCH_BYTES_LIMIT)
    }
}
