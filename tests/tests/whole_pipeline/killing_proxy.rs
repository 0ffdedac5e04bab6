//! Stands between a run and its influxd, and kills that, as a crash would, when a chosen write request has reached it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use adx_tests::influxd::Influxd;

const WRITE: &[u8] = b"POST /api/v2/write";

/// A proxy on loopback that owns the server behind it.
pub struct KillingProxy {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    kill_at: usize,
    writes: AtomicUsize,
    kills: AtomicUsize,
    /// Until the proxy is dropped: the threads that serve outlive it.
    server: Mutex<Option<Influxd>>,
}

impl KillingProxy {
    /// Kills `server`, which listens at `url`, at the `kill_at`th write request, counted from 1, and starts it again at once.
    pub fn start(url: &str, kill_at: usize, server: Influxd) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            upstream: url.strip_prefix("http://").unwrap().to_owned(),
            kill_at,
            writes: AtomicUsize::new(0),
            kills: AtomicUsize::new(0),
            server: Mutex::new(Some(server)),
        });
        let serving = Arc::clone(&shared);
        // It ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                thread::spawn(move || shared.serve(client));
            }
        });
        Self { url: own, shared }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// How often the server was killed.
    pub fn kills(&self) -> usize {
        self.shared.kills.load(Ordering::SeqCst)
    }
}

impl Drop for KillingProxy {
    fn drop(&mut self) {
        drop(self.shared.server.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Shared {
    /// Both ways until either side ends; a server that is not there ends the client's connection.
    fn serve(&self, client: TcpStream) {
        let Ok(upstream) = TcpStream::connect(&self.upstream) else { return };
        let (mut answers, mut to_client) = (upstream.try_clone().unwrap(), client.try_clone().unwrap());
        thread::scope(|scope| {
            scope.spawn(move || {
                let _ = io::copy(&mut answers, &mut to_client);
                let _ = to_client.shutdown(Shutdown::Both);
            });
            self.forward(client, upstream);
        });
    }

    fn forward(&self, mut client: TcpStream, mut upstream: TcpStream) {
        let mut chunk = [0; 64 * 1024];
        while let Ok(len) = client.read(&mut chunk)
            && len > 0
            && upstream.write_all(&chunk[..len]).is_ok()
        {
            // The client sends a request's head in one piece.
            let is_write = chunk[..len].starts_with(WRITE);
            if is_write
                && self.writes.fetch_add(1, Ordering::SeqCst) + 1 == self.kill_at
                && let Some(server) = self.server.lock().unwrap().as_mut()
            {
                server.kill();
                self.kills.fetch_add(1, Ordering::SeqCst);
                server.restart();
            }
        }
        let _ = upstream.shutdown(Shutdown::Both);
    }
}
