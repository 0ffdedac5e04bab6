//! Every fault of a server or of the way to it, and what comes of it: no point lost, none older over a newer one, memory bounded.
//! The result is a table: `cargo test -p adx-tests --test influx_writer faults -- --nocapture`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use adx_influx::writer::{Limits, Metrics, State};
use adx_local_influx::{Faults, RetryAfter, WriteFault};

use crate::points::{Key, MARCH, point, stored};
use crate::servers::{QUICK, client, refused, stand_in, stand_in_up_to, target, writer};

const EXCHANGES: i64 = 25;
const MINUTES: i64 = 20;
const REVISIONS: i64 = 4;

/// A fault, and what is expected of it beyond that nothing is lost.
struct Case {
    what: &'static str,
    faults: Vec<(usize, WriteFault)>,
    /// The server does not answer at all, for a while that is 5 minutes where the first pause is a second.
    vanishes: bool,
    /// Retries by status, of those that are certain.
    retried: &'static [u16],
    /// So many points are refused.
    refused: usize,
    request_timeout: Duration,
}

const NOTHING: Case = Case {
    what: "none",
    faults: Vec::new(),
    vanishes: false,
    retried: &[],
    refused: 0,
    request_timeout: QUICK.request_timeout,
};

fn case(what: &'static str, times: usize, fault: WriteFault, retried: &'static [u16]) -> Case {
    Case { what, faults: vec![(times, fault)], retried, ..NOTHING }
}

fn told(status: u16, message: &'static str) -> WriteFault {
    WriteFault::Told { status, message, retry_after: RetryAfter::Untold }
}

fn asked(status: u16, retry_after: RetryAfter) -> WriteFault {
    WriteFault::Told { status, message: "slow down", retry_after }
}

const BAD_LINE: &str =
    "unable to parse 'demand,exchange=x0,shard=0 slots=0i,rev=0i,final=true 1772323200': missing fields";
const CONFLICT: &str = "failure writing points to database: partial write: field type conflict: input field \"slots\" on measurement \
     \"demand\" is type integer, already exists as type float dropped=1";
const TOO_LONG: &str = "failure writing points to database: partial write: input field \"s\" on measurement \"demand\" is too long, \
     1200000 > 1048576 dropped=1";
const STRIPPED: &str = "failure writing points to database: partial write: invalid field name: input field \"time\" on measurement \
     \"demand\" is invalid. Field \"time\" has been stripped from point. dropped=0 for database: 0 for retention policy: autogen";

/// The statuses and bodies of a real influxd, of InfluxDB Cloud and of proxies, and what happens to connections.
fn cases() -> Vec<Case> {
    vec![
        NOTHING,
        Case { refused: 1, ..case("400 that quotes a line", 1, told(400, BAD_LINE), &[]) },
        case("400 of a proxy, once", 1, told(400, "Bad Request"), &[]),
        case("400 to whatever is sent, for a while", 5, told(400, "Bad Request"), &[400]),
        case("401 unauthorized", 3, told(401, "unauthorized access"), &[401]),
        case("403 forbidden", 3, told(403, "insufficient permissions for write"), &[403]),
        case("404 no bucket", 3, told(404, "bucket \"run\" not found"), &[404]),
        case("404 no organization", 3, told(404, "organization name \"adx\" not found"), &[404]),
        case("408 request timeout", 3, told(408, ""), &[408]),
        case("413 too large, in halves", 3, told(413, "Request Entity Too Large"), &[]),
        case("422 conflict that then is none", 1, told(422, CONFLICT), &[]),
        case("422 too long that then is not", 1, told(422, TOO_LONG), &[]),
        case("422 field stripped, all stored", 1, told(422, STRIPPED), &[]),
        case("422 of something else, for a while", 4, told(422, "organization is odd"), &[422]),
        case("429 with seconds", 2, asked(429, RetryAfter::Seconds(0)), &[429]),
        case("429 with one second", 1, asked(429, RetryAfter::Seconds(1)), &[429]),
        case("429 with a date", 1, asked(429, RetryAfter::DateIn(1)), &[429]),
        case("499 client closed request", 2, told(499, ""), &[499]),
        case("500 internal error", 4, told(500, "internal error"), &[500]),
        case("500 timeout, though stored", 3, WriteFault::StoreAndAnswer { status: 500 }, &[500]),
        case("500 to packed bodies, always", 10_000, WriteFault::RefusePacked, &[500]),
        case("502 bad gateway", 3, told(502, "Bad Gateway"), &[502]),
        case("503 unavailable with seconds", 2, asked(503, RetryAfter::Seconds(0)), &[503]),
        case("503 unavailable with a date", 1, asked(503, RetryAfter::DateIn(1)), &[503]),
        case("503 without a word, stored", 2, WriteFault::StoreAndAnswer { status: 503 }, &[503]),
        case("504 gateway timeout, though stored", 2, WriteFault::StoreAndAnswer { status: 504 }, &[504]),
        case("200 of something that is no influxd", 2, told(200, "<html>"), &[200]),
        case("301 to somewhere else", 2, told(301, ""), &[301]),
        case("cut before storing", 5, WriteFault::DropBeforeStoring, &[0]),
        case("cut after storing", 5, WriteFault::DropAfterStoring, &[0]),
        case("cut, and stored 50 ms later", 4, WriteFault::StoreLate { after_ms: 50 }, &[0]),
        case("slow answers", 5, WriteFault::AnswerSlowly { after_ms: 50 }, &[]),
        Case {
            request_timeout: Duration::from_secs(1),
            ..case("answers slower than the timeout", 1, WriteFault::AnswerSlowly { after_ms: 1_300 }, &[0])
        },
        Case { what: "gone for 300 times the first pause", vanishes: true, retried: &[0], ..NOTHING },
        Case {
            what: "all of it, one after the other",
            faults: vec![
                (1, WriteFault::StoreLate { after_ms: 50 }),
                (1, told(503, "")),
                (1, WriteFault::DropAfterStoring),
                (1, told(401, "unauthorized access")),
                (1, told(413, "")),
                (1, WriteFault::StoreAndAnswer { status: 500 }),
                (1, asked(429, RetryAfter::Seconds(0))),
                (2, WriteFault::StoreLate { after_ms: 50 }),
                (1, told(400, "Bad Request")),
            ],
            retried: &[0, 401, 429, 500, 503],
            ..NOTHING
        },
    ]
}

/// What came of a case.
struct Seen {
    metrics: Metrics,
    stored: BTreeMap<Key, i64>,
    refused: Vec<String>,
    most_waiting: usize,
    took: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_loses_a_point() {
    println!("{:<38} {:>8} {:>8} {:>8} {:>8}  retries by status", "fault", "requests", "stored", "refused", "waiting");
    for case in cases() {
        let seen = play(&case).await;
        println!("{}", row(&case, &seen));
        check(&case, &seen);
    }
}

fn row(case: &Case, seen: &Seen) -> String {
    let Seen { metrics, stored, refused, most_waiting, took } = seen;
    format!(
        "{:<38} {:>8} {:>8} {:>8} {:>8}  {:?} in {} ms",
        case.what,
        metrics.requests,
        stored.len(),
        refused.len(),
        most_waiting,
        metrics.retries,
        took.as_millis()
    )
}

fn check(case: &Case, seen: &Seen) {
    let what = case.what;
    assert_eq!(seen.refused.len(), case.refused, "{what}: {:?}", seen.refused);
    assert_eq!(seen.metrics.refused_in_all(), case.refused as u64, "{what}");
    assert_eq!(seen.metrics.unready().is_some(), case.refused > 0, "{what}: {:?}", seen.metrics.unready());
    for status in case.retried {
        assert!(seen.metrics.retries.contains_key(status), "{what}: it never struck: {:?}", seen.metrics.retries);
    }
    assert!(seen.most_waiting <= QUICK.queue_points_max, "{what}: {} points waited", seen.most_waiting);
    for exchange in 0..EXCHANGES {
        for minute in 0..MINUTES {
            let key = (format!("x{exchange}"), MARCH + 60 * minute);
            assert_eq!(seen.stored.get(&key), Some(&(REVISIONS - 1)), "{what}: {key:?}");
        }
    }
}

async fn play(case: &Case) -> Seen {
    let server = stand_in(None).await;
    let client = client(target(&server.url()));
    for (times, fault) in &case.faults {
        server.faults().next_writes(*times, *fault);
    }
    let (writer, dir) = writer(&client, Limits { request_timeout: case.request_timeout, ..QUICK });
    let (started, mut most_waiting) = (Instant::now(), 0);
    if case.vanishes {
        server.faults().refuse_everything();
    }
    let coming_back = case.vanishes.then(|| tokio::spawn(come_back(server.faults())));
    // Every key comes again and again, while older revisions of it are on their way.
    for number in 0..REVISIONS {
        for minute in 0..MINUTES {
            let points = (0..EXCHANGES).map(|x| point(&format!("x{x}"), MARCH + 60 * minute, number)).collect();
            writer.push(points).await.expect("a writer at work");
            most_waiting = most_waiting.max(writer.metrics().queue_points);
        }
        tokio::time::sleep(Duration::from_millis(5)).await; // so that there is more than one batch of each key
    }
    let metrics = writer.finish(Duration::from_secs(60)).await.unwrap_or_else(|error| panic!("{}: {error}", case.what));
    if let Some(coming_back) = coming_back {
        coming_back.await.expect("a server that comes back");
    }
    let took = started.elapsed();
    tokio::time::sleep(Duration::from_millis(100)).await; // what takes effect late has done so
    Seen { metrics, stored: stored(&client).await, refused: refused(&dir).0, most_waiting, took }
}

async fn come_back(faults: Faults) {
    tokio::time::sleep(QUICK.backoff * 300).await;
    faults.recover();
}

#[tokio::test]
async fn points_too_large_alone_are_put_down_and_a_full_file_stops_the_stream() {
    // Enough for a request without points, not for one with.
    let server = stand_in_up_to(60).await;
    let client = client(target(&server.url()));
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("refused-points.lp");
    let file = adx_influx::RefusedFile { path: path.clone(), bytes_max: 900 };
    let writer = client.writer(QUICK, file);
    writer.push((0..9).map(|n| point("x", MARCH + 60 * n, 1)).collect()).await.expect("a writer at work");
    let mut metrics = writer.watch();
    let stuck = metrics.wait_for(|metrics| matches!(metrics.state, State::Stuck { .. })).await;
    let why = stuck.expect("a writer at work").unready().expect("a reason");
    assert!(why.contains("refused-points.lp") && why.contains("move it away"), "{why}");
    // Mended, it goes on.
    std::fs::rename(&path, dir.path().join("moved-away.lp")).expect("a file that can be moved");
    let metrics = writer.finish(Duration::from_secs(30)).await.expect("an end");
    assert_eq!((metrics.written, metrics.refused_in_all()), (0, 9));
    let kept = std::fs::read_to_string(dir.path().join("moved-away.lp")).expect("a file")
        + &std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept.lines().filter(|line| !line.starts_with('#')).count() as u64, metrics.refused_in_all());
}

#[tokio::test]
async fn the_end_has_a_deadline_and_says_what_is_left() {
    let server = stand_in(None).await;
    server.faults().refuse_everything();
    let client = client(target(&server.url()));
    let (writer, _dir) = writer(&client, QUICK);
    writer.push((0..150).map(|n| point("x", MARCH + 60 * n, 1)).collect()).await.expect("a writer at work");
    let mut metrics = writer.watch();
    metrics.wait_for(|metrics| matches!(metrics.state, State::Waiting { .. })).await.expect("a writer at work");
    let error = writer.finish(Duration::from_millis(100)).await.expect_err("no server").to_string();
    assert!(error.contains("150 points were not written") && error.contains("influxdb does not answer now"), "{error}");
}

#[test]
fn what_holds_a_token_does_not_show_it() {
    let shown = format!("{:?}", target("http://127.0.0.1:8086"));
    assert!(shown.contains("8086") && !shown.contains("token-of"), "{shown}");
}
