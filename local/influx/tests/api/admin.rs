//! Health, set-up, organizations and buckets.

use adx_local_influx::{Config, LocalInflux};
use serde_json::Value;

use crate::client::{TOKEN, send, server_keeping, start};

async fn call(server: &LocalInflux, method: &str, path: &str, body: &str) -> (u16, Value) {
    let answer = send(server, method, path, &[TOKEN], body.as_bytes()).await.expect("an answer");
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
}

#[tokio::test]
async fn a_fresh_server_is_set_up_once() {
    let server = start(Config::default()).await;
    assert_eq!(call(&server, "GET", "/health", "").await.1["status"], "pass");
    assert_eq!(call(&server, "GET", "/ready", "").await.0, 200);
    assert_eq!(call(&server, "GET", "/api/v2/buckets", "").await.0, 401);
    assert_eq!(call(&server, "GET", "/api/v2/setup", "").await.1["allowed"], true);
    let request = r#"{"username":"u","password":"long enough","org":"adx","bucket":"run","token":"secret","retentionPeriodSeconds":60}"#;
    assert_eq!(call(&server, "POST", "/api/v2/setup", &request.replace("secret", "")).await.0, 400);
    let (status, made) = call(&server, "POST", "/api/v2/setup", request).await;
    assert_eq!(status, 201);
    assert_eq!(made["auth"]["token"], "secret");
    assert_eq!(made["bucket"]["retentionRules"][0]["everySeconds"], 60);
    assert_eq!(call(&server, "GET", "/api/v2/setup", "").await.1["allowed"], false);
    let (status, refused) = call(&server, "POST", "/api/v2/setup", request).await;
    assert_eq!((status, &refused["message"]), (422, &"onboarding has already been completed".into()));
    let (status, orgs) = call(&server, "GET", "/api/v2/orgs?org=adx", "").await;
    assert_eq!((status, &orgs["orgs"][0]["id"]), (200, &made["org"]["id"]));
    assert_eq!(call(&server, "GET", "/api/v2/orgs?org=nope", "").await.0, 404);
}

#[tokio::test]
async fn buckets_come_and_go() {
    let server = server_keeping(None).await;
    let request =
        r#"{"orgID":"00000000000000a1","name":"two","retentionRules":[{"type":"expire","everySeconds":3600}]}"#;
    let (status, made) = call(&server, "POST", "/api/v2/buckets", request).await;
    assert_eq!((status, &made["name"]), (201, &"two".into()));
    let (status, again) = call(&server, "POST", "/api/v2/buckets", request).await;
    assert_eq!((status, &again["message"]), (422, &"bucket with name two already exists".into()));
    for (bad, status) in [("00000000000000a1", 422), ("nobody", 400)] {
        let request = request.replace("3600", "-1").replace("00000000000000a1", bad);
        assert_eq!(call(&server, "POST", "/api/v2/buckets", &request).await.0, status, "{bad}");
    }
    let (_, all) = call(&server, "GET", "/api/v2/buckets?org=adx", "").await;
    assert_eq!(all["buckets"].as_array().map(Vec::len), Some(2));
    let (_, one) = call(&server, "GET", "/api/v2/buckets?org=adx&name=two", "").await;
    assert_eq!(one["buckets"][0]["id"], made["id"]);
    let path = format!("/api/v2/buckets/{}", made["id"].as_str().expect("an id"));
    assert_eq!(call(&server, "DELETE", &path, "").await.0, 204);
    assert_eq!(call(&server, "DELETE", &path, "").await.0, 404);
    assert_eq!(call(&server, "GET", "/api/v2/buckets?org=adx&name=two", "").await.0, 404);
    assert_eq!(call(&server, "PUT", "/api/v2/buckets", "").await.0, 405);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let first = start(Config::default()).await;
    let port = first.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let second = LocalInflux::start(Config { port, ..Config::default() }).await.expect_err("the port is taken");
    assert!(second.to_string().contains(&format!("127.0.0.1:{port}")), "{second}");
    first.shutdown().await;
    start(Config { port, ..Config::default() }).await.shutdown().await;
}
