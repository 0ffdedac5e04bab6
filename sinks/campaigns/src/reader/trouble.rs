//! Streams that failed in a row: each is told and waited out, until it is clear that no other will do.

use std::time::{Duration, Instant};

use adx_events::offset::Offset;
use adx_publisher::Backoff;
use tracing::{info, warn};

use super::error::{ReadError, StreamError};
use super::{PartitionLog, ReadLimits};

/// What went wrong since the last record.
#[derive(Debug)]
pub(super) struct Trouble {
    backoff: Backoff,
    fruitless_max: u32,
    give_up_after: Duration,
    /// Streams that opened but brought nothing.
    fruitless: u32,
    since: Option<Instant>,
}

impl Trouble {
    pub(super) fn new(limits: &ReadLimits) -> Self {
        let backoff = Backoff::new(limits.backoff_min, limits.backoff_max);
        Self {
            backoff,
            fruitless_max: limits.fruitless_max,
            give_up_after: limits.give_up_after,
            fruitless: 0,
            since: None,
        }
    }

    /// How long to wait before another stream is opened at `next`, or that it is no use.
    pub(super) fn failed(
        &mut self,
        log: &PartitionLog,
        next: Offset,
        error: StreamError,
        now: Instant,
    ) -> Result<Duration, ReadError> {
        let waited = now.saturating_duration_since(*self.since.get_or_insert(now));
        self.fruitless += u32::from(!error.is_outage());
        let (topic, partition) = (log.topic.clone(), log.partition);
        if self.fruitless >= self.fruitless_max {
            return Err(ReadError::NoProgress {
                topic,
                partition,
                offset: next,
                streams: self.fruitless,
                source: error,
            });
        }
        if waited >= self.give_up_after {
            return Err(ReadError::GaveUp {
                topic,
                partition,
                offset: next,
                waited_ms: waited.as_millis(),
                source: error,
            });
        }
        let wait = self.backoff.next_wait().min(self.give_up_after - waited);
        tell(log, next, wait, &error);
        Ok(wait)
    }

    /// Records came.
    pub(super) fn over(&mut self, log: &PartitionLog, now: Instant) {
        if let Some(since) = self.since.take() {
            let failed_for_ms = now.saturating_duration_since(since).as_millis();
            info!(topic = log.topic, partition = log.partition.0, failed_for_ms, "reading again");
            self.backoff.reset();
            self.fruitless = 0;
        }
    }
}

/// Says that a stream is opened anew, and why.
pub(super) fn tell(log: &PartitionLog, next: Offset, wait: Duration, error: &StreamError) {
    warn!(
        topic = log.topic,
        partition = log.partition.0,
        endpoint = log.cluster.endpoint(),
        offset = next.0,
        reopened_in_ms = wait.as_millis(),
        error = error as &dyn std::error::Error,
        "the stream is opened anew"
    );
}
