//! A receiver of notifications on this machine, for scenarios: keeps what it is sent, and answers as it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use adx_alerts::Answer;
use anyhow::{Context, bail};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A notification has some hundred bytes.
const REQUEST_BYTES_MAX: usize = 1 << 20;
/// More are not kept: a scenario has ten.
const KEPT_MAX: usize = 10_000;

/// It listens until it is dropped.
pub struct Receiver {
    at: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    answer: Answer,
    /// With the path each was sent to.
    taken: Vec<(String, Value)>,
}

impl Receiver {
    pub async fn listen(at: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(at)
            .await
            .with_context(|| format!("listen for notifications on {at}, as --listen says"))?;
        let at = listener.local_addr().context("the address of the receiver")?;
        let state = Arc::new(Mutex::new(State::default()));
        let serving = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { at, state, serving })
    }

    /// Where `endpoint` is notified.
    pub fn url(&self, endpoint: &str) -> String {
        format!("http://{}/{endpoint}", self.at)
    }

    /// How the endpoint `ops` is answered from now on.
    pub fn answer(&self, answer: Answer) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).answer = answer;
    }

    /// What has come since the last call, with the endpoint each was for.
    pub fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).taken)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        // One that does not understand is told nothing.
        tokio::spawn(async move { drop(answer(stream, &state).await) });
    }
}

/// One request a connection.
async fn answer(mut stream: TcpStream, state: &Mutex<State>) -> anyhow::Result<()> {
    let (endpoint, body) = read(&mut stream).await?;
    let answer = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.taken.len() < KEPT_MAX {
            state.taken.push((endpoint.clone(), body));
        }
        if endpoint == "ops" { state.answer } else { Answer::Taken }
    };
    let status = match answer {
        Answer::Taken => 200,
        Answer::Status(status) => status,
        Answer::Nothing => return Ok(()),
    };
    let text = format!("HTTP/1.1 {status} told\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).await.context("answer a notification")
}

async fn read(stream: &mut TcpStream) -> anyhow::Result<(String, Value)> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, &mut bytes).await?;
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).to_ascii_lowercase();
    let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).map(str::trim);
    let length: usize = length.and_then(|text| text.parse().ok()).context("the length of a notification")?;
    while bytes.len() < head_end + length {
        more(stream, &mut bytes).await?;
    }
    let body = serde_json::from_slice(&bytes[head_end..head_end + length]).context("read a notification as JSON")?;
    Ok((path, body))
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> anyhow::Result<()> {
    let read = stream.read_buf(bytes).await.context("read a notification")?;
    if read == 0 || bytes.len() > REQUEST_BYTES_MAX {
        bail!("a notification that ends early, or not at all");
    }
    Ok(())
}
