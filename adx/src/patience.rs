//! Waiting for a cluster that cannot be asked now: told each time, with growing pauses, and not for ever.

use std::time::{Duration, Instant};

use adx_publisher::{Backoff, Cause, Cluster, ClusterError};
use anyhow::Context;
use fluvio_sc_schema::ApiError;
use fluvio_sc_schema::errors::ErrorCode;
use tracing::{info, warn};

const WAIT_MIN: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Failed attempts in a row.
#[derive(Debug)]
struct Patience {
    backoff: Backoff,
    give_up_after: Duration,
    since: Option<Instant>,
}

impl Patience {
    fn new(give_up_after: Duration) -> Self {
        Self { backoff: Backoff::new(WAIT_MIN, WAIT_MAX), give_up_after, since: None }
    }

    /// How long to wait before the next attempt, or none where there is to be none.
    fn failed(&mut self, now: Instant) -> Option<Duration> {
        let waited = now.saturating_duration_since(*self.since.get_or_insert(now));
        let left = self.give_up_after.checked_sub(waited).filter(|left| !left.is_zero());
        left.map(|left| self.backoff.next_wait().min(left))
    }
}

/// Makes attempts until one succeeds, one fails in a way that waiting does not mend, or there were only failures for too long.
/// An attempt may have had its effect and failed all the same: it must be one that can be repeated.
pub async fn patiently<T>(
    cluster: &Cluster,
    doing: &str,
    give_up_after: Duration,
    mut attempt: impl AsyncFnMut() -> Result<T, ClusterError>,
) -> anyhow::Result<T> {
    let mut patience = Patience::new(give_up_after);
    loop {
        let error = match Box::pin(attempt()).await {
            Ok(done) => {
                if let Some(since) = patience.since {
                    info!(
                        endpoint = cluster.endpoint(),
                        doing,
                        failed_for_ms = since.elapsed().as_millis(),
                        "done after all"
                    );
                }
                return Ok(done);
            }
            Err(error) => error,
        };
        let wait = if is_passing(&error) { patience.failed(Instant::now()) } else { None };
        let Some(wait) = wait else {
            return Err(error).with_context(|| format!("{doing} at {}", cluster.endpoint()));
        };
        warn!(
            endpoint = cluster.endpoint(),
            doing,
            next_attempt_in_ms = wait.as_millis(),
            error = &error as &dyn std::error::Error,
            "the cluster does not do it now, waiting"
        );
        tokio::time::sleep(wait).await;
    }
}

/// The client's error as it was before it became anyhow's: what kind it is can still be seen.
pub fn cause(error: anyhow::Error) -> Cause {
    error.reallocate_into_boxed_dyn_error_without_backtrace()
}

/// Whether another attempt may do better: not where the cluster answered with a refusal.
fn is_passing(error: &ClusterError) -> bool {
    match error {
        ClusterError::NoAnswer { .. } => true,
        ClusterError::Failed { source, .. } => match source.downcast_ref::<ApiError>() {
            // No SPU was there for it, and it may be there by now; or an attempt without an answer, or another process, was quicker.
            Some(ApiError::Code(ErrorCode::TopicNotProvisioned | ErrorCode::TopicAlreadyExists, _)) => true,
            Some(_) => false,
            None => true,
        },
        ClusterError::NoTopic { .. } | ClusterError::PartitionCount { .. } | ClusterError::NoPartition { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_until_it_failed_for_too_long() {
        let mut patience = Patience::new(Duration::from_secs(2));
        let mut now = Instant::now();
        let mut waits = Vec::new();
        while let Some(wait) = patience.failed(now) {
            waits.push(wait.as_millis());
            now += wait;
        }
        assert_eq!(waits, [250, 500, 1_000, 250]);
        assert_eq!(Patience::new(Duration::ZERO).failed(now), None);
    }

    #[test]
    fn a_refusal_is_no_outage() {
        let failed = |source| ClusterError::Failed { endpoint: "h:1".into(), request: "create a topic", source };
        let refusal = |code| failed(cause(ApiError::Code(code, None).into()));
        for (error, passing) in [
            (failed("connection refused".into()), true),
            (refusal(ErrorCode::TopicNotProvisioned), true),
            (refusal(ErrorCode::TopicAlreadyExists), true),
            (refusal(ErrorCode::PermissionDenied), false),
            (refusal(ErrorCode::TopicInvalidConfiguration), false),
        ] {
            assert_eq!(is_passing(&error), passing, "{error:?}");
        }
    }
}
