//! A client of bare HTTP/1.0, so that nothing between test and server repeats or hides anything.

use std::time::Duration;

use adx_local_influx::{Account, Config, LocalInflux};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer, or `None` of it where the connection ended first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

pub async fn send(server: &LocalInflux, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Option<Answer> {
    let address = server.url();
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.expect("a listening server");
    let mut head = format!("{method} {path} HTTP/1.0\r\nContent-Length: {}\r\n", body.len());
    headers.iter().for_each(|header| head.push_str(&format!("{header}\r\n")));
    let request = [head.as_bytes(), b"\r\n", body].concat();
    let _ = stream.write_all(&request).await; // a server that ends first is what some tests are about
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).expect("a text answer");
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    Some(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

pub const TOKEN: &str = "Authorization: Token secret";

/// A write to the bucket `run` in seconds.
pub async fn write(server: &LocalInflux, body: &str) -> Answer {
    let path = "/api/v2/write?org=adx&bucket=run&precision=s";
    send(server, "POST", path, &[TOKEN], body.as_bytes()).await.expect("an answer")
}

pub async fn server_keeping(keeps: Option<Duration>) -> LocalInflux {
    start(Config { account: Some(account(keeps)), ..Config::default() }).await
}

pub fn account(keeps: Option<Duration>) -> Account {
    Account {
        org: "adx".into(),
        bucket: "run".into(),
        token: "secret".into(),
        read_token: Some("reader".into()),
        keeps,
    }
}

pub async fn start(config: Config) -> LocalInflux {
    LocalInflux::start(config).await.expect("a free port on loopback")
}

/// All points of the measurement `demand`, as plain CSV.
pub async fn demand(server: &LocalInflux) -> Answer {
    let text = adx_queries::Query::Points { measurement: adx_queries::Measurement::Demand }.text("run");
    let headers = [TOKEN, "Content-Type: application/vnd.flux"];
    send(server, "POST", "/api/v2/query?org=adx", &headers, text.as_bytes()).await.expect("an answer")
}
