//! Waiting for a server that cannot answer now: bounded, growing pauses, each one said.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

use super::InfluxError;

/// A server may ask for patience, but not for more than this.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);
/// What a `Retry-After` means that is no number of seconds.
const RETRY_AFTER_UNREADABLE: Duration = Duration::from_secs(10);

/// How long to wait between attempts, and in all.
#[derive(Debug, Clone, Copy)]
pub struct RetryLimits {
    pub backoff_ms_min: u64,
    pub backoff_ms_max: u64,
    /// From the first failed attempt to giving up.
    pub give_up_after_ms: u64,
}

impl Default for RetryLimits {
    fn default() -> Self {
        Self { backoff_ms_min: 250, backoff_ms_max: 30_000, give_up_after_ms: 3_600_000 }
    }
}

/// An attempt that may do better later.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) what: String,
    /// How long the server asked to be left alone.
    pub(super) wait: Option<Duration>,
}

impl Failure {
    pub(super) fn new(what: String) -> Self {
        Self { what, wait: None }
    }

    pub(super) fn of_request(error: &reqwest::Error) -> Self {
        Self::new(whole_cause(error))
    }
}

/// The whole chain of causes: the first alone says little, and some repeat what is behind them.
pub(crate) fn whole_cause(error: &dyn std::error::Error) -> String {
    let (mut what, mut cause) = (error.to_string(), error.source());
    while let Some(source) = cause {
        let told = source.to_string();
        if !what.contains(&told) {
            what.push_str(": ");
            what.push_str(&told);
        }
        cause = source.source();
    }
    what
}

/// Counts the waiting for one thing to do.
pub(super) struct Patience {
    limits: RetryLimits,
    url: String,
    doing: &'static str,
    since: Option<Instant>,
    pause_ms: u64,
}

impl Patience {
    pub(super) fn new(limits: RetryLimits, url: String, doing: &'static str) -> Self {
        Self { limits, url, doing, since: None, pause_ms: limits.backoff_ms_min }
    }

    /// Waits after a failed attempt, or gives up.
    pub(super) async fn wait(&mut self, failure: Failure) -> Result<(), InfluxError> {
        let waited = self.since.get_or_insert_with(Instant::now).elapsed();
        let pause = self.next_pause(failure.wait);
        if waited + pause > Duration::from_millis(self.limits.give_up_after_ms) {
            let (doing, url, waited_s) = (self.doing, self.url.clone(), waited.as_secs());
            return Err(InfluxError::GaveUp { doing, url, waited_s, last: failure.what });
        }
        tracing::warn!(
            url = %self.url, doing = self.doing, cause = %failure.what, waited_s = waited.as_secs(),
            next_attempt_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX), "influxdb does not take it now, waiting"
        );
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Twice as long as the last one, and at least what the server asked for.
    fn next_pause(&mut self, asked: Option<Duration>) -> Duration {
        let pause = Duration::from_millis(self.pause_ms);
        self.pause_ms = self.pause_ms.saturating_mul(2).min(self.limits.backoff_ms_max);
        asked.map_or(pause, |asked| pause.max(asked.min(RETRY_AFTER_MAX)))
    }
}

/// Statuses of a server or proxy that may do better later.
pub(super) fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT
}

/// What the answer's `Retry-After` asks for: seconds, or a date, which is reckoned from the answer's own.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().unwrap_or_default().trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    Some(seconds.or_else(|| until(text, headers)).unwrap_or(RETRY_AFTER_UNREADABLE))
}

fn until(date: &str, headers: &HeaderMap) -> Option<Duration> {
    let then = httpdate::parse_http_date(date).ok()?;
    let told = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let now = told.unwrap_or_else(own_time);
    Some(then.duration_since(now).unwrap_or_default()) // a date gone by asks for nothing
}

#[allow(
    clippy::disallowed_methods,
    reason = "a date asks for a time of the wall clock; only where the answer has none of its own"
)]
fn own_time() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("send the request: {0}")]
        struct Repeating(#[source] Plain);
        #[derive(Debug, thiserror::Error)]
        #[error("connect")]
        struct Plain(#[source] std::io::Error);
        let error = Repeating(Plain(std::io::Error::other("refused")));
        assert_eq!(whole_cause(&error), "send the request: connect: refused");
    }

    #[test]
    fn pauses_double_up_to_their_limit_and_heed_the_server() {
        let limits = RetryLimits { backoff_ms_min: 100, backoff_ms_max: 350, give_up_after_ms: 1 };
        let mut patience = Patience::new(limits, String::new(), "test");
        let pauses = [None, None, None, Some(5), Some(9_999)]
            .map(|asked| patience.next_pause(asked.map(Duration::from_secs)).as_millis());
        assert_eq!(pauses, [100, 200, 350, 5_000, 600_000]);
    }

    #[test]
    fn a_retry_after_is_seconds_or_a_date_or_a_default() {
        const DATED: &str = "Fri, 31 Dec 1999 23:58:59 GMT";
        let asked = |text: &'static str| {
            let headers = [(RETRY_AFTER, text), (DATE, DATED)];
            retry_after(&headers.map(|(name, value)| (name, value.parse().expect("header text"))).into_iter().collect())
        };
        assert_eq!(retry_after(&HeaderMap::new()), None);
        for (text, seconds) in [
            ("7", 7),
            (" 0 ", 0),
            ("Fri, 31 Dec 1999 23:59:59 GMT", 60),
            ("Friday, 31-Dec-99 23:59:00 GMT", 1),
            ("Fri Dec 31 23:59:29 1999", 30),
            ("Fri, 31 Dec 1999 23:50:00 GMT", 0),
            ("soon", 10),
            ("-1", 10),
            ("1.5", 10),
        ] {
            assert_eq!(asked(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        let long_ago = HeaderMap::from_iter([(RETRY_AFTER, DATED.parse().expect("header text"))]);
        assert_eq!(retry_after(&long_ago), Some(Duration::ZERO));
    }
}
