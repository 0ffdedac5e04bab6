//! Ctrl-C and SIGTERM: work ends at once, and what it made is removed after it.

use std::future::Future;

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};

/// The signals that end a run.
pub struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Interrupts {
    /// From here on they no longer end the process by themselves.
    pub fn catch() -> anyhow::Result<Self> {
        let caught = |kind| signal(kind).context("listen for signals");
        Ok(Self { interrupt: caught(SignalKind::interrupt())?, terminate: caught(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }

    /// Does the work, or drops it at a signal.
    pub async fn end<T>(&mut self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        tokio::select! {
            done = work => done,
            by = self.next() => bail!("interrupted by {by}"),
        }
    }
}
