//! Debian's influxdb 1.x as an oracle: its parser and its merge rules are those of 2.x, which is asked, too, where it is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adx_influx::writer::Limits;
use adx_local_influx::UnixNanos;
use adx_local_influx::parser::{Precision, parse};
use adx_tests::influxd::{Influxd, Scheduler};
use axum::http::StatusCode;
use proptest::prelude::*;
use serde_json::Value;

use crate::adapter::OldInfluxd;
use crate::answers::post;
use crate::hostile::{line, sample, tag_value};
use crate::points::{Key, MARCH, point};
use crate::servers::{QUICK, client, refused, target, writer};

const LIMITS: Limits = Limits { request_timeout: Duration::from_secs(60), batch_points_max: 1_000, ..QUICK };

#[tokio::test(flavor = "multi_thread")]
async fn hostile_points_come_back_unchanged_and_the_newest_revision_stays() {
    let Some(server) = OldInfluxd::start("hostile points into influxdb 1.x").await else { return };
    let server = Arc::new(server);
    let client = client(target(&server.clone().behind_v2().await));
    let (writer, dir) = writer(&client, LIMITS);
    let (mut expected, values) = (BTreeMap::new(), sample(tag_value(), 2_000));
    for (revision, values) in (1..).zip(values.chunks(100)) {
        let points = values.iter().map(String::as_str).chain(["rewritten"]).map(|value| point(value, MARCH, revision));
        writer.push(points.collect()).await.expect("a writer at work");
        expected.extend(values.iter().map(|value| ((value.clone(), MARCH), revision)));
        expected.insert(("rewritten".to_owned(), MARCH), revision);
        tokio::time::sleep(LIMITS.flush_after * 3).await; // so that revisions overwrite each other there, and not here
    }
    let metrics = writer.finish(Duration::from_secs(120)).await.expect("everything written");
    assert!(metrics.requests > 3 && refused(&dir).0.is_empty(), "{metrics:?}");
    let stored: BTreeMap<Key, i64> = points_of(server.query("SELECT * FROM demand GROUP BY *").await)
        .into_iter()
        .map(|((exchange, at), fields)| ((exchange, at), fields["slots"].as_i64().expect("a whole number")))
        .collect();
    assert!(stored == expected, "{:?}", stored.iter().zip(&expected).find(|(stored, expected)| stored != expected));
}

/// The points of a query by exchange and time: their fields.
fn points_of(series: Vec<Value>) -> BTreeMap<Key, BTreeMap<String, Value>> {
    let mut points = BTreeMap::new();
    for series in series {
        let exchange = series["tags"]["exchange"].as_str().expect("an exchange").to_owned();
        let columns: Vec<&str> =
            series["columns"].as_array().expect("columns").iter().filter_map(Value::as_str).collect();
        for row in series["values"].as_array().expect("rows") {
            let cells = columns.iter().zip(row.as_array().expect("cells"));
            let mut fields: BTreeMap<String, Value> =
                cells.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let at = fields.remove("time").and_then(|at| at.as_i64()).expect("a time");
            fields.retain(|_, value| !value.is_null());
            points.insert((exchange.clone(), at), fields);
        }
    }
    points
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_merges_as_it_does() {
    let Some(server) = OldInfluxd::start("merge rules of influxdb 1.x").await else { return };
    let local = crate::servers::stand_in(None).await;
    let client = client(target(&local.url()));
    let field = (prop::sample::select(vec!["a", "b", "c"]), 0..100_i64);
    let write = (0..4_i64, 0..3_i64, prop::collection::vec(field, 1..3));
    for writes in sample(prop::collection::vec(write, 1..6), 120) {
        let text: String = writes
            .iter()
            .map(|(exchange, at, fields)| {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}i")).collect();
                format!("demand,exchange=x{exchange} {} {}\n", fields.join(","), MARCH + at)
            })
            .collect();
        assert_eq!(server.write(None, text.clone().into_bytes()).await.0, StatusCode::NO_CONTENT, "{text}");
        client.write(text.into()).await.expect("good points");
    }
    let there = points_of(server.query("SELECT * FROM demand GROUP BY *").await);
    let mut here = BTreeMap::new();
    let query = adx_queries::Query::Points { measurement: adx_queries::Measurement::Demand };
    let take = |point: adx_influx::Point| {
        let number = |value: &adx_influx::line_protocol::FieldValue| match value {
            adx_influx::line_protocol::FieldValue::Integer(number) => Value::from(*number),
            other => panic!("{other:?}"),
        };
        let fields = point.fields.iter().map(|(name, value)| (name.clone(), number(value))).collect();
        here.insert((point.tags["exchange"].clone(), point.at.as_seconds()), fields);
    };
    client.query(&query, take).await.expect("an answer");
    assert_eq!(here, there);
}

/// What 1.x takes and 2.x does not: it left such points out later, when it stored them.
const TAKEN_BEFORE_2: &str = "cannot use reserved tag key";

#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_reads_lines_as_it_does() {
    let Some(server) = OldInfluxd::start("parser of influxdb 1.x").await else { return };
    let mut differences = Vec::new();
    for line in sample(line(), 3_000) {
        let here = read_here(&line);
        let (status, message) = server.write(None, line.clone().into_bytes()).await;
        // What was left out later was read all the same.
        let there = status == StatusCode::NO_CONTENT || !message.contains("unable to parse");
        let known = here.as_ref().is_err_and(|reason| reason.contains(TAKEN_BEFORE_2));
        if here.is_ok() != there && !known {
            differences.push(format!("{line:?}: here {here:?}, there {status} {message}"));
        }
    }
    assert!(differences.is_empty(), "{} lines: {}", differences.len(), differences.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_reads_lines_as_a_real_server_does() {
    let Some(server) = Influxd::start("parser", Scheduler::Silent).await else { return };
    let bucket = format!("lines-{}", std::process::id());
    server.client(&bucket).ensure_bucket(None).await.expect("a bucket");
    let query = format!("org={}&bucket={bucket}&precision=s", server.org());
    let (mut taken, mut differences) = (0, Vec::new());
    for line in sample(line(), 3_000) {
        let here = read_here(&line);
        let (status, message) = post(server.url(), &query, server.token(), None, line.clone().into_bytes()).await;
        taken += usize::from(status == 204);
        let same = match &here {
            Ok(()) => status == 204 || status == 422,
            Err(reason) => status == 400 && message.ends_with(reason.as_str()),
        };
        if !same {
            differences.push(format!("{line:?}: here {here:?}, there {status} {message}"));
        }
    }
    println!("{taken} of 3000 lines taken");
    assert!(differences.is_empty() && taken > 300, "{} lines: {}", differences.len(), differences.join("\n"));
}

/// Whether the stand-in takes a line, or why not.
fn read_here(line: &str) -> Result<(), String> {
    let parsed = parse(line.as_bytes(), Precision::Seconds, UnixNanos(MARCH * 1_000_000_000));
    parsed.bad.first().map_or(Ok(()), |bad| Err(bad.reason.to_string()))
}
