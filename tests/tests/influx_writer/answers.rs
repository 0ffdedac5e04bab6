//! What influxd 2.9.1 was seen to answer to writes, row by row: the stand-in gives the same, and a real one where there is one.

use std::io::Write;
use std::time::Duration;

use adx_influx::{InfluxClient, InfluxTarget};
use adx_tests::influxd::{Influxd, Scheduler};

use crate::servers::{client, stand_in, target};

/// In a bucket that keeps points for an hour these are far ahead, a week apart, each in a shard of its own.
const T: [i64; 4] = [4_000_000_000, 4_000_604_800, 4_001_209_600, 4_001_814_400];

/// A write, and its answer: the status, and words of its text.
struct Row {
    what: &'static str,
    body: String,
    status: u16,
    told: &'static str,
}

fn row(what: &'static str, body: impl Into<String>, status: u16, told: &'static str) -> Row {
    Row { what, body: body.into(), status, told }
}

/// One after the other, in one bucket.
fn rows() -> Vec<Row> {
    let t = T[0];
    let lines = |count: i64, line: &dyn Fn(i64) -> String| (0..count).map(|n| line(n) + "\n").collect::<String>();
    let long = |bytes: usize| "x".repeat(bytes);
    let mut rows = vec![
        row("three fields", format!("m a=1i,b=2i,f=3.5 {t}"), 204, ""),
        row("one of them again", format!("m a=7i {t}"), 204, ""),
        row("one key three times", format!("k a=1i {t}\nk a=2i {t}\nk a=3i {t}"), 204, ""),
        row(
            "good and malformed",
            format!("m a=1i {t}\nbad\nm,t= a=1i {t}"),
            400,
            "unable to parse 'bad': missing fields\nunable to parse 'm,t= a=1i 4000000000': missing tag value",
        ),
        row(
            "a thousand bad lines",
            lines(1_000, &|n| format!("bad{n}")),
            400,
            "unable to parse 'bad999': missing fields",
        ),
        row(
            "a type conflict and good",
            format!("m a=1.5 {t}\nm a=8i {}", t + 1),
            422,
            "failure writing points to database: partial write: field type conflict: input field \"a\" on measurement \"m\" is type float, already exists as type integer dropped=1",
        ),
        row("a bad and a good field in one point", format!("m a=1.5,b=9i {}", t + 2), 422, "dropped=1"),
        row(
            "a conflict inside a batch",
            format!("fresh a=1i {t}\nfresh a=1.5 {}\nfresh a=2.5 {}", t + 1, t + 2),
            422,
            "already exists as type integer dropped=2",
        ),
        row(
            "older than retention, and good",
            format!("m a=1i 1000\nm a=1i 2000\nm a=1i {}", t + 3),
            422,
            "dropped 2 points outside retention policy of duration 1h0m0s",
        ),
        row("too old and a conflict", format!("m a=1i 1000\nm a=1.5 {t}"), 422, "field type conflict"),
        row(
            "4999 good and a conflict",
            lines(4_999, &|n| format!("many a={n}i {}", t + n)) + &format!("many a=1.5 {t}"),
            422,
            "dropped=1",
        ),
        row("50000 lines", lines(50_000, &|n| format!("crowd a={n}i {}", t + n)), 204, ""),
        row("ten years ahead", "m a=1i 4300000000", 204, ""),
        row("nanoseconds as seconds", "m a=1i 1772323200000000000", 400, "time outside range"),
        row("nothing", "", 204, ""),
        row("newlines alone", "\n\n", 204, ""),
        row("a comment alone", "# nothing", 204, ""),
        row("unsigned on a new field", format!("m u=123u {t}"), 204, ""),
        row(
            "unsigned on a whole number",
            format!("m a=123u {t}"),
            422,
            "is type unsigned, already exists as type integer dropped=1",
        ),
        row("an integer out of range", format!("m a=9223372036854775808i {t}"), 400, "value out of range"),
        row("NaN", format!("m f=NaN {t}"), 400, "invalid number"),
        row("inf", format!("m f=inf {t}"), 400, "invalid boolean"),
        row("+Inf", format!("m f=+Inf {t}"), 400, "invalid boolean"),
        row("1e400", format!("m f=1e400 {t}"), 400, "invalid float"),
        row("no tag value", format!("m,t= a=1i {t}"), 400, "missing tag value"),
        row("no tag key", format!("m,=v a=1i {t}"), 400, "missing tag key"),
        row("no fields", format!("m,t=v {t}"), 400, "invalid field format"),
        row("a tag twice", format!("m,t=1,t=2 a=1i {t}"), 400, "duplicate tags"),
        row("a tag called time", format!("m,time=1 a=1i {t}"), 400, "cannot use reserved tag key"),
        row("a tag called _field", format!("m,_field=1 a=1i {t}"), 400, "cannot use reserved tag key"),
        row("a tag called _measurement", format!("m,_measurement=1 a=1i {t}"), 400, "cannot use reserved tag key"),
        row("a field called time alone", format!("m time=1i {t}"), 422, "dropped=1"),
        row(
            "a field called time and another",
            format!("m time=1i,a=1i {}", t + 4),
            422,
            "Field \"time\" has been stripped from point. dropped=0",
        ),
        row("an underscore in front", format!("_m a=1i {t}"), 204, ""),
        row("a tag that ends in a backslash", format!("m,t=v\\ a=1i {t}"), 400, "invalid tag format"),
        row("a backslash inside a tag", format!("m,t=a\\b a=1i {t}"), 204, ""),
        row("a string that never ends", format!("m s=\"foo\\\" {t}"), 400, "unbalanced quotes"),
        row("escapes in a string", format!("m s=\"a\\\\b\\\"c\" {t}"), 204, ""),
        row("a line end in a string", format!("m s=\"a\nb\" {t}"), 204, ""),
        row("CRLF", format!("m a=1i {t}\r\n"), 400, "bad timestamp"),
        row("a control character in a tag", format!("m,t=\u{1} a=1i {t}"), 204, ""),
        row("a tag value of 70000 bytes", format!("m,t={} a=1i {t}", long(70_000)), 400, "max key length exceeded"),
        row("a string of 100 KiB", format!("m s=\"{}\" {t}", long(102_400)), 204, ""),
        row(
            "a string of 1.2 MB",
            format!("m s=\"{}\" {t}", long(1_200_000)),
            422,
            "is too long, 1200000 > 1048576 dropped=1",
        ),
    ];
    let shards = |value: &str| T.map(|t| format!("four a={value} {t}\n")).concat();
    rows.push(row("four shards", shards("1i"), 204, ""));
    let two_conflicts =
        format!("four a=1.5 {}\nfour a=2i {}\nfour a=1.5 {}\nfour a=2i {}", T[0] + 1, T[1] + 1, T[2] + 1, T[3] + 1);
    rows.push(row("conflicts in 2 of 4 shards", two_conflicts, 422, "dropped=1"));
    rows
}

/// What is wrong with a request, not with its points.
fn requests() -> Vec<(&'static str, &'static str, u16, &'static str)> {
    vec![
        ("org=ORG&bucket=nope", "TOKEN", 404, "bucket \"nope\" not found"),
        ("org=ORG&bucket=", "TOKEN", 404, "bucket not found"),
        ("org=ORG", "TOKEN", 404, "bucket not found"),
        ("org=nope&bucket=BUCKET", "TOKEN", 404, "organization name \"nope\" not found"),
        ("org=ORG&bucket=BUCKET", "wrong", 401, "unauthorized access"),
        ("org=ORG&bucket=BUCKET", "", 401, "unauthorized access"),
        (
            "org=ORG&bucket=BUCKET&precision=h",
            "TOKEN",
            400,
            "invalid precision; valid precision units are ns, us, ms, and s",
        ),
        ("org=ORG&bucket=BUCKET&precision=m", "TOKEN", 400, "invalid precision"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_answers_as_influxd_does() {
    let server = stand_in(Some(Duration::from_secs(3_600))).await;
    let target = target(&server.url());
    let client = client(target.clone());
    play(&target, &client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_answers_as_it_did() {
    let Some(server) = Influxd::start("answers to writes", Scheduler::Silent).await else { return };
    let bucket = format!("answers-{}", std::process::id());
    let client = server.client(&bucket);
    client.ensure_bucket(Some(Duration::from_secs(3_600))).await.expect("a bucket");
    play(&server.target(&bucket), &client).await;
}

async fn play(target: &InfluxTarget, client: &InfluxClient) {
    let InfluxTarget { url, org, bucket, token } = target;
    let good = format!("org={org}&bucket={bucket}&precision=s");
    for Row { what, body, status, told } in rows() {
        let (answered, text) = post(url, &good, token, None, body.into_bytes()).await;
        assert!(answered == status && text.contains(told), "{what}: {answered} {}", &text[..text.len().min(600)]);
    }
    for (query, with, status, told) in requests() {
        let query = query.replace("ORG", org).replace("BUCKET", bucket);
        let (answered, text) = post(url, &query, &with.replace("TOKEN", token), None, b"m a=1i".to_vec()).await;
        assert!(answered == status && text.contains(told), "{query} {with}: {answered} {text}");
    }
    let packed = pack(format!("packed a=1i {}", T[0]).as_bytes());
    for (encoding, body, status) in [
        ("gzip", packed.clone(), 204),
        ("x-gzip", packed, 204),
        ("zstd", format!("plain a=1i {}", T[0]).into_bytes(), 204),
        ("gzip", format!("plain a=1i {}", T[0]).into_bytes(), 500),
    ] {
        let (answered, text) = post(url, &good, token, Some(encoding), body).await;
        assert_eq!(answered, status, "{encoding}: {text}");
    }
    stored_as_expected(client).await;
}

/// What the rows leave behind, of the measurements that the stand-in reads back.
async fn stored_as_expected(client: &InfluxClient) {
    let at = |seconds: i64| adx_events::time::WindowStart::from_seconds(seconds).expect("a small number");
    let lines =
        format!("demand,t=a a=1i,b=2i {0}\ndemand,t=a a=7i {0}\ndemand,t=b a=1i {0}\ndemand,t=b a=3i {0}\n", T[0]);
    client.write(lines.into()).await.expect("good points");
    let mut points = Vec::new();
    let query = adx_queries::Query::Points { measurement: adx_queries::Measurement::Demand };
    client.query(&query, |point| points.push(point)).await.expect("an answer");
    let shown: Vec<_> =
        points.iter().map(|point| (point.tags["t"].as_str(), point.at, format!("{:?}", point.fields))).collect();
    let first = r#"{"a": Integer(7), "b": Integer(2)}"#.to_owned();
    assert_eq!(shown, [("a", at(T[0]), first), ("b", at(T[0]), r#"{"a": Integer(3)}"#.to_owned())]);
}

fn pack(body: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(body).expect("memory");
    packed.finish().expect("memory")
}

/// A status, and the message of the answer.
pub async fn post(url: &str, query: &str, token: &str, encoding: Option<&str>, body: Vec<u8>) -> (u16, String) {
    let mut request = reqwest::Client::new().post(format!("{url}/api/v2/write?{query}"));
    if !token.is_empty() {
        request = request.header("Authorization", format!("Token {token}"));
    }
    if let Some(encoding) = encoding {
        request = request.header("Content-Encoding", encoding);
    }
    let answer = request.body(body).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("the text of an answer");
    let message = serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|body| Some(body["message"].as_str()?.to_owned()));
    (status, message.unwrap_or(text))
}
