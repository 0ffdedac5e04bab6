//! Tests of [`super`]: the rows were tried on influxd 2.9.1 or follow from its scanner.

use proptest::prelude::*;

use super::*;
use crate::point::{FieldValue, Text};

const NOW: UnixNanos = UnixNanos(1_772_323_200_123_456_789);

fn parsed(body: &str) -> Parsed {
    parse(body.as_bytes(), Precision::Nanoseconds, NOW)
}

fn the_point(body: &str) -> Point {
    let Parsed { mut points, bad } = parsed(body);
    assert_eq!((points.len(), &bad), (1, &vec![]), "{body:?}");
    points.remove(0)
}

fn tags(pairs: &[(&str, &str)]) -> Vec<(Text, Text)> {
    pairs.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect()
}

#[test]
fn lines_that_are_no_points() {
    for (line, why) in [
        (",t=1 f=1", "missing measurement"),
        ("m", "missing fields"),
        ("m,t=1", "missing fields"),
        ("m ", "invalid field format"),
        ("m 1", "invalid field format"),
        ("m f", "invalid field format"),
        ("m f=1,g", "invalid field format"),
        ("m,=1 f=1", "missing tag key"),
        ("m, f=1", "missing tag key"),
        ("m,t f=1", "missing tag value"),
        ("m,t= f=1", "missing tag value"),
        ("m,t=,u=1 f=1", "missing tag value"),
        ("m,t=a\\ f=1", "invalid tag format"),
        ("m,t=a=b f=1", "invalid tag format"),
        ("m,t=1,t=2 f=1", "duplicate tags"),
        ("m,t=1,a=2,t=3 f=1", "duplicate tags"),
        ("m,time=1 f=1", "cannot use reserved tag key \"time\""),
        ("m,_field=1 f=1", "cannot use reserved tag key \"_field\""),
        ("m,_measurement=1 f=1", "cannot use reserved tag key \"_measurement\""),
        ("m =1", "missing field key"),
        ("m f=1,=2", "missing field key"),
        ("m f=", "missing field value"),
        ("m f=,g=1", "missing field value"),
        ("m f=\"a", "unbalanced quotes"),
        ("m f=\"foo\\\"", "unbalanced quotes"),
        ("m f=NaN", "invalid number"),
        ("m f=1.1.1", "invalid number"),
        ("m f=9i10", "invalid number"),
        ("m f=-", "invalid number"),
        ("m f=-1u", "invalid number"),
        ("m f=1.5i", "invalid number"),
        ("m f=inf", "invalid boolean"),
        ("m f=+Inf", "invalid boolean"),
        ("m f=tru", "invalid boolean"),
        ("m f=1e400", "invalid float"),
        (
            "m f=9223372036854775808i",
            "unable to parse integer 9223372036854775808: strconv.ParseInt: parsing \"9223372036854775808\": value out of range",
        ),
        ("m f=1 x", "bad timestamp"),
        ("m f=1 1\r", "bad timestamp"),
        ("m f=1 1 2", "point is invalid"),
        ("m f=1 -", "strconv.ParseInt: parsing \"-\": invalid syntax"),
        ("m f=1 9223372036854775807", "time outside range -9223372036854775806 - 9223372036854775806"),
        ("m f\\\\=1", "invalid value: field-key=f\\\\=1"),
    ] {
        let Parsed { points, bad } = parsed(line);
        assert_eq!(points, [], "{line:?}");
        assert_eq!(bad.len(), 1, "{line:?}");
        assert_eq!((bad[0].line.as_slice(), bad[0].reason.to_string().as_str()), (line.as_bytes(), why));
    }
}

#[test]
fn keys_have_a_greatest_length() {
    let tag = |length: usize| format!("m,t={} f=1", "x".repeat(length));
    assert_eq!(parsed(&tag(70_000)).bad[0].reason, Reason::KeyTooLong(70_004));
    assert_eq!(parsed(&tag(65_531)).bad[0].reason, Reason::KeyTooLong(65_540));
    assert_eq!(parsed(&tag(65_526)).bad, []);
}

#[test]
fn values_have_the_types_their_letters_say() {
    for (text, value) in [
        ("1", FieldValue::Float(1.0)),
        ("-1.5e3", FieldValue::Float(-1500.0)),
        (".5", FieldValue::Float(0.5)),
        ("-9223372036854775808i", FieldValue::Integer(i64::MIN)),
        ("18446744073709551615u", FieldValue::Unsigned(u64::MAX)),
        ("t", FieldValue::Boolean(true)),
        ("False", FieldValue::Boolean(false)),
        ("\"\"", FieldValue::String(Text::from(""))),
        ("\"a\\\\b\\\"c\\d\"", FieldValue::String(Text::from("a\\b\"c\\d"))),
        ("\"a\nb, c=1\"", FieldValue::String(Text::from("a\nb, c=1"))),
    ] {
        let point = the_point(&format!("m f={text} 1"));
        assert_eq!(point.fields, [(Text::from("f"), value)], "{text}");
    }
}

#[test]
fn escapes_are_undone_where_they_are_escapes() {
    let point = the_point("m\\ \\,\\=n,k\\=\\ x=a\\ b\\,c\\=d\\\\e\\f f\\ g=1i 5");
    assert_eq!(point.measurement, Text::from("m ,=n"));
    assert_eq!(point.tags, tags(&[("k= x", "a b,c=d\\\\e\\f")]));
    assert_eq!(point.fields, [(Text::from("f g"), FieldValue::Integer(1))]);
    assert_eq!(point.at, UnixNanos(5));
}

#[test]
fn tags_are_put_in_order() {
    assert_eq!(the_point("m,b=2,a=1,c=3 f=1 1").tags, tags(&[("a", "1"), ("b", "2"), ("c", "3")]));
}

#[test]
fn timestamps_follow_the_precision() {
    use Precision::{Microseconds, Milliseconds, Nanoseconds, Seconds};
    for (precision, given, absent) in [
        (Nanoseconds, -7, NOW.0),
        (Microseconds, -7_000, 1_772_323_200_123_456_000),
        (Milliseconds, -7_000_000, 1_772_323_200_123_000_000),
        (Seconds, -7_000_000_000, 1_772_323_200_000_000_000),
    ] {
        let times: Vec<i64> =
            parse(b"m f=1 -7\nm f=1\n", precision, NOW).points.iter().map(|point| point.at.0).collect();
        assert_eq!(times, [given, absent], "{precision:?}");
    }
    let nanos_as_seconds = parse(b"m f=1 1772323200000000000", Seconds, NOW);
    assert_eq!(nanos_as_seconds.bad[0].reason, Reason::TimeOutsideRange);
    let parameters = [None, Some(""), Some("ns"), Some("us"), Some("ms"), Some("s"), Some("h"), Some("m"), Some("n")];
    let precisions = parameters.map(Precision::from_parameter);
    let [nanos, micros, millis, seconds] = [Nanoseconds, Microseconds, Milliseconds, Seconds].map(Some);
    assert_eq!(precisions, [nanos, nanos, nanos, micros, millis, seconds, None, None, None]);
}

#[test]
fn lines_without_content_are_no_lines() {
    assert_eq!(parsed("\n \n\t\n# comment\n  # comment\n\n"), Parsed::default());
    assert_eq!(parsed(" \tm f=1 1\n#\nm f=2 2").points.len(), 2);
}

#[test]
fn every_bad_line_is_told_in_its_order() {
    let Parsed { points, bad } = parsed("m f=1 1\nbad\nm f=2 2\nm,t= f=1\n");
    assert_eq!(points.len(), 2);
    assert_eq!(bad.iter().map(|bad| bad.line.as_slice()).collect::<Vec<_>>(), [b"bad".as_slice(), b"m,t= f=1"]);
}

/// Bodies near the grammar: letters that mean something, put together at random.
fn near_lines() -> impl Strategy<Value = Vec<u8>> {
    let pieces = vec![
        "m", ",", "=", " ", "\\", "\"", "\n", "t=1", " f=1i", "f=\"x\"", " 17", "#", "\r", "é", "\t", "e", "-", ".",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn any_bytes_are_judged(body in prop_oneof![near_lines(), proptest::collection::vec(any::<u8>(), 0..200)]) {
        let Parsed { points, bad } = parse(&body, Precision::Seconds, NOW);
        let line_ends = body.iter().filter(|&&byte| byte == b'\n').count();
        prop_assert!(points.len() + bad.len() <= line_ends + 1);
        for point in points {
            prop_assert!(!point.fields.is_empty());
            prop_assert!(point.tags.is_sorted_by(|left, right| left.0 < right.0));
            prop_assert!(point.tags.iter().all(|(key, value)| !key.as_bytes().is_empty() && !value.as_bytes().is_empty()));
        }
    }

    #[test]
    fn simple_points_are_read_as_written(
        tag in "[a-z]{1,8}", integer in any::<i64>(), float in -1e300..1e300_f64, flag in any::<bool>(),
        text in "[^\\\\\"]{0,20}", seconds in -9_000_000_000..9_000_000_000_i64,
    ) {
        let line = format!("m,t={tag} i={integer}i,f={float},b={flag},s=\"{text}\" {seconds}");
        let Parsed { points, bad } = parse(line.as_bytes(), Precision::Seconds, NOW);
        prop_assert_eq!(bad, vec![]);
        let expected = Point {
            measurement: Text::from("m"),
            tags: tags(&[("t", &tag)]),
            fields: vec![
                (Text::from("i"), FieldValue::Integer(integer)),
                (Text::from("f"), FieldValue::Float(float)),
                (Text::from("b"), FieldValue::Boolean(flag)),
                (Text::from("s"), FieldValue::String(Text::from(text.as_str()))),
            ],
            at: UnixNanos(seconds * 1_000_000_000),
        };
        prop_assert_eq!(points, vec![expected]);
    }
}
