//! The two writers behind the workers: dead letters to their topic, lines to InfluxDB, each one request at a time.

use std::sync::Arc;

use adx_correlation::DeadLetter;
use adx_events::offset::{Offset, Partition};
use adx_publisher::Publisher;
use bytes::Bytes;
use tokio::sync::mpsc;

use crate::dead_letter;
use crate::run::SinkError;
use adx_influx::InfluxClient;

/// Whole lines, and how many they are.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) bytes: Bytes,
    pub(crate) count: u64,
}

/// What a writer did until its queue was closed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Drained {
    Letters { end: Offset },
    Points { count: u64 },
}

/// Publishes dead letters until there are no more, and waits until all are acknowledged.
pub(crate) async fn publish_letters(
    mut publisher: Publisher,
    mut letters: mpsc::Receiver<DeadLetter>,
) -> Result<Drained, SinkError> {
    while let Some(letter) = letters.recv().await {
        let (key, value) = (dead_letter::key(&letter), dead_letter::to_json(&letter)?);
        publisher.send(Partition(0), key.as_bytes(), &value).await?;
    }
    let ends = publisher.finish().await?;
    Ok(Drained::Letters { end: ends.first().copied().unwrap_or_default() })
}

/// Writes lines until there are no more.
pub(crate) async fn write_points(
    influx: Arc<InfluxClient>,
    mut lines: mpsc::Receiver<Lines>,
) -> Result<Drained, SinkError> {
    let mut count = 0;
    while let Some(next) = lines.recv().await {
        influx.write(next.bytes).await?;
        count += next.count;
    }
    Ok(Drained::Points { count })
}
