//! Tests of [`super`].

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::parser::{Precision, parse};

fn points(body: &str) -> Vec<Point> {
    let parsed = parse(body.as_bytes(), Precision::Seconds, UnixNanos(0));
    assert_eq!(parsed.bad, []);
    parsed.points
}

fn told(result: Result<(), Rejection>) -> String {
    result.map_or_else(|rejection| rejection.message("b1"), |()| "stored".into())
}

/// Every value there is, a line each, sorted.
fn contents(bucket: &Bucket) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, measurement) in &bucket.measurements {
        for (tags, series) in measurement.series_after(None) {
            for (at, row) in series {
                for (value, (field, _)) in row.iter().zip(measurement.columns()) {
                    lines.extend(value.as_ref().map(|value| format!("{name} {tags:?} {} {field} {value:?}", at.0)));
                }
            }
        }
    }
    lines.sort();
    lines
}

#[test]
fn a_rewrite_replaces_the_fields_it_names() {
    let mut bucket = Bucket::default();
    bucket.write(points("m,t=1 a=1i,b=2i,f=1.5 60"), None).unwrap();
    bucket.write(points("m,t=1 a=5i 60\nm,t=1 a=6i 60\nm,t=1 a=7i 60"), None).unwrap();
    let expected: Vec<String> = ["a Integer(7)", "b Integer(2)", "f Float(1.5)"]
        .map(|value| format!("m [(\"t\", \"1\")] 60000000000 {value}"))
        .into();
    assert_eq!(contents(&bucket), expected);
}

#[test]
fn a_conflict_drops_the_whole_point_and_only_that() {
    let mut bucket = Bucket::default();
    let answer = told(bucket.write(points("m a=1i 1\nm a=2.0,b=1i 2\nm a=3i 3\nm a=true 4"), None));
    assert_eq!(
        answer,
        "failure writing points to database: partial write: field type conflict: input field \"a\" on measurement \"m\" \
         is type float, already exists as type integer dropped=2"
    );
    assert_eq!(contents(&bucket).len(), 2);
    assert_eq!(told(bucket.write(points("m2 a=1.0 1"), None)), "stored", "types are a measurement's own");
    assert!(told(bucket.write(points("m a=1u 1"), None)).contains("is type unsigned, already exists as type integer"));
}

#[test]
fn a_field_called_time_is_not_stored() {
    let mut bucket = Bucket::default();
    assert!(told(bucket.write(points("m time=1i 1"), None)).ends_with("is invalid dropped=1"));
    let stripped = told(bucket.write(points("m time=1i,a=1i 1"), None));
    assert!(stripped.contains("Field \"time\" has been stripped from point. dropped=0"), "{stripped}");
    assert_eq!(contents(&bucket).len(), 1);
}

#[test]
fn strings_have_a_greatest_length() {
    let mut bucket = Bucket::default();
    let line = |bytes: usize| format!("m s=\"{}\" 1", "x".repeat(bytes));
    assert_eq!(told(bucket.write(points(&line(MAX_STRING_BYTES)), None)), "stored");
    let answer = told(bucket.write(points(&line(1_200_000)), None));
    assert!(answer.ends_with("is too long, 1200000 > 1048576 dropped=1"), "{answer}");
}

#[test]
fn points_past_retention_are_dropped_and_told_last() {
    let mut bucket = Bucket::default();
    let hour = Some(Retention { duration: Duration::from_secs(3_600), oldest: UnixNanos(3_600_000_000_000) });
    let answer = told(bucket.write(points("m,t=a f=1i 10\nm,t=b f=1i 20\nm f=1i 3600\nm f=1i 4102444800"), hour));
    assert_eq!(
        answer,
        "failure writing points to database: partial write: dropped 2 points outside retention policy of duration 1h0m0s - \
         oldest point m,t=a at 1970-01-01T00:00:10Z dropped because it violates a Retention Policy Lower Bound at \
         1970-01-01T01:00:00Z, newest point m,t=b at 1970-01-01T00:00:20Z dropped because it violates a Retention Policy \
         Lower Bound at 1970-01-01T01:00:00Z dropped=2 for database: b1 for retention policy: autogen"
    );
    assert_eq!(contents(&bucket).len(), 2);
    let both = told(bucket.write(points("m f=1i 10\nm f=1.0 3700\nm f=2i 3800"), hour));
    assert!(both.contains("conflict") && both.ends_with("dropped=1"), "{both}");
}

#[test]
fn the_cost_of_points_is_no_less_than_what_they_add() {
    let mut bucket = Bucket::default();
    for body in ["m,t=1 a=1i,s=\"xyz\" 1", "m,t=1 a=2i,s=\"x\" 1", "m,t=2 b=1.0 1\nm,t=2 b=1.0 2", "m,t=1 a=1i 1"] {
        let (before, most) = (bucket.stored_bytes(), cost_at_most(&points(body)));
        bucket.write(points(body), None).unwrap();
        assert!(bucket.stored_bytes() <= before + most, "{body}");
    }
    assert!(bucket.stored_bytes() > 0);
}

proptest! {
    #[test]
    fn any_batching_gives_the_last_value_of_every_key(
        writes in proptest::collection::vec((0..3_u8, 0..3_i64, 0..3_u8, any::<i64>()), 0..40), size in 1..7_usize,
    ) {
        let lines: Vec<String> =
            writes.iter().map(|(tag, at, field, value)| format!("m,t={tag} f{field}={value}i {at}")).collect();
        let mut bucket = Bucket::default();
        for batch in lines.chunks(size) {
            bucket.write(points(&batch.join("\n")), None).expect("nothing to refuse");
        }
        let naive: BTreeMap<_, _> = writes.iter().map(|(tag, at, field, value)| ((tag, at, field), value)).collect();
        let mut expected: Vec<String> = naive
            .into_iter()
            .map(|((tag, at, field), value)| format!("m [(\"t\", \"{tag}\")] {} f{field} Integer({value})", at * 1_000_000_000))
            .collect();
        expected.sort();
        prop_assert_eq!(contents(&bucket), expected);
    }
}
