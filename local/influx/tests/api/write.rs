//! `POST /api/v2/write`, row by row as influxd 2.9.1 was seen to answer.

use std::io::Write;
use std::time::Duration;

use adx_local_influx::Config;

use crate::client::{TOKEN, account, demand, send, server_keeping, start, write};

#[tokio::test]
async fn bodies_and_their_answers() {
    let server = server_keeping(Some(Duration::from_secs(3_600))).await;
    for (what, body, status, told) in [
        ("a point", "m a=1i 4000000000", 204, ""),
        ("an empty body", "", 204, ""),
        ("newlines only", "\n\n", 204, ""),
        ("a comment only", "# nothing", 204, ""),
        (
            "good and malformed",
            "m x=1i 4000000000\nbad\nm,t= f=1",
            400,
            r#""message":"unable to parse 'bad': missing fields\nunable to parse 'm,t= f=1': missing tag value""#,
        ),
        (
            "a conflict",
            "m a=1.0 4000000000",
            422,
            "field type conflict: input field \\\"a\\\" on measurement \\\"m\\\" is type float, already exists as type integer dropped=1",
        ),
        ("unsigned on an integer", "m a=1u 4000000000", 422, "dropped=1"),
        ("unsigned on a new field", "m u=1u 4000000000", 204, ""),
        ("too old", "m a=1i 1", 422, "outside retention policy of duration 1h0m0s"),
        ("ten years ahead", "m a=1i 4100000000", 204, ""),
        ("nanoseconds as seconds", "m a=1i 1772323200000000000", 400, "time outside range"),
        ("an integer out of range", "m a=9223372036854775808i 4000000000", 400, "value out of range"),
        ("NaN", "m f=NaN 4000000000", 400, "invalid number"),
        ("duplicate tags", "m,t=1,t=2 a=1i 4000000000", 400, "duplicate tags"),
        ("a tag called time", "m,time=1 a=1i 4000000000", 400, "cannot use reserved tag key"),
        ("a field called time alone", "m time=1i 4000000000", 422, "dropped=1"),
        (
            "a field called time and another",
            "m time=1i,a=1i 4000000000",
            422,
            "has been stripped from point. dropped=0",
        ),
        ("an underscore in front", "_m a=1i 4000000000", 204, ""),
        ("a backslash ends a tag", "m,t=a\\ a=1i 4000000000", 400, "invalid tag format"),
        ("a backslash inside a tag", "m,t=a\\b a=1i 4000000000", 204, ""),
        ("a quote that never closes", "m s=\"foo\\\" 4000000000", 400, "unbalanced quotes"),
        ("a newline in a string", "m s=\"a\nb\" 4000000000", 204, ""),
        ("CRLF line ends", "m a=1i 4000000000\r\n", 400, "bad timestamp"),
        ("a control character in a tag", "m,t=\u{1} a=1i 4000000000", 204, ""),
    ] {
        let answer = write(&server, body).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert!(answer.body.contains(told), "{what}: {answer:?}");
        let code = match status {
            400 => "\"code\":\"invalid\"",
            422 => "\"code\":\"unprocessable entity\"",
            _ => "",
        };
        assert!(answer.body.contains(code) && answer.head.contains("x-influxdb-build"), "{what}: {answer:?}");
    }
}

#[tokio::test]
async fn long_values() {
    let server = server_keeping(None).await;
    let tag = format!("m,t={} a=1i 1", "x".repeat(70_000));
    let string = |bytes: usize| format!("m s=\"{}\" 1", "x".repeat(bytes));
    let statuses =
        [write(&server, &tag).await, write(&server, &string(102_400)).await, write(&server, &string(1_200_000)).await];
    assert_eq!(statuses.map(|answer| answer.status), [400, 204, 422]);
}

#[tokio::test]
async fn a_bad_line_keeps_everything_out_and_a_conflict_only_itself() {
    let server = server_keeping(None).await;
    assert_eq!(write(&server, "demand slots=1i 946684800\nbad").await.status, 400);
    assert_eq!(demand(&server).await.body, "\r\n");
    assert_eq!(write(&server, "demand slots=1i 946684800\ndemand slots=1.5 946684860").await.status, 422);
    assert_eq!(demand(&server).await.body.matches("demand").count(), 1);
}

#[tokio::test]
async fn requests_that_cannot_be_served() {
    let server = server_keeping(None).await;
    let line = b"m a=1i 1";
    for (path, token, status, told) in [
        ("/api/v2/write?org=adx&bucket=run", TOKEN, 204, ""),
        ("/api/v2/write?org=adx&bucket=000000000000b001", TOKEN, 204, ""),
        ("/api/v2/write?org=00000000000000a1&bucket=run", TOKEN, 204, ""),
        ("/api/v2/write?orgID=00000000000000a1&bucket=run", "Authorization: Bearer secret", 204, ""),
        ("/api/v2/write?org=adx&bucket=nope", TOKEN, 404, r#""message":"bucket \"nope\" not found""#),
        ("/api/v2/write?org=adx&bucket=", TOKEN, 404, r#""message":"bucket not found""#),
        ("/api/v2/write?org=adx", TOKEN, 404, r#""message":"bucket not found""#),
        ("/api/v2/write?org=nope&bucket=run", TOKEN, 404, r#""message":"organization name \"nope\" not found""#),
        ("/api/v2/write?org=adx&bucket=run&precision=h", TOKEN, 400, "valid precision units are ns, us, ms, and s"),
        ("/api/v2/write?org=adx&bucket=run", "Authorization: Token wrong", 401, "unauthorized access"),
        ("/api/v2/write?org=adx&bucket=run", "Authorization: Token ", 401, "unauthorized access"),
        ("/api/v2/write?org=adx&bucket=run", "X: y", 401, "unauthorized access"),
        ("/api/v2/write?org=adx&bucket=run", "Authorization: Token reader", 403, "insufficient permissions for write"),
        ("/api/v2/nothing", TOKEN, 404, "path not found"),
    ] {
        let answer = send(&server, "POST", path, &[token], line).await.expect("an answer");
        assert_eq!(answer.status, status, "{path} {token}");
        assert!(answer.body.contains(told), "{path} {token}: {answer:?}");
    }
}

#[tokio::test]
async fn packed_bodies() {
    let server = server_keeping(None).await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"demand slots=1i 946684800000000000").expect("memory");
    let packed = encoder.finish().expect("memory");
    let plain = b"demand slots=1i 946684860000000000".as_slice();
    for (encoding, body, status) in [
        ("Content-Encoding: gzip", packed.as_slice(), 204),
        ("Content-Encoding: x-gzip", packed.as_slice(), 204),
        ("Content-Encoding: zstd", plain, 204),
        ("Content-Encoding: gzip", plain, 500),
        ("Content-Encoding: gzip", &packed[..packed.len() - 3], 500),
        ("Content-Encoding: identity", packed.as_slice(), 400),
    ] {
        let answer = send(&server, "POST", "/api/v2/write?org=adx&bucket=run", &[TOKEN, encoding], body).await;
        assert_eq!(answer.expect("an answer").status, status, "{encoding}");
    }
    assert_eq!(demand(&server).await.body.matches("demand").count(), 2);
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let config =
        Config { account: Some(account(None)), max_body_bytes: 500, max_stored_bytes: 2_000, ..Config::default() };
    let server = start(config).await;
    assert_eq!(write(&server, &"#".repeat(501)).await.status, 413);
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&[b'#'; 100_000]).expect("memory");
    let headers = [TOKEN, "Content-Encoding: gzip"];
    let bomb = bomb.finish().expect("memory");
    let answer = send(&server, "POST", "/api/v2/write?org=adx&bucket=run", &headers, &bomb).await.expect("an answer");
    assert_eq!(answer.status, 413);
    let mut statuses = Vec::new();
    for series in 0..10 {
        statuses.push(write(&server, &format!("m,t={series} a=1i 1")).await.status);
    }
    assert!(statuses.starts_with(&[204, 204]) && statuses.ends_with(&[500, 500]), "{statuses:?}");
    assert!(write(&server, "m,t=x a=1i 1").await.body.contains("the local stand-in keeps points in memory"));
}
