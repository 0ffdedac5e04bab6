//! One listener and its connections: accepts them, and can be closed, opened again and emptied from outside.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tracing::debug;

use crate::StartError;
use crate::frame::ConnectionError;

/// Connections served at once by one listener; further ones are closed at once.
const CONNECTIONS_MAX: usize = 2_048;
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A listener that accepts nothing yet.
#[derive(Debug)]
pub(crate) struct Bound {
    role: &'static str,
    address: SocketAddr,
    listener: TcpListener,
}

impl Bound {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Opens `address`; port 0 is any free port.
pub(crate) async fn listen(role: &'static str, address: SocketAddr) -> Result<Bound, StartError> {
    let failed = |source: io::Error| StartError::Listen { role, address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Bound { role, address, listener })
}

enum Command {
    Empty { done: oneshot::Sender<()> },
    Stop { done: oneshot::Sender<()> },
    Start { done: oneshot::Sender<Result<(), StartError>> },
}

/// A listener at work.
#[derive(Debug)]
pub(crate) struct Door {
    remote: Remote,
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Commands a [`Door`] from elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    role: &'static str,
    commands: mpsc::Sender<Command>,
}

impl Door {
    /// Serves every connection with `serve` until the door is closed or dropped.
    pub(crate) fn open<F, S>(bound: Bound, serve: S) -> Self
    where
        F: Future<Output = Result<(), ConnectionError>> + Send + 'static,
        S: Fn(TcpStream) -> F + Send + 'static,
    {
        let (commands, receiver) = mpsc::channel(1);
        let (role, address) = (bound.role, bound.address);
        let keeper = Keeper { role, address, listener: Some(bound.listener), serve, connections: JoinSet::new() };
        Self { remote: Remote { role, commands }, address, task: tokio::spawn(keeper.run(receiver)) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn remote(&self) -> Remote {
        self.remote.clone()
    }

    /// Ends the listener and every connection, and waits for them.
    pub(crate) async fn close(mut self) {
        self.remote.stop().await;
        self.task.abort();
        let _ = (&mut self.task).await; // cancelled, as just asked
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort(); // drops the connections with it
    }
}

impl Remote {
    /// Ends every connection; new ones are welcome.
    pub(crate) async fn empty(&self) {
        let (done, answer) = oneshot::channel();
        self.ask(Command::Empty { done }, answer).await;
    }

    /// Refuses connections from now on and ends those there are.
    pub(crate) async fn stop(&self) {
        let (done, answer) = oneshot::channel();
        self.ask(Command::Stop { done }, answer).await;
    }

    /// Listens again, at the same address.
    pub(crate) async fn start(&self) -> Result<(), StartError> {
        let (done, answer) = oneshot::channel();
        let answered = self.ask(Command::Start { done }, answer).await;
        answered.unwrap_or(Err(StartError::ShutDown { role: self.role }))
    }

    async fn ask<T>(&self, command: Command, answer: oneshot::Receiver<T>) -> Option<T> {
        self.commands.send(command).await.ok()?;
        answer.await.ok()
    }
}

struct Keeper<S> {
    role: &'static str,
    address: SocketAddr,
    listener: Option<TcpListener>,
    serve: S,
    connections: JoinSet<()>,
}

impl<F, S> Keeper<S>
where
    F: Future<Output = Result<(), ConnectionError>> + Send + 'static,
    S: Fn(TcpStream) -> F + Send + 'static,
{
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            tokio::select! {
                stream = accept(self.listener.as_ref()) => self.admit(stream),
                Some(_) = self.connections.join_next() => {}
                command = commands.recv() => match command {
                    Some(command) => self.carry_out(command).await,
                    None => return,
                },
            }
        }
    }

    async fn carry_out(&mut self, command: Command) {
        // An answer that nobody waits for any more is no loss.
        match command {
            Command::Empty { done } => {
                self.connections.shutdown().await;
                let _ = done.send(());
            }
            Command::Stop { done } => {
                self.listener = None;
                self.connections.shutdown().await;
                let _ = done.send(());
            }
            Command::Start { done } => {
                let _ = done.send(self.reopen().await);
            }
        }
    }

    async fn reopen(&mut self) -> Result<(), StartError> {
        if self.listener.is_none() {
            self.listener = Some(listen(self.role, self.address).await?.listener);
        }
        Ok(())
    }

    fn admit(&mut self, stream: TcpStream) {
        if self.connections.len() >= CONNECTIONS_MAX {
            return debug!(role = self.role, max = CONNECTIONS_MAX, "connection refused: too many");
        }
        let (role, connection) = (self.role, (self.serve)(stream));
        self.connections.spawn(async move {
            if let Err(error) = connection.await {
                debug!(role, error = &error as &dyn std::error::Error, "connection ended");
            }
        });
    }
}

/// The next connection; never, where there is no listener.
async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        match listener.accept().await.and_then(|(stream, _)| stream.set_nodelay(true).map(|()| stream)) {
            Ok(stream) => return stream,
            Err(error) => {
                debug!(%error, "connection not accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await; // without file descriptors left, the next try fails at once too
            }
        }
    }
}
