//! What a real influxd refuses, and how: the same rows on the stand-in, and on a real one where there is one.

use std::collections::BTreeMap;
use std::time::Duration;

use adx_influx::writer::{Limits, RefusalReason, State};
use adx_influx::{EncodedPoint, InfluxClient, InfluxTarget};
use adx_local_influx::LocalInflux;
use adx_tests::influxd::{Influxd, Scheduler};

use crate::points::{MARCH, conflicting, point, stored};
use crate::servers::{QUICK, client, refused, stand_in, target, writer};

/// Times that a bucket with an hour of retention takes for long.
const FAR: i64 = 4_000_000_000;
const WEEK: i64 = 7 * 86_400;
const LIMITS: Limits = Limits {
    batch_points_max: 5_000,
    batch_bytes_max: 1024 * 1024,
    queue_points_max: 20_000,
    queue_bytes_max: 64 * 1024 * 1024,
    request_timeout: Duration::from_secs(60),
    flush_after: Duration::from_millis(200),
    ..QUICK
};

/// Points of one write, those among them that are refused with the reason, and what the bucket held before.
struct Row {
    what: &'static str,
    before: Vec<EncodedPoint>,
    good: Vec<EncodedPoint>,
    bad: Vec<(RefusalReason, EncodedPoint)>,
}

fn rows() -> Vec<Row> {
    use RefusalReason::{Retention, TypeConflict};
    let good = |count: i64| (0..count).map(|n| point("good", FAR + 60 * n, n)).collect::<Vec<_>>();
    let before = || vec![point("before", FAR, 1)];
    let old = |n: i64| (Retention, point("old", MARCH + 60 * n, n));
    let odd = |at: i64| (TypeConflict, conflicting("odd", at));
    vec![
        Row { what: "all good, far ahead", before: before(), good: good(900), bad: vec![] },
        Row { what: "older than retention", before: before(), good: good(900), bad: (0..100).map(old).collect() },
        Row { what: "a type conflict among 4999", before: before(), good: good(4_998), bad: vec![odd(FAR + 77)] },
        Row {
            what: "too old, and conflicts",
            before: before(),
            good: good(500),
            bad: (0..20).map(old).chain((0..20).map(|n| odd(FAR + n))).collect(),
        },
        Row {
            what: "conflicts in 2 of 4 shards",
            before: (0..4).map(|week| point("before", FAR + week * WEEK, 1)).collect(),
            good: (0..4).flat_map(|week| (0..50).map(move |n| point("good", FAR + week * WEEK + 60 * n, n))).collect(),
            bad: [0, 2].map(|week| odd(FAR + week * WEEK + 30)).to_vec(),
        },
        Row { what: "nothing but old ones", before: before(), good: vec![], bad: (0..3_000).map(old).collect() },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_points_are_told_from_good_ones_on_the_stand_in() {
    for row in rows() {
        let server = stand_in(Some(Duration::from_secs(3_600))).await;
        play(&row, client(target(&server.url()))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_points_are_told_from_good_ones_on_a_real_server() {
    let Some(server) = Influxd::start("writer and refused points", Scheduler::Silent).await else { return };
    for (n, row) in rows().into_iter().enumerate() {
        let client = server.client(&format!("refusals-{n}-{}", std::process::id()));
        client.ensure_bucket(Some(Duration::from_secs(3_600))).await.expect("a bucket");
        play(&row, client).await;
    }
}

async fn play(row: &Row, client: InfluxClient) {
    let (writer, dir) = writer(&client, LIMITS);
    writer.push(row.before.clone()).await.expect("a writer at work");
    writer.flush().await.expect("a writer at work");
    let mut metrics = writer.watch();
    metrics.wait_for(|metrics| metrics.written as usize == row.before.len()).await.expect("points before");
    let points = row.good.iter().cloned().chain(row.bad.iter().map(|(_, point)| point.clone())).collect();
    writer.push(points).await.expect("a writer at work");
    let metrics = writer.finish(Duration::from_secs(300)).await.unwrap_or_else(|error| panic!("{}: {error}", row.what));
    println!("{:<30} {:>4} requests, refused {:?}", row.what, metrics.requests, metrics.refused);
    let mut lines = refused(&dir).0;
    let mut expected: Vec<&str> = row.bad.iter().map(|(_, point)| point.line().trim_end()).collect();
    lines.sort();
    expected.sort_unstable();
    assert_eq!(lines, expected, "{}", row.what);
    for reason in RefusalReason::ALL {
        let count = row.bad.iter().filter(|(of, _)| *of == reason).count() as u64;
        assert_eq!(metrics.refused_for(reason), count, "{}: {reason}", row.what);
    }
    let expected: BTreeMap<_, _> = row.good.iter().chain(&row.before).map(key_and_number).collect();
    assert_eq!(stored(&client).await, expected, "{}", row.what);
}

fn key_and_number(point: &EncodedPoint) -> ((String, i64), i64) {
    let exchange = point.line().split(['=', ',']).nth(2).expect("an exchange").to_owned();
    ((exchange, point.at().as_seconds()), i64::try_from(point.revision().0).expect("a small number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_waits_on_the_stand_in() {
    let server: LocalInflux = stand_in(None).await;
    waits_until_let_in(target(&server.url())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_waits_on_a_real_server() {
    let Some(server) = Influxd::start("writer without token or bucket", Scheduler::Silent).await else { return };
    waits_until_let_in(server.target("unused")).await;
}

/// A wrong token holds, and loses nothing; a bucket that is missing is waited for.
async fn waits_until_let_in(right: InfluxTarget) {
    let bucket = format!("missing-{}", std::process::id());
    let wrong = client(InfluxTarget { token: "wrong".into(), bucket: bucket.clone(), ..right.clone() });
    let missing = client(InfluxTarget { bucket, ..right });
    for (client, status) in [(&wrong, "401"), (&missing, "404")] {
        let (writer, dir) = writer(client, LIMITS);
        writer.push(vec![point("x", FAR, 1)]).await.expect("a writer at work");
        let mut metrics = writer.watch();
        let held =
            metrics.wait_for(|metrics| matches!(metrics.state, State::Held { .. })).await.expect("a state").unready();
        assert!(held.as_ref().is_some_and(|why| why.contains(status)), "{held:?}");
        if status == "404" {
            client.ensure_bucket(None).await.expect("a bucket");
            assert_eq!(writer.finish(Duration::from_secs(60)).await.expect("an end").written, 1);
            assert_eq!(stored(client).await.len(), 1);
        } else {
            let error = writer.finish(Duration::from_millis(100)).await.expect_err("no way in");
            assert!(error.to_string().contains("401"), "{error}");
        }
        assert!(refused(&dir).0.is_empty());
    }
}
