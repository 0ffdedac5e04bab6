//! What is encoded is what InfluxDB's parser reads.

use adx_local_influx::parser::{Precision, parse};
use adx_local_influx::{FieldValue as Stored, Point, Text, UnixNanos};
use proptest::prelude::*;

use super::*;
use crate::encoded::{EncodedPoint, Revision};

fn at(seconds: i64) -> WindowStart {
    WindowStart::from_seconds(seconds).expect("a small number of seconds")
}

fn encoded(line: Line<'_>) -> Result<String, EncodeError> {
    let mut out = String::new();
    line.write_to(&mut out).map(|()| out)
}

#[test]
fn a_point_as_text() {
    let line = Line::new("campaign", at(1_772_323_200))
        .tag("shard", "0")
        .tag("campaign_id", "spring sale, EU=1\\2")
        .integer("impressions", -7)
        .boolean("final", true);
    assert_eq!(
        encoded(line).unwrap(),
        "campaign,campaign_id=spring\\ sale\\,\\ EU\\=1\\2,shard=0 impressions=-7i,final=true 1772323200\n"
    );
}

#[test]
fn what_cannot_be_held_is_refused_and_leaves_nothing_behind() {
    let base = || Line::new("m", at(0)).integer("f", 1);
    let long = "x".repeat(KEY_BYTES_MAX);
    for refused in [
        Line::new("m", at(0)),
        Line::new("", at(0)).integer("f", 1),
        Line::new("#m", at(0)).integer("f", 1),
        base().tag("", "v"),
        base().tag("a b", "v"),
        base().tag("time", "v"),
        base().tag("t", ""),
        base().tag("t", "v\\"),
        base().tag("t", "a\nb"),
        base().tag("t", "a\u{7f}"),
        base().tag("t", "1").tag("t", "2"),
        base().tag("f", "1"),
        base().integer("f", 2),
        base().integer("a=b", 2),
        base().tag("t", &long),
    ] {
        let mut out = String::from("before\n");
        let shown = format!("{refused:?}");
        assert!(refused.write_to(&mut out).is_err(), "{}", &shown[..shown.len().min(200)]);
        assert_eq!(out, "before\n");
    }
}

/// Strings that are likely to hurt: separators, escapes, quotes, line ends, and a few letters.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(
            proptest::sample::select(vec!['\\', ' ', ',', '=', '"', '#', 'a', 'é', '\u{85}']),
            1..9
        )
        .prop_map(String::from_iter),
        "\\PC{1,64}",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn one_point_in_is_one_equal_point_out(
        values in proptest::collection::vec((hostile(), hostile(), any::<i64>(), any::<bool>(), 0..4_102_444_800_i64), 1..6),
    ) {
        let (mut bodies, mut expected) = (vec![String::new()], Vec::new());
        for (campaign, advertiser, count, flag, seconds) in &values {
            let line = Line::new("campaign", at(*seconds))
                .tag("campaign_id", campaign)
                .tag("advertiser_id", advertiser)
                .integer("clicks", *count)
                .boolean("final", *flag);
            let valid = [campaign, advertiser].into_iter().all(|value| adx_events::tag::is_tag_value(value));
            let written = EncodedPoint::new(line, Revision(0));
            prop_assert!(written.is_ok() || !valid, "a valid value was refused");
            if let Ok(written) = written {
                bodies.last_mut().expect("a body").push_str(written.line());
                if written.runs_on() {
                    bodies.push(String::new());
                }
                expected.push(stored(campaign, advertiser, *count, *flag, *seconds));
            }
        }
        let parsed = bodies.iter().map(|body| parse(body.as_bytes(), Precision::Seconds, UnixNanos(0)));
        let (points, bad): (Vec<_>, Vec<_>) = parsed.map(|parsed| (parsed.points, parsed.bad)).unzip();
        prop_assert_eq!(bad.concat(), vec![]);
        prop_assert_eq!(points.concat(), expected);
    }
}

fn stored(campaign: &str, advertiser: &str, count: i64, flag: bool, seconds: i64) -> Point {
    Point {
        measurement: Text::from("campaign"),
        tags: [("advertiser_id", advertiser), ("campaign_id", campaign)]
            .map(|(key, value)| (Text::from(key), Text::from(value)))
            .into(),
        fields: vec![(Text::from("clicks"), Stored::Integer(count)), (Text::from("final"), Stored::Boolean(flag))],
        at: UnixNanos(seconds * 1_000_000_000),
    }
}
