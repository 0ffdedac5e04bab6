//! Faults that tests of clients put in front of their requests.

use adx_local_influx::WriteFault;

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
