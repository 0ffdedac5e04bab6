//! Tests of [`super`]. The layout follows Flux's encoder and its pivot of points read straight from storage.

use super::*;
use crate::parser::{Precision, parse};
use crate::store::Bucket;

const RANGE: TimeRange = TimeRange { start: UnixNanos(0), stop: UnixNanos(1_000_000_000_000) };
const ANNOTATED: Dialect = Dialect { datatypes: true, groups: true, defaults: true, header: true };

fn answer(body: &str, dialect: Dialect) -> String {
    let mut bucket = Bucket::default();
    bucket.write(parse(body.as_bytes(), Precision::Seconds, UnixNanos(0)).points, None).expect("good points");
    let mut answer = PointsAnswer::new(Text::from("m"), RANGE, dialect);
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.next_chunk(bucket.measurement(&Text::from("m"))) {
        bytes.extend(chunk);
    }
    String::from_utf8(bytes).expect("text")
}

#[test]
fn a_table_per_series_and_a_header_per_schema() {
    let body = "m,b=x,A=1 n=1i,flag=true 60\nm,b=x,A=1 n=-2i,flag=false 120\nm,b=y,A=1 n=3i 60\n\
                m,b=z,A=1 n=4i 60\nm,b=z,A=1 n=5i 1000\nother n=9i 60";
    assert_eq!(
        answer(body, ANNOTATED),
        "#datatype,string,long,dateTime:RFC3339,string,string,string,boolean,long\r\n\
         #group,false,false,false,true,true,true,false,false\r\n\
         #default,_result,,,,,,,\r\n\
         ,result,table,_time,A,_measurement,b,flag,n\r\n\
         ,,0,1970-01-01T00:01:00Z,1,m,x,true,1\r\n\
         ,,0,1970-01-01T00:02:00Z,1,m,x,false,-2\r\n\
         \r\n\
         #datatype,string,long,dateTime:RFC3339,string,string,string,long\r\n\
         #group,false,false,false,true,true,true,false\r\n\
         #default,_result,,,,,,\r\n\
         ,result,table,_time,A,_measurement,b,n\r\n\
         ,,1,1970-01-01T00:01:00Z,1,m,y,3\r\n\
         ,,2,1970-01-01T00:01:00Z,1,m,z,4\r\n\
         \r\n"
    );
}

#[test]
fn without_annotations_the_result_is_named_in_every_row() {
    assert_eq!(
        answer("m f=0.5 60", Dialect::PLAIN),
        ",result,table,_time,_measurement,f\r\n,_result,0,1970-01-01T00:01:00Z,m,0.5\r\n\r\n"
    );
}

#[test]
fn no_points_are_an_empty_line() {
    assert_eq!(answer("other f=1 60", ANNOTATED), "\r\n");
    assert_eq!(answer("m f=1 1000", ANNOTATED), "\r\n");
}

#[test]
fn cells_are_quoted_as_go_does_it() {
    for (cell, written) in [
        ("plain ", "plain "),
        ("a,b", "\"a,b\""),
        ("a\"b", "\"a\"\"b\""),
        (" a", "\" a\""),
        ("\u{a0}a", "\"\u{a0}a\""),
        ("a\nb", "\"a\r\nb\""),
        ("a\rb", "\"ab\""),
        ("\\.", "\"\\.\""),
        ("#a", "#a"),
        ("", ""),
    ] {
        let mut out = Vec::new();
        write_cell(&mut out, cell.as_bytes());
        assert_eq!(String::from_utf8(out).expect("text"), written, "{cell:?}");
    }
}

#[test]
fn chunks_end_between_series() {
    let body: String =
        (0..3_000).map(|series| format!("m,s={series:05},long={} n={series}i 60\n", "x".repeat(50))).collect();
    let whole = answer(&body, ANNOTATED);
    assert!(whole.len() > 3 * CHUNK_BYTES);
    assert_eq!(whole.matches("#datatype").count(), 1);
    let rows: Vec<&str> = whole.lines().skip(4).filter(|line| !line.is_empty()).collect();
    assert_eq!(rows.len(), 3_000);
    for (index, row) in rows.into_iter().enumerate() {
        assert!(row.starts_with(&format!(",,{index},")) && row.ends_with(&format!(",{index:05},{index}")), "{row}");
    }
}
