//! The client against the stand-in, on good days and bad ones.

use adx_local_influx::{Account, Config, Faults, LocalInflux, WriteFault};
use adx_queries::Measurement;

use super::*;
use crate::line_protocol::{FieldValue, Line};
use adx_events::time::WindowStart;

const LIMITS: RetryLimits = RetryLimits { backoff_ms_min: 1, backoff_ms_max: 4, give_up_after_ms: 30_000 };
const IMPATIENT: RetryLimits = RetryLimits { backoff_ms_min: 1, backoff_ms_max: 4, give_up_after_ms: 20 };

fn account() -> Account {
    Account {
        org: "adx".into(),
        bucket: "run".into(),
        token: "secret".into(),
        read_token: Some("read".into()),
        keeps: None,
    }
}

async fn server() -> LocalInflux {
    let config = Config { account: Some(account()), ..Config::default() };
    LocalInflux::start(config).await.expect("a free port on loopback")
}

fn target(url: String) -> InfluxTarget {
    InfluxTarget { url, org: "adx".into(), bucket: "run".into(), token: "secret".into() }
}

fn client(server: &LocalInflux) -> InfluxClient {
    InfluxClient::new(target(server.url()), LIMITS).expect("a url of a stand-in")
}

fn lines(count: i64) -> Bytes {
    let mut out = String::new();
    for index in 0..count {
        let at = WindowStart::from_seconds(1_772_323_200 + 60 * index).expect("a small number");
        let line = Line::new("demand", at).tag("exchange", "a b,\"é").tag("shard", "0");
        line.integer("slots", index).boolean("final", true).write_to(&mut out).expect("a valid point");
    }
    out.into()
}

async fn stored(client: &InfluxClient) -> Vec<Point> {
    let mut points = Vec::new();
    let query = Query::Points { measurement: Measurement::Demand };
    client.query(&query, |point| points.push(point)).await.expect("an answer");
    points
}

#[tokio::test]
async fn what_is_written_is_read_back() {
    let server = server().await;
    let client = client(&server);
    client.wait_ready().await.unwrap();
    assert_eq!(stored(&client).await, []);
    client.write(lines(12_345)).await.unwrap();
    assert_eq!(server.faults().writes_seen(), 3);
    let points = stored(&client).await;
    assert_eq!(points.len(), 12_345);
    for (index, point) in (0_i64..).zip(&points) {
        assert_eq!(point.at.as_seconds(), 1_772_323_200 + 60 * index);
        assert_eq!(point.measurement, "demand");
        assert_eq!(point.tags["exchange"], "a b,\"é");
        assert_eq!(point.fields["slots"], FieldValue::Integer(index));
        assert_eq!(point.fields["final"], FieldValue::Boolean(true));
    }
}

#[tokio::test]
async fn a_passing_failure_loses_nothing() {
    let answer = |status, retry_after_s| WriteFault::Answer { status, retry_after_s };
    for fault in [
        answer(429, Some(0)),
        answer(500, None),
        answer(503, Some(0)),
        WriteFault::DropBeforeStoring,
        WriteFault::DropAfterStoring,
    ] {
        let server = server().await;
        server.faults().next_writes(3, fault);
        let client = client(&server);
        client.write(lines(7)).await.unwrap();
        assert_eq!(server.faults().writes_seen(), 4, "{fault:?}");
        assert_eq!(stored(&client).await.len(), 7, "{fault:?}");
    }
}

#[tokio::test]
async fn connections_that_end_at_once_are_tried_again() {
    let server = server().await;
    server.faults().refuse_connections(3);
    client(&server).write(lines(7)).await.unwrap();
    server.faults().refuse_connections(3);
    let fresh = client(&server);
    assert_eq!(stored(&fresh).await.len(), 7);
}

#[tokio::test]
async fn waiting_ends_with_an_error_that_names_the_server() {
    let server = server().await;
    server.faults().refuse_everything();
    let client = InfluxClient::new(target(server.url()), IMPATIENT).unwrap();
    let query = Query::Points { measurement: Measurement::Demand };
    for result in [
        client.wait_ready().await,
        client.write(lines(1)).await,
        client.ensure_bucket(None).await,
        client.query(&query, drop).await,
    ] {
        let error = result.expect_err("the server answers nothing");
        assert!(matches!(&error, InfluxError::GaveUp { url, .. } if *url == server.url()), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let server = server().await;
    let refused = |bucket: &str, token: &str| {
        let target = InfluxTarget { bucket: bucket.into(), token: token.into(), ..target(server.url()) };
        InfluxClient::new(target, LIMITS).expect("a good url")
    };
    let written = async |client: InfluxClient, lines: Bytes| client.write(lines).await.expect_err("a refusal");
    let error = written(refused("run", "wrong"), lines(1)).await;
    assert!(matches!(error, InfluxError::Unauthorized { .. }), "{error}");
    let error = written(refused("run", "read"), lines(1)).await;
    assert!(matches!(error, InfluxError::Forbidden { .. }), "{error}");
    let error = written(refused("other", "secret"), lines(1)).await;
    assert!(matches!(error, InfluxError::NotFound { .. }), "{error}");
    let error = written(refused("run", "secret"), Bytes::from("demand slots=1i\nbad\n")).await;
    assert!(matches!(&error, InfluxError::Malformed { message, .. } if message.contains("'bad'")), "{error}");
    let mixed = Bytes::from("demand,shard=0 slots=1i 60\ndemand,shard=0 slots=1.0 120\n");
    let error = written(refused("run", "secret"), mixed).await;
    assert!(matches!(error, InfluxError::PartialWrite { dropped: 1, .. }), "{error}");
    assert_eq!(server.faults().writes_seen(), 5);
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_halved_until_it_fits() {
    let config = Config { account: Some(account()), max_body_bytes: 300, ..Config::default() };
    let server = LocalInflux::start(config).await.unwrap();
    let client = client(&server);
    client.write(lines(50)).await.unwrap();
    assert_eq!(stored(&client).await.len(), 50);
    let one_line = Bytes::from(format!("demand,exchange={} slots=1i 60\n", "x".repeat(300)));
    let error = client.write(one_line).await.expect_err("a line longer than the server takes");
    assert!(matches!(error, InfluxError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_fresh_server_is_set_up_once() {
    let server = LocalInflux::start(Config::default()).await.unwrap();
    let client = client(&server);
    assert!(client.ensure_set_up("adx", "a long password").await.unwrap());
    assert!(!client.ensure_set_up("adx", "a long password").await.unwrap());
    client.write(lines(1)).await.unwrap();
    assert_eq!(stored(&client).await.len(), 1);
}

#[tokio::test]
async fn a_bucket_of_its_own_comes_and_goes() {
    let server = server().await;
    let own = InfluxTarget { bucket: "run-7 \"x\"".into(), ..target(server.url()) };
    let client = InfluxClient::new(own, LIMITS).unwrap();
    for _ in 0..2 {
        client.ensure_bucket(Some(Duration::from_secs(3_600))).await.unwrap();
    }
    let error = client.write(lines(1)).await.expect_err("points older than an hour");
    assert!(matches!(&error, InfluxError::PartialWrite { message, .. } if message.contains("retention")), "{error}");
    assert!(client.delete_bucket().await.unwrap());
    assert!(!client.delete_bucket().await.unwrap());
    let query = Query::Points { measurement: Measurement::Demand };
    let error = client.query(&query, drop).await.expect_err("no such bucket");
    assert!(matches!(error, InfluxError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn the_server_may_go_away_amid_a_run_and_come_back() {
    let server = server().await;
    let (client, faults) = (client(&server), server.faults());
    client.write(lines(3)).await.unwrap();
    faults.refuse_everything();
    let recovery = recover_after_some_refusals(&faults);
    let (written, ()) = tokio::join!(client.write(lines(9)), recovery);
    written.unwrap();
    assert_eq!(stored(&client).await.len(), 9);
}

/// Lets the client fail a few times first.
async fn recover_after_some_refusals(faults: &Faults) {
    while faults.refusals() < 3 {
        tokio::task::yield_now().await;
    }
    faults.recover();
}
