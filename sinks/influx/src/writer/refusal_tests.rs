//! Messages as a real influxd words them, and which points they mean.

use adx_events::time::WindowStart;

use super::*;
use crate::encoded::Revision;
use crate::line_protocol::Line;

fn points(count: i64) -> Vec<EncodedPoint> {
    let point = |n: i64| {
        let at = WindowStart::from_seconds(60 * n).expect("a small number");
        let (name, tag) = (if n % 2 == 0 { "even" } else { "odd" }, format!("a, b=\"{n}\""));
        EncodedPoint::new(Line::new(name, at).tag("t", &tag).integer("f", n).boolean("g", true), Revision(0))
    };
    (0..count).map(|n| point(n).expect("a valid point")).collect()
}

fn minutes(points: &[EncodedPoint]) -> Vec<i64> {
    points.iter().map(|point| point.at().as_seconds() / 60).collect()
}

#[test]
fn quoted_lines_are_found_and_nothing_else() {
    let all = points(6);
    let quote = |n: usize, why: &str| format!("unable to parse '{}': {why}", all[n].line().trim_end());
    let message = [quote(4, "missing fields"), quote(1, "missing fields"), quote(2, "it says 'x': y")].join("\n");
    let (refused, rest) = take_quoted(all.clone(), &message);
    let told: Vec<(&str, Vec<i64>)> = refused.iter().map(|r| (r.cause.as_str(), minutes(&r.points))).collect();
    assert_eq!(told, [("missing fields", vec![1]), ("it says 'x': y", vec![2]), ("missing fields", vec![4])]);
    assert_eq!(minutes(&rest), [0, 3, 5]);
    let cut = &quote(3, "missing fields")[..20];
    for strange in ["", "Bad Request", "unable to parse 'even f=1 60': missing fields", cut] {
        let (refused, rest) = take_quoted(all.clone(), strange);
        assert!(refused.is_empty() && rest == all, "{strange}");
    }
}

#[test]
fn the_edge_of_retention_parts_a_batch() {
    for (edge, old) in [("1970-01-01T00:02:00Z", vec![0, 1]), ("1970-01-01T00:02:00.5Z", vec![0, 1, 2])] {
        let message = format!(
            "failure writing points to database: partial write: dropped 2 points outside retention policy of duration 1h0m0s - \
             oldest point even,t=a at 1970-01-01T00:00:00Z dropped because it violates a Retention Policy Lower Bound at {edge}, \
             newest point odd,t=b at 1970-01-01T00:01:00Z dropped because it violates a Retention Policy Lower Bound at {edge} \
             dropped=2 for database: 0 for retention policy: autogen"
        );
        let (suspects, others) = part_suspects(points(5), &message);
        assert_eq!(minutes(&suspects), old, "{edge}");
        assert_eq!(suspects.len() + others.len(), 5);
        assert_eq!(RefusalReason::of_partial_write(&message), RefusalReason::Retention);
    }
}

#[test]
fn a_type_conflict_parts_a_batch() {
    let conflict = |field: &str, measurement: &str, came_as: &str| {
        format!(
            "failure writing points to database: partial write: field type conflict: input field \"{field}\" on measurement \
             \"{measurement}\" is type {came_as}, already exists as type float dropped=1"
        )
    };
    for (field, measurement, came_as, expected) in [
        ("f", "odd", "integer", vec![1, 3]),
        ("g", "even", "boolean", vec![0, 2, 4]),
        ("g", "even", "integer", vec![]),
        ("x", "odd", "integer", vec![]),
        ("f", "od", "integer", vec![]),
    ] {
        let message = conflict(field, measurement, came_as);
        let (suspects, others) = part_suspects(points(5), &message);
        assert_eq!(minutes(&suspects), expected, "{message}");
        assert_eq!(suspects.len() + others.len(), 5);
        assert_eq!(RefusalReason::of_partial_write(&message), RefusalReason::TypeConflict);
    }
}

#[test]
fn reasons_are_told_by_words() {
    for (message, reason) in [
        (
            "partial write: invalid field name: input field \"time\" on measurement \"m\" is invalid dropped=1",
            RefusalReason::FieldName,
        ),
        ("input field \"s\" on measurement \"m\" is too long, 1200000 > 1048576 dropped=1", RefusalReason::TooLong),
        ("partial write: shard 7 is pending deletion dropped=3", RefusalReason::Other),
    ] {
        assert_eq!(RefusalReason::of_partial_write(message), reason, "{message}");
    }
    for (at, reason) in RefusalReason::ALL.into_iter().enumerate() {
        assert_eq!(reason.index(), at);
    }
}
