//! Faults that tests of clients put in front of their requests.

use std::time::Duration;

use adx_local_influx::{RetryAfter, WriteFault};

use crate::client::{TOKEN, demand, send, server_keeping, write};

const WRITE: &str = "/api/v2/write?org=adx&bucket=run&precision=s";
const LINE: &[u8] = b"demand slots=1i 946684800";

#[tokio::test]
async fn scripted_answers_come_in_their_order_and_store_nothing() {
    let server = server_keeping(None).await;
    let faults = server.faults();
    faults.next_writes(1, WriteFault::Answer { status: 429, retry_after_s: Some(7) });
    faults.next_writes(1, WriteFault::Answer { status: 503, retry_after_s: None });
    let line = std::str::from_utf8(LINE).expect("ascii");
    let (busy, down) = (write(&server, line).await, write(&server, line).await);
    assert!(busy.status == 429 && busy.head.contains("retry-after: 7"), "{busy:?}");
    assert!(down.status == 503 && !down.head.contains("retry-after"), "{down:?}");
    assert_eq!(demand(&server).await.body, "\r\n");
    assert_eq!(write(&server, line).await.status, 204);
    assert_eq!(faults.writes_seen(), 3);
}

#[tokio::test]
async fn a_connection_may_end_before_or_after_storing() {
    let server = server_keeping(None).await;
    for (fault, rows) in [(WriteFault::DropBeforeStoring, 0), (WriteFault::DropAfterStoring, 1)] {
        server.faults().next_writes(1, fault);
        assert_eq!(send(&server, "POST", WRITE, &[TOKEN], LINE).await, None, "{fault:?}");
        assert_eq!(demand(&server).await.body.matches("demand").count(), rows, "{fault:?}");
    }
}

#[tokio::test]
async fn everything_may_be_refused_for_a_while() {
    let server = server_keeping(None).await;
    let faults = server.faults();
    faults.refuse_everything();
    for path in ["/health", WRITE] {
        assert_eq!(send(&server, "GET", path, &[TOKEN], b"").await, None);
    }
    faults.recover();
    assert_eq!(send(&server, "GET", "/health", &[], b"").await.map(|answer| answer.status), Some(200));
    faults.refuse_connections(1);
    assert_eq!(send(&server, "GET", "/health", &[], b"").await, None);
    assert_eq!(send(&server, "GET", "/health", &[], b"").await.map(|answer| answer.status), Some(200));
    assert_eq!(faults.refusals(), 3);
}

#[tokio::test]
async fn answers_may_be_worded_and_dated() {
    let server = server_keeping(None).await;
    let line = std::str::from_utf8(LINE).expect("ascii");
    let told = |status, message, retry_after| WriteFault::Told { status, message, retry_after };
    for (fault, code, retry_after) in [
        (told(404, "bucket \"run\" not found", RetryAfter::Untold), "not found", ""),
        (told(429, "slow down", RetryAfter::Seconds(3)), "too many requests", "retry-after: 3\r\n"),
        (told(503, "busy", RetryAfter::DateIn(60)), "unavailable", " gmt\r\n"),
    ] {
        let WriteFault::Told { status, message, .. } = fault else { panic!("worded") };
        server.faults().next_writes(1, fault);
        let answer = write(&server, line).await;
        let body = serde_json::json!({ "code": code, "message": message }).to_string();
        assert_eq!((answer.status, answer.body.as_str()), (status, body.as_str()));
        let given = answer.head.split_once("retry-after").map_or("", |(_, rest)| rest);
        assert!(
            format!("retry-after{given}").contains(retry_after) && given.is_empty() == retry_after.is_empty(),
            "{}",
            answer.head
        );
    }
    assert_eq!(demand(&server).await.body, "\r\n");
}

#[tokio::test]
async fn points_may_be_stored_whatever_the_answer_says() {
    let server = server_keeping(None).await;
    server.faults().next_writes(1, WriteFault::StoreAndAnswer { status: 500 });
    assert_eq!(write(&server, "demand slots=1i 946684860").await.status, 500);
    server.faults().next_writes(1, WriteFault::AnswerSlowly { after_ms: 20 });
    let asked = std::time::Instant::now();
    assert_eq!(write(&server, "demand slots=1i 946684920").await.status, 204);
    assert!(asked.elapsed() >= Duration::from_millis(20));
    server.faults().next_writes(1, WriteFault::StoreLate { after_ms: 1 });
    assert_eq!(send(&server, "POST", WRITE, &[TOKEN], LINE).await, None);
    while demand(&server).await.body.matches("demand").count() < 3 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn packed_bodies_alone_may_be_refused() {
    let server = server_keeping(None).await;
    server.faults().next_writes(2, WriteFault::RefusePacked);
    let packed = send(&server, "POST", WRITE, &[TOKEN, "Content-Encoding: gzip"], LINE).await;
    assert_eq!(packed.map(|answer| answer.status), Some(500));
    assert_eq!(write(&server, "demand slots=1i 946684860").await.status, 204);
}
