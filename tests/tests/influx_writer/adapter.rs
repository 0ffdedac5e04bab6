//! Debian's influxdb 1.x behind the write API of 2.x: a thin adapter, so that the project's own writer writes into it.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// Names the program where it is not Debian's.
const PROGRAM: &str = "INFLUXD_V1";
const DEBIAN: &str = "/usr/bin/influxd";
const DATABASE: &str = "run";

/// A running influxd 1.x with one database; it ends with this value.
pub struct OldInfluxd {
    url: String,
    process: Child,
    _dir: tempfile::TempDir,
}

impl OldInfluxd {
    /// Starts one; `None`, and a word about it, where there is none.
    pub async fn start(what: &str) -> Option<Self> {
        let program = std::env::var_os(PROGRAM).map_or_else(|| DEBIAN.into(), PathBuf::from);
        if !is_v1(&program) {
            eprintln!("SKIPPED: {what}: {} is no influxd 1.x (on Debian: apt-get install influxdb)", program.display());
            return None;
        }
        let dir = tempfile::tempdir().expect("a directory for its data");
        let (port, rpc) = (free_port().expect("a free port"), free_port().expect("a free port"));
        let process = launch(&program, dir.path(), port, rpc).expect("a program that starts");
        let server = Self { url: format!("http://127.0.0.1:{port}"), process, _dir: dir };
        server.make_database().await;
        Some(server)
    }

    /// The answer to a write of lines with seconds.
    pub async fn write(&self, encoding: Option<&str>, body: Vec<u8>) -> (StatusCode, String) {
        let mut request =
            reqwest::Client::new().post(format!("{}/write?db={DATABASE}&precision=s", self.url)).body(body);
        if let Some(encoding) = encoding {
            request = request.header("Content-Encoding", encoding);
        }
        let answer = request.send().await.expect("an answer to a write");
        let status = StatusCode::from_u16(answer.status().as_u16()).expect("a status");
        (status, message_of(&answer.text().await.expect("the text of an answer")))
    }

    /// The series of an InfluxQL query, times in seconds.
    pub async fn query(&self, text: &str) -> Vec<Value> {
        let answer = self.ask(text).await.expect("an answer to a query");
        let mut body: Value = serde_json::from_str(&answer.text().await.expect("the text of an answer")).expect("json");
        match body["results"][0]["series"].take() {
            Value::Array(series) => series,
            Value::Null if body["results"][0]["error"].is_null() => Vec::new(),
            other => panic!("{text}: {other} {body}"),
        }
    }

    async fn ask(&self, text: &str) -> reqwest::Result<reqwest::Response> {
        let parameters = [("db", DATABASE), ("epoch", "s"), ("q", text)];
        reqwest::Client::new().post(format!("{}/query", self.url)).query(&parameters).send().await
    }

    /// Also waits for it to be there.
    async fn make_database(&self) {
        let started = Instant::now();
        while self.ask(&format!("CREATE DATABASE {DATABASE}")).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(120), "influxd 1.x does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Serves the write API of 2.x in front of it, until the runtime ends; gives its URL.
    pub async fn behind_v2(self: Arc<Self>) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().route("/api/v2/write", axum::routing::post(write)).with_state(self);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        url
    }
}

impl Drop for OldInfluxd {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Parse errors are 400 in both; what 2.x calls 422, 1.x calls a 400 that says "partial write".
async fn write(State(server): State<Arc<OldInfluxd>>, headers: HeaderMap, body: Bytes) -> Response {
    let encoding = headers.get("content-encoding").and_then(|value| value.to_str().ok());
    let (status, message) = server.write(encoding, body.to_vec()).await;
    let status = if message.contains("partial write: ") && !message.contains("unable to parse") {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        status
    };
    if status == StatusCode::NO_CONTENT {
        return status.into_response();
    }
    (status, serde_json::json!({ "message": message }).to_string()).into_response()
}

fn message_of(text: &str) -> String {
    let body: Option<Value> = serde_json::from_str(text).ok();
    body.and_then(|body| Some(body["error"].as_str()?.to_owned())).unwrap_or_else(|| text.to_owned())
}

fn is_v1(program: &Path) -> bool {
    let output = Command::new(program).arg("version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).starts_with("InfluxDB v1"))
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn launch(program: &Path, dir: &Path, port: u16, rpc: u16) -> io::Result<Child> {
    let config = dir.join("influxdb.conf");
    let at = |name: &str| dir.join(name).display().to_string();
    std::fs::write(
        &config,
        format!(
            "reporting-disabled = true\nbind-address = \"127.0.0.1:{rpc}\"\n[meta]\ndir = {:?}\n[data]\ndir = {:?}\nwal-dir = {:?}\n\
             query-log-enabled = false\n[monitor]\nstore-enabled = false\n[http]\nbind-address = \"127.0.0.1:{port}\"\nlog-enabled = false\n\
             [logging]\nlevel = \"error\"\n",
            at("meta"),
            at("data"),
            at("wal")
        ),
    )?;
    let mut command = Command::new(program);
    command.arg("run").arg("-config").arg(config);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}
