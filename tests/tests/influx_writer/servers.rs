//! Servers that are set up, with a client and a writer for one bucket.

use std::time::Duration;

use adx_influx::writer::{Endurance, Limits};
use adx_influx::{InfluxClient, InfluxTarget, RefusedFile, RetryLimits, Writer};
use adx_local_influx::{Account, Config, LocalInflux};

const ORG: &str = "adx";
const TOKEN: &str = "token-of-these-tests";

/// The limits of production, a thousandth of their times.
pub const QUICK: Limits = Limits {
    batch_points_max: 100,
    batch_bytes_max: 64 * 1024,
    flush_after: Duration::from_millis(1),
    pack_above_bytes: 1024,
    queue_points_max: 400,
    queue_bytes_max: 1024 * 1024,
    backoff: Duration::from_millis(1),
    backoff_max: Duration::from_millis(60),
    retry_after_max: Duration::from_secs(600),
    held_retry: Duration::from_millis(30),
    // Far above what the faults of these tests take to store, on a machine that stalls.
    doubt: Duration::from_secs(2),
    doubt_unanswered: Duration::from_secs(2),
    request_timeout: Duration::from_secs(10),
    endurance: Endurance::Endless,
};

const CLIENT: RetryLimits = RetryLimits { backoff_ms_min: 1, backoff_ms_max: 50, give_up_after_ms: 60_000 };

pub fn target(url: &str) -> InfluxTarget {
    InfluxTarget { url: url.into(), org: ORG.into(), bucket: "run".into(), token: TOKEN.into() }
}

pub fn client(target: InfluxTarget) -> InfluxClient {
    InfluxClient::new(target, CLIENT).expect("a url of the form http://HOST:PORT")
}

/// A stand-in that keeps points for so long; `None` is for ever.
pub async fn stand_in(keeps: Option<Duration>) -> LocalInflux {
    let (org, bucket, token) = (ORG.to_owned(), "run".to_owned(), TOKEN.to_owned());
    let account = Some(Account { org, bucket, token, read_token: Some("reader".into()), keeps });
    LocalInflux::start(Config { account, ..Config::default() }).await.expect("a free port on loopback")
}

/// A stand-in that takes no longer body.
pub async fn stand_in_up_to(max_body_bytes: usize) -> LocalInflux {
    let (org, bucket, token) = (ORG.to_owned(), "run".to_owned(), TOKEN.to_owned());
    let account = Some(Account { org, bucket, token, read_token: None, keeps: None });
    LocalInflux::start(Config { account, max_body_bytes, ..Config::default() }).await.expect("a free port on loopback")
}

/// A writer, and the directory of its file of refused points.
pub fn writer(client: &InfluxClient, limits: Limits) -> (Writer, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    (client.writer(limits, RefusedFile::new(dir.path().join("refused-points.lp"))), dir)
}

/// The lines in the file of refused points, and the reasons above them.
pub fn refused(dir: &tempfile::TempDir) -> (Vec<String>, Vec<String>) {
    let text = std::fs::read_to_string(dir.path().join("refused-points.lp")).unwrap_or_default();
    let (causes, lines): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('#'));
    (lines.into_iter().map(str::to_owned).collect(), causes.into_iter().map(str::to_owned).collect())
}
