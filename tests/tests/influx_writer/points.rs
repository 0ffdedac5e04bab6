//! The points of these tests: one number per exchange and minute, which is its revision, too.

use std::collections::BTreeMap;

use adx_events::time::WindowStart;
use adx_influx::line_protocol::{FieldValue, Line};
use adx_influx::{EncodedPoint, InfluxClient, Revision};
use adx_queries::{Measurement, Query};

/// What makes a point one: exchange and second.
pub type Key = (String, i64);

/// Minutes of March 2026.
pub const MARCH: i64 = 1_772_323_200;

pub fn line<'a>(exchange: &'a str, at: i64, number: i64) -> Line<'a> {
    let at = WindowStart::from_seconds(at).expect("a second of our time");
    let line = Line::new(Measurement::Demand.name(), at).tag("exchange", exchange).tag("shard", "0");
    line.integer("slots", number).integer("rev", number).boolean("final", true)
}

pub fn point(exchange: &str, at: i64, number: i64) -> EncodedPoint {
    let revision = Revision(u64::try_from(number).expect("no negative number"));
    EncodedPoint::new(line(exchange, at, number), revision).expect("a valid point")
}

/// A point that a server refuses to which its field is a whole number.
pub fn conflicting(exchange: &str, at: i64) -> EncodedPoint {
    let at = WindowStart::from_seconds(at).expect("a second of our time");
    let line =
        Line::new(Measurement::Demand.name(), at).tag("exchange", exchange).tag("shard", "0").boolean("slots", true);
    EncodedPoint::new(line, Revision(1)).expect("a valid point")
}

/// The numbers that are stored.
pub async fn stored(client: &InfluxClient) -> BTreeMap<Key, i64> {
    let mut stored = BTreeMap::new();
    let take = |point: adx_influx::Point| {
        let Some(FieldValue::Integer(number)) = point.fields.get("slots") else { panic!("no number in {point:?}") };
        stored.insert((point.tags["exchange"].clone(), point.at.as_seconds()), *number);
    };
    client.query(&Query::Points { measurement: Measurement::Demand }, take).await.expect("points to be read back");
    stored
}
