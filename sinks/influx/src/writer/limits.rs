//! How much a writer sends at a time, holds, and waits.

use std::time::Duration;

/// All of a writer's bounds; the defaults are those of production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub batch_points_max: usize,
    /// Before packing; a single longer line is a batch by itself.
    pub batch_bytes_max: usize,
    /// A point waits about this long for others to fill its batch; up to a tenth more, so that writers do not beat in time.
    pub flush_after: Duration,
    /// Bodies above this are packed with gzip.
    pub pack_above_bytes: usize,
    pub queue_points_max: usize,
    pub queue_bytes_max: usize,
    /// After the `n`th failure in a row: anything up to this times 2^(n-1), but for the cap.
    pub backoff: Duration,
    pub backoff_max: Duration,
    /// The most that is heeded of what a server asks for.
    pub retry_after_max: Duration,
    /// Between two attempts while the server does not let this writer in.
    pub held_retry: Duration,
    /// For so long after an answer that leaves open what was stored, nothing newer is sent for the points in question:
    /// influxd works on for 10 s after it has lost its client.
    pub doubt: Duration,
    /// Likewise where there was no answer: what the network has taken it may yet deliver, as long as its kernel tries.
    pub doubt_unanswered: Duration,
    pub request_timeout: Duration,
    pub endurance: Endurance,
}

/// When a writer stops instead of trying on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endurance {
    /// Never: what feeds it waits, and readiness says why. For what runs on its own.
    Endless,
    /// After so long without any success, and at once where waiting does not help. For what somebody waits for.
    GiveUpAfter(Duration),
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_points_max: 5_000,
            batch_bytes_max: 1024 * 1024,
            flush_after: Duration::from_secs(1),
            pack_above_bytes: 1024,
            queue_points_max: 50_000,
            queue_bytes_max: 32 * 1024 * 1024,
            backoff: Duration::from_secs(1),
            backoff_max: Duration::from_secs(60),
            retry_after_max: Duration::from_secs(600),
            held_retry: Duration::from_secs(30),
            doubt: Duration::from_secs(15),
            doubt_unanswered: Duration::from_secs(120),
            // Above influxd's own 10 s, so that its answer is heard.
            request_timeout: Duration::from_secs(15),
            endurance: Endurance::Endless,
        }
    }
}
