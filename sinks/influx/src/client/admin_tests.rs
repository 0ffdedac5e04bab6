//! Answers that no influxd gives: the client says so, and neither panics nor waits for ever.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{InfluxClient, InfluxTarget, RetryLimits};

/// What JSON decoders and their users stumble over.
const BODIES: [&[u8]; 20] = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"true",
    b"\"text\"",
    b"<html>Bad Gateway</html>",
    b"\xff\xfe",
    b"{\"buckets\":[{\"name\":\"run\"",
    b"{\"buckets\":null}",
    b"{\"buckets\":[null]}",
    b"{\"buckets\":[{}]}",
    b"{\"buckets\":[{\"id\":7,\"name\":[]}]}",
    b"{\"buckets\":[{\"name\":\"run\",\"retentionRules\":[{\"type\":\"expire\",\"everySeconds\":99999999999}]}]}",
    b"{\"buckets\":[{\"name\":\"run\",\"retentionRules\":[{\"type\":\"never\"}],\"createdAt\":\"yesterday\"}]}",
    b"{\"orgs\":[{\"id\":null,\"name\":\"\"}]}",
    b"{\"orgs\":[]}",
    b"{\"status\":\"odd\",\"name\":1}",
    b"{\"allowed\":\"yes\"}",
    b"{\"allowed\":true}",
];

/// Answers every request with this, for as long as the test lasts.
async fn server(status: u16, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = format!(
                "HTTP/1.1 {status} Odd\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.read(&mut [0; 8_192]).await; // the head of a short request comes in one piece
            let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

#[tokio::test]
async fn odd_answers_are_errors() {
    let limits = RetryLimits { backoff_ms_min: 1, backoff_ms_max: 1, give_up_after_ms: 10 };
    for body in BODIES {
        for status in [200, 201, 204, 302, 404, 422, 500] {
            let url = server(status, body.to_vec()).await;
            let target = InfluxTarget { url, org: "adx".into(), bucket: "run".into(), token: "secret".into() };
            let client = InfluxClient::new(target, limits).expect("a good url");
            let what = format!("{status} {}", String::from_utf8_lossy(body));
            let all = async {
                let results = [
                    client.wait_ready().await,
                    client.ensure_set_up("adx", "a long password").await.map(drop),
                    client.ensure_bucket(Some(Duration::from_secs(3_600))).await,
                    client.delete_bucket().await.map(drop),
                    client.bucket_names().await.map(drop),
                    client.org_id().await.map(drop),
                ];
                for error in results.into_iter().filter_map(Result::err) {
                    let told = format!("{error} {error:?}");
                    assert!(told.contains("127.0.0.1") && !told.contains("secret"), "{what}: {told}");
                }
            };
            tokio::time::timeout(Duration::from_secs(60), all)
                .await
                .unwrap_or_else(|_| panic!("{what}: it waits for ever"));
        }
    }
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_is_refused_at_once() {
    let target = InfluxTarget { url: "http://h".into(), org: "o".into(), bucket: "b".into(), token: "sec\nret".into() };
    let error = InfluxClient::new(target, RetryLimits::default()).map(drop).expect_err("a line end in a header");
    assert!(error.to_string().contains("line end") && !format!("{error:?}").contains("ret\""), "{error:?}");
}
