//! Failed attempts in a row: each is told and has its wait, until there have been failures only for too long.

use std::time::{Duration, Instant};

use adx_events::offset::Partition;
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::error::{AttemptError, PublishError};
use crate::limits::Limits;

/// What fails, for the log and the error.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) topic: String,
    pub(crate) partition: Partition,
    pub(crate) endpoint: String,
}

/// The state of one partition's attempts.
#[derive(Debug)]
pub(crate) struct Outage {
    target: Target,
    backoff: Backoff,
    give_up_after: Duration,
    since: Option<Instant>,
}

impl Outage {
    pub(crate) fn new(target: Target, limits: &Limits) -> Self {
        let backoff = Backoff::new(limits.backoff_min, limits.backoff_max);
        Self { target, backoff, give_up_after: limits.give_up_after, since: None }
    }

    /// How long to wait before the next attempt, or that there is none.
    pub(crate) fn failed(&mut self, error: AttemptError, now: Instant) -> Result<Duration, PublishError> {
        let waited = now.saturating_duration_since(*self.since.get_or_insert(now));
        if waited >= self.give_up_after {
            let Target { topic, partition, endpoint } = self.target.clone();
            return Err(PublishError::GaveUp {
                topic,
                partition,
                endpoint,
                waited_ms: waited.as_millis(),
                source: error,
            });
        }
        let wait = self.backoff.next_wait().min(self.give_up_after - waited);
        warn!(
            topic = self.target.topic,
            partition = self.target.partition.0,
            endpoint = self.target.endpoint,
            failing_for_ms = waited.as_millis(),
            next_attempt_in_ms = wait.as_millis(),
            error = &error as &dyn std::error::Error,
            "not published, trying again"
        );
        Ok(wait)
    }

    /// An attempt succeeded.
    pub(crate) fn over(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            let failed_for_ms = now.saturating_duration_since(since).as_millis();
            info!(topic = self.target.topic, partition = self.target.partition.0, failed_for_ms, "publishing again");
            self.backoff.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outage(give_up_after: Duration) -> Outage {
        let target = Target { topic: "t".into(), partition: Partition(1), endpoint: "host:9003".into() };
        Outage::new(target, &Limits { give_up_after, ..Limits::default() })
    }

    fn error() -> AttemptError {
        AttemptError::NoAcknowledgement { waited_ms: 1 }
    }

    /// Fails until it gives up, waiting as told on a clock of its own; returns the number of waits and the time of the end.
    fn fail_on(outage: &mut Outage, mut now: Instant) -> (usize, Instant) {
        let mut waits = 0;
        while let Ok(wait) = outage.failed(error(), now) {
            (waits, now) = (waits + 1, now + wait);
        }
        (waits, now)
    }

    #[test]
    fn gives_up_when_failing_for_too_long_but_a_success_starts_over() {
        let mut outage = outage(Duration::from_secs(1));
        let start = Instant::now();
        let (waits, end) = fail_on(&mut outage, start);
        assert_eq!((waits, end - start), (4, Duration::from_secs(1))); // 100, 200, 400, then what is left
        let told = outage.failed(error(), end).unwrap_err().to_string();
        assert_eq!(told, "gave up on topic \"t\", partition 1 at host:9003 after 1000 ms without success");
        outage.over(end);
        assert_eq!(fail_on(&mut outage, end), (waits, end + Duration::from_secs(1)));
    }
}
