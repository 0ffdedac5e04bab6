//! Tests of [`super`].

use proptest::prelude::*;

use super::super::rows::{ROW_BYTES_MAX, RowReader};
use super::*;

const ANSWER: &str = "#datatype,string,long,dateTime:RFC3339,string,string,boolean,long\r\n\
    #group,false,false,false,true,true,false,false\r\n\
    #default,_result,,,,,,\r\n\
    ,result,table,_time,_measurement,exchange,final,slots\r\n\
    ,,0,2026-03-01T00:00:00Z,demand,\"a,\"\"\r\nb\",true,7\r\n\
    ,,0,2026-03-01T00:01:00Z,demand,\"a,\"\"\r\nb\",false,-1\r\n\
    ,,1,2026-03-01T00:00:00Z,demand,é,true,\r\n\
    \r\n\
    #datatype,string,long,dateTime:RFC3339,string,long\r\n\
    #group,false,false,false,true,false\r\n\
    #default,_result,,,,5\r\n\
    ,result,table,_time,_measurement,slots\r\n\
    ,,2,1970-01-01T00:00:00Z,demand,\r\n\
    \r\n";

fn read(answer: &[u8], cuts: &[usize]) -> (Vec<Point>, Result<(), AnswerError>) {
    let (mut points, mut reader, mut rest) = (Vec::new(), RowReader::default(), answer);
    let mut each = |row: Row<'_>| Point::of(row).map(|point| points.push(point));
    for cut in cuts {
        let (chunk, after) = rest.split_at((*cut).min(rest.len()));
        if let Err(error) = reader.push(chunk, &mut each) {
            return (points, Err(error));
        }
        rest = after;
    }
    let result = reader.push(rest, &mut each).and_then(|()| reader.finish(&mut each));
    (points, result)
}

fn point(at: &str, exchange: Option<&str>, fields: &[(&str, FieldValue)]) -> Point {
    Point {
        measurement: "demand".into(),
        tags: exchange.into_iter().map(|exchange| ("exchange".into(), exchange.into())).collect(),
        fields: fields.iter().map(|(key, value)| ((*key).into(), *value)).collect(),
        at: instant::window_start(at).expect("an instant"),
    }
}

fn expected() -> Vec<Point> {
    use FieldValue::{Boolean, Integer};
    vec![
        point("2026-03-01T00:00:00Z", Some("a,\"\r\nb"), &[("final", Boolean(true)), ("slots", Integer(7))]),
        point("2026-03-01T00:01:00Z", Some("a,\"\r\nb"), &[("final", Boolean(false)), ("slots", Integer(-1))]),
        point("2026-03-01T00:00:00Z", Some("é"), &[("final", Boolean(true))]),
        point("1970-01-01T00:00:00Z", None, &[("slots", Integer(5))]),
    ]
}

#[test]
fn an_answer_without_tables_has_no_points() {
    for empty in ["", "\r\n"] {
        let (points, result) = read(empty.as_bytes(), &[]);
        assert!(result.is_ok() && points.is_empty());
    }
}

#[test]
fn an_error_amid_the_answer_is_told() {
    let failed = format!(
        "{ANSWER}\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,\"out of, memory\",\r\n"
    );
    let (points, result) = read(failed.as_bytes(), &[]);
    assert_eq!(points, expected());
    assert!(matches!(result, Err(AnswerError::Failed { message }) if message == "out of, memory"));
}

#[test]
fn rows_that_are_no_points_are_refused() {
    for (from, to) in [
        (",,0,2026-03-01T00:00:00Z", ",,0,yesterday"),
        ("true,7", "true,7.5"),
        ("true,7", "maybe,7"),
        ("true,7", "true"),
        ("boolean,long", "boolean,double"),
        ("_measurement", "measurement"),
    ] {
        let (_, result) = read(ANSWER.replacen(from, to, 1).as_bytes(), &[]);
        assert!(matches!(result, Err(AnswerError::Row { .. })), "{from} -> {to}");
    }
    let (_, result) = read(ANSWER.replace('é', "\"").as_bytes(), &[]);
    assert!(result.is_err(), "a quote that never closes");
    let long = format!("{ANSWER},{}", "x".repeat(2 * ROW_BYTES_MAX));
    assert!(matches!(read(long.as_bytes(), &[]).1, Err(AnswerError::RowTooLong)));
}

proptest! {
    #[test]
    fn chunks_may_end_anywhere(cuts in proptest::collection::vec(0..60_usize, 0..40)) {
        let (points, result) = read(ANSWER.as_bytes(), &cuts);
        prop_assert!(result.is_ok());
        prop_assert_eq!(points, expected());
    }

    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in any::<proptest::sample::Index>()) {
        let at = at.index(ANSWER.len());
        let mixed = [&ANSWER.as_bytes()[..at], bytes.as_slice(), &ANSWER.as_bytes()[at..]].concat();
        let (points, _) = read(&mixed, &[at, 7]);
        prop_assert!(points.len() <= mixed.len());
    }
}
